//! Ciphers whose key stands in the code: what they decrypt is known, and is a layer like any other.

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256, Block};
use model::Operation;

use crate::decode;
use crate::interpreter::{Arguments, Interpreter};
use crate::value::{Data, UNRECORDED, Value};

/// Bytes of a block.
const BLOCK: usize = 16;

/// A cipher that was made with a key that is known.
#[derive(Clone, Debug)]
pub(crate) enum Cipher {
    Fernet {
        key: Vec<u8>,
    },
    Ecb {
        key: Vec<u8>,
    },
    Cbc {
        key: Vec<u8>,
        start: Vec<u8>,
    },
    /// From this block on, counted up.
    Ctr {
        key: Vec<u8>,
        counter: u128,
    },
    Rc4 {
        key: Vec<u8>,
    },
    /// A key or a mode by itself, as `cryptography` wants them.
    Part {
        mode: &'static str,
        bytes: Vec<u8>,
    },
}

/// Where `cryptography` keeps the parts of a cipher.
const HAZMAT: &str = "cryptography.hazmat.primitives.ciphers.";

/// Names that make one.
pub(crate) fn is_cipher(name: &str) -> bool {
    matches!(
        name,
        "cryptography.fernet.Fernet"
            | "Crypto.Cipher.AES.new"
            | "Cryptodome.Cipher.AES.new"
            | "Crypto.Cipher.ARC4.new"
            | "Cryptodome.Cipher.ARC4.new"
            | "pyaes.AESModeOfOperationCBC"
            | "pyaes.AESModeOfOperationECB"
    ) || name.strip_prefix(HAZMAT).is_some_and(|part| {
        matches!(
            part,
            "Cipher"
                | "base.Cipher"
                | "algorithms.AES"
                | "algorithms.ARC4"
                | "modes.CBC"
                | "modes.CTR"
                | "modes.ECB"
                | "modes.GCM"
        )
    })
}

