//! Connections to the broker, each replaced when it is gone; with a cluster, by one to the next of its nodes.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use lapin::{Channel, Connection, ConnectionProperties, ConnectionStatus, tcp::OwnedTLSConfig};
use tokio::time::{sleep, timeout};

use crate::Error;

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
pub(crate) const OPERATION_WITHIN: Duration = Duration::from_secs(10);

/// One connection, replaced when it is gone.
pub(crate) struct Link {
    pub(crate) name: &'static str,
    address: Address,
    /// The broker that is asked next: the next one of a cluster when this one does not answer.
    turn: AtomicUsize,
    slot: tokio::sync::Mutex<Option<Connection>>,
    status: Mutex<Option<ConnectionStatus>>,
}

impl Link {
    pub(crate) fn new(name: &'static str, address: &Address) -> Self {
        let (slot, status) = (tokio::sync::Mutex::new(None), Mutex::new(None));
        Self { name, address: address.clone(), turn: AtomicUsize::new(0), slot, status }
    }

    /// A new channel, on a new connection if the old one is gone.
    pub(crate) async fn channel(&self) -> Result<Channel, Error> {
        let mut slot = self.slot.lock().await;
        if let Some(connection) = slot.as_ref().filter(|connection| connection.status().connected())
            && let Ok(Ok(channel)) = timeout(OPERATION_WITHIN, connection.create_channel()).await
        {
            return Ok(channel);
        }
        *slot = None;
        let connection = self.connect().await.inspect_err(|_| {
            self.turn.fetch_add(1, Ordering::Relaxed);
        })?;
        *lock(&self.status) = Some(connection.status().clone());
        let channel = within(connection.create_channel()).await?;
        tracing::info!(connection = self.name, "connected to the broker");
        *slot = Some(connection);
        Ok(channel)
    }

    async fn connect(&self) -> Result<Connection, Error> {
        let url = &self.address.urls[self.turn.load(Ordering::Relaxed) % self.address.urls.len()];
        let properties =
            ConnectionProperties::default().with_connection_name(format!("gatehouse {}", self.name).into());
        let tls = OwnedTLSConfig { identity: None, cert_chain: self.address.authority.clone() };
        let runtime = lapin::runtime::default_runtime().map_err(|error| Error::Broker(error.to_string()))?;
        let connecting = Connection::connect_with_config(url, properties, tls, runtime);
        // A broker that is still starting accepts the socket and then says nothing.
        let connected = timeout(CONNECT_WITHIN, connecting).await;
        Ok(connected.map_err(|_| Error::Broker(format!("no answer within {} s", CONNECT_WITHIN.as_secs())))??)
    }

    /// `None` before the first connection.
    pub(crate) fn status(&self) -> Option<ConnectionStatus> {
        lock(&self.status).clone()
    }

    pub(crate) async fn close(&self) {
        // A broker that is short of memory reads nothing from us, not even a farewell.
        let blocked = self.status().is_some_and(|status| status.blocked());
        let patience = if blocked { Backoff::MIN } else { OPERATION_WITHIN };
        let closing = async {
            if let Some(connection) = self.slot.lock().await.take() {
                let _ = connection.close(200, "bye".into()).await;
            }
        };
        let _ = timeout(patience, closing).await;
    }
}

/// Where the broker is, and who vouches for it.
#[derive(Clone)]
pub(crate) struct Address {
    /// One of each node of a cluster; at least one.
    urls: Vec<String>,
    /// Certificates, PEM, that are trusted beside the system's.
    authority: Option<String>,
}

