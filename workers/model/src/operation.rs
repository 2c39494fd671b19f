//! What is done to a value until it is the text of a layer.

macro_rules! operations {
    ($( $(#[doc = $doc:literal])+ $name:ident = $text:literal, )*) => {
        /// One step from a value in the source to the text of a layer, as in the field `operation` of `python/layer`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Operation {
            $( $(#[doc = $doc])+ $name, )*
        }

        impl Operation {
            pub const ALL: &[Self] = &[$( Self::$name, )*];

            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// What it does, in the lines of its documentation.
            pub const fn doc(self) -> &'static [&'static str] {
                match self { $( Self::$name => &[$($doc),+], )* }
            }
        }
    };
}

operations! {
    /// Base64, in either alphabet.
    Base64 = "base64",
    /// Base32, in either alphabet.
    Base32 = "base32",
    /// Base85 or Ascii85.
    Base85 = "base85",
    /// Hexadecimal digits.
    Hex = "hex",
    /// Uuencoded lines.
    Uu = "uu",
    /// Quoted-printable.
    Quopri = "quopri",
    /// Punycode, also label by label in a host name.
    Punycode = "punycode",
    /// UTF-7.
    Utf7 = "utf7",
    /// ROT13.
    Rot13 = "rot13",
    /// Escapes, of a string literal or of a URL, that are written where plain characters would do.
    Escape = "escape",
    /// Decompressed: zlib, or deflate without a header.
    Zlib = "zlib",
    /// Decompressed: gzip.
    Gzip = "gzip",
    /// Decompressed: bzip2.
    Bz2 = "bz2",
    /// Decompressed: xz or lzma.
    Lzma = "lzma",
    /// Taken out of a zip that the code opens in memory.
    Unzip = "unzip",
    /// Taken out of a tar that the code opens in memory.
    Untar = "untar",
    /// Read backwards.
    Reverse = "reverse",
    /// Characters or words exchanged for others.
    Replace = "replace",
    /// Put together from the items of a list.
    Join = "join",
    /// Put together from numbers of characters.
    Chr = "chr",
    /// Picked from an alphabet, character by character.
    Index = "index",
    /// Bytes of one large number.
    Int = "int",
    /// Numbers to bytes or back, by `struct`.
    Struct = "struct",
    /// Exclusive or with a key.
    Xor = "xor",
    /// Decrypted with a key that stands in the code.
    Decrypt = "decrypt",
    /// Read by `marshal`.
    Marshal = "marshal",
    /// Byte code that is written back as source.
    Bytecode = "bytecode",
    /// Read from the pixels of a picture in the archive.
    Pixels = "pixels",
    /// Nothing: it stands in the source as it is.
    Literal = "literal",
    /// Nothing but filling in: a text of which parts are not known.
    Template = "template",
    /// Taken out of a command: `python -c "…"`.
    Command = "command",
    /// Handed to an interpreter on its standard input.
    Stdin = "stdin",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_operations_have_one_name() {
        let names: std::collections::BTreeSet<_> = Operation::ALL.iter().map(|one| one.as_str()).collect();
        assert_eq!(names.len(), Operation::ALL.len());
    }
}
