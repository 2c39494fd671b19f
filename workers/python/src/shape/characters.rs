//! Characters that do something other than show themselves, and names that look like others.

use unicode_normalization::UnicodeNormalization;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Characters {
    pub(super) bidi: u64,
    pub(super) invisible: u64,
}

pub(super) fn count(text: &str) -> Characters {
    let mut found = Characters::default();
    if text.is_ascii() {
        return found;
    }
    let mut before = '\0';
    for character in text.chars() {
        if character.is_ascii() {
            before = character;
            continue;
        }
        match u32::from(character) {
            0x061c | 0x200e..=0x200f | 0x202a..=0x202e | 0x2066..=0x2069 => found.bidi += 1,
            // An emoji is joined or styled by these; elsewhere they carry nothing that is seen.
            0x200d | 0xfe0e..=0xfe0f if u32::from(before) >= 0x2190 || before.is_ascii_digit() => {}
            // Languages of India and Persian join letters with these.
            0x200c..=0x200d if (0x0600..0x0e00).contains(&u32::from(before)) => {}
            0x00ad
            | 0x034f
            | 0x115f..=0x1160
            | 0x17b4..=0x17b5
            | 0x180b..=0x180e
            | 0x200b..=0x200d
            | 0x2060..=0x2065
            | 0x206a..=0x206f
            | 0x3164
            | 0xfe00..=0xfe0f
            | 0xfeff
            | 0xffa0
            | 0xe000..=0xf8ff
            | 0xe0000..=0xe0fff
            | 0xf0000..=0x10_ffff => found.invisible += 1,
            _ => {}
        }
        before = character;
    }
    found
}

/// CPython takes the name for another one that ASCII can write, or the name mixes letters that look alike.
pub(super) fn is_confusable(name: &str) -> bool {
    let folded = name.chars().any(|letter| {
        !letter.is_ascii()
            && letter != 'ℓ'
            && std::iter::once(letter).nfkc().all(|other| other.is_ascii_alphanumeric() || other == '_')
    });
    let latin = name.chars().any(|letter| letter.is_ascii_alphabetic());
    folded || latin && name.chars().any(is_lookalike)
}

/// Letters of other scripts that look like Latin ones. Greek small letters stand for themselves in formulas.
fn is_lookalike(letter: char) -> bool {
    matches!(
        letter,
        'а' | 'е'
            | 'о'
            | 'р'
            | 'с'
            | 'у'
            | 'х'
            | 'і'
            | 'ј'
            | 'ѕ'
            | 'ԁ'
            | 'һ'
            | 'ԛ'
            | 'ԝ'
            | 'к'
            | 'м'
            | 'т'
            | 'А'
            | 'В'
            | 'Е'
            | 'К'
            | 'М'
            | 'Н'
            | 'О'
            | 'Р'
            | 'С'
            | 'Т'
            | 'У'
            | 'Х'
            | 'І'
            | 'Ј'
            | 'Ѕ'
            | 'ο'
            | 'Α'
            | 'Β'
            | 'Ε'
            | 'Ζ'
            | 'Η'
            | 'Ι'
            | 'Κ'
            | 'Μ'
            | 'Ν'
            | 'Ο'
            | 'Ρ'
            | 'Τ'
            | 'Υ'
            | 'Χ'
            | 'օ'
            | 'ո'
            | 'ս'
            | 'ɑ'
            | 'ɡ'
            | 'ı'
    )
}