impl<'a> Interpreter<'a, '_> {
    /// Keeps the cipher that a call makes.
    pub(crate) fn note_cipher(&mut self, name: &str, call: u32, arguments: &Arguments<'a>) {
        if call == UNRECORDED || self.ciphers.len() >= 1_000 {
            return;
        }
        if let Some(cipher) = self.cipher(name, arguments) {
            self.ciphers.insert(call, cipher);
        }
    }

    fn cipher(&self, name: &str, arguments: &Arguments<'a>) -> Option<Cipher> {
        if let Some(part) = name.strip_prefix(HAZMAT) {
            return self.assembled(part, arguments);
        }
        let key = arguments.get(0, "key")?.as_raw()?.to_vec();
        let start = |words: [&str; 3], at: usize| {
            let given = arguments.positional.get(at).or_else(|| words.iter().find_map(|word| arguments.keyword(word)));
            given.and_then(Value::as_bytes).map(<[u8]>::to_vec)
        };
        match name {
            "cryptography.fernet.Fernet" => {
                Some(Cipher::Fernet { key: decode::base64(&key).filter(|key| key.len() == 2 * BLOCK)? })
            }
            "Crypto.Cipher.ARC4.new" | "Cryptodome.Cipher.ARC4.new" => {
                (arguments.positional.len() + arguments.keywords.len() == 1).then_some(Cipher::Rc4 { key })
            }
            "pyaes.AESModeOfOperationECB" => Some(Cipher::Ecb { key }),
            "pyaes.AESModeOfOperationCBC" => Some(Cipher::Cbc { key, start: start(["iv", "IV", "iv"], 1)? }),
            _ => {
                let mode = arguments.get(1, "mode")?;
                let mode = match mode.data {
                    Data::Name(id, 0) => self.names.text(id).rsplit_once(".MODE_")?.1,
                    _ => match mode.as_int()? {
                        1 => "ECB",
                        2 => "CBC",
                        6 => "CTR",
                        11 => "GCM",
                        _ => return None,
                    },
                };
                let nonce = || start(["nonce", "iv", "IV"], 2);
                Some(match mode {
                    "ECB" => Cipher::Ecb { key },
                    "CBC" => Cipher::Cbc { key, start: nonce().filter(|start| start.len() == BLOCK)? },
                    "CTR" => {
                        let mut block = nonce().filter(|nonce| nonce.len() < BLOCK)?;
                        let first = arguments.keyword("initial_value").map_or(Some(0), Value::as_int)?;
                        block.resize(BLOCK, 0);
                        let counter = u128::from_be_bytes(block.try_into().ok()?);
                        Cipher::Ctr { key, counter: counter.wrapping_add(u128::try_from(first).ok()?) }
                    }
                    // The counter of the first block is two, after a nonce of the usual length.
                    "GCM" => {
                        let mut block = nonce().filter(|nonce| nonce.len() == 12)?;
                        block.extend([0, 0, 0, 2]);
                        Cipher::Ctr { key, counter: u128::from_be_bytes(block.try_into().ok()?) }
                    }
                    _ => return None,
                })
            }
        }
    }

    /// `Cipher(algorithms.AES(key), modes.CBC(iv))`.
    fn assembled(&self, part: &str, arguments: &Arguments<'a>) -> Option<Cipher> {
        if part == "modes.ECB" {
            return Some(Cipher::Part { mode: "ECB", bytes: Vec::new() });
        }
        if !part.ends_with("Cipher") {
            let mode = ["AES", "ARC4", "CBC", "CTR", "GCM"].into_iter().find(|mode| part.ends_with(mode))?;
            return Some(Cipher::Part { mode, bytes: arguments.values().next()?.as_bytes()?.to_vec() });
        }
        let part_of = |value: Option<&Value<'a>>| match value?.data {
            Data::Name(_, call) => match self.ciphers.get(&call)? {
                Cipher::Part { mode, bytes } => Some((*mode, bytes.clone())),
                _ => None,
            },
            _ => None,
        };
        let (algorithm, key) = part_of(arguments.get(0, "algorithm"))?;
        if algorithm == "ARC4" {
            return Some(Cipher::Rc4 { key });
        }
        let (mode, mut start) = part_of(arguments.get(1, "mode"))?;
        if mode == "GCM" && start.len() == 12 {
            start.extend([0, 0, 0, 2]);
        }
        Some(match mode {
            "ECB" => Cipher::Ecb { key },
            "CBC" => Cipher::Cbc { key, start },
            "CTR" | "GCM" => Cipher::Ctr { key, counter: u128::from_be_bytes(start.try_into().ok()?) },
            _ => return None,
        })
    }

    /// `cipher.decryptor()` is the cipher, turned to one side.
    pub(crate) fn turned(&mut self, name: &str, call: u32, into: u32) {
        if !self.ciphers.is_empty()
            && name.ends_with(".decryptor")
            && into != UNRECORDED
            && let Some(cipher) = self.ciphers.get(&call).cloned()
        {
            self.ciphers.insert(into, cipher);
        }
    }

    /// What a method of a cipher gives back, when key and data are known.
    pub(crate) fn decrypted(&mut self, name: &str, call: u32, arguments: &Arguments<'a>) -> Option<Value<'a>> {
        if call == 0 || self.ciphers.is_empty() {
            return None;
        }
        let last = name.rsplit('.').next()?;
        if !matches!(last, "decrypt" | "decrypt_and_verify" | "update" | "finalize") {
            return None;
        }
        let cipher = self.ciphers.get(&call)?;
        match last {
            "finalize" => return Some(Value::new(Data::BytesLiteral(b""))),
            "update" if !name.ends_with(".decryptor.update") => return None,
            _ => {}
        }
        let value = arguments.positional.first()?;
        let input = value.as_raw()?;
        let plain = cipher.decrypt(input)?;
        let origin = value.origin.clone();
        if !self.burn(plain.len() as u64 / 16) {
            return None;
        }
        Some(self.decoded_value(Value::bytes(plain), Operation::Decrypt, &origin))
    }
}

impl Cipher {
    fn decrypt(&self, input: &[u8]) -> Option<Vec<u8>> {
        if input.len() > crate::interpreter::LARGEST {
            return None;
        }
        match self {
            Self::Fernet { key } => {
                let token = decode::base64(input)?;
                // Version, time, first block, content, signature.
                let content = token.get(25..token.len().checked_sub(2 * BLOCK)?)?;
                let mut plain = chained(key.get(BLOCK..)?, token.get(9..25)?, content)?;
                let pad = usize::from(*plain.last()?);
                plain.truncate(plain.len().checked_sub(pad).filter(|_| (1..=BLOCK).contains(&pad))?);
                Some(plain)
            }
            Self::Ecb { key } => blocks(key, input, true),
            Self::Cbc { key, start } => chained(key, start, input),
            Self::Ctr { key, counter } => {
                let count = input.len().div_ceil(BLOCK);
                let counters = (0..count).map(|at| counter.wrapping_add(at as u128).to_be_bytes());
                let stream = blocks(key, &counters.flatten().collect::<Vec<u8>>(), false)?;
                Some(input.iter().zip(stream).map(|(byte, key)| byte ^ key).collect())
            }
            Self::Rc4 { key } => rc4(key, input),
            Self::Part { .. } => None,
        }
    }
}

