//! Numbers from the environment, and choices that a seed repeats.
#![allow(dead_code, reason = "each test that includes this file uses its part")]

#[path = "hostile/dice.rs"]
mod dice;

pub(crate) use dice::Dice;

pub(crate) fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}: {text}")))
}

/// The seed that a variable names, or one that nobody chose.
pub(crate) fn seed(name: &str) -> usize {
    let mut random = [0; 4];
    getrandom::fill(&mut random).unwrap();
    number(name, u32::from_le_bytes(random) as usize)
}

pub(crate) fn shuffled<T>(dice: &mut Dice, mut all: Vec<T>) -> Vec<T> {
    for index in (1..all.len()).rev() {
        all.swap(index, dice.below(index + 1));
    }
    all
}