impl Address {
    /// `amqps://…?cacertfile=PATH`, as RabbitMQ writes it: the file's certificates are trusted beside the system's. The
    /// nodes of a cluster are told with commas: `amqp://user:password@one:5672,two:5672/vhost`.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let (bare, query) = url.split_once('?').unwrap_or((url, ""));
        let (files, kept): (Vec<&str>, Vec<&str>) =
            query.split('&').filter(|part| !part.is_empty()).partition(|part| part.starts_with("cacertfile="));
        let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
        let urls = nodes(bare).into_iter().map(|url| url + &query).collect();
        let Some(path) = files.first().and_then(|part| part.split_once('=')).map(|(_, path)| path) else {
            return Ok(Self { urls, authority: None });
        };
        if !bare.starts_with("amqps://") {
            return Err(Error::Url("cacertfile is for amqps://; amqp:// is not encrypted".to_owned()));
        }
        let authority = std::fs::read_to_string(path)
            .map_err(|error| Error::Url(format!("cannot read the certificates of {path}: {error}")))?;
        // A file that holds none would be taken for none wanted, and the error would speak of the broker.
        if !authority.contains("-----BEGIN CERTIFICATE-----") {
            return Err(Error::Url(format!("{path} holds no PEM certificate")));
        }
        Ok(Self { urls, authority: Some(authority) })
    }
}

/// One address for each host. A password may hold commas, and all but a slash.
fn nodes(url: &str) -> Vec<String> {
    let start = url.find("://").map_or(0, |scheme| scheme + 3);
    let hosts = url[start..].rfind('@').map_or(start, |at| start + at + 1);
    let end = url[hosts..].find('/').map_or(url.len(), |slash| hosts + slash);
    url[hosts..end].split(',').map(|host| format!("{}{}{}", &url[..hosts], host.trim(), &url[end..])).collect()
}

/// Waits between tries: 200 ms, doubled up to 2 s, a thousand times, which is half an hour.
pub(crate) struct Backoff {
    next: Duration,
    left: u32,
}

impl Backoff {
    pub(crate) const MIN: Duration = Duration::from_millis(200);
    const MAX: Duration = Duration::from_secs(2);

    pub(crate) fn new() -> Self {
        Self { next: Self::MIN, left: 1000 }
    }

    /// `false` when it is time to give up and let a supervisor start a fresh process.
    pub(crate) async fn wait(&mut self) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        sleep(self.next).await;
        self.next = (self.next * 2).min(Self::MAX);
        true
    }
}

pub(crate) async fn within<T>(operation: impl Future<Output = lapin::Result<T>>) -> Result<T, Error> {
    match timeout(OPERATION_WITHIN, operation).await {
        Ok(result) => result.map_err(Error::from),
        Err(_) => Err(Error::Broker(format!("no answer within {} s", OPERATION_WITHIN.as_secs()))),
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn certificates_are_named_in_the_address_and_never_asked_of_an_open_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n").unwrap();
        let url = |scheme: &str, path: &Path| {
            format!("{scheme}://u:p@broker.example/v?heartbeat=10&cacertfile={}", path.display())
        };
        let address = Address::parse(&url("amqps", &path)).ok().unwrap();
        assert_eq!(address.urls, ["amqps://u:p@broker.example/v?heartbeat=10"]);
        assert!(address.authority.is_some());
        assert!(Address::parse("amqps://u:p@broker.example/v").ok().unwrap().authority.is_none());
        let refused = |url: &str| Address::parse(url).err().unwrap().to_string();
        assert!(refused(&url("amqp", &path)).contains("not encrypted"));
        assert!(refused(&url("amqps", Path::new("/nonexistent"))).contains("cannot read"));
        std::fs::write(&path, "nothing").unwrap();
        assert!(refused(&url("amqps", &path)).contains("no PEM certificate"));
    }

    #[test]
    fn each_node_of_a_cluster_has_its_address_and_a_password_keeps_its_commas() {
        let urls = |url: &str| Address::parse(url).ok().unwrap().urls;
        assert_eq!(
            urls("amqp://u:p,q@x@one:5672,two/v?heartbeat=10"),
            ["amqp://u:p,q@x@one:5672/v?heartbeat=10", "amqp://u:p,q@x@two/v?heartbeat=10"]
        );
        assert_eq!(urls("amqp://one,two"), ["amqp://one", "amqp://two"]);
        assert_eq!(urls("amqp://[::1]:5672/%2f"), ["amqp://[::1]:5672/%2f"]);
    }
}
