#![doc = include_str!("../README.md")]

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use model::{Digest, Outcome};
use prometheus_client::{
    encoding::text::{encode_eof, encode_registry},
    metrics::{
        counter::Counter,
        family::{Family, MetricConstructor},
        gauge::Gauge,
        histogram::Histogram,
    },
    registry::Registry,
};

type Label<const N: usize> = [(&'static str, &'static str); N];
type Owned = Vec<(&'static str, String)>;

/// The stages of a scan that are timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Fetch,
    Examine,
    Publish,
}

impl Stage {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Examine => "examine",
            Self::Publish => "publish",
        }
    }
}

/// Makes a histogram with the same buckets for every label.
#[derive(Clone, Copy)]
struct Buckets(&'static [f64]);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

const SCAN_SECONDS: Buckets = Buckets(&[0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0]);
const HTTP_SECONDS: Buckets = Buckets(&[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 60.0]);

/// What one process counts. Share it behind an `Arc`.
pub struct Metrics {
    registry: Registry,
    scans: Family<Label<1>, Counter>,
    scan_seconds: Family<Label<1>, Histogram, Buckets>,
    dead_letters: Family<Label<1>, Counter>,
    in_flight: Gauge,
    http_requests: Family<Owned, Counter>,
    http_seconds: Family<Owned, Histogram, Buckets>,
    csp_reports: Counter,
    rulesets: Family<Owned, Gauge>,
    rulebook: Mutex<Option<Digest>>,
    last_scan: AtomicU64,
}

impl Metrics {
    /// `version` is the program's.
    pub fn new(version: &str) -> Self {
        let mut registry = Registry::with_prefix("gatehouse");
        let scans = Family::<Label<1>, Counter>::default();
        registry.register("scans", "Artifacts that were examined", scans.clone());
        let scan_seconds = Family::new_with_constructor(SCAN_SECONDS);
        registry.register("scan_duration_seconds", "Time an artifact spent in a stage", scan_seconds.clone());
        let dead_letters = Family::<Label<1>, Counter>::default();
        registry.register("dead_letters", "Messages that nobody could handle", dead_letters.clone());
        let in_flight = Gauge::default();
        registry.register("in_flight", "Messages that are in hand", in_flight.clone());
        let http_requests = Family::<Owned, Counter>::default();
        registry.register("http_requests", "Requests that were answered", http_requests.clone());
        let http_seconds = Family::new_with_constructor(HTTP_SECONDS);
        registry.register("http_request_duration_seconds", "Time until a request was answered", http_seconds.clone());
        let csp_reports = Counter::default();
        registry.register(
            "csp_reports",
            "Violations of the content security policy that browsers told",
            csp_reports.clone(),
        );
        let rulesets = Family::<Owned, Gauge>::default();
        registry.register("ruleset_info", "The rulebook that judges", rulesets.clone());
        let builds = Family::<Owned, Gauge>::default();
        registry.register("build_info", "The program", builds.clone());
        builds.get_or_create(&vec![("version", version.to_owned())]).set(1);
        // A counter that does not exist until its first event hides that first event from a rate.
        for outcome in Outcome::ALL {
            drop(scans.get_or_create(&[("outcome", outcome.as_str())]));
        }
        Self {
            registry,
            scans,
            scan_seconds,
            dead_letters,
            in_flight,
            http_requests,
            http_seconds,
            csp_reports,
            rulesets,
            rulebook: Mutex::new(None),
            last_scan: AtomicU64::new(0),
        }
    }

    /// An artifact has its verdict.
    pub fn scanned(&self, outcome: Outcome) {
        self.scans.get_or_create(&[("outcome", outcome.as_str())]).inc();
        self.last_scan.fetch_add(1, Ordering::Relaxed);
    }

    /// How many artifacts this process has examined.
    pub fn scans(&self) -> u64 {
        self.last_scan.load(Ordering::Relaxed)
    }

    pub fn stage(&self, stage: Stage, took: Duration) {
        self.scan_seconds.get_or_create(&[("stage", stage.as_str())]).observe(took.as_secs_f64());
    }

    /// `reason` is one of a fixed set, such as a queue's `Reason::kind`.
    pub fn dead_letter(&self, reason: &'static str) {
        self.dead_letters.get_or_create(&[("reason", reason)]).inc();
    }

    /// Takes so many messages in hand, until what it returns is dropped.
    pub fn take_in_hand(&self, messages: usize) -> InHand {
        let messages = i64::try_from(messages).unwrap_or(i64::MAX);
        self.in_flight.inc_by(messages);
        InHand { in_flight: self.in_flight.clone(), messages }
    }

    /// Messages that are in hand.
    pub fn in_flight(&self) -> u32 {
        u32::try_from(self.in_flight.get()).unwrap_or(0)
    }

    /// `route` is a route's pattern, never a path.
    pub fn answered(&self, route: &'static str, status: u16, took: Duration) {
        let route = ("route", route.to_owned());
        self.http_requests.get_or_create(&vec![route.clone(), ("status", status.to_string())]).inc();
        self.http_seconds.get_or_create(&vec![route]).observe(took.as_secs_f64());
    }

    pub fn csp_report(&self) {
        self.csp_reports.inc();
    }

    /// The rulebook in use from now on.
    pub fn use_rulebook(&self, digest: Digest) {
        let mut current = self.rulebook.lock().unwrap_or_else(PoisonError::into_inner);
        self.rulesets.clear();
        self.rulesets.get_or_create(&vec![("digest", digest.to_string())]).set(1);
        *current = Some(digest);
    }

    pub fn rulebook(&self) -> Option<Digest> {
        *self.rulebook.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything in the OpenMetrics text format, with what the caller has just looked up.
    pub fn encode(&self, looked_up: Option<&Lookup>) -> String {
        let mut text = String::new();
        let written = encode_registry(&mut text, &self.registry)
            .and_then(|()| looked_up.map_or(Ok(()), |more| encode_registry(&mut text, &more.registry)))
            .and_then(|()| encode_eof(&mut text));
        // Writing into a string fails only when a metric refuses to be written, and none of ours does.
        if written.is_err() {
            text.clear();
        }
        text
    }
}

/// Messages in hand, counted until it is dropped: also when their work is cut off.
pub struct InHand {
    in_flight: Gauge,
    messages: i64,
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.in_flight.dec_by(self.messages);
    }
}

/// Content type of [`Metrics::encode`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Figures that are looked up when somebody asks: of the store, of the queue.
pub struct Lookup {
    registry: Registry,
}

impl Default for Lookup {
    fn default() -> Self {
        Self { registry: Registry::with_prefix("gatehouse") }
    }
}

/// The labels of one value, and the value.
pub type Sample = (Vec<(&'static str, String)>, i64);

impl Lookup {
    /// Adds a counter; its name is written with `_total`.
    pub fn counter(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = Sample>) {
        let family = Family::<Owned, Counter>::default();
        for (labels, value) in samples {
            let value = u64::try_from(value).unwrap_or(0);
            if labels.is_empty() {
                let counter: Counter = Counter::default();
                counter.inc_by(value);
                return self.registry.register(name, help, counter);
            }
            family.get_or_create(&labels).inc_by(value);
        }
        self.registry.register(name, help, family);
    }

    pub fn gauge(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = Sample>) {
        let family = Family::<Owned, Gauge>::default();
        for (labels, value) in samples {
            if labels.is_empty() {
                let gauge: Gauge = Gauge::default();
                gauge.set(value);
                return self.registry.register(name, help, gauge);
            }
            family.get_or_create(&labels).set(value);
        }
        self.registry.register(name, help, family);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everything() -> String {
        let metrics = Metrics::new("0.1.0");
        metrics.scanned(Outcome::Hold);
        metrics.stage(Stage::Examine, Duration::from_millis(40));
        metrics.dead_letter("malformed");
        metrics.answered("/case/{id}", 200, Duration::from_millis(2));
        metrics.use_rulebook(Digest::of(b"old"));
        metrics.use_rulebook(Digest::of(b"new"));
        let mut lookup = Lookup::default();
        lookup.counter("uploads_received", "Uploads that were accepted", [(vec![], 7)]);
        lookup.gauge("cases_open", "Cases that wait", [(vec![("band", "high".to_owned())], 3)]);
        metrics.encode(Some(&lookup))
    }

    #[test]
    fn says_the_names_that_alerts_use() {
        let text = everything();
        for line in [
            "gatehouse_scans_total{outcome=\"hold\"} 1",
            "gatehouse_scans_total{outcome=\"clear\"} 0",
            "gatehouse_scan_duration_seconds_bucket{le=\"0.05\",stage=\"examine\"} 1",
            "gatehouse_dead_letters_total{reason=\"malformed\"} 1",
            "gatehouse_http_requests_total{route=\"/case/{id}\",status=\"200\"} 1",
            "gatehouse_uploads_received_total 7",
            "gatehouse_cases_open{band=\"high\"} 3",
            "gatehouse_build_info{version=\"0.1.0\"} 1",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert_eq!(text.matches("# EOF").count(), 1);
        assert_eq!(text.matches("gatehouse_ruleset_info{").count(), 1, "an old rulebook is still shown");
    }

    #[test]
    fn what_is_in_hand_is_counted_until_it_is_let_go() {
        let metrics = Metrics::new("0.1.0");
        let (one, many) = (metrics.take_in_hand(1), metrics.take_in_hand(16));
        assert_eq!(metrics.in_flight(), 17);
        assert!(metrics.encode(None).contains("gatehouse_in_flight 17"));
        drop(many);
        assert_eq!(metrics.in_flight(), 1);
        drop(one);
        assert_eq!(metrics.in_flight(), 0);
    }

    #[test]
    fn every_name_is_in_the_readme() {
        let readme = include_str!("../README.md");
        for line in everything().lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            let (name, kind) = line.split_once(' ').unwrap();
            let name = if kind == "counter" { format!("{name}_total") } else { name.to_owned() };
            assert!(readme.contains(&format!("| `{name}` |")), "{name}");
        }
    }
}
