//! The whole service on a port of its own with a store and a queue of its own, and a plain client: for tests.

use std::{sync::Arc, time::Duration};

use metrics::Metrics;
use queue::Queue;
use store::{Moment, Role, Store};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::{ApiToken, App, FolderSpool, Settings, router, serve};

pub(crate) struct Trial {
    pub(crate) app: App,
    pub(crate) folder: TempDir,
    pub(crate) viewer_token: String,
    pub(crate) moderator_token: String,
    port: u16,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let line = |line: &&str| line.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name));
        self.head.lines().find(line).and_then(|line| line.split_once(':')).map(|(_, value)| value.trim())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// A cookie and the token for its forms.
pub(crate) struct SignedIn {
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

impl Trial {
    pub(crate) async fn start(change: impl FnOnce(&mut Settings)) -> Self {
        Self::start_with(change, |app| app).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Settings), more: impl FnOnce(App) -> App) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(&format!("sqlite:{}", folder.path().join("store.db").display())).await.unwrap();
        store.migrate().await.unwrap();
        let queue = Queue::open(&folder.path().join("queue.db")).await.unwrap();
        let (viewer_token, viewer) = ApiToken::generate("reader", Role::Viewer).unwrap();
        let (moderator_token, moderator) = ApiToken::generate("index", Role::Moderator).unwrap();
        let mut settings = Settings { tokens: vec![viewer, moderator], ..Settings::default() };
        change(&mut settings);
        let spool = Arc::new(FolderSpool::open(folder.path().join("spool")).unwrap());
        let app = more(App::new(store, queue, Arc::new(Metrics::new("0.0.0")), settings).with_spool(spool));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(serve(listener, router(app.clone()), std::future::pending()));
        Self { app, folder, viewer_token, moderator_token, port }
    }

    pub(crate) async fn sign_in(&self, role: Role) -> SignedIn {
        let hour = Duration::from_secs(3_600);
        let token = self.app.store.create_login("somebody", role, hour, Moment::now()).await.unwrap();
        let new = self.app.store.redeem_login(&token, hour, Moment::now()).await.unwrap().unwrap();
        SignedIn { cookie: format!("gatehouse={}", new.secret), csrf: new.session.csrf }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"").await
    }

    /// One request on one connection. `host` is ours unless it is among the headers.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "host") {
            request.push_str(&format!("host: 127.0.0.1:{}\r\n", self.port));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        // A service that refuses a body early closes while we still write.
        let _ = stream.write_all(body).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) =
            text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer to {method} {path}: {text}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }
}
