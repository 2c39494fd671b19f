//! What must stand in the bytes before a byte rule can hit: read from the rule's condition and patterns.
//!
//! A need is a list of texts of which one is there, in whatever case, whenever the rule hits. Whatever is not
//! understood needs nothing, which costs time and never a finding.

use yara_x_parser::ast::{AST, Expr, MatchAnchor, OfItems, Pattern, PatternModifiers, PatternSet, Quantifier, Rule};

use super::literals;

/// Texts of which one is there; `None` when that cannot be told.
pub(crate) type Need = Option<Vec<Vec<u8>>>;

/// The rules of one file by their identifiers, and what each needs.
pub(crate) fn of_file(text: &str) -> Vec<(String, Need)> {
    AST::from(text).rules().map(|rule| (rule.identifier.name.to_owned(), of_rule(rule))).collect()
}

fn of_rule(rule: &Rule<'_>) -> Need {
    let patterns: Vec<(&str, Need)> =
        rule.patterns.iter().flatten().map(|pattern| (bare(pattern.identifier().name), of_pattern(pattern))).collect();
    Needs { rule, patterns: &patterns }
        .of(&rule.condition)
        .map(|texts| texts.iter().map(|text| literals::window(text)).collect())
}

/// `$name`, `#name` and `@name` speak of one pattern.
fn bare(name: &str) -> &str {
    name.trim_start_matches(['$', '#', '@', '!'])
}

fn of_pattern(pattern: &Pattern<'_>) -> Need {
    let plain = |modifiers: &PatternModifiers<'_>| {
        modifiers.wide().is_none()
            && modifiers.xor().is_none()
            && modifiers.base64().is_none()
            && modifiers.base64wide().is_none()
    };
    match pattern {
        Pattern::Text(text) if plain(&text.modifiers) => literals::usable(vec![text.text.value.to_ascii_lowercase()]),
        Pattern::Regexp(regexp) if plain(&regexp.modifiers) => literals::of_regexp(regexp.regexp.src),
        _ => None,
    }
}

struct Needs<'r, 's> {
    rule: &'r Rule<'s>,
    patterns: &'r [(&'s str, Need)],
}

impl Needs<'_, '_> {
    fn of(&self, condition: &Expr<'_>) -> Need {
        match condition {
            Expr::PatternMatch(found) => {
                let mut needs = vec![self.pattern(found.identifier.name)];
                match &found.anchor {
                    Some(MatchAnchor::In(within)) => {
                        self.places(&within.range.lower_bound, &mut needs);
                        self.places(&within.range.upper_bound, &mut needs);
                    }
                    Some(MatchAnchor::At(at)) => self.places(&at.expr, &mut needs),
                    None => {}
                }
                cheapest(needs)
            }
            Expr::And(parts) => cheapest(parts.operands().map(|part| self.of(part)).collect()),
            Expr::Or(parts) => all(parts.operands().map(|part| self.of(part)).collect()),
            Expr::Of(of) => {
                let needs: Vec<Need> = match &of.items {
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
                _ => None,
            },
            Expr::Gt(pair) => self.count(&pair.lhs, &pair.rhs, 0),
            Expr::Ge(pair) | Expr::Eq(pair) => self.count(&pair.lhs, &pair.rhs, 1),
            _ => None,
        }
    }

    fn pattern(&self, name: &str) -> Need {
        self.patterns.iter().find(|(known, _)| *known == bare(name)).and_then(|(_, need)| need.clone())
    }

    fn set(&self, set: &PatternSet<'_>) -> Vec<Need> {
        let declared = self.rule.patterns.iter().flatten().map(Pattern::identifier);
        let wanted = |name| match set {
            PatternSet::Them { .. } => true,
            PatternSet::Set(items) => items.iter().any(|item| item.matches(name)),
        };
        declared.filter(|name| wanted(name)).map(|name| self.pattern(name.name)).collect()
    }

    /// `#a > n`: the pattern is there.
    fn count(&self, left: &Expr<'_>, right: &Expr<'_>, least: i64) -> Need {
        match (left, right) {
            (Expr::PatternCount(count), Expr::LiteralInteger(number)) if number.value >= least => {
                self.pattern(count.identifier.name)
            }
            _ => None,
        }
    }

    /// The place of a pattern that is not there is undefined, and what is computed from it.
    fn places(&self, place: &Expr<'_>, needs: &mut Vec<Need>) {
        if let Expr::PatternOffset(offset) | Expr::PatternLength(offset) = place {
            needs.push(self.pattern(offset.identifier.name));
        } else if let Expr::Add(parts) | Expr::Sub(parts) = place {
            parts.operands().for_each(|part| self.places(part, needs));
        }
    }
}

/// Each of them is needed: the one that is there least often says enough.
fn cheapest(needs: Vec<Need>) -> Need {
    needs.into_iter().flatten().min_by(|one, other| literals::cost(one).total_cmp(&literals::cost(other)))
}

/// One of them is needed.
fn all(needs: Vec<Need>) -> Need {
    let needs: Option<Vec<Vec<Vec<u8>>>> = needs.into_iter().collect();
    needs.map(|needs| needs.concat())
}

/// `wanted` of them are needed: then one is there of any choice that leaves fewer than that.
fn some(needs: Vec<Need>, wanted: usize) -> Need {
    if wanted == 0 || wanted > needs.len() {
        return None;
    }
    let chosen = needs.len() - wanted + 1;
    let mut known: Vec<Vec<Vec<u8>>> = needs.into_iter().flatten().collect();
    known.sort_by(|one, other| literals::cost(one).total_cmp(&literals::cost(other)));
    (known.len() >= chosen).then(|| known.drain(..chosen).flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(strings: &str, condition: &str) -> Option<Vec<String>> {
        let text = format!("rule r {{ strings: {strings} condition: {condition} }}");
        let needs = of_file(&text);
        assert_eq!(needs[0].0, "r");
        let texts = needs[0].1.clone()?.into_iter().map(|text| String::from_utf8(text).unwrap());
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
}
