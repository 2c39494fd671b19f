//! Packers and obfuscators, by the shape of what they write. A name in a comment is not enough.

use memchr::memmem;

use super::Lines;
use super::scan::Scan;

/// Shapes that a few words of text tell.
struct Shape {
    name: &'static str,
    /// All of them are there.
    all: &'static [&'static str],
    /// One of these is there too, when there are any.
    any: &'static [&'static str],
}

const SHAPES: &[Shape] = &[
    Shape { name: "pyarmor", all: &["pyarmor_runtime", "__pyarmor__(__name__"], any: &[] },
    Shape { name: "pyarmor", all: &["__pyarmor__(__name__"], any: &["b'PY", "b'\\x50\\x59\\x41", "pytransform"] },
    Shape { name: "pyarmor", all: &["pytransform", "pyarmor_runtime()"], any: &[] },
    Shape {
        name: "sourcedefender",
        all: &["sourcedefender"],
        any: &["BEGIN PYE FILE", "BEGIN SOURCEDEFENDER FILE", "import sourcedefender"],
    },
    // A reversed, encoded and packed text, undone by one lambda of underscores.
    Shape { name: "fct", all: &["lambda __", "exec((_)("], any: &["[::-1]"] },
    // Four texts, joined every other character, one of them through rot13.
    Shape { name: "pyobfuscate", all: &["joy", "trust", "destiny", "eval("], any: &["\\x72\\x6f\\x74\\x31\\x33"] },
    Shape { name: "pyobfuscate", all: &["pyobfuscate=(lambda getattr:"], any: &[] },
    // Names of builtins spelled as lists of bytes.
    Shape { name: "blankobf", all: &["eval(", "__import__(bytes(["], any: &[] },
    Shape { name: "blankobf", all: &["getattr(__import__(bytes(["], any: &[] },
    // Methods whose return annotation is `exec`, called for their side effects.
    Shape { name: "hyperion", all: &["-> exec:", "__decode__("], any: &[] },
    Shape { name: "vare", all: &["__VareObfuscator__"], any: &[] },
    Shape { name: "vare", all: &["from builtins import", "lambda", "chr(", "__globals__["], any: &["OOO", "___"] },
    // lzma in marshal in lzma, sent away hundreds of times.
    Shape { name: "lzmaspam", all: &["lzma.decompress(b", "exec("], any: &["marshal"] },
    Shape { name: "lzmaspam", all: &["__import__('lzma').decompress(", "exec("], any: &[] },
    Shape { name: "pyminifier", all: &["Created by pyminifier"], any: &[] },
];

pub(super) fn recognise(text: &str, scan: &Scan<'_>, lines: &Lines) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut found: Vec<&'static str> = Vec::new();
    // Told by the lines first: most sources have none that are long, and are not searched.
    for shape in SHAPES.iter().filter(|shape| plausible(shape.name, text, lines)) {
        let there = |needle: &&str| memmem::find(bytes, needle.as_bytes()).is_some();
        let whole = !found.contains(&shape.name)
            && shape.all.iter().all(there)
            && (shape.any.is_empty() || shape.any.iter().any(there));
        if whole {
            found.push(shape.name);
        }
    }
    let (start, end) = lines.longest_span;
    let longest = &bytes[start..end.min(bytes.len())];
    // One line is nearly all of the source, and it runs something.
    if longest.len() > 2000
        && longest.len() * 5 > bytes.len() * 4
        && scan.exec_calls > 0
        && scan.code_tokens < 2_000_000
    {
        let runs = [&b"exec("[..], b"eval("].iter().any(|call| memmem::find(longest, call).is_some());
        if runs {
            found.push("one-line-exec");
        }
    }
    if scan.longest_picks >= 30 {
        found.push("indexer");
    }
    // Programs made of brackets and signs alone.
    let code = scan.word_bytes + scan.symbol_bytes;
    if code > 1000 && scan.word_bytes * 20 < code && scan.string_bytes < code {
        found.push("symbols-only");
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(str::to_owned).collect()
}

/// Words that also stand in programs about packers do not make a packed one: those have long lines.
fn plausible(name: &str, text: &str, lines: &Lines) -> bool {
    match name {
        "pyarmor" | "fct" | "pyobfuscate" | "lzmaspam" | "blankobf" | "vare" => {
            lines.longest > 300 || (name == "pyarmor" && text.len() < 600)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use crate::source::decode;

    fn packers(text: &str) -> Vec<String> {
        super::super::measure(&decode(text.as_bytes())).packer
    }

    fn long(letter: &str) -> String {
        letter.repeat(3000)
    }

    #[test]
    fn shapes_are_recognised() {
        for (name, text) in [
            (
                "pyarmor",
                format!(
                    "from pyarmor_runtime_000000 import __pyarmor__\n__pyarmor__(__name__, __file__, b'PY{}')\n",
                    long("q")
                ),
            ),
            ("fct", format!("_ = lambda __ : __import__('z').d(__[::-1]);exec((_)(b'{}'))\n", long("q"))),
            (
                "pyobfuscate",
                format!("magic='{}'\njoy='\\x72\\x6f\\x74\\x31\\x33'\ntrust=eval('x')\neval('destiny')\n", long("q")),
            ),
            ("blankobf", format!("____=eval(getattr(__import__(bytes([98,97])),'{}'))\n", long("q"))),
            (
                "hyperion",
                "class X:\n    def __decode__(self: object, _e: str) -> exec:\n        return self.__decode__(_e)\n"
                    .to_owned(),
            ),
            ("lzmaspam", format!("import lzma,marshal\nexec(marshal.loads(lzma.decompress(b'{}')))\n", long("q"))),
            ("one-line-exec", format!("exec('{}')\n", long("q"))),
            ("indexer", format!("a='abc'\nexec({}a[1])\n", "a[0]+".repeat(40))),
            ("symbols-only", format!("_=({})\n", "[]+()".repeat(400))),
            ("sourcedefender", "import sourcedefender\n# ---BEGIN PYE FILE---\n".to_owned()),
        ] {
            assert!(packers(&text).iter().any(|found| found == name), "{name}: {:?}", packers(&text));
        }
    }

    #[test]
    fn programs_about_packers_are_not_packed() {
        for text in [
            "MARKS = ['__pyarmor__(__name__', 'pyarmor_runtime', 'pytransform', 'pyarmor_runtime()']\ndef find(x):\n    return x in MARKS\n".repeat(20),
            "import lzma, marshal\ndef load(p):\n    return lzma.decompress(b'x')\nexec('x')\n".repeat(5),
            format!("DATA = '{}'\n", long("q")),
            "x = a[0] + b[1] + c[2]\n".repeat(50),
            "matrix = [[1, 2, 3], [4, 5, 6]]\n".repeat(100),
        ] {
            assert_eq!(packers(&text), [] as [String; 0], "{text:.60}");
        }
    }
}