/// AES on whole blocks, each by itself.
fn blocks(key: &[u8], input: &[u8], decrypt: bool) -> Option<Vec<u8>> {
    if !input.len().is_multiple_of(BLOCK) {
        return None;
    }
    let run = |turn: &dyn Fn(&mut Block)| {
        let mut output = Vec::with_capacity(input.len());
        for part in input.as_chunks::<BLOCK>().0 {
            let mut block = Block::from(*part);
            turn(&mut block);
            output.extend(<[u8; BLOCK]>::from(block));
        }
        output
    };
    Some(match key.len() {
        16 => {
            let aes = Aes128::new_from_slice(key).ok()?;
            run(&|block| if decrypt { aes.decrypt_block(block) } else { aes.encrypt_block(block) })
        }
        24 => {
            let aes = Aes192::new_from_slice(key).ok()?;
            run(&|block| if decrypt { aes.decrypt_block(block) } else { aes.encrypt_block(block) })
        }
        32 => {
            let aes = Aes256::new_from_slice(key).ok()?;
            run(&|block| if decrypt { aes.decrypt_block(block) } else { aes.encrypt_block(block) })
        }
        _ => return None,
    })
}

/// AES in CBC.
fn chained(key: &[u8], start: &[u8], input: &[u8]) -> Option<Vec<u8>> {
    let plain = blocks(key, input, true)?;
    Some(plain.iter().zip(start.iter().chain(input)).map(|(byte, before)| byte ^ before).collect())
}

fn rc4(key: &[u8], input: &[u8]) -> Option<Vec<u8>> {
    if key.is_empty() || key.len() > 256 {
        return None;
    }
    let mut state: Vec<u8> = (0..=255).collect();
    let mut j = 0_u8;
    for at in 0..256 {
        j = j.wrapping_add(state[at]).wrapping_add(key[at % key.len()]);
        state.swap(at, usize::from(j));
    }
    let (mut i, mut j) = (0_u8, 0_u8);
    let mut output = Vec::with_capacity(input.len());
    for byte in input {
        i = i.wrapping_add(1);
        j = j.wrapping_add(state[usize::from(i)]);
        state.swap(usize::from(i), usize::from(j));
        let at = state[usize::from(i)].wrapping_add(state[usize::from(j)]);
        output.push(byte ^ state[usize::from(at)]);
    }
    Some(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ciphers_decrypt_as_their_standards_say() {
        let hex = |text: &str| decode::hex(text.as_bytes()).unwrap();
        // FIPS 197, appendix C.1; SP 800-38A, F.2.1 and F.5.1; the first vector of RFC 6229's kin.
        let key = hex("000102030405060708090a0b0c0d0e0f");
        let plain = hex("00112233445566778899aabbccddeeff");
        assert_eq!(blocks(&key, &hex("69c4e0d86a7b0430d8cdb78070b4c55a"), true).unwrap(), plain);
        let key = hex("2b7e151628aed2a6abf7158809cf4f3c");
        let plain = hex("6bc1bee22e409f96e93d7e117393172a");
        let cbc = Cipher::Cbc { key: key.clone(), start: hex("000102030405060708090a0b0c0d0e0f") };
        assert_eq!(cbc.decrypt(&hex("7649abac8119b246cee98e9b12e9197d")).unwrap(), plain);
        let counter = u128::from_str_radix("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", 16).unwrap();
        let ctr = Cipher::Ctr { key, counter };
        assert_eq!(ctr.decrypt(&hex("874d6191b620e3261bef6864990db6ce")).unwrap(), plain);
        assert_eq!(rc4(b"Key", &hex("bbf316e8d940af0ad3")).unwrap(), b"Plaintext");
        assert_eq!(rc4(b"", b"x"), None);
    }
}
