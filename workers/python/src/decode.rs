//! Codecs that Python code decodes itself with. Outputs are bounded before they grow.

use std::io::Read;

/// What each byte is worth in base64, in either alphabet; 64 where it is worth nothing.
const SIX: [u8; 256] = {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut six = [64; 256];
    let mut at = 0;
    while at < DIGITS.len() {
        six[DIGITS[at] as usize] = at as u8;
        at += 1;
    }
    six[b'-' as usize] = 62;
    six[b'_' as usize] = 63;
    six
};

/// Base64 as `b64decode` reads it: characters outside the alphabet are skipped, padding ends it.
pub(crate) fn base64(input: &[u8]) -> Option<Vec<u8>> {
    let mut output = Vec::with_capacity(input.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    let mut rest = input;
    while let Some((byte, after)) = rest.split_first() {
        // Four digits in a row, as nearly all stand.
        if count == 0
            && let Some((four, after)) = rest.split_first_chunk::<4>()
        {
            let six = four.map(|byte| u32::from(SIX[usize::from(byte)]));
            if six.iter().all(|six| *six < 64) {
                let bits = six[0] << 18 | six[1] << 12 | six[2] << 6 | six[3];
                output.extend_from_slice(&bits.to_be_bytes()[1..]);
                rest = after;
                continue;
            }
        }
        rest = after;
        let six = SIX[usize::from(*byte)];
        if six == 64 {
            if *byte == b'=' && count >= 2 {
                break;
            }
            continue;
        }
        bits = bits << 6 | u32::from(six);
        count += 1;
        if count == 4 {
            output.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, count) = (0, 0);
        }
    }
    match count {
        2 => output.push(u8::try_from(bits >> 4 & 0xff).unwrap_or(0)),
        3 => output.extend_from_slice(&(bits << 6).to_be_bytes()[1..3]),
        1 => return None,
        _ => {}
    }
    Some(output)
}

pub(crate) fn base32(input: &[u8], alphabet: &[u8; 32]) -> Option<Vec<u8>> {
    let mut output = Vec::with_capacity(input.len() / 8 * 5);
    let (mut bits, mut count) = (0_u64, 0_u32);
    for byte in input {
        if *byte == b'=' {
            break;
        }
        let upper = byte.to_ascii_uppercase();
        let five = alphabet.iter().position(|known| *known == upper)?;
        bits = (bits << 5 | five as u64) & 0xff_ffff_ffff;
        count += 5;
        if count >= 8 {
            count -= 8;
            output.push(u8::try_from(bits >> count & 0xff).unwrap_or(0));
        }
    }
    Some(output)
}

pub(crate) const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
pub(crate) const BASE32_HEX: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";

/// Base85 in git's alphabet (`b85decode`).
pub(crate) fn base85(input: &[u8]) -> Option<Vec<u8>> {
    const ALPHABET: &[u8; 85] =
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    let mut digits = [255_u8; 256];
    for (at, byte) in ALPHABET.iter().enumerate() {
        digits[usize::from(*byte)] = u8::try_from(at).unwrap_or(255);
    }
    let values: Option<Vec<u8>> =
        input.iter().map(|byte| Some(digits[usize::from(*byte)]).filter(|digit| *digit < 85)).collect();
    groups_of_five(&values?)
}

/// Ascii85 (`a85decode`), with `z` for zeros and Adobe's frame.
pub(crate) fn ascii85(input: &[u8]) -> Option<Vec<u8>> {
    let input = input.strip_prefix(b"<~").unwrap_or(input);
    let input = input.strip_suffix(b"~>").unwrap_or(input);
    let mut values = Vec::with_capacity(input.len());
    for byte in input {
        match byte {
            b'!'..=b'u' => values.push(byte - b'!'),
            b'z' if values.len() % 5 == 0 => values.extend_from_slice(&[0; 5]),
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b => {}
            _ => return None,
        }
    }
    groups_of_five(&values)
}

