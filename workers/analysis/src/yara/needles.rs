//! What must stand in the bytes before a byte rule can hit: read from the rule's condition and patterns.
//!
//! A need is a list of texts of which one is there, in whatever case, whenever the rule hits. A rule may have several.
//! Whatever is not understood needs nothing, which costs time and never a finding.

use yara_x_parser::ast::{AST, Expr, MatchAnchor, OfItems, Pattern, PatternModifiers, PatternSet, Quantifier, Rule};

pub(crate) use super::literals::window;

use super::literals;
use crate::gate;

/// Texts of which one is there.
pub(crate) type Need = Vec<Vec<u8>>;
/// All of them have to be met.
pub(crate) type Needs = Vec<Need>;

/// The rules of one file by their identifiers, and what each needs.
pub(crate) fn of_file(text: &str) -> Vec<(String, Needs)> {
    AST::from(text).rules().map(|rule| (rule.identifier.name.to_owned(), of_rule(rule))).collect()
}

fn of_rule(rule: &Rule<'_>) -> Needs {
    let patterns: Vec<(&str, Needs)> =
        rule.patterns.iter().flatten().map(|pattern| (bare(pattern.identifier().name), of_pattern(pattern))).collect();
    let mut needs = Reading { rule, patterns: &patterns }.of(&rule.condition);
    needs.sort();
    needs.dedup();
    needs
}

/// `$name`, `#name` and `@name` speak of one pattern.
fn bare(name: &str) -> &str {
    name.trim_start_matches(['$', '#', '@', '!'])
}

fn of_pattern(pattern: &Pattern<'_>) -> Needs {
    let plain = |modifiers: &PatternModifiers<'_>| {
        modifiers.wide().is_none()
            && modifiers.xor().is_none()
            && modifiers.base64().is_none()
            && modifiers.base64wide().is_none()
    };
    match pattern {
        Pattern::Text(text) if plain(&text.modifiers) => literals::usable(vec![text.text.value.to_ascii_lowercase()]),
        Pattern::Regexp(regexp) if plain(&regexp.modifiers) => literals::of_regexp(regexp.regexp.src),
        _ => Needs::new(),
    }
}

struct Reading<'r, 's> {
    rule: &'r Rule<'s>,
    patterns: &'r [(&'s str, Needs)],
}

impl Reading<'_, '_> {
    fn of(&self, condition: &Expr<'_>) -> Needs {
        match condition {
            Expr::PatternMatch(found) => {
                let mut needs = self.pattern(found.identifier.name);
                match &found.anchor {
                    Some(MatchAnchor::In(within)) => {
                        self.places(&within.range.lower_bound, &mut needs);
                        self.places(&within.range.upper_bound, &mut needs);
                    }
                    Some(MatchAnchor::At(at)) => self.places(&at.expr, &mut needs),
                    None => {}
                }
                needs
            }
            Expr::And(parts) => parts.operands().flat_map(|part| self.of(part)).collect(),
            Expr::Or(parts) => {
                let parts: Vec<Needs> = parts.operands().map(|part| self.of(part)).collect();
                some(parts, 1)
            }
            Expr::Of(of) => {
                let needs: Vec<Needs> = match &of.items {
                    OfItems::PatternSet(set) => self.set(set),
                    OfItems::BoolExprTuple(parts) => parts.iter().map(|part| self.of(part)).collect(),
                };
                let wanted = match &of.quantifier {
                    Quantifier::Any { .. } => 1,
                    Quantifier::All { .. } => needs.len(),
                    Quantifier::Expr(Expr::LiteralInteger(count)) => usize::try_from(count.value).unwrap_or(0),
                    _ => 0,
                };
                some(needs, wanted)
            }
            Expr::ForIn(every) => match &every.quantifier {
                Quantifier::Any { .. } => self.of(&every.body),
                _ => Needs::new(),
            },
            Expr::Gt(pair) => self.count(&pair.lhs, &pair.rhs, 0),
            Expr::Ge(pair) | Expr::Eq(pair) => self.count(&pair.lhs, &pair.rhs, 1),
            _ => Needs::new(),
        }
    }

    fn pattern(&self, name: &str) -> Needs {
        let known = self.patterns.iter().find(|(known, _)| *known == bare(name));
        known.map(|(_, needs)| needs.clone()).unwrap_or_default()
    }

    fn set(&self, set: &PatternSet<'_>) -> Vec<Needs> {
        let declared = self.rule.patterns.iter().flatten().map(Pattern::identifier);
        let wanted = |name| match set {
            PatternSet::Them { .. } => true,
            PatternSet::Set(items) => items.iter().any(|item| item.matches(name)),
        };
        declared.filter(|name| wanted(name)).map(|name| self.pattern(name.name)).collect()
    }

    /// `#a > n`: the pattern is there.
    fn count(&self, left: &Expr<'_>, right: &Expr<'_>, least: i64) -> Needs {
        match (left, right) {
            (Expr::PatternCount(count), Expr::LiteralInteger(number)) if number.value >= least => {
                self.pattern(count.identifier.name)
            }
            _ => Needs::new(),
        }
    }

