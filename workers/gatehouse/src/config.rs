//! `gatehouse config`: whether the settings are right, what is in force and who said so, and what may be said.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use crate::complaint::Complaint;
use crate::settings::{self, KEYS, Key, Kind, Origin, Settings, Told};
use crate::{exit, terminal};

/// Check, print or describe the settings of a fleet.
///
/// A flag of a role beats a variable, which beats the file, which beats the default.
#[derive(Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say whether file and variables are right, and what in them is probably meant otherwise.
    Check(Source),
    /// Print what is in force, with where each value was said. Secrets are not shown.
    Print {
        #[command(flatten)]
        source: Source,
        /// How to print it.
        #[arg(long, value_name = "FORMAT", default_value = "toml")]
        format: Format,
    },
    /// Print the JSON Schema of the file.
    Schema,
}

#[derive(Args)]
struct Source {
    /// Settings in TOML; unknown keys are refused.
    #[arg(long, value_name = "FILE", env = "GATEHOUSE_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Toml,
    Json,
}

impl Config {
    pub(crate) fn run(&self) -> Result<u8, Complaint> {
        let text = match &self.command {
            Command::Check(source) => check(source.config.as_deref())?,
            Command::Print { source, format } => {
                let told = Told::read(source.config.as_deref(), std::env::vars_os())?;
                match format {
                    Format::Toml => as_toml(&told),
                    Format::Json => as_json(&told),
                }
            }
            Command::Schema => {
                let schema = settings::schema(|path| serde_json::to_value(settings::default_of(path)?).ok());
                format!("{schema:#}\n")
            }
        };
        terminal::print(&text)?;
        Ok(exit::OK)
    }
}

fn check(file: Option<&Path>) -> Result<String, Complaint> {
    let told = Told::read(file, std::env::vars_os())?;
    told.settings.sensible()?;
    let mut said = String::new();
    for warning in warnings(&told, file) {
        said.push_str(&format!("warning  {warning}\n"));
    }
    let count = |from: fn(&Origin) -> bool| told.origins.values().filter(|origin| from(origin)).count();
    let (in_file, variables) =
        (count(|origin| *origin == Origin::File), count(|origin| matches!(origin, Origin::Variable(_))));
    let file = file.map_or("no file".to_owned(), |file| model::Terminal(&file.to_string_lossy()).to_string());
    said.push_str(&format!("ok       {file}: {in_file} settings, and {variables} from variables\n"));
    Ok(said)
}

impl Settings {
    /// What no parser sees: values that are right each for itself and wrong together.
    fn sensible(&self) -> Result<(), Complaint> {
        if self.queue.is_set() {
            self.queue_url()?;
        }
        if self.store.is_set() {
            self.store_url()?;
        }
        self.uploaders()?;
        if let Some((key, why)) = self.scanner.senseless() {
            return Err(Complaint::new("a setting makes no sense").at(key).because(why));
        }
        self.dashboard.tokens.iter().try_for_each(|token| token.token().map(drop))?;
        scanner::fetch::Fetcher::new(&self.scanner.fetch)
            .map(drop)
            .map_err(|error| Complaint::from(error.context("nothing could be fetched")).at("scanner.fetch"))
    }
}

fn warnings(told: &Told, file: Option<&Path>) -> Vec<String> {
    let mut said = Vec::new();
    for name in &told.strangers {
        said.push(format!("{} is not a variable of this program", model::Terminal(name)));
    }
    let secrets = KEYS.iter().filter(|key| key.kind == Kind::Secret && told.origins[key.path] == Origin::File);
    for key in secrets {
        let mode = file.and_then(|file| std::fs::metadata(file).ok()).map_or(0, |file| file.permissions().mode());
        if mode & 0o077 != 0 {
            said.push(format!("{} is in a file that others can read (mode {:o})", key.path, mode & 0o777));
        }
    }
    said
}

fn as_toml(told: &Told) -> String {
    let mut said =
        String::from("# What is in force. A flag of a role beats a variable beats the file beats the default.\n");
    let mut section = "";
    for key in KEYS {
        let (own, name) = key.path.rsplit_once('.').unwrap_or(("", key.path));
        // Tables of tables come last in their section, and close it.
        if own != section {
            said.push_str(&format!("\n[{own}]\n"));
            section = own;
        }
        let from = from(&told.origins[key.path]);
        match told.value(key.path) {
            None => said.push_str(&format!("# {name} is not set\n")),
            Some(_) if key.kind == Kind::Secret => {
                said.push_str(&format!("# {name} is set by {from}, and not shown\n"))
            }
            Some(value) => said.push_str(&format!("{name} = {}  # {from}\n", without_password(value))),
        }
    }
    said
}

fn as_json(told: &Told) -> String {
    let all = KEYS.iter().map(|key| {
        let value = told.value(key.path);
        let shown = value.clone().filter(|_| key.kind != Kind::Secret).map(without_password);
        let entry = serde_json::json!({
            "value": shown.and_then(|value| serde_json::to_value(value).ok()),
            "set": value.is_some(),
            "from": from(&told.origins[key.path]),
            "variable": variable(key),
        });
        (key.path.to_owned(), entry)
    });
    format!("{:#}\n", serde_json::Value::Object(all.collect()))
}

