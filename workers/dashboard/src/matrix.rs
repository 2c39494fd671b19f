//! When code runs against what it touches: the summary a moderator reads first.
//!
//! Built from what the rulebook says of its rules (their ATT&CK techniques) and from where a finding was seen, never
//! from the evidence, which the attacker wrote.

use std::collections::HashSet;

use model::{Finding, Phase, RuleStatus};

pub(crate) const COLUMNS: [&str; 7] =
    ["Network", "Processes", "Files", "Credentials, host", "Persistence", "Hidden code", "Other"];
const HIDDEN: usize = 5;
const OTHER: usize = 6;

/// ATT&CK techniques by column.
const TECHNIQUES: [(usize, &[u32]); 6] = [
    (
        0,
        &[
            1041, 1046, 1048, 1071, 1090, 1095, 1102, 1104, 1105, 1132, 1205, 1219, 1498, 1499, 1567, 1568, 1571, 1572,
            1573,
        ],
    ),
    (1, &[1047, 1055, 1059, 1106, 1129, 1202, 1203, 1204, 1218, 1496, 1543, 1564, 1569, 1609, 1620]),
    (2, &[1005, 1039, 1070, 1074, 1083, 1119, 1222, 1485, 1486, 1490, 1560, 1561, 1565]),
    (
        3,
        &[
            1003, 1012, 1016, 1033, 1056, 1057, 1082, 1087, 1110, 1113, 1114, 1115, 1123, 1125, 1176, 1518, 1528, 1539,
            1552, 1555, 1557, 1558, 1606, 1614, 1657,
        ],
    ),
    (4, &[1037, 1053, 1098, 1112, 1136, 1137, 1505, 1542, 1543, 1546, 1547, 1554, 1574]),
    (5, &[1001, 1027, 1036, 1140, 1480, 1497, 1620, 1622]),
];

pub(crate) struct Matrix {
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    pub(crate) when: &'static str,
    pub(crate) note: &'static str,
    /// Nothing runs this by itself.
    pub(crate) quiet: bool,
    pub(crate) cells: Vec<Cell>,
}

/// Findings of one phase that touch one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The first finding of each rule: a rule that hits in twenty files says one thing.
    pub(crate) links: Vec<Link>,
    /// Findings without a link.
    pub(crate) more: usize,
}

impl Cell {
    pub(crate) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }
}

impl Row {
    pub(crate) fn blank(&self) -> bool {
        self.cells.iter().all(Cell::is_empty)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// The finding's number on the page.
    pub(crate) number: usize,
    pub(crate) class: &'static str,
    pub(crate) column: &'static str,
}

/// `findings` in the order of the page, numbered from 1. At most `limit` links a cell. Shadow rules are not in it:
/// nobody has yet said that they are right.
pub(crate) fn matrix(findings: &[&Finding], limit: usize) -> Matrix {
    const ROWS: [(Option<Phase>, &str, &str); 6] = [
        (Some(Phase::Install), "On install", "setup.py, build backend"),
        (Some(Phase::Startup), "On every start", ".pth, sitecustomize"),
        (Some(Phase::Import), "On import", "module level"),
        (Some(Phase::Call), "When called", "function bodies"),
        (Some(Phase::Never), "Never by itself", "tests, docs"),
        (None, "The file itself", "archive, metadata"),
    ];
    let counts = |finding: &Finding| finding.status != RuleStatus::Experimental;
    let other = findings.iter().any(|finding| counts(finding) && columns(finding) == [OTHER]);
    let width = if other { COLUMNS.len() } else { OTHER };
    let mut rows = Vec::new();
    for (phase, when, note) in ROWS {
        let mut cells = vec![Cell::default(); width];
        let mut linked = HashSet::new();
        for (index, finding) in findings.iter().enumerate().filter(|(_, one)| counts(one) && one.phase == phase) {
            for column in columns(finding) {
                let cell = &mut cells[column];
                if cell.links.len() < limit && linked.insert((column, finding.rule.as_str())) {
                    let class = finding.level.as_str();
                    cell.links.push(Link { number: index + 1, class, column: COLUMNS[column] });
                } else {
                    cell.more += 1;
                }
            }
        }
        // The first four say something by being empty; the others only when there is something.
        let always = !matches!(phase, Some(Phase::Never) | None);
        if always || !cells.iter().all(Cell::is_empty) {
            rows.push(Row { when, note, quiet: phase == Some(Phase::Never), cells });
        }
    }
    Matrix { columns: COLUMNS[..width].to_vec(), rows }
}

fn columns(finding: &Finding) -> Vec<usize> {
    let techniques: Vec<u32> =
        finding.tags.iter().filter_map(|tag| tag.strip_prefix("attack.t")?.split('.').next()?.parse().ok()).collect();
    let mut columns: Vec<usize> = TECHNIQUES
        .iter()
        .filter(|(_, listed)| listed.iter().any(|technique| techniques.contains(technique)))
        .map(|(column, _)| *column)
        .collect();
    if !finding.place.layers.is_empty() && !columns.contains(&HIDDEN) {
        columns.push(HIDDEN);
    }
    if columns.is_empty() {
        columns.push(OTHER);
    }
    columns
}

#[cfg(test)]
mod tests {
    use model::{LayerStep, Level, Place};

