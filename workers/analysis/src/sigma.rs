//! The fact rules. The only room that knows the engine behind them, so that it can be exchanged.

use std::{borrow::Cow, collections::BTreeMap};

use model::{Fact, FactKind, FieldValue};
use rsigma_eval::{Engine, Event, EventValue};
use rsigma_parser::{Detection, DetectionItem, SigmaRule, SigmaValue, parse_sigma_yaml};

use crate::rulebook::{
    diagnostic::{Diagnostic, locate, nearest},
    rule::{Language, Rule, Words},
};

/// Compiled fact rules, one engine a category: an event meets only the rules that can speak of it.
#[derive(Default)]
pub(crate) struct Sigma {
    engines: BTreeMap<(String, String), Engine>,
}

/// A rule that hit a fact, with the fields that made it hit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hit {
    pub rule: String,
    pub fields: Vec<(String, String)>,
}

/// One named field of a rule with the plain values it is compared with, for the lint.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    pub rule: String,
    pub file: String,
    pub logsource: (String, String),
    pub field: String,
    pub values: Vec<String>,
    /// The whole value is compared, or its beginning.
    pub whole: bool,
    pub prefix: bool,
}

impl Sigma {
    /// Compiles the files; says what each rule says of itself, and what it compares.
    pub(crate) fn compile(
        files: &[(&str, &str)],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> (Self, Vec<Rule>, Vec<Comparison>) {
        let mut sigma = Self::default();
        let (mut rules, mut comparisons) = (Vec::new(), Vec::new());
        for (path, text) in files {
            let collection = match parse_sigma_yaml(text) {
                Ok(collection) => collection,
                Err(error) => {
                    diagnostics.push(syntax(path, text, &error.to_string()));
                    continue;
                }
            };
            let mut errors = collection.errors.clone();
            if !collection.correlations.is_empty() || !collection.filters.is_empty() {
                diagnostics.push(
                    Diagnostic::error("R0017", path, "correlations and filters are not evaluated")
                        .help("a rule over several facts is a rule over `product: release, category: summary`"),
                );
            }
            for rule in &collection.rules {
                let words = words(rule, text, &mut errors);
                let before = diagnostics.len();
                let understood = words.understand(Language::Sigma, path, text, diagnostics);
                let logsource = logsource(rule, path, text, &words, diagnostics);
                let (Some(mut understood), Some(logsource)) = (understood, logsource) else { continue };
                let mut found = Vec::new();
                for detection in rule.detection.named.values() {
                    walk(detection, &mut |item| compare(item, &mut found));
                }
                for (field, values, whole, prefix) in found {
                    let comparison = Comparison {
                        rule: understood.id.clone(),
                        file: (*path).to_owned(),
                        logsource: logsource.clone(),
                        field,
                        values,
                        whole,
                        prefix,
                    };
                    known_field(&comparison, text, words.span, diagnostics);
                    comparisons.push(comparison);
                }
                if diagnostics.len() > before {
                    continue;
                }
                understood.summary = logsource == ("release".to_owned(), "summary".to_owned());
                let deprecated = understood.status == model::RuleStatus::Deprecated;
                let added =
                    if deprecated { Ok(()) } else { sigma.engines.entry(logsource).or_default().add_rule(rule) };
                if let Err(error) = added {
                    diagnostics.push(Diagnostic::error("R0001", path, error.to_string()).at(text, words.span));
                } else {
                    rules.push(understood);
                }
            }
            diagnostics.extend(errors.iter().map(|error| syntax(path, text, error)));
        }
        (sigma, rules, comparisons)
    }

    /// Rules that hit this fact, in the order of their ids.
    pub(crate) fn evaluate(&self, fact: &Fact) -> Vec<Hit> {
        let (product, category) = fact.kind.logsource();
        let Some(engine) = self.engines.iter().find(|((p, c), _)| p == product && c == category).map(|(_, e)| e) else {
            return Vec::new();
        };
        let mut hits: Vec<Hit> = engine
            .evaluate(&FactEvent(&fact.kind))
            .into_iter()
            .filter_map(|result| {
                let fields = result.as_detection().map(|detection| {
                    let mut fields: Vec<_> = detection
                        .matched_fields
                        .iter()
                        .map(|matched| (matched.field.clone(), plain(&matched.value)))
                        .collect();
                    fields.sort();
                    fields.dedup();
                    fields
                });
                Some(Hit { rule: result.header.rule_id?, fields: fields.unwrap_or_default() })
            })
            .collect();
        hits.sort_by(|one, other| one.rule.cmp(&other.rule));
        hits
    }

    /// Whether any rule reads this category.
    pub(crate) fn reads(&self, product: &str, category: &str) -> bool {
        self.engines.keys().any(|(p, c)| p == product && c == category)
    }
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// A fact as the engine reads it.
struct FactEvent<'a>(&'a FactKind);

fn value(value: FieldValue<'_>) -> EventValue<'_> {
    match value {
        FieldValue::Text(text) => EventValue::Str(text),
        FieldValue::Texts(texts) => {
            EventValue::Array(texts.iter().map(|text| EventValue::Str(Cow::Borrowed(text))).collect())
        }
        FieldValue::Integer(number) => EventValue::Int(number),
        FieldValue::Number(number) => EventValue::Float(number),
        FieldValue::Flag(flag) => EventValue::Bool(flag),
    }
}

impl FactEvent<'_> {
    fn texts(&self, visit: &mut dyn FnMut(&str) -> bool) -> bool {
        self.0.field_names().iter().any(|name| match self.0.field(name) {
            Some(FieldValue::Text(text)) => visit(&text),
            Some(FieldValue::Texts(texts)) => texts.iter().any(|text| visit(text)),
            _ => false,
        })
    }
}

impl Event for FactEvent<'_> {
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        self.0.field(path).map(value)
    }

    fn any_string_value(&self, predicate: &dyn Fn(&str) -> bool) -> bool {
        self.texts(&mut |text| predicate(text))
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        let mut all = Vec::new();
        self.texts(&mut |text| {
            all.push(Cow::Owned(text.to_owned()));
            false
        });
        all
    }

    fn visit_string_values(&self, visit: &mut dyn FnMut(&str)) {
        self.texts(&mut |text| {
            visit(text);
            false
        });
    }

    fn to_json(&self) -> serde_json::Value {
        let fields = self
            .0
            .field_names()
            .iter()
            .filter_map(|name| self.0.field(name).map(|field| ((*name).to_owned(), value(field).to_json())));
        serde_json::Value::Object(fields.collect())
    }

    fn field_keys(&self) -> Vec<Cow<'_, str>> {
        let present = self.0.field_names().iter().filter(|name| self.0.field(name).is_some());
        present.map(|name| Cow::Borrowed(*name)).collect()
    }
}