/// An address without user and password, should somebody have put them into a value that is no secret by itself.
fn without_password(value: toml::Value) -> toml::Value {
    let toml::Value::String(text) = &value else { return value };
    let Some((scheme, rest)) = text.split_once("://") else { return value };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let Some(at) = rest[..end].rfind('@') else { return value };
    toml::Value::String(format!("{scheme}://{}", &rest[at + 1..]))
}

fn variable(key: &Key) -> Option<&'static str> {
    Some(key.variable).filter(|name| !name.is_empty())
}

fn from(origin: &Origin) -> &'static str {
    match origin {
        Origin::Default => "default",
        Origin::File => "file",
        Origin::Variable(name) => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(file: &str, variables: &[(&str, &str)]) -> Told {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gatehouse.toml");
        std::fs::write(&path, file).unwrap();
        Told::read(Some(&path), variables.iter().map(|(name, value)| (name.into(), value.into()))).unwrap()
    }

    #[test]
    fn what_is_printed_can_be_read_again_and_shows_no_secret() {
        let told = told(
            "[scanner]\njobs = 3\n[[dashboard.tokens]]\nname = 'index'\nrole = 'moderator'\n\
             sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'\n",
            &[("GATEHOUSE_QUEUE_URL", "amqp://user:hunter2@broker.example/"), ("GATEHOUSE_RECORDER_SLOTS", "4")],
        );
        let (toml, json) = (as_toml(&told), as_json(&told));
        assert!(!toml.contains("hunter2") && !json.contains("hunter2"));
        assert!(toml.contains("jobs = 3  # file"), "{toml}");
        assert!(toml.contains("slots = 4  # GATEHOUSE_RECORDER_SLOTS"), "{toml}");
        assert!(toml.contains("# url is set by GATEHOUSE_QUEUE_URL, and not shown"), "{toml}");
        let again: Settings = toml::from_str(&toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
        assert_eq!((again.scanner.jobs, again.recorder.slots, again.dashboard.tokens.len()), (3, 4, 1));
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            json["queue.url"],
            serde_json::json!({
                "value": null, "set": true, "from": "GATEHOUSE_QUEUE_URL", "variable": "GATEHOUSE_QUEUE_URL"
            })
        );
    }

    #[test]
    fn an_address_is_printed_without_a_password_that_does_not_belong_there() {
        let told = told(
            "[scanner.fetch]\nbase = 'https://robot:hunter2@files.index.example/a@b/'\n\
             [publisher]\ntuf = 'https://hunter2@tuf.index.example'\nverdicts = 'http://dashboard:8808/a@b'\n",
            &[],
        );
        let (toml, json) = (as_toml(&told), as_json(&told));
        assert!(!toml.contains("hunter2") && !json.contains("hunter2"), "{toml}");
        for kept in ["https://files.index.example/a@b/", "https://tuf.index.example", "http://dashboard:8808/a@b"] {
            assert!(toml.contains(kept) && json.contains(kept), "{toml}");
        }
        let said = told.settings.sensible().unwrap_err().to_string();
        assert!(said.contains("holds credentials") && !said.contains("hunter2"), "{said}");
    }

    #[test]
    fn the_schema_knows_what_the_program_knows() {
        let schema = settings::schema(|path| serde_json::to_value(settings::default_of(path)?).ok());
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        let id = schema["$id"].as_str().unwrap().to_owned();
        compiler.add_resource(&id, schema).unwrap();
        let index = compiler.compile(&id, &mut schemas).unwrap();
        let holds = |file: &str| {
            let value = serde_json::to_value(file.parse::<toml::Table>().unwrap()).unwrap();
            assert_eq!(schemas.validate(&value, index).is_ok(), toml::from_str::<Settings>(file).is_ok(), "{file}");
            schemas.validate(&value, index).is_ok()
        };
        // The README's own example is what people copy.
        let readme = include_str!("../README.md");
        let example = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
        assert!(holds(&example.replace("\"…\"", &format!("\"{}\"", "ab".repeat(32)))));
        assert!(holds(""));
        for wrong in [
            "[scanner]\njob = 1\n",
            "[scaner]\n",
            "[scanner]\njobs = 'many'\n",
            "[scanner]\njobs = -1\n",
            "[recorder]\nslots = 70000\n",
            "[scanner.fetch]\nredirect_hosts = 'a'\n",
            "[[dashboard.tokens]]\nname = 'a'\n",
        ] {
            assert!(!holds(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_together_is_told() {
        let told = told("[queue]\nurl = 'sqlite:a'\nurl_file = 'b'\n", &[]);
        assert!(told.settings.sensible().unwrap_err().to_string().contains("two addresses"));
        let warned = warnings(&self::told("", &[("GATEHOUSE_SCANER_JOBS", "1")]), None);
        assert_eq!(warned, ["GATEHOUSE_SCANER_JOBS is not a variable of this program"]);
    }
}
