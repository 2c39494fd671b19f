//! What a role of a fleet is told: flags, then the environment, then a TOML file, then defaults. The first wins.
//!
//! Addresses with passwords come from the environment or from files, never from arguments: other users see those.

mod keys;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use attest::{Uploaders, UploadsConfig};
use dashboard::ApiToken;
use model::Digest;
use publisher::PublisherConfig;
use recorder::RecorderConfig;
use scanner::config::ScannerConfig;
use serde::{Deserialize, Serialize};
use signer::SignerConfig;

use crate::{complaint::Complaint, logging};

pub(crate) use keys::{KEYS, Key, Kind, OTHER_VARIABLES, find, schema};

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
    pub(crate) uploads: UploadsConfig,
    pub(crate) scanner: ScannerConfig,
    pub(crate) signer: SignerConfig,
    pub(crate) dashboard: DashboardSettings,
    pub(crate) recorder: RecorderConfig,
    pub(crate) publisher: PublisherConfig,
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
#[derive(Clone, Debug, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenSettings {
    name: String,
    sha256: Digest,
    role: String,
}

/// Where a value was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File,
    Variable(&'static str),
}

/// The settings, and who said what of them.
pub(crate) struct Told {
    pub(crate) settings: Settings,
    /// What was said, without the defaults.
    pub(crate) table: toml::Table,
    pub(crate) origins: BTreeMap<&'static str, Origin>,
    /// Variables that look like ours and are not.
    pub(crate) strangers: Vec<String>,
}

impl Settings {
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, Complaint> {
        Ok(Told::read(file, std::env::vars_os())?.settings)
    }

    pub(crate) fn queue_url(&self) -> Result<String, Complaint> {
        self.queue.read("queue", "GATEHOUSE_QUEUE_URL", "amqp://USER:PASSWORD@HOST/VHOST")
    }

    /// Whose upload events are believed, with the keys of its file.
    pub(crate) fn uploaders(&self) -> Result<Arc<Uploaders>, Complaint> {
        let config = &self.uploads;
        let Some(path) = &config.keys else {
            if config.signed_only {
                return Err(Complaint::new("no upload would be believed")
                    .at("uploads.signed_only")
                    .because("uploads.keys names no keys"));
            }
            return Uploaders::new(config, None)
                .map(Arc::new)
                .map_err(|error| Complaint::new("cannot use the settings of uploads").because(error));
        };
        let unusable = |why: &dyn std::fmt::Display| {
            Complaint::new("cannot use the keys of those who upload").at(path.display()).because(why)
        };
        let keys = std::fs::read(path).map_err(|error| unusable(&error))?;
        Uploaders::new(config, Some(&keys)).map(Arc::new).map_err(|error| unusable(&error))
    }

    pub(crate) fn store_url(&self) -> Result<String, Complaint> {
        self.store.read("store", "GATEHOUSE_STORE_URL", "postgres://USER:PASSWORD@HOST/DATABASE")
    }
}

impl Told {
    /// Reads the file, and the variables over it.
    pub(crate) fn read(
        file: Option<&Path>,
        environment: impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
    ) -> Result<Self, Complaint> {
        let mut table = file.map_or_else(|| Ok(toml::Table::new()), read_file)?;
        let mut origins: BTreeMap<_, _> = KEYS
            .iter()
            .map(|key| (key.path, if find(&table, key.path).is_some() { Origin::File } else { Origin::Default }))
            .collect();
        let ours = environment.filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        let mut variables: BTreeMap<String, _> = ours.filter(|(name, _)| name.starts_with("GATEHOUSE_")).collect();
        for key in KEYS.iter().filter(|key| !key.variable.is_empty()) {
            // An empty variable says nothing: it is how one is taken back.
            let Some(value) = variables.remove(key.variable).filter(|value| !value.is_empty()) else { continue };
            let mistake = |why: &str| Complaint::new("a variable has a mistake").at(key.variable).because(why);
            let text = value.into_string().map_err(|_| mistake("it is not UTF-8"))?;
            // A variable beats both forms of an address in the file; of two variables, the address itself wins.
            let other = match key.path.rsplit_once('.') {
                Some((section, "url")) => Some(format!("{section}.url_file")),
                Some((section, "url_file")) => Some(format!("{section}.url")),
                _ => None,
            };
            if let Some(other) = other.and_then(|other| KEYS.iter().find(|key| key.path == other)) {
                if matches!(origins.get(other.path), Some(Origin::Variable(_))) {
                    continue;
                }
                keys::unset(&mut table, other.path);
                origins.insert(other.path, Origin::Default);
            }
            let value = key.read(&text).map_err(|why| mistake(&why))?;
            if !keys::set(&mut table, key.path, value) {
                return Err(mistake("the file has something else in its place"));
            }
            origins.insert(key.path, Origin::Variable(key.variable));
        }
        variables.retain(|name, _| !OTHER_VARIABLES.contains(&name.as_str()) && !name.starts_with("GATEHOUSE_TEST_"));
        let settings = Settings::deserialize(table.clone())
            .map_err(|error| Complaint::new("the settings have a mistake").because(harmless(error.message())))?;
        Ok(Self { settings, table, origins, strangers: variables.into_keys().collect() })
    }

