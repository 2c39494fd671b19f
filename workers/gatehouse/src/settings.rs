//! What a role of a fleet is told: flags, then the environment, then a TOML file, then defaults. The first wins.
//!
//! Addresses with passwords come from the environment or from files, never from arguments: other users see those.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use dashboard::ApiToken;
use model::Digest;
use recorder::RecorderConfig;
use scanner::config::ScannerConfig;
use serde::Deserialize;
use signer::SignerConfig;

use crate::{complaint::Complaint, logging};

/// Flags that every role has.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Common {
    /// Settings in TOML; unknown keys are refused.
    #[arg(long, value_name = "FILE", env = "GATEHOUSE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// How to write the log on standard error.
    #[arg(long, value_name = "FORMAT", env = "GATEHOUSE_LOG_FORMAT", default_value = "text")]
    pub(crate) log_format: logging::Format,
    /// Serve /healthz, /readyz and /metrics on this address.
    #[arg(long, value_name = "ADDRESS", env = "GATEHOUSE_METRICS_LISTEN")]
    pub(crate) metrics_listen: Option<SocketAddr>,
}

/// The whole file. A role reads its own sections and ignores those of others, so that a fleet can share one file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    pub(crate) queue: Address,
    pub(crate) store: Address,
    pub(crate) scanner: ScannerConfig,
    pub(crate) signer: SignerConfig,
    pub(crate) dashboard: DashboardSettings,
    pub(crate) recorder: RecorderConfig,
}

/// Where a service is. The address may hold a password: it is never shown.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Address {
    url: Option<String>,
    /// A file that holds nothing but the address.
    url_file: Option<PathBuf>,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").field("url_file", &self.url_file).finish_non_exhaustive()
    }
}

/// How the dashboard is reached, and by whom.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DashboardSettings {
    pub(crate) listen: SocketAddr,
    /// Names it answers to beside loopback's, without a port.
    pub(crate) hosts: Vec<String>,
    /// A proxy in front serves it over TLS.
    pub(crate) secure: bool,
    pub(crate) tokens: Vec<TokenSettings>,
}

impl Default for DashboardSettings {
    fn default() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 8808));
        Self { listen, hosts: Vec::new(), secure: false, tokens: Vec::new() }
    }
}

/// Who may use the API: the sha256 of a token, never the token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenSettings {
    name: String,
    sha256: Digest,
    role: String,
}

impl Settings {
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, Complaint> {
        let mut settings = match file {
            None => Self::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| Complaint::new("cannot read the settings").at(path.display()).because(error))?;
                toml::from_str(&text)
                    .map_err(|error| Complaint::new("the settings have a mistake").at(path.display()).because(error))?
            }
        };
        settings.queue.prefer_environment("GATEHOUSE_QUEUE_URL");
        settings.store.prefer_environment("GATEHOUSE_STORE_URL");
        Ok(settings)
    }

    pub(crate) fn queue_url(&self) -> Result<String, Complaint> {
        self.queue.read("queue", "GATEHOUSE_QUEUE_URL", "amqp://USER:PASSWORD@HOST/VHOST")
    }

    pub(crate) fn store_url(&self) -> Result<String, Complaint> {
        self.store.read("store", "GATEHOUSE_STORE_URL", "postgres://USER:PASSWORD@HOST/DATABASE")
    }
}

impl Address {
    fn prefer_environment(&mut self, name: &str) {
        let file = format!("{name}_FILE");
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(url) = set(name) {
            *self = Self { url: Some(url), url_file: None };
        } else if let Some(path) = set(&file) {
            *self = Self { url: None, url_file: Some(path.into()) };
        }
    }

    fn read(&self, what: &str, variable: &str, example: &str) -> Result<String, Complaint> {
        match (&self.url, &self.url_file) {
            (Some(url), None) => Ok(url.clone()),
            (None, Some(path)) => std::fs::read_to_string(path).map(|url| url.trim().to_owned()).map_err(|error| {
                Complaint::new(format!("cannot read the address of the {what}")).at(path.display()).because(error)
            }),
            (Some(_), Some(_)) => {
                Err(Complaint::new(format!("the {what} has two addresses")).because("both url and url_file are set"))
            }
            (None, None) => Err(Complaint::new(format!("the {what} has no address")).attempt(format!(
                "set {variable} (or {variable}_FILE) to {example}, or `url_file` below [{what}] in the file --config names"
            ))),
        }
    }
}

impl TokenSettings {
    pub(crate) fn token(&self) -> Result<ApiToken, Complaint> {
        let role = store::Role::parse(&self.role).ok_or_else(|| {
            Complaint::new(format!("`{}` is not a role", self.role)).at(format!("dashboard.tokens, {}", self.name))
        })?;
        Ok(ApiToken { name: self.name.clone(), sha256: self.sha256, role })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_serves_a_whole_fleet_and_a_typo_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gatehouse.toml");
        let write = |text: &str| std::fs::write(&path, text).unwrap();
        write(
            "[queue]\nurl_file = '/run/secrets/queue'\n[scanner]\njobs = 2\n[scanner.fetch]\nbase = 'https://files.index.example'\n\
             [signer]\nkey = '/run/secrets/signer.pem'\n[dashboard]\nlisten = '127.0.0.1:9000'\n",
        );
        let settings = Settings::load(Some(&path)).unwrap();
        assert_eq!(settings.scanner.jobs, 2);
        assert_eq!(settings.dashboard.listen.port(), 9000);
        write("[scanner]\njob = 2\n");
        let refused = Settings::load(Some(&path)).unwrap_err().to_string();
        assert!(refused.contains("line 2") && refused.contains("job") && refused.contains("jobs"), "{refused}");
    }

    #[test]
    fn an_address_is_read_from_its_file_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("url");
        std::fs::write(&path, "amqp://user:secret@broker.example/\n").unwrap();
        let address = Address { url: None, url_file: Some(path) };
        assert_eq!(address.read("queue", "X", "Y").unwrap(), "amqp://user:secret@broker.example/");
        let address = Address { url: Some("amqp://user:secret@broker.example/".to_owned()), url_file: None };
        assert!(!format!("{address:?}").contains("secret"));
        assert!(Address::default().read("queue", "GATEHOUSE_QUEUE_URL", "Y").is_err());
    }
}
