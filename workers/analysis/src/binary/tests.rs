//! What is read from binaries that are put together byte by byte, and from ones that lie.

use object::{Object as _, ObjectSymbol as _};

use super::*;

const LIST: &str = r#"
[[capability]]
id = "network.connect"
doc = "Connects"
names = ["connect", "sock_connect", "InternetOpenUrl"]
[[capability]]
id = "memory.remote"
doc = "Memory of others"
names = ["VirtualAllocEx"]
[[packer]]
id = "upx"
sections = ["UPX0"]
texts = ["UPX!"]
[[toolchain]]
id = "go"
texts = ["Go build ID"]
"#;

/// Programs that somebody signed, as the examples of the rules have them.
const SIGNED: [&str; 2] = [
    include_str!("../../../../rules/examples/native-pe-poses-as-vendor/hit.archive.toml"),
    include_str!("../../../../rules/examples/native-macho-poses-as-vendor/hit.archive.toml"),
];

fn from_example(recipe: &str) -> Vec<u8> {
    let hex = recipe.split("\"\"\"").nth(1).unwrap();
    hex::decode(hex.replace('\n', "")).unwrap()
}

fn natives() -> Natives {
    let mut diagnostics = Vec::new();
    let natives = Natives::compile(Some(LIST), &mut diagnostics);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    natives
}

fn all(path: &str, bytes: &[u8]) -> Vec<Image> {
    read(classify::format(path, bytes), path, bytes, &natives(), &mut Budget::default())
}

fn one(path: &str, bytes: &[u8]) -> Image {
    let mut images = all(path, bytes);
    assert_eq!(images.len(), 1);
    images.remove(0)
}

fn capabilities(image: &Image) -> Vec<&str> {
    image.capability.iter().map(String::as_str).collect()
}

fn library() -> Vec<u8> {
    craft::pe(&[("KERNEL32.dll", &["VirtualAllocEx"]), ("WS2_32.dll", &["#4", "send"])], &["PyInit_demo", "other"])
}

#[test]
fn a_windows_library_says_what_it_imports_also_by_number() {
    let image = one("demo/demo.pyd", &library());
    assert_eq!((image.format, image.kind, image.machine.as_str(), image.malformed), ("pe", "dll", "x86-64", false));
    assert_eq!(image.libraries, ["kernel32.dll", "ws2_32.dll"]);
    assert_eq!(image.imports.kept, ["VirtualAllocEx", "connect", "send"]);
    assert_eq!(capabilities(&image), ["memory.remote", "network.connect"]);
    assert_eq!(image.python_module, "PyInit_demo");
    assert_eq!((image.sections, image.overlay), (vec![".text".to_owned(), ".rdata".to_owned()], 0));
}

#[test]
fn a_function_of_windows_is_known_under_both_of_its_names() {
    let natives = natives();
    for name in ["InternetOpenUrl", "InternetOpenUrlA", "InternetOpenUrlW", "_InternetOpenUrlW"] {
        assert!(natives.capability(name.as_bytes()).is_some(), "{name}");
    }
    assert!(natives.capability(b"InternetOpenUrlB").is_none());
}

#[test]
fn a_linux_library_is_read_by_its_segments() {
    let image = one("demo/demo.so", &craft::elf(&["connect", "puts"], &["PyInit_demo"], &["libc.so.6"]));
    assert_eq!((image.format, image.kind, image.machine.as_str(), image.malformed), ("elf", "so", "x86-64", false));
    assert_eq!(image.libraries, ["libc.so.6"]);
    assert_eq!(image.imports.kept, ["connect", "puts"]);
    assert_eq!((image.python_module.as_str(), image.exports.count), ("PyInit_demo", 1));
    assert!(image.stripped && !image.writable_code);
}