    use super::*;

    fn finding(tags: &[&str], phase: Option<Phase>, layered: bool) -> Finding {
        let step = LayerStep { operations: vec![], line: 1, size: 1, sha256: model::Digest::of(b"") };
        Finding {
            rule: "r".into(),
            title: "T".into(),
            level: Level::High,
            family: "f".into(),
            status: RuleStatus::Stable,
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            place: Place { layers: if layered { vec![step] } else { vec![] }, ..Place::default() },
            phase,
            evidence: "attack.t1547".into(),
            frame: None,
            weight: 1.0,
            novel: false,
        }
    }

    #[test]
    fn a_finding_is_where_its_rule_and_phase_put_it() {
        let download = finding(&["attack.t1105", "attack.t1059.006"], Some(Phase::Install), true);
        let name = finding(&["attack.t1195"], None, false);
        let matrix = matrix(&[&download, &name], 9);
        assert_eq!(matrix.columns.len(), 7);
        let numbers = |row: usize| -> Vec<usize> {
            matrix.rows[row].cells.iter().map(|cell| cell.links.first().map_or(0, |link| link.number)).collect()
        };
        assert_eq!(numbers(0), [1, 1, 0, 0, 0, 1, 0]);
        assert_eq!(numbers(4), [0, 0, 0, 0, 0, 0, 2]);
        assert_eq!(matrix.rows.len(), 5, "rows that only count when something is in them are left out");
    }

    #[test]
    fn a_rule_that_hits_often_is_linked_once_and_counted() {
        let one = finding(&["attack.t1105"], Some(Phase::Install), false);
        let mut other = one.clone();
        other.rule = "s".into();
        let matrix = matrix(&[&one, &one, &other, &one], 9);
        let cell = &matrix.rows[0].cells[0];
        assert_eq!(cell.links.iter().map(|link| link.number).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(cell.more, 2);
    }

    #[test]
    fn a_shadow_rule_is_not_in_it() {
        let mut shadow = finding(&["attack.t1105"], Some(Phase::Install), false);
        shadow.status = RuleStatus::Experimental;
        assert!(matrix(&[&shadow], 9).rows.iter().all(Row::blank));
    }

    #[test]
    fn a_technique_has_one_place_in_each_column() {
        for (_, listed) in TECHNIQUES {
            let mut sorted = listed.to_vec();
            sorted.dedup();
            assert_eq!(sorted.len(), listed.len());
            assert!(listed.is_sorted());
        }
    }
}