    /// The place of a pattern that is not there is undefined, and what is computed from it.
    fn places(&self, place: &Expr<'_>, needs: &mut Needs) {
        if let Expr::PatternOffset(offset) | Expr::PatternLength(offset) = place {
            needs.extend(self.pattern(offset.identifier.name));
        } else if let Expr::Add(parts) | Expr::Sub(parts) = place {
            parts.operands().for_each(|part| self.places(part, needs));
        }
    }
}

/// The number of the need that is met least often, of those that can be looked for in every member.
pub(crate) fn opening(needs: &[Need]) -> Option<usize> {
    rarest(needs).filter(|at| !is_short(&needs[*at]))
}

/// The need that is met least often.
pub(super) fn cheapest(mut needs: Needs) -> Option<Need> {
    rarest(&needs).map(|at| needs.swap_remove(at))
}

/// The short ones last: they are met nearly everywhere.
fn rarest(needs: &[Need]) -> Option<usize> {
    let order = |one: &usize, other: &usize| {
        let (one, other) = (&needs[*one], &needs[*other]);
        is_short(one).cmp(&is_short(other)).then_with(|| literals::cost(one).total_cmp(&literals::cost(other)))
    };
    (0..needs.len()).min_by(order)
}

fn is_short(need: &Need) -> bool {
    need.iter().any(|text| text.len() < gate::SHORTEST)
}

/// The needs of what holds when `wanted` of some parts do: of any choice that leaves fewer than that, one part holds.
fn some(parts: Vec<Needs>, wanted: usize) -> Needs {
    if wanted == 0 || wanted > parts.len() {
        return Needs::new();
    }
    if wanted == parts.len() {
        return parts.concat();
    }
    let chosen = parts.len() - wanted + 1;
    let mut known: Vec<Need> = parts.into_iter().filter_map(cheapest).collect();
    known.sort_by(|one, other| literals::cost(one).total_cmp(&literals::cost(other)));
    if known.len() < chosen { Needs::new() } else { vec![known.drain(..chosen).flatten().collect()] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(strings: &str, condition: &str) -> Option<Vec<String>> {
        let text = format!("rule r {{ strings: {strings} condition: {condition} }}");
        let needs = of_file(&text);
        assert_eq!(needs[0].0, "r");
        let texts = cheapest(needs[0].1.clone())?.into_iter().map(|text| String::from_utf8(text).unwrap());
        let mut texts: Vec<String> = texts.collect();
        texts.sort();
        Some(texts)
    }

    #[test]
    fn a_condition_needs_what_each_way_to_it_needs() {
        let abc = "$a = \"aardvark\" $b = \"Buffalo\" nocase $c = \"cormoran\"";
        for (condition, expected) in [
            ("$a", Some(vec!["aardvark"])),
            ("any of them", Some(vec!["aardvark", "buffalo", "cormoran"])),
            ("2 of them", Some(vec!["aardvark", "cormoran"])),
            ("all of them", Some(vec!["aardvark"])),
            ("$a and filesize < 10", Some(vec!["aardvark"])),
            ("$a or filesize < 10", None),
            ("not $a", None),
            ("none of them", None),
            ("#a > 0", Some(vec!["aardvark"])),
            ("#a >= 0", None),
            ("$a or ($b and not $c)", Some(vec!["aardvark", "buffalo"])),
            ("for any i in (1, 2) : ($c in (@a[i] - 10..@a[i]))", Some(vec!["aardvark"])),
            ("for all i in (1..#a) : (@a[i] > 3)", None),
        ] {
            let expected = expected.map(|texts| texts.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(need(abc, condition), expected, "{condition}");
        }
    }

    #[test]
    fn a_text_that_is_written_otherwise_in_the_bytes_needs_nothing() {
        for modifier in ["wide", "xor", "base64"] {
            assert_eq!(need(&format!("$a = \"aardvark\" {modifier}"), "$a"), None, "{modifier}");
        }
        assert_eq!(need("$a = { 61 62 63 64 }", "$a"), None);
        assert_eq!(need("$a = \"ab\"", "$a"), None, "too common to be looked for");
    }

    #[test]
    fn all_that_a_condition_needs_is_told() {
        let abc = "$a = \"aardvark\" $b = /buffalo.{9}bison/ $c = \"cow\"";
        for (condition, count) in [
            ("all of them", 4),
            ("$a and $b", 3),
            ("$a and ($b or $c)", 2),
            ("($a and $c) or $b", 1),
            ("any of them", 1),
            ("2 of them", 1),
            ("$a and not $b", 1),
            ("$a or filesize < 9", 0),
            ("$c in (@b - 5..@b)", 3),
        ] {
            let needs = of_file(&format!("rule r {{ strings: {abc} condition: {condition} }}"));
            assert_eq!(needs[0].1.len(), count, "{condition}: {needs:?}");
        }
    }
}
