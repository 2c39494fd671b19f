//! Every setting by its name: what the file may hold, which variable says the same, and what kind of value it is.
//!
//! `config schema`, `config print` and the variables are made from this table; a test holds it to the structs.

use toml::Value;

/// One setting.
pub(crate) struct Key {
    /// As in the file: `scanner.fetch.base`.
    pub(crate) path: &'static str,
    /// The variable that beats the file; empty where there is none.
    pub(crate) variable: &'static str,
    pub(crate) kind: Kind,
    pub(crate) doc: &'static str,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// Text that is never shown.
    Secret,
    Path,
    /// Host or network address with a port.
    Socket,
    Truth,
    Whole {
        most: u64,
    },
    /// A list; in a variable, with commas between.
    Words,
    /// Tables of `name`, `sha256` and `role`.
    Tokens,
}

const MANY: Kind = Kind::Whole { most: u64::MAX >> 1 };

macro_rules! keys {
    ($($path:literal $variable:literal $kind:expr, $doc:literal;)*) => {
        &[$(Key { path: $path, variable: $variable, kind: $kind, doc: $doc }),*]
    };
}

/// All of them, section by section.
pub(crate) const KEYS: &[Key] = keys! {
    "queue.url" "GATEHOUSE_QUEUE_URL" Kind::Secret, "Address of the broker, amqp://USER:PASSWORD@HOST/VHOST. Better in url_file.";
    "queue.url_file" "GATEHOUSE_QUEUE_URL_FILE" Kind::Path, "File that holds nothing but the broker's address.";
    "store.url" "GATEHOUSE_STORE_URL" Kind::Secret, "Address of the database, postgres://USER:PASSWORD@HOST/DATABASE. Better in url_file.";
    "store.url_file" "GATEHOUSE_STORE_URL_FILE" Kind::Path, "File that holds nothing but the database's address.";
    "uploads.keys" "GATEHOUSE_UPLOADS_KEYS" Kind::Path, "File with the public keys of each source of upload events, a JSON object of key rings.";
    "uploads.signed_only" "GATEHOUSE_UPLOADS_SIGNED_ONLY" Kind::Truth, "Refuse upload events that nobody signed.";
    "uploads.window_seconds" "GATEHOUSE_UPLOADS_WINDOW_SECONDS" MANY, "Between a signed event's time and its arrival at the API; for so long a repetition is refused.";
    "uploads.backlog_hours" "GATEHOUSE_UPLOADS_BACKLOG_HOURS" MANY, "For which a signed event may have waited in the queue.";
    "uploads.signing_key" "GATEHOUSE_UPLOADS_SIGNING_KEY" Kind::Path, "File with the private key that `publish` and `reconcile` sign events with, PKCS#8 PEM.";
    "scanner.jobs" "GATEHOUSE_SCANNER_JOBS" MANY, "Examinations at a time; 0 is one a core.";
    "scanner.timeout_seconds" "GATEHOUSE_SCANNER_TIMEOUT_SECONDS" MANY, "Wall-clock time of one examination.";
    "scanner.memory_mib" "GATEHOUSE_SCANNER_MEMORY_MIB" MANY, "MiB of private memory of an examining process.";
    "scanner.recycle" "GATEHOUSE_SCANNER_RECYCLE" Kind::Whole { most: u32::MAX as u64 }, "Examinations after which an examining process is replaced.";
    "scanner.drain_seconds" "GATEHOUSE_SCANNER_DRAIN_SECONDS" MANY, "Time to finish what is under way when told to stop; the rest is given back.";
    "scanner.allow_unsandboxed" "GATEHOUSE_ALLOW_UNSANDBOXED" Kind::Truth, "Examine also where the system cannot lock the examining processes in; every verdict then says so.";
    "scanner.fetch.base" "GATEHOUSE_FETCH_BASE" Kind::Text, "The index's file host; an event's URL gives only the path below it.";
    "scanner.fetch.redirect_hosts" "GATEHOUSE_FETCH_REDIRECT_HOSTS" Kind::Words, "Hosts that a redirect may lead to, beside the base's own.";
    "scanner.fetch.allow_private" "GATEHOUSE_FETCH_ALLOW_PRIVATE" Kind::Truth, "The file host is in our own network.";
    "scanner.fetch.allow_loopback" "GATEHOUSE_FETCH_ALLOW_LOOPBACK" Kind::Truth, "The file host is on this machine, for a trial: loopback and plain http.";
    "scanner.fetch.folders" "GATEHOUSE_FETCH_FOLDERS" Kind::Words, "Folders that a file: URL may name; ignored by `gatehouse scanner`.";
    "scanner.fetch.file_mib" "GATEHOUSE_FETCH_FILE_MIB" MANY, "MiB of one file.";
    "scanner.fetch.held_mib" "GATEHOUSE_FETCH_HELD_MIB" MANY, "MiB of all files that are held at a time for uploads; a rescan has room of its own.";
    "scanner.fetch.connect_seconds" "GATEHOUSE_FETCH_CONNECT_SECONDS" MANY, "Time to connect to the file host.";
    "scanner.fetch.total_seconds" "GATEHOUSE_FETCH_TOTAL_SECONDS" MANY, "Time for one whole file.";
    "scanner.fetch.attempts" "GATEHOUSE_FETCH_ATTEMPTS" Kind::Whole { most: u32::MAX as u64 }, "Tries before a file that cannot be had gets its verdict without it.";
    "signer.key" "GATEHOUSE_SIGNER_KEY" Kind::Path, "File with the private key, PKCS#8 PEM, readable by its owner alone.";
    "signer.verifier" "GATEHOUSE_SIGNER_VERIFIER" Kind::Text, "Identity of this verifier, a URI.";
    "signer.reports" "GATEHOUSE_SIGNER_REPORTS" Kind::Text, "Where reports are served, without the sha256 at the end.";
    "recorder.slots" "GATEHOUSE_RECORDER_SLOTS" Kind::Whole { most: u16::MAX as u64 }, "Messages of each lane in hand at one time; what lies ready is written in one transaction.";
    "recorder.relay_milliseconds" "GATEHOUSE_RECORDER_RELAY_MILLISECONDS" MANY, "Between looks into the outbox; after a verdict it is looked into at once.";
    "recorder.relay_batch" "GATEHOUSE_RECORDER_RELAY_BATCH" Kind::Whole { most: u32::MAX as u64 }, "Events claimed at one time.";
    "recorder.lease_seconds" "GATEHOUSE_RECORDER_LEASE_SECONDS" MANY, "After which events of a relay that died are sent by another.";
    "recorder.keep_sent_hours" "GATEHOUSE_RECORDER_KEEP_SENT_HOURS" MANY, "For which events that were sent are kept.";
    "recorder.source" "GATEHOUSE_RECORDER_SOURCE" Kind::Text, "The CloudEvents source of what is told to the index.";
    "recorder.dashboard" "GATEHOUSE_RECORDER_DASHBOARD" Kind::Text, "The dashboard's address, for the case_url of an event; empty when it has none.";
    "recorder.undo_seconds" "GATEHOUSE_RECORDER_UNDO_SECONDS" MANY, "For which a decision's events wait, so that an undo can take them back unsent.";
    "publisher.verdicts" "GATEHOUSE_PUBLISHER_VERDICTS" Kind::Text, "The dashboard's address, where signed verdicts are served.";
    "publisher.into" "GATEHOUSE_PUBLISHER_INTO" Kind::Path, "Folder beside the index's signing metadata.";
    "publisher.key_ring" "GATEHOUSE_PUBLISHER_KEY_RING" Kind::Path, "File with the public keys whose signatures count.";
    "publisher.tuf" "GATEHOUSE_PUBLISHER_TUF" Kind::Text, "Address of the index's TUF service (RSTUF); empty when it has none.";
    "dashboard.listen" "GATEHOUSE_DASHBOARD_LISTEN" Kind::Socket, "Address to serve on.";
    "dashboard.hosts" "GATEHOUSE_DASHBOARD_HOSTS" Kind::Words, "Names it answers to beside loopback's, without a port.";
    "dashboard.secure" "GATEHOUSE_DASHBOARD_SECURE" Kind::Truth, "A proxy in front serves it over TLS.";
    "dashboard.tokens" "" Kind::Tokens, "Who may use the API: the sha256 of a token, never the token.";
};

