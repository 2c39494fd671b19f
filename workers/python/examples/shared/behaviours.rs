//! The behaviours of the rulebook in this repository, for the tools and the tests of this room.

use super::{Behaviours, Roles};

pub(crate) fn behaviours() -> Behaviours {
    let table: toml::Table = include_str!("../../../../rules/lists/behaviours.toml").parse().unwrap();
    let mut behaviours = Behaviours::default();
    for entry in table["behaviour"].as_array().unwrap() {
        let id = entry["id"].as_str().unwrap();
        let words: Vec<&str> = entry["flow"].as_array().unwrap().iter().filter_map(toml::Value::as_str).collect();
        behaviours.declare(id, Roles::from_words(&words));
        for name in entry["names"].as_array().unwrap() {
            behaviours.insert(name.as_str().unwrap(), id);
        }
    }
    behaviours
}
