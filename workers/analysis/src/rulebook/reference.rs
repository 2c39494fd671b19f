//! `rules/FACTS.md`: every fact and field a rule may name, written from the types so that it cannot rot.

use model::{CATALOGUE, Operation};

/// The text of `rules/FACTS.md`.
pub fn facts() -> String {
    let mut text = "# Facts\n\nEvery fact is one event for the rules in `sigma/`. This file is written from the types in \
         `workers/model/src/fact/`;\na test fails when it is stale, and writes it with `UPDATE=1`.\n\nText is compared without regard to \
         case. An empty text or list is absent: `field: null` matches it.\n"
        .to_owned();
    let doc = |lines: &[&str]| lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    for category in CATALOGUE {
        text.push_str(&format!(
            "\n## product: {}, category: {}\n\n{}\n\n| field | type | meaning |\n|---|---|---|\n",
            category.product,
            category.category,
            doc(category.doc)
        ));
        for field in category.fields {
            let meaning = doc(field.doc).replace('|', "\\|");
            text.push_str(&format!("| `{}` | {} | {meaning} |\n", field.name, field.kind.as_str()));
        }
        if category.fields.iter().any(|field| field.name == "operation") {
            text.push_str("\n| operation | what it does |\n|---|---|\n");
            for operation in Operation::ALL {
                text.push_str(&format!(
                    "| `{}` | {} |\n",
                    operation.as_str(),
                    doc(operation.doc()).replace('|', "\\|")
                ));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test may read the file that it guards")]
    fn the_reference_is_what_the_types_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules/FACTS.md");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, facts()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == facts(),
            "rules/FACTS.md is stale: UPDATE=1 cargo test --release -p analysis -p gatehouse --lib reference"
        );
    }
}