/// What a rule says of itself. A word that the engine's parser refuses is taken from its error, and refused with a place.
fn words(rule: &SigmaRule, text: &str, errors: &mut Vec<String>) -> Words {
    let mut refused = |field: &str| {
        let word = |error: &String| {
            let word = error.strip_prefix("invalid ")?.strip_prefix(field)?.strip_prefix(": '")?.strip_suffix('\'')?;
            Some(word.to_owned())
        };
        let (at, word) = errors.iter().enumerate().find_map(|(at, error)| Some((at, word(error)?)))?;
        errors.remove(at);
        Some(word)
    };
    let mut words = Words::default();
    if let Some(id) = &rule.id {
        words.set("id", id);
        words.span = locate(text, id, 0);
    }
    words.span = words.span.or_else(|| locate(text, &rule.title, 0));
    words.set("title", &rule.title);
    if let Some(family) = rule.custom_attributes.get("family").and_then(|family| family.as_str()) {
        words.set("family", family);
    }
    if let Some(level) = rule.level.map(|level| level.as_str().to_owned()).or_else(|| refused("level")) {
        words.set("level", level);
    }
    if let Some(status) = rule.status.map(|status| format!("{status:?}").to_lowercase()).or_else(|| refused("status")) {
        words.set("status", status);
    }
    words.set("tags", rule.tags.join(", "));
    words.set("falsepositives", rule.falsepositives.join("; "));
    // The mark is on the id, the search for mistakes begins where the document does.
    words
}