#[test]
fn a_bundle_of_macos_is_held_against_its_own_seal() {
    let bytes = craft::macho(&["connect"], &["PyInit_demo"], "/usr/lib/libSystem.B.dylib");
    let image = one("demo/demo.so", &bytes);
    assert_eq!(
        (image.format, image.kind, image.machine.as_str(), image.malformed),
        ("macho", "bundle", "arm64", false)
    );
    assert_eq!((image.imports.kept, image.python_module.as_str()), (vec!["connect".to_owned()], "PyInit_demo"));
    let seal = image.signature;
    assert!(seal.signed && seal.adhoc && !seal.self_signed);
    assert_eq!((seal.digest, seal.subject.as_str(), seal.unsigned_bytes, image.overlay), ("match", "demo", 0, 0));
    let mut patched = bytes;
    patched[2000] ^= 1;
    assert_eq!(one("demo/demo.so", &patched).signature.digest, "differs");
}

#[test]
fn a_signature_names_its_signer_and_that_nobody_else_vouches_for_him() {
    let [windows, macos] = SIGNED.map(from_example);
    let signature = one("demo/a.exe", &windows).signature;
    assert!(signature.signed && signature.self_signed && !signature.timestamped, "{signature:?}");
    assert_eq!((signature.digest, signature.subject.as_str()), ("match", "Microsoft Corporation"));
    assert_eq!((signature.issuer.as_str(), signature.unsigned_bytes), ("Microsoft Corporation", 0));
    let mut patched = windows.clone();
    patched[0x400] ^= 1;
    assert_eq!(one("demo/a.exe", &patched).signature.digest, "differs");
    let appended = [windows, vec![7; 5000]].concat();
    let signature = one("demo/a.exe", &appended).signature;
    assert_eq!((signature.digest, signature.unsigned_bytes), ("differs", 5000));
    let signature = one("demo/a.dylib", &macos).signature;
    assert!(signature.signed && signature.self_signed && !signature.adhoc, "{signature:?}");
    assert_eq!((signature.digest, signature.subject.as_str()), ("match", "Apple Inc"));
}

#[test]
fn every_slice_of_a_universal_binary_is_told_and_that_they_differ() {
    let honest = craft::macho(&["puts"], &["PyInit_demo"], "/usr/lib/libSystem.B.dylib");
    let other = craft::macho(&["connect"], &["PyInit_demo"], "/usr/lib/libSystem.B.dylib");
    let images = all("demo/demo.so", &craft::universal(&[&honest, &other]));
    assert_eq!(images.len(), 2);
    assert!(images.iter().all(|image| image.slices == 2 && image.slices_differ && !image.malformed), "{images:?}");
    assert_eq!(capabilities(&images[1]), ["network.connect"]);
    let images = all("demo/demo.so", &craft::universal(&[&honest, &honest]));
    assert!(images.iter().all(|image| !image.slices_differ));
}

#[test]
fn a_module_of_webassembly_says_what_it_wants() {
    let image = one("demo/a.wasm", &craft::wasm(&[("wasi_snapshot_preview1", "sock_connect")], &["_start", "memory"]));
    assert_eq!((image.kind, image.malformed), ("command", false));
    assert_eq!(image.imports.kept, ["wasi_snapshot_preview1.sock_connect"]);
    assert_eq!(capabilities(&image), ["network.connect"]);
    assert_eq!(image.exports.kept, ["_start", "memory"]);
}

#[test]
fn what_is_appended_is_told_with_its_kind() {
    let bytes = [library(), b"PK\x03\x04".to_vec(), vec![7; 5000]].concat();
    let image = one("demo/demo.exe", &bytes);
    assert_eq!((image.overlay, image.overlay_format), (5004, "zip"));
    let bytes = [craft::elf(&[], &[], &[]), b"UPX!".to_vec(), b"see https://host.invalid/a?b\0".to_vec()].concat();
    let image = one("demo/tool", &bytes);
    assert!(image.packer.contains("upx") && image.overlay > 30, "{image:?}");
    assert_eq!(image.url, ["https://host.invalid/a?b"]);
}

#[test]
fn a_magic_with_nothing_behind_it_is_a_fact() {
    let padded = |magic: &[u8]| [magic, &[0xff; 80]].concat();
    for (path, magic) in [
        ("a.exe", &b"MZ"[..]),
        ("a.so", b"\x7fELF"),
        ("a.dylib", &[0xcf, 0xfa, 0xed, 0xfe]),
        ("b.dylib", &[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]),
        ("a.wasm", b"\0asm"),
    ] {
        let images = all(path, &padded(magic));
        assert!(!images.is_empty() && images.iter().any(|image| image.malformed), "{path}: {images:?}");
    }
}