    /// What is in force at a path; none where nothing is.
    pub(crate) fn value(&self, path: &str) -> Option<toml::Value> {
        find(&self.table, path).cloned().or_else(|| default_of(path))
    }
}

/// The defaults of the structs, as the file would say them.
pub(crate) fn default_of(path: &str) -> Option<toml::Value> {
    #[derive(Serialize)]
    struct Shown {
        uploads: UploadsConfig,
        scanner: ScannerConfig,
        signer: SignerConfig,
        dashboard: DashboardSettings,
        recorder: RecorderConfig,
        publisher: PublisherConfig,
    }
    let Settings { uploads, scanner, signer, dashboard, recorder, publisher, .. } = Settings::default();
    let table = toml::Table::try_from(Shown { uploads, scanner, signer, dashboard, recorder, publisher }).ok()?;
    find(&table, path).cloned()
}

/// The file's table, once the whole of it is known to be right.
fn read_file(path: &Path) -> Result<toml::Table, Complaint> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Complaint::new("cannot read the settings").at(path.display()).because(error))?;
    toml::from_str::<Settings>(&text)
        .and_then(|_| toml::from_str::<toml::Table>(&text))
        .map_err(|error| mistake(path, &text, &error))
}

/// A mistake with its line. The line itself is not repeated: it may hold a password.
fn mistake(path: &Path, text: &str, error: &toml::de::Error) -> Complaint {
    let complaint = Complaint::new("the settings have a mistake").because(harmless(error.message()));
    let Some(start) = error.span().map(|span| span.start.min(text.len())) else { return complaint.at(path.display()) };
    let before = text.get(..start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    complaint.at(format!("{}:{line}:{column}", path.display())).attempt("`gatehouse config schema` names every key")
}

/// The parser's words without the value it quotes: `string "…"` may be an address with its password.
fn harmless(message: &str) -> String {
    let Some((before, quoted)) = message.split_once("string \"") else { return message.to_owned() };
    let after = quoted.rsplit_once('"').map_or("", |(_, after)| after);
    format!("{before}string{after}")
}

impl Address {
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

    /// Whether anybody said where it is.
    pub(crate) fn is_set(&self) -> bool {
        self.url.is_some() || self.url_file.is_some()
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

    fn told(file: &str, variables: &[(&str, &str)]) -> Result<Told, Complaint> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gatehouse.toml");
        std::fs::write(&path, file).unwrap();
        Told::read(Some(&path), variables.iter().map(|(name, value)| (name.into(), value.into())))
    }

    #[test]
    fn one_file_serves_a_whole_fleet_and_a_typo_is_refused() {
        let read = told(
            "[queue]\nurl_file = '/run/secrets/queue'\n[scanner]\njobs = 2\n[scanner.fetch]\nbase = 'https://files.index.example'\n\
             [signer]\nkey = '/run/secrets/signer.pem'\n[dashboard]\nlisten = '127.0.0.1:9000'\n",
            &[],
        );
        let settings = read.unwrap().settings;
        assert_eq!(settings.scanner.jobs, 2);
        assert_eq!(settings.dashboard.listen.port(), 9000);
        let refused = told("[scanner]\njob = 2\n", &[]).err().unwrap().to_string();
        assert!(refused.contains("gatehouse.toml:2:1"), "{refused}");
        assert!(refused.contains("job") && refused.contains("jobs"), "{refused}");
    }

    #[test]
    fn a_variable_beats_the_file_which_beats_the_default() {
        let file = "[scanner]\njobs = 2\ndrain_seconds = 7\n[scanner.fetch]\nallow_private = true\n[store]\nurl = 'sqlite:a'\n";
        let told = told(
            file,
            &[
                ("GATEHOUSE_SCANNER_JOBS", "5"),
                ("GATEHOUSE_FETCH_ALLOW_PRIVATE", "false"),
                ("GATEHOUSE_DASHBOARD_HOSTS", "a.example, b.example"),
                ("GATEHOUSE_SCANNER_DRAIN_SECONDS", ""),
                ("GATEHOUSE_STORE_URL_FILE", "/run/secrets/store"),
                ("GATEHOUSE_SCANER_JOBS", "9"),
                ("HOME", "/"),
            ],
        )
        .unwrap();
        let scanner = &told.settings.scanner;
        assert_eq!((scanner.jobs, scanner.drain_seconds, scanner.timeout_seconds), (5, 7, 120));
        assert!(!scanner.fetch.allow_private);
        assert_eq!(told.settings.dashboard.hosts, ["a.example", "b.example"]);
        assert_eq!(told.origins["scanner.jobs"], Origin::Variable("GATEHOUSE_SCANNER_JOBS"));
        assert_eq!(told.origins["scanner.drain_seconds"], Origin::File);
        assert_eq!(told.origins["scanner.timeout_seconds"], Origin::Default);
        assert_eq!(told.origins["store.url"], Origin::Default, "the variable took the file's place");
        assert_eq!(told.strangers, ["GATEHOUSE_SCANER_JOBS"]);
    }

    #[test]
    fn no_mistake_repeats_a_secret() {
        let secret = "amqp://user:hunter2@broker.example/";
        for file in [
            format!("queue = \"{secret}\"\n"),
            format!("[queue]\nurl = [\"{secret}\"]\n"),
            format!("[queue]\nurl = \"{secret}\n"),
            format!("[queue]\nurl = {secret}\n"),
            format!("[scanner]\njobs = \"{secret}\"\n"),
        ] {
            let said = told(&file, &[]).err().unwrap().to_string();
            assert!(!said.contains("hunter2"), "{said}");
            assert!(said.contains("gatehouse.toml:"), "{said}");
        }
        for (variable, value) in [("GATEHOUSE_SCANNER_JOBS", secret), ("GATEHOUSE_DASHBOARD_LISTEN", secret)] {
            let said = told("", &[(variable, value)]).err().unwrap().to_string();
            assert!(said.contains(variable) && !said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn the_table_of_keys_is_true_of_the_structs() {
        let one = |key: &Key| match key.kind {
            Kind::Whole { .. } => "3".to_owned(),
            Kind::Truth => "true".to_owned(),
            Kind::Socket => "127.0.0.1:7".to_owned(),
            _ => "x".to_owned(),
        };
        for key in KEYS {
            if !key.variable.is_empty() {
                told("", &[(key.variable, &one(key))]).unwrap_or_else(|error| panic!("{}: {error}", key.path));
            }
        }
        // The other way round: what the structs write by default has a key.
        let mut pending: Vec<_> = ["uploads", "scanner", "signer", "dashboard", "recorder", "publisher"]
            .map(|section| (section.to_owned(), default_of(section).unwrap()))
            .into();
        let mut seen = 0;
        while let Some((path, value)) = pending.pop() {
            match value {
                toml::Value::Table(table) => {
                    pending.extend(table.into_iter().map(|(name, value)| (format!("{path}.{name}"), value)));
                }
                _ => {
                    seen += 1;
                    assert!(KEYS.iter().any(|key| key.path == path), "{path} is not in the table of keys");
                }
            }
        }
        assert!(seen > 20);
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
