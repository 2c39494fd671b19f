//! What is deployed: files that parse, commands that exist, queries over metrics that are exported, runbook for all.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Files below `deploy/` with this ending.
fn files(ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("deploy")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().unwrap() != "secrets" {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path.strip_prefix(root()).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no {ending}");
    found
}

/// Every document of a YAML file.
fn documents(path: &str) -> Vec<Value> {
    use serde::Deserialize as _;
    let text = read(path);
    yaml_serde::Deserializer::from_str(&text)
        .map(|document| {
            let mut value = yaml_serde::Value::deserialize(document).unwrap_or_else(|error| panic!("{path}: {error}"));
            value.apply_merge().unwrap();
            serde_json::to_value(value).unwrap()
        })
        .collect()
}

fn gatehouse(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_gatehouse")).args(arguments).env_clear().output().unwrap()
}

/// A command line's subcommands exist, and each of its options is one of theirs.
fn exists(words: &[String], place: &str) {
    // Two subcommands at most; what follows them are values.
    let mut command: Vec<&str> = Vec::new();
    for word in words.iter().take_while(|word| !word.starts_with('-')).take(2) {
        let mut longer = command.clone();
        longer.push(word);
        longer.push("--help");
        // `queue` alone is a command with subcommands; `publish event.json` is not.
        let leaf = !command.is_empty() && !help(&command).contains("\nCommands:");
        if leaf {
            break;
        }
        assert!(gatehouse(&longer).status.success(), "{place}: there is no `gatehouse {}`", words.join(" "));
        command.push(word);
    }
    let help = help(&command);
    for option in words.iter().filter(|word| word.starts_with("--") && word.len() > 2) {
        let option = option.split('=').next().unwrap();
        let known = help.lines().any(|line| line.trim_start().split([' ', ',', '<', '[']).any(|word| word == option));
        assert!(known, "{place}: `gatehouse {}` has no {option}", command.join(" "));
    }
}

fn help(command: &[&str]) -> String {
    let output = gatehouse(&[command, &["--help"]].concat());
    String::from_utf8(output.stdout).unwrap()
}

fn words(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_file_parses_and_every_command_in_it_exists() {
    let mut seen = BTreeSet::new();
    for path in files(".yaml") {
        for document in documents(&path) {
            assert!(document.is_object(), "{path} holds something else than mappings");
            let pod = document.pointer("/spec/template/spec/containers").and_then(Value::as_array);
            for container in pod.into_iter().flatten() {
                seen.insert(container["args"][0].as_str().unwrap().to_owned());
                exists(&words(&container["args"]), &path);
            }
        }
    }
    let compose = &documents("deploy/compose.yaml")[0];
    for (name, service) in compose["services"].as_object().unwrap() {
        if service["image"] != "gatehouse" {
            continue;
        }
        let mut command = service.get("entrypoint").map_or_else(Vec::new, |program| words(program)[1..].to_vec());
        command.extend(words(&service["command"]));
        exists(&command, &format!("compose.yaml, {name}"));
    }
    for path in files(".service") {
        let text = read(&path);
        let line = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
        let mut parts = line.split_whitespace().map(str::to_owned);
        assert_eq!(parts.next().unwrap(), "/usr/bin/gatehouse", "{path}");
        exists(&parts.collect::<Vec<_>>(), &path);
    }
    let roles = ["scanner", "recorder", "signer", "publisher", "dashboard", "reconcile", "intake"];
    for role in roles.into_iter().chain(["queue", "store", "rescan"]) {
        assert!(seen.contains(role), "no container runs {role}");
    }
}

#[test]
fn commands_of_the_pages_exist() {
    let mut seen = 0;
    for path in ["deploy/README.md", "deploy/RUNBOOK.md", "README.md"] {
        let text = read(path);
        let indented = text.lines().filter_map(|line| line.strip_prefix("    gatehouse "));
        let quoted = text.split('`').skip(1).step_by(2).filter_map(|code| code.strip_prefix("gatehouse "));
        for command in indented.chain(quoted) {
            let command = command.split(" #").next().unwrap().split([';', '|', '>']).next().unwrap();
            let words: Vec<_> = command.split_whitespace().map(str::to_owned).collect();
            exists(&words, path);
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

/// Names that a query may use, with their labels: what the metrics room's README lists, which its own test holds true.
fn exported() -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for line in read("workers/metrics/README.md").lines() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let Some(name) = cells.get(1).and_then(|cell| cell.strip_prefix('`')?.strip_suffix('`')) else { continue };
        let mut labels: BTreeSet<_> =
            cells[3].split(',').map(|label| label.trim().trim_matches('`').to_owned()).collect();
        labels.extend(["instance".to_owned(), "job".to_owned()]);
        if cells[2] == "histogram" {
            labels.insert("le".to_owned());
            for suffix in ["_bucket", "_sum", "_count"] {
                all.insert(format!("{name}{suffix}"), labels.clone());
            }
        } else {
            all.insert(name.to_owned(), labels);
        }
    }
    assert!(all.len() > 15);
    all
}

/// A query names what is exported, and asks for labels that it has.
fn answered(query: &str, exported: &BTreeMap<String, BTreeSet<String>>, place: &str) {
    let mut named = Vec::new();
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    for (start, _) in query.match_indices("gatehouse_") {
        if query[..start].ends_with(is_word) {
            continue;
        }
        let name: String = query[start..].chars().take_while(|character| is_word(*character)).collect();
        let labels = exported.get(&name).unwrap_or_else(|| panic!("{place}: nobody exports {name}"));
        named.push(labels);
        let Some(selector) = query[start + name.len()..].strip_prefix('{') else { continue };
        for matcher in selector.split('}').next().unwrap().split(',') {
            let label: String = matcher.trim().chars().take_while(|character| is_word(*character)).collect();
            assert!(labels.contains(&label), "{place}: {name} has no label {label}");
        }
    }
    assert!(!named.is_empty() || query.contains("up{job=\"gatehouse\""), "{place}: {query} asks for nothing of ours");
    for grouping in query.split("by (").skip(1) {
        for label in grouping.split(')').next().unwrap().split(',') {
            let known = named.iter().any(|labels| labels.contains(label.trim()));
            assert!(known, "{place}: nothing in {query} has the label {label}");
        }
    }
}

#[test]
fn every_alert_asks_for_what_is_exported_and_has_its_section_in_the_runbook() {
    let exported = exported();
    let runbook = read("deploy/RUNBOOK.md");
    let mut sections: BTreeSet<_> = runbook.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let mut count = 0;
    for group in documents("deploy/prometheus/alerts.yaml")[0]["groups"].as_array().unwrap() {
        for rule in group["rules"].as_array().unwrap() {
            let name = rule["alert"].as_str().unwrap();
            answered(rule["expr"].as_str().unwrap(), &exported, name);
            assert!(sections.remove(name), "RUNBOOK.md has no section {name}");
            let link = format!("deploy/RUNBOOK.md#{}", name.to_lowercase());
            assert_eq!(rule["annotations"]["runbook"], link, "{name}");
            assert!(matches!(rule["labels"]["severity"].as_str(), Some("page" | "ticket")), "{name}");
            assert!(!rule["annotations"]["summary"].as_str().unwrap().is_empty());
            count += 1;
        }
    }
    assert!(count >= 12);
    assert!(sections.is_empty(), "sections without an alert: {sections:?}");
}

#[test]
fn every_panel_asks_for_what_is_exported_and_leads_to_the_runbook() {
    let exported = exported();
    let runbook = read("deploy/RUNBOOK.md").to_lowercase();
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/fleet.json")).unwrap();
    let (mut ids, mut queries) = (BTreeSet::new(), 0);
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_i64().unwrap()), "two panels have the id {}", panel["id"]);
        let title = panel["title"].as_str().unwrap();
        let grid = &panel["gridPos"];
        assert!(grid["x"].as_i64().unwrap() + grid["w"].as_i64().unwrap() <= 24, "{title} is too wide");
        if panel["type"] == "row" {
            continue;
        }
        let section = panel["description"].as_str().unwrap().strip_prefix("RUNBOOK.md#").unwrap();
        assert!(runbook.contains(&format!("## {section}\n")), "{title}: no section {section}");
        for target in panel["targets"].as_array().unwrap() {
            answered(target["expr"].as_str().unwrap(), &exported, title);
            assert_eq!(target["datasource"]["uid"], "prometheus");
            queries += 1;
        }
    }
    assert!(queries > 20);
    // What a fleet works on is seen where it stands still, and by which process.
    let asks = |panel: &Value, metric: &str| {
        panel["targets"]
            .as_array()
            .is_some_and(|targets| targets.iter().any(|target| target["expr"].to_string().contains(metric)))
    };
    for metric in ["gatehouse_in_flight", "gatehouse_queue_messages", "gatehouse_scans_total"] {
        assert!(
            dashboard["panels"].as_array().unwrap().iter().any(|panel| asks(panel, metric)),
            "no panel shows {metric}"
        );
    }
}