#[test]
fn a_table_that_claims_a_million_names_costs_no_more_than_what_is_read() {
    let names = vec!["connect"; 70_000];
    let image = one("a.pyd", &craft::pe(&[("a.dll", &names)], &[]));
    assert_eq!((image.imports.count, image.imports.kept.len(), image.truncated), (STEPS, KEPT, true));
    let image = one("a.so", &craft::elf(&names, &[], &[]));
    assert!(image.truncated && image.imports.count == STEPS && image.imports.kept.len() == KEPT);
    let mut budget = Budget { names: 150, hashed: 0, ..Budget::default() };
    let bytes = craft::elf(&names, &[], &[]);
    let kept: Vec<usize> =
        (0..3).map(|_| read("elf", "a.so", &bytes, &natives(), &mut budget)[0].imports.kept.len()).collect();
    assert_eq!(kept, [100, 0, 0]);
}

#[test]
fn another_reader_finds_the_same_names() {
    let plain = |name: &[u8]| String::from_utf8_lossy(name).trim_start_matches('_').to_owned();
    let bytes = library();
    let file = object::File::parse(&*bytes).unwrap();
    let names: Vec<String> = file.imports().unwrap().iter().map(|import| plain(import.name())).collect();
    // It leaves out what is imported by number.
    assert_eq!(names, ["VirtualAllocEx", "send"]);
    let bytes = craft::macho(&["connect", "puts"], &["PyInit_demo"], "/usr/lib/libSystem.B.dylib");
    let file = object::File::parse(&*bytes).unwrap();
    let undefined = file.symbols().filter(|symbol| symbol.is_undefined());
    let names: Vec<String> = undefined.map(|symbol| plain(symbol.name_bytes().unwrap())).collect();
    assert_eq!(names, one("a.so", &bytes).imports.kept);
}

#[test]
fn nothing_that_is_cut_or_damaged_breaks_it() {
    let samples = [
        library(),
        craft::elf(&["connect", "puts"], &["PyInit_demo"], &["libc.so.6"]),
        craft::macho(&["connect"], &["PyInit_demo"], "/usr/lib/libSystem.B.dylib"),
        craft::universal(&[&craft::macho(&["connect"], &[], "a")]),
        craft::wasm(&[("env", "sock_connect")], &["_start"]),
    ];
    let [one, other] = SIGNED.map(from_example);
    let samples = samples.into_iter().chain([one, other]).collect::<Vec<_>>();
    let natives = natives();
    let formats = ["pe", "elf", "macho", "macho", "wasm", "pe", "macho"];
    let run = |format: &str, bytes: &[u8]| {
        for image in read(format, "a/demo.so", bytes, &natives, &mut Budget::default()) {
            let _ = image.fact("a/demo.so", "data", bytes.len() as u64);
        }
    };
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for (format, sample) in formats.into_iter().zip(&samples) {
        for length in 0..sample.len().min(2048) {
            run(format, &sample[..length]);
        }
        // What counts is where the tables are.
        let places: Vec<usize> = (0..sample.len()).filter(|at| sample[*at] != 0).collect();
        for at in places.iter().take(1500) {
            for value in [0, 0x7f, 0x80, 0xff] {
                let mut bytes = sample.clone();
                bytes[*at] = value;
                run(format, &bytes);
            }
        }
        for _ in 0..3000 {
            let mut bytes = sample.clone();
            for _ in 0..=random() % 6 {
                let at = if random() % 2 == 0 { places[random() % places.len()] } else { random() % bytes.len() };
                let bytes = &mut bytes[at..];
                let width = (1 << (random() % 4)).min(bytes.len());
                let value = [0, u8::MAX, 0x80, random() as u8][random() % 4];
                bytes[..width].fill(value);
            }
            run(format, &bytes);
        }
    }
}
