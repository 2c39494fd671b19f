//! Text an attacker wrote, made safe for a terminal or a log.

use std::fmt;

/// Displays hostile text for a terminal or a log: controls, escapes, bidi overrides and invisible characters are
/// shown as `⟨U+001B⟩`, so that what is read is what is there.
pub struct Terminal<'a>(pub &'a str);

impl fmt::Display for Terminal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for character in self.0.chars() {
            if is_deceptive(character) {
                write!(f, "⟨U+{:04X}⟩", u32::from(character))?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// [`Terminal`] as a string.
pub fn escape_terminal(text: &str) -> String {
    Terminal(text).to_string()
}

/// Characters that do something other than show themselves.
pub fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(u32::from(character),
            0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0
            | 0xFFF0..=0xFFFB | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF | 0xE000..=0xF8FF | 0xF0000..=0x10FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_shown_not_sent() {
        assert_eq!(escape_terminal("a\u{1b}[31m\u{202e}b\n"), "a⟨U+001B⟩[31m⟨U+202E⟩b⟨U+000A⟩");
        assert_eq!(escape_terminal("naïve 日本"), "naïve 日本");
    }
}