fn groups_of_five(values: &[u8]) -> Option<Vec<u8>> {
    let mut output = Vec::with_capacity(values.len() / 5 * 4 + 4);
    for group in values.chunks(5) {
        let mut word = 0_u32;
        for at in 0..5 {
            let digit = group.get(at).copied().unwrap_or(84);
            word = word.checked_mul(85)?.checked_add(u32::from(digit))?;
        }
        let keep = group.len().checked_sub(1)?;
        output.extend_from_slice(&word.to_be_bytes()[..keep]);
    }
    Some(output)
}

/// Hexadecimal, blanks between bytes allowed as in `bytes.fromhex`.
pub(crate) fn hex(input: &[u8]) -> Option<Vec<u8>> {
    let mut output = Vec::with_capacity(input.len() / 2);
    let mut high = None;
    for byte in input {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            byte if byte.is_ascii_whitespace() && high.is_none() => continue,
            _ => return None,
        };
        match high.take() {
            None => high = Some(digit),
            Some(high) => output.push(high << 4 | digit),
        }
    }
    high.is_none().then_some(output)
}

/// Reads to the end or to the limit; what came before damage still counts.
pub(crate) fn bounded(mut reader: impl Read, limit: usize) -> Option<Vec<u8>> {
    let mut output = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                let room = limit.saturating_sub(output.len());
                output.extend_from_slice(&buffer[..count.min(room)]);
                if count > room {
                    return None;
                }
            }
            Err(_) => break,
        }
    }
    (!output.is_empty()).then_some(output)
}

pub(crate) fn zlib(input: &[u8], limit: usize) -> Option<Vec<u8>> {
    bounded(flate2::read::ZlibDecoder::new(input), limit)
}

pub(crate) fn inflate(input: &[u8], limit: usize) -> Option<Vec<u8>> {
    bounded(flate2::read::DeflateDecoder::new(input), limit)
}

pub(crate) fn gzip(input: &[u8], limit: usize) -> Option<Vec<u8>> {
    bounded(flate2::read::MultiGzDecoder::new(input), limit)
}

pub(crate) fn bzip2(input: &[u8], limit: usize) -> Option<Vec<u8>> {
    bounded(bzip2::read::MultiBzDecoder::new(input), limit)
}

/// xz, or the older lone format, as `lzma.decompress` chooses by itself.
pub(crate) fn lzma(input: &[u8], limit: usize) -> Option<Vec<u8>> {
    // A dictionary as large as its header says would be an allocation from a header.
    const DICTIONARY_KIB: u32 = 64 * 1024;
    if input.starts_with(b"\xfd7zXZ\0") {
        return bounded(lzma_rust2::XzReader::new_mem_limit(input, true, DICTIONARY_KIB), limit);
    }
    lzma_rust2::LzmaReader::new_mem_limit(input, DICTIONARY_KIB, None).ok().and_then(|reader| bounded(reader, limit))
}

pub(crate) fn rot13(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            'a'..='m' | 'A'..='M' => char::from(character as u8 + 13),
            'n'..='z' | 'N'..='Z' => char::from(character as u8 - 13),
            other => other,
        })
        .collect()
}

/// `unicode_escape` and `raw_unicode_escape`: the escapes a string literal may hold.
pub(crate) fn unescape(input: &[u8], raw: bool) -> Option<String> {
    let mut output = String::with_capacity(input.len());
    let mut at = 0;
    let number = |from: usize, length: usize| -> Option<char> {
        let digits = std::str::from_utf8(input.get(from..from + length)?).ok()?;
        char::from_u32(u32::from_str_radix(digits, 16).ok()?)
    };
    while let Some(byte) = input.get(at) {
        at += 1;
        if *byte != b'\\' {
            output.push(char::from(*byte));
            continue;
        }
        let next = input.get(at)?;
        at += 1;
        match next {
            b'u' => {
                output.push(number(at, 4)?);
                at += 4;
            }
            b'U' => {
                output.push(number(at, 8)?);
                at += 8;
            }
            _ if raw => {
                output.push('\\');
                output.push(char::from(*next));
            }
            b'x' => {
                output.push(number(at, 2)?);
                at += 2;
            }
            b'n' => output.push('\n'),
            b't' => output.push('\t'),
            b'r' => output.push('\r'),
            b'0'..=b'7' => {
                let mut value = u32::from(next - b'0');
                for _ in 0..2 {
                    match input.get(at) {
                        Some(digit @ b'0'..=b'7') => {
                            value = value * 8 + u32::from(digit - b'0');
                            at += 1;
                        }
                        _ => break,
                    }
                }
                output.push(char::from_u32(value)?);
            }
            b'\\' | b'\'' | b'"' => output.push(char::from(*next)),
            b'\n' => {}
            other => {
                output.push('\\');
                output.push(char::from(*other));
            }
        }
    }
    Some(output)
}