fn logsource(
    rule: &SigmaRule,
    path: &str,
    text: &str,
    words: &Words,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(String, String)> {
    let source = (rule.logsource.product.clone()?, rule.logsource.category.clone()?);
    if model::CATALOGUE.iter().any(|known| known.product == source.0 && known.category == source.1) {
        return Some(source);
    }
    let known: Vec<String> = model::CATALOGUE.iter().map(|c| format!("{}/{}", c.product, c.category)).collect();
    let said = format!("{}/{}", source.0, source.1);
    let help = nearest(&said, known.iter().map(String::as_str))
        .map_or_else(|| format!("one of {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
    diagnostics.push(
        Diagnostic::error("R0005", path, format!("there are no facts `{said}`"))
            .at(text, locate(text, &source.1, text.find("logsource").unwrap_or(0)).or(words.span))
            .label("unknown product or category")
            .help(help),
    );
    None
}

fn known_field(comparison: &Comparison, text: &str, rule: Option<(usize, usize)>, diagnostics: &mut Vec<Diagnostic>) {
    let (product, category) = &comparison.logsource;
    let known = model::CATALOGUE.iter().find(|known| known.product == product && known.category == category);
    let fields: Vec<&str> =
        known.map(|known| known.fields.iter().map(|field| field.name).collect()).unwrap_or_default();
    if fields.contains(&comparison.field.as_str()) {
        return;
    }
    let help = nearest(&comparison.field, fields.iter().copied())
        .map_or_else(|| format!("it has {}", fields.join(", ")), |near| format!("did you mean `{near}`?"));
    let from = rule.map_or(0, |(start, _)| start);
    let from = text.get(from..).and_then(|tail| tail.find("detection")).map_or(0, |at| from + at);
    diagnostics.push(
        Diagnostic::error(
            "R0006",
            &comparison.file,
            format!("facts `{product}/{category}` have no field `{}`", comparison.field),
        )
        .at(text, locate(text, &comparison.field, from).or(rule))
        .label("unknown field")
        .help(help),
    );
}

fn syntax(path: &str, text: &str, error: &str) -> Diagnostic {
    // The YAML reader says its place in words.
    let number = |word: &str| {
        let at = error.find(word)? + word.len();
        error[at..].split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok()
    };
    let span = number("line ").and_then(|line| {
        let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        let column = number("column ").map_or(0, |column| column.saturating_sub(1));
        let end = text.get(start..)?.find('\n').map_or(text.len(), |at| start + at);
        Some(((start + column).min(end), end))
    });
    Diagnostic::error("R0001", path, error.to_owned()).at(text, span).label("here")
}

fn walk(detection: &Detection, visit: &mut dyn FnMut(&DetectionItem)) {
    match detection {
        Detection::AllOf(items) => items.iter().for_each(visit),
        Detection::AnyOf(inner) | Detection::And(inner) => inner.iter().for_each(|inner| walk(inner, visit)),
        Detection::ArrayMatch { body, .. } => walk(body, visit),
        Detection::Conditional { named, .. } => named.values().for_each(|inner| walk(inner, visit)),
        Detection::Keywords(_) => {}
    }
}

fn compare(item: &DetectionItem, found: &mut Vec<(String, Vec<String>, bool, bool)>) {
    use rsigma_parser::Modifier;
    let Some(field) = &item.field.name else { return };
    let values = item
        .values
        .iter()
        .filter_map(|value| match value {
            SigmaValue::String(text) => Some(text.original.clone()),
            _ => None,
        })
        .collect();
    let has = |modifier| item.field.has_modifier(modifier);
    let whole = item.field.modifiers.iter().all(|modifier| matches!(modifier, Modifier::All | Modifier::Cased));
    let mut prefix = has(Modifier::StartsWith);
    prefix &= !has(Modifier::Contains);
    found.push((field.clone(), values, whole, prefix));
}

#[cfg(test)]
mod tests {
    use model::{Phase, Place, facts};

    use super::*;

    fn rule(detection: &str) -> String {
        format!(
            "title: Runs it\nid: runs-it\nstatus: stable\nlevel: high\nfamily: run\ntags: [attack.t1059]\n\
             logsource: {{product: python, category: import}}\ndetection:\n{detection}\nfalsepositives: [none known]\n"
        )
    }

    fn compile(text: &str) -> (Sigma, Vec<Rule>, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let (sigma, rules, _) = Sigma::compile(&[("sigma/a.yml", text)], &mut diagnostics);
        (sigma, rules, diagnostics)
    }

    fn import(module: &str, indirect: &[&str]) -> Fact {
        Fact::new(
            Place::default(),
            facts::Import {
                module: module.into(),
                phase: Phase::Install,
                indirect: indirect.iter().map(|text| (*text).to_owned()).collect(),
                known: true,
                member: "setup.py".into(),
                role: "setup".into(),
                layer: 0,
            },
        )
    }

    #[test]
    fn a_fact_meets_the_rules_of_its_category() {
        let (sigma, rules, diagnostics) =
            compile(&rule("  selection: {module|startswith: os., phase: [install, startup]}\n  condition: selection"));
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert_eq!((rules.len(), rules[0].id.as_str(), rules[0].line), (1, "runs-it", 2));
        let hits = sigma.evaluate(&import("os.system", &[]));
        assert_eq!(hits.len(), 1);
        assert!(hits[0].fields.contains(&("module".into(), "os.system".into())), "{hits:?}");
        assert!(sigma.evaluate(&import("json", &[])).is_empty());
    }

    #[test]
    fn lists_absence_and_all_of_several_are_understood() {
        let (sigma, _, diagnostics) =
            compile(&rule("  selection: {indirect|contains|all: [get, imp]}\n  condition: selection"));
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert_eq!(sigma.evaluate(&import("os", &["getattr", "import"])).len(), 1);
        assert!(sigma.evaluate(&import("os", &["getattr"])).is_empty());
        let (sigma, ..) =
            compile(&rule("  selection: {indirect: null, known: true, layer|lt: 1}\n  condition: selection"));
        assert_eq!(sigma.evaluate(&import("os", &[])).len(), 1);
        assert!(sigma.evaluate(&import("os", &["getattr"])).is_empty());
    }

    #[test]
    fn an_unknown_field_or_logsource_is_refused_with_the_nearest() {
        let (.., diagnostics) = compile(&rule("  selection: {modul: os}\n  condition: selection"));
        assert_eq!((diagnostics[0].code, diagnostics[0].help.as_str()), ("R0006", "did you mean `module`?"));
        assert_eq!(diagnostics[0].line, 9);
        let text =
            rule("  selection: {module: os}\n  condition: selection").replace("category: import", "category: imports");
        let (.., diagnostics) = compile(&text);
        assert_eq!((diagnostics[0].code, diagnostics[0].line), ("R0005", 7), "{diagnostics:?}");
    }

    #[test]
    fn a_level_or_status_that_there_is_not_is_refused_where_it_stands() {
        let text = rule("  selection: {module: os}\n  condition: selection");
        for (line, word) in [("level: ", "hihg"), ("status: ", "stabel")] {
            let at = text.find(line).unwrap() + line.len();
            let end = at + text[at..].find('\n').unwrap();
            let broken = format!("{}{word}{}", &text[..at], &text[end..]);
            let (.., diagnostics) = compile(&broken);
            let told: Vec<_> = diagnostics.iter().map(|told| (told.code, told.line)).collect();
            assert_eq!(told, [("R0003", text[..at].lines().count() as u32)], "{diagnostics:?}");
        }
    }

    #[test]
    fn broken_yaml_is_a_diagnostic_with_a_line() {
        let (_, rules, diagnostics) = compile("title: [\nid: a\n");
        assert!(rules.is_empty());
        assert_eq!(diagnostics[0].code, "R0001");
        assert!(diagnostics[0].line > 0, "{diagnostics:?}");
    }
}