/// Variables that are no settings of the file, of every command.
pub(crate) const OTHER_VARIABLES: &[&str] = &[
    "GATEHOUSE_CONFIG",
    "GATEHOUSE_LOG",
    "GATEHOUSE_LOG_FORMAT",
    "GATEHOUSE_METRICS_LISTEN",
    "GATEHOUSE_RULES",
    "GATEHOUSE_DATA",
    "GATEHOUSE_LISTEN",
    "GATEHOUSE_INTAKE_INDEX",
    "GATEHOUSE_INTAKE_CURSOR",
    "GATEHOUSE_RECONCILE_INDEX",
    "GATEHOUSE_RECONCILE_CURSOR",
    "GATEHOUSE_CHILD_FAULT",
];

impl Key {
    /// Reads a variable's text. The error never repeats it: a value may have come to the wrong variable.
    pub(crate) fn read(&self, text: &str) -> Result<Value, String> {
        match self.kind {
            Kind::Text | Kind::Secret | Kind::Path => Ok(Value::String(text.to_owned())),
            Kind::Socket => match text.parse::<std::net::SocketAddr>() {
                Ok(_) => Ok(Value::String(text.to_owned())),
                Err(_) => Err("it is no address with a port, such as 127.0.0.1:8808".to_owned()),
            },
            Kind::Truth => match text.parse() {
                Ok(truth) => Ok(Value::Boolean(truth)),
                Err(_) => Err("it is neither true nor false".to_owned()),
            },
            Kind::Whole { most } => {
                let number = text.parse::<u64>().ok().filter(|number| *number <= most);
                let number = number.and_then(|number| i64::try_from(number).ok());
                number.map(Value::Integer).ok_or_else(|| format!("it is no whole number from 0 to {most}"))
            }
            Kind::Words => {
                let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
                Ok(Value::Array(words.map(|word| Value::String(word.to_owned())).collect()))
            }
            Kind::Tokens => Err("tokens are for the file".to_owned()),
        }
    }