/// Uuencoded lines, with or without the frame around them.
pub(crate) fn uu(input: &[u8]) -> Option<Vec<u8>> {
    let mut output = Vec::with_capacity(input.len() / 4 * 3);
    for line in input.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b"begin ") || line.is_empty() {
            continue;
        }
        if line == b"end" {
            break;
        }
        output.extend(uu_line(line)?);
    }
    Some(output)
}

/// One line of it, as `binascii.a2b_uu` takes it.
pub(crate) fn uu_line(line: &[u8]) -> Option<Vec<u8>> {
    let six = |byte: &u8| matches!(byte, b' '..=b'`').then(|| byte.wrapping_sub(b' ') & 0x3f);
    let line = line.trim_ascii_end();
    let Some((length, rest)) = line.split_first() else { return Some(Vec::new()) };
    let length = usize::from(six(length)?);
    let mut output = Vec::with_capacity(length + 3);
    for group in rest.chunks(4) {
        let mut word = 0_u32;
        for at in 0..4 {
            word = word << 6 | u32::from(group.get(at).map_or(Some(0), six)?);
        }
        output.extend_from_slice(&word.to_be_bytes()[1..]);
    }
    // Blanks at the end of a line are zeros, and are lost on the way.
    output.resize(length, 0);
    Some(output)
}

/// Quoted-printable.
pub(crate) fn quopri(input: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(input.len());
    let mut at = 0;
    while let Some(byte) = input.get(at) {
        at += 1;
        if *byte != b'=' {
            output.push(*byte);
            continue;
        }
        let rest = &input[at..];
        if let Some(line) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")) {
            at = input.len() - line.len();
        } else if let Some([decoded]) = rest.get(..2).and_then(hex).as_deref() {
            output.push(*decoded);
            at += 2;
        } else {
            output.push(b'=');
        }
    }
    output
}

/// Punycode: characters beyond ASCII, told by where they stand.
pub(crate) fn punycode(input: &[u8]) -> Option<String> {
    const MOST: usize = 4_096;
    let input = std::str::from_utf8(input).ok().filter(|input| input.is_ascii() && input.len() <= MOST)?;
    let (basic, extended) = input.rsplit_once('-').unwrap_or(("", input));
    let mut output: Vec<char> = basic.chars().collect();
    let (mut code, mut at, mut bias) = (128_u32, 0_u32, 72_u32);
    let mut digits = extended.bytes();
    let mut first = true;
    while digits.len() > 0 {
        let (start, mut weight, mut step) = (at, 1_u32, 36_u32);
        loop {
            let digit = match digits.next()? {
                byte @ (b'a'..=b'z' | b'A'..=b'Z') => u32::from(byte.to_ascii_lowercase() - b'a'),
                byte @ b'0'..=b'9' => u32::from(byte - b'0') + 26,
                _ => return None,
            };
            at = at.checked_add(digit.checked_mul(weight)?)?;
            let least = step.saturating_sub(bias).clamp(1, 26);
            if digit < least {
                break;
            }
            weight = weight.checked_mul(36 - least)?;
            step += 36;
        }
        let length = u32::try_from(output.len() + 1).ok()?;
        let mut delta = (at - start) / if first { 700 } else { 2 };
        first = false;
        delta += delta / length;
        bias = 0;
        while delta > 455 {
            delta /= 35;
            bias += 36;
        }
        bias += 36 * delta / (delta + 38);
        code = code.checked_add(at / length)?;
        at %= length;
        output.insert(usize::try_from(at).ok()?, char::from_u32(code)?);
        at += 1;
    }
    Some(output.into_iter().collect())
}