/// Runs one of the tools that `tests/services install` and `tests/requirements.txt` bring.
fn tool(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(root()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}; run `tests/run`, which installs it"));
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    said
}

#[test]
fn prometheus_itself_takes_the_alerts_and_they_fire_when_they_should() {
    let checked = tool("promtool", &["check", "rules", "deploy/prometheus/alerts.yaml"]);
    assert!(checked.contains("SUCCESS: 1"), "{checked}");
    let tested = tool("promtool", &["test", "rules", "deploy/prometheus/alerts.test.yaml"]);
    assert!(tested.contains("SUCCESS"), "{tested}");
}

#[test]
fn kubernetes_schemas_take_the_manifests() {
    let python = std::env::var("GATEHOUSE_TEST_PYTHON").expect("run `tests/run`: it installs the schemas");
    let said = tool(&python, &["tests/manifests.py", "deploy/kubernetes"]);
    assert!(said.contains("25 valid, 2 of KEDA, 4 of others"), "{said}");
    let kustomization = &documents("deploy/kubernetes/kustomization.yaml")[0];
    let named: BTreeSet<_> = words(&kustomization["resources"]).into_iter().collect();
    let there: BTreeSet<_> = files(".yaml")
        .into_iter()
        .filter_map(|path| Some(path.strip_prefix("deploy/kubernetes/")?.to_owned()))
        .filter(|name| name != "kustomization.yaml" && !name.contains('/'))
        .collect();
    assert_eq!(named, there, "kustomization.yaml names every manifest");
    // What not every index needs is no part of the base: a publisher beside an index that reads `decisions` takes half.
    for component in ["publisher", "intake", "rescan"] {
        let kustomization = &documents(&format!("deploy/kubernetes/{component}/kustomization.yaml"))[0];
        assert_eq!(kustomization["kind"], "Component");
        assert_eq!(words(&kustomization["resources"]), [format!("{component}.yaml")]);
    }
    // The settings that it ships are right, and no secret is in them.
    let settings = root().join("deploy/kubernetes/gatehouse.toml");
    let checked = gatehouse(&["config", "check", "--config", settings.to_str().unwrap()]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn systemd_takes_the_units() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for path in files(".service") {
        // The program is where this test has it.
        let unit = read(&path).replace("/usr/bin/gatehouse", env!("CARGO_BIN_EXE_gatehouse"));
        let own = folder.path().join(Path::new(&path).file_name().unwrap());
        fs::write(&own, unit).unwrap();
        paths.push(own.to_str().unwrap().to_owned());
    }
    let arguments: Vec<_> = ["verify", "--man=no"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let said = tool("systemd-analyze", &arguments);
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("gatehouse-")).collect();
    assert!(ours.is_empty(), "{}", ours.join("\n"));
}

#[test]
fn compose_itself_takes_the_file() {
    // Debian's compose is of the first generation: all but the project's name is read as the second reads it.
    let text = read("deploy/compose.yaml").replace("name: gatehouse\n\n", "\n");
    let mut compose = Command::new("docker-compose")
        .args(["--project-directory", "deploy", "-f", "-", "config"])
        .current_dir(root())
        .env("GATEHOUSE_FETCH_BASE", "https://files.index.example/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("run `tests/run`: it installs docker-compose");
    compose.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = compose.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let resolved: yaml_serde::Value = yaml_serde::from_slice(&output.stdout).unwrap();
    let resolved = serde_json::to_value(resolved).unwrap();
    let ours = &documents("deploy/compose.yaml")[0]["services"];
    assert_eq!(resolved["services"].as_object().unwrap().len(), ours.as_object().unwrap().len());
    // Anchors and variables are resolved.
    let scanner = &resolved["services"]["scanner"];
    assert_eq!(scanner["environment"]["GATEHOUSE_FETCH_BASE"], "https://files.index.example/");
    assert_eq!((&scanner["read_only"], &scanner["user"]), (&true.into(), &"10001:10001".into()));
}

#[test]
fn compose_mounts_and_starts_only_what_it_declares() {
    let compose = &documents("deploy/compose.yaml")[0];
    let names = |key: &str| compose[key].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let (services, secrets, networks, volumes) =
        (names("services"), names("secrets"), names("networks"), names("volumes"));
    for (name, service) in compose["services"].as_object().unwrap() {
        for secret in service.get("secrets").and_then(Value::as_array).into_iter().flatten() {
            let source = secret.as_str().or_else(|| secret["source"].as_str()).unwrap();
            assert!(secrets.contains(source), "{name}: secret {source}");
        }
        for (other, _) in service.get("depends_on").and_then(Value::as_object).into_iter().flatten() {
            assert!(services.contains(other), "{name} waits for {other}");
        }
        for network in words(&service["networks"]) {
            assert!(networks.contains(&network), "{name}: network {network}");
        }
        for volume in service.get("volumes").and_then(Value::as_array).into_iter().flatten() {
            let source = volume.as_str().unwrap().split(':').next().unwrap();
            let there = if source.starts_with('.') {
                root().join("deploy").join(source).exists()
            } else {
                volumes.contains(source)
            };
            assert!(there, "{name}: volume {source}");
        }
        if service["image"] == "gatehouse" {
            assert_eq!((&service["read_only"], &service["user"]), (&true.into(), &"10001:10001".into()), "{name}");
            // A variable that no role reads would be a mistake that nobody sees.
            for (variable, _) in service["environment"].as_object().unwrap() {
                let schema: Value = serde_json::from_slice(&gatehouse(&["config", "schema"]).stdout).unwrap();
                assert!(schema.to_string().contains(&format!("\"{variable}\"")), "{name}: {variable}");
            }
        }
        for port in service.get("ports").and_then(Value::as_array).into_iter().flatten() {
            assert!(port.as_str().unwrap().starts_with("127.0.0.1:"), "{name} is open to the network");
        }
    }
}