    /// The JSON Schema of its values.
    fn schema(&self) -> serde_json::Value {
        let mut schema = match self.kind {
            Kind::Text | Kind::Secret | Kind::Path => serde_json::json!({"type": "string"}),
            Kind::Socket => serde_json::json!({"type": "string", "pattern": "^.+:[0-9]{1,5}$"}),
            Kind::Truth => serde_json::json!({"type": "boolean"}),
            Kind::Whole { most } => serde_json::json!({"type": "integer", "minimum": 0, "maximum": most}),
            Kind::Words => serde_json::json!({"type": "array", "items": {"type": "string"}}),
            Kind::Tokens => serde_json::json!({
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["name", "sha256", "role"],
                    "properties": {
                        "name": {"type": "string"},
                        "sha256": {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"},
                        "role": {"enum": store::Role::ALL.map(store::Role::as_str)},
                    },
                },
            }),
        };
        schema["description"] = self.doc.into();
        if !self.variable.is_empty() {
            schema["x-variable"] = self.variable.into();
        }
        schema
    }
}

/// The JSON Schema of the file.
pub(crate) fn schema(default: impl Fn(&str) -> Option<serde_json::Value>) -> serde_json::Value {
    let section = || serde_json::json!({"type": "object", "additionalProperties": false, "properties": {}});
    let mut schema = section();
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["$id"] = "https://gatehouse.example/schema/config.v1.json".into();
    schema["title"] = "Settings of Gatehouse, as TOML".into();
    for key in KEYS {
        let mut own = key.schema();
        if let Some(value) = default(key.path) {
            own["default"] = value;
        }
        let (sections, name) = key.path.rsplit_once('.').unwrap_or(("", key.path));
        let mut place = &mut schema;
        for part in sections.split('.') {
            if place["properties"].get(part).is_none() {
                place["properties"][part] = section();
            }
            place = &mut place["properties"][part];
        }
        place["properties"][name] = own;
    }
    schema
}

/// The value at a path of a table.
pub(crate) fn find<'a>(table: &'a toml::Table, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.');
    let mut value = table.get(parts.next()?)?;
    for part in parts {
        value = value.as_table()?.get(part)?;
    }
    Some(value)
}

/// Sets the value at a path; false when something else than a table is on the way.
pub(crate) fn set(table: &mut toml::Table, path: &str, value: Value) -> bool {
    let Some((first, rest)) = path.split_once('.') else {
        table.insert(path.to_owned(), value);
        return true;
    };
    let below = table.entry(first).or_insert_with(|| Value::Table(toml::Table::new()));
    below.as_table_mut().is_some_and(|below| set(below, rest, value))
}

/// Takes away the value at a path.
pub(crate) fn unset(table: &mut toml::Table, path: &str) {
    match path.split_once('.') {
        None => drop(table.remove(path)),
        Some((first, rest)) => {
            if let Some(below) = table.get_mut(first).and_then(Value::as_table_mut) {
                unset(below, rest);
            }
        }
    }
}