/// A host name with labels in punycode.
pub(crate) fn idna(input: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(input).ok()?;
    let labels = text.split('.').map(|label| match label.strip_prefix("xn--") {
        Some(coded) => punycode(coded.as_bytes()),
        None => Some(label.to_owned()),
    });
    Some(labels.collect::<Option<Vec<_>>>()?.join("."))
}

/// Names and strings in a marshalled code object: no code is rebuilt, but what it speaks of is read.
pub(crate) fn marshal_text(input: &[u8]) -> Option<String> {
    let mut output = String::new();
    let mut at = 0;
    while at < input.len() && output.len() < 1024 * 1024 {
        let kind = input[at] & 0x7f;
        let short = matches!(kind, b'z' | b'Z');
        let long = matches!(kind, b's' | b'u' | b'a' | b'A' | b't');
        if !short && !long {
            at += 1;
            continue;
        }
        let (length, start) = if short {
            (input.get(at + 1).map_or(0, |length| usize::from(*length)), at + 2)
        } else {
            let bytes = input.get(at + 1..at + 5).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
            (bytes.map_or(usize::MAX, |bytes| u32::from_le_bytes(bytes) as usize), at + 5)
        };
        match start.checked_add(length).and_then(|end| input.get(start..end)) {
            Some(content)
                if length >= 2 && content.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e)) =>
            {
                output.push_str(&String::from_utf8_lossy(content));
                output.push('\n');
                at = start + length;
            }
            _ => at += 1,
        }
    }
    (output.len() >= 4).then_some(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn codecs_decode_as_python_does() {
        assert_eq!(base64(b"aGVs\nbG8=").unwrap(), b"hello");
        assert_eq!(base64(b"aGVsbG8").unwrap(), b"hello");
        assert_eq!(base64(b"_-8=").unwrap(), [0xff, 0xef]);
        assert_eq!(base32(b"NBSWY3DP", BASE32).unwrap(), b"hello");
        assert_eq!(base85(b"Xk~0{Zv").unwrap(), b"hello");
        assert_eq!(ascii85(b"BOu!rDZ").unwrap(), b"hello");
        assert_eq!(hex(b"68 65 6c6C6f").unwrap(), b"hello");
        assert_eq!(hex(b"6"), None);
        assert_eq!(rot13("Uryyb"), "Hello");
        assert_eq!(uu(b"begin 666 a\n%:&5L;&\\\n \nend\n").unwrap(), b"hello");
        assert_eq!(quopri(b"h=65l=\nlo =3d"), b"hello =");
        assert_eq!(punycode(b"bcher-kva").unwrap(), "b\u{fc}cher");
        assert_eq!(punycode("\u{fc}".as_bytes()), None);
        assert_eq!(idna(b"xn--bcher-kva.example").unwrap(), "b\u{fc}cher.example");
        assert_eq!(unescape(br"\x68\u0065\154lo\n", false).unwrap(), "hello\n");
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(&vec![0; 4_000_000]).unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(zlib(&packed, 1_000_000), None);
        assert_eq!(zlib(&packed, 5_000_000).unwrap().len(), 4_000_000);
    }

    #[test]
    fn old_and_new_lzma_are_read() {
        let xz = "fd377a585a000004e6d6b4460200210116000000742fe5a301000468656c6c6f00000000b137b9dbe5da1e9b00011d05\
            b82d80af1fb6f37d010000000004595a";
        let alone = "5d00008000ffffffffffffffff00341949ee8e6821ffffffb9e00000";
        assert_eq!(lzma(&hex(xz.as_bytes()).unwrap(), 1000).unwrap(), b"hello");
        assert_eq!(lzma(&hex(alone.as_bytes()).unwrap(), 1000).unwrap(), b"hello");
        assert_eq!(lzma(b"not lzma at all", 1000), None);
    }

    #[test]
    fn strings_of_a_code_object_are_read() {
        let text = marshal_text(b"\xe3\x00\x00z\x06systems\x0b\x00\x00\x00curl thingy").unwrap();
        assert_eq!(text, "system\ncurl thingy\n");
    }
}
