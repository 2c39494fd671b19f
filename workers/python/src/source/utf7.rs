//! UTF-7, as CPython decodes it: `+AAo-` is a line break.

/// Decodes; false when something was not UTF-7, which CPython would refuse.
pub(super) fn decode(bytes: &[u8]) -> (String, bool) {
    let mut text = String::with_capacity(bytes.len());
    let mut whole = true;
    let mut at = 0usize;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        if *byte != b'+' {
            whole &= byte.is_ascii();
            text.push(char::from(*byte));
            continue;
        }
        let length = bytes[at..].iter().take_while(|byte| sextet(**byte).is_some()).count();
        let run = &bytes[at..at + length];
        at += length;
        let closed = bytes.get(at) == Some(&b'-');
        if closed {
            at += 1;
        }
        if run.is_empty() {
            // `+-` is a plus.
            whole &= closed;
            text.push('+');
            continue;
        }
        whole &= shifted(run, &mut text);
    }
    (text, whole)
}

/// Base64 of UTF-16, without padding.
fn shifted(run: &[u8], text: &mut String) -> bool {
    let mut units = Vec::with_capacity(run.len() * 6 / 16);
    let (mut bits, mut count) = (0u32, 0u32);
    for byte in run {
        bits = (bits << 6 | sextet(*byte).unwrap_or(0)) & 0x003f_ffff;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push(u16::try_from(bits >> count & 0xffff).unwrap_or(0));
        }
    }
    let mut whole = count < 6 && bits & ((1 << count) - 1) == 0;
    for unit in char::decode_utf16(units) {
        whole &= unit.is_ok();
        text.push(unit.unwrap_or('\u{fffd}'));
    }
    whole
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_are_decoded() {
        assert_eq!(decode(b"a+AAo-b +- c"), ("a\nb + c".to_owned(), true));
        assert_eq!(decode(b"+2D3eAA-"), ("\u{1f600}".to_owned(), true));
        assert_eq!(decode(b"+AAoAIw.x"), ("\n#.x".to_owned(), true));
        assert!(!decode(b"\xff").1);
        assert!(!decode(b"+A-").1);
    }
}
