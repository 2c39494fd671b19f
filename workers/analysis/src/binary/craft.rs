//! Binaries of a few tables and one `ret`, put together byte by byte: what they would do is nothing.

use model::Digest;

fn u16(out: &mut Vec<u8>, numbers: &[u64]) {
    numbers.iter().for_each(|number| out.extend_from_slice(&(*number as u16).to_le_bytes()));
}

fn u32(out: &mut Vec<u8>, numbers: &[u64]) {
    numbers.iter().for_each(|number| out.extend_from_slice(&(*number as u32).to_le_bytes()));
}

fn u64(out: &mut Vec<u8>, numbers: &[u64]) {
    numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
}

/// A library of Windows: libraries with the names imported from them, where `#4` is a number, and exported names.
pub(super) fn pe(imports: &[(&str, &[&str])], exports: &[&str]) -> Vec<u8> {
    const BASE: u64 = 0x2000;
    let mut data = Vec::new();
    let put = |data: &mut Vec<u8>, bytes: &[u8]| {
        let at = BASE + data.len() as u64;
        data.extend_from_slice(bytes);
        data.resize(data.len().next_multiple_of(8), 0);
        at
    };
    let mut table = Vec::new();
    for (library, names) in imports {
        let mut thunks = Vec::new();
        for name in *names {
            let thunk = match name.strip_prefix('#') {
                Some(number) => 1 << 63 | number.parse::<u64>().unwrap(),
                None => put(&mut data, format!("\0\0{name}\0").as_bytes()),
            };
            u64(&mut thunks, &[thunk]);
        }
        u64(&mut thunks, &[0]);
        let (thunks, name) = (put(&mut data, &thunks), put(&mut data, format!("{library}\0").as_bytes()));
        u32(&mut table, &[thunks, 0, 0, name, thunks]);
    }
    table.resize(table.len() + 20, 0);
    let imported = put(&mut data, &table);
    let mut names = Vec::new();
    for name in exports {
        u32(&mut names, &[put(&mut data, format!("{name}\0").as_bytes())]);
    }
    let names = put(&mut data, &names);
    let mut table = Vec::new();
    u32(&mut table, &[0, 0, 0, 0, 0, exports.len() as u64, exports.len() as u64, 0, names, 0]);
    let exported = put(&mut data, &table);
    data.resize(data.len().next_multiple_of(512), 0);

    let mut out = b"MZ".to_vec();
    out.resize(60, 0);
    u32(&mut out, &[64]);
    out.extend_from_slice(b"PE\0\0");
    u16(&mut out, &[0x8664, 2, 0, 0, 0, 0, 0, 0, 240, 0x2022]);
    u16(&mut out, &[0x20b, 14]);
    u32(&mut out, &[512, 512, 0, 0x1000, 0x1000]);
    u64(&mut out, &[0x1_8000_0000]);
    u32(&mut out, &[0x1000, 512]);
    u16(&mut out, &[6, 0, 0, 0, 6, 0]);
    u32(&mut out, &[0, 0x4000, 512, 0]);
    u16(&mut out, &[3, 0x160]);
    u64(&mut out, &[0x10_0000, 0x1000, 0x10_0000, 0x1000]);
    u32(&mut out, &[0, 16, exported, 40, imported, table.len() as u64]);
    out.resize(out.len() + 14 * 8, 0);
    for (name, address, size, raw, flags) in
        [(b".text\0\0\0", 0x1000, 512, 512, 0x6000_0020), (b".rdata\0\0", BASE, data.len() as u64, 1024, 0x4000_0040)]
    {
        out.extend_from_slice(name);
        u32(&mut out, &[size, address, size, raw, 0, 0, 0, flags]);
    }
    out.resize(512, 0);
    out.push(0xc3);
    out.resize(1024, 0);
    [out, data].concat()
}

/// A library of Linux, told by its segments alone.
pub(super) fn elf(imports: &[&str], exports: &[&str], libraries: &[&str]) -> Vec<u8> {
    let (mut strings, mut symbols, mut dynamic) = (vec![0], vec![0; 24], Vec::new());
    let mut string = |name: &str| {
        let at = strings.len() as u64;
        strings.extend_from_slice(name.as_bytes());
        strings.push(0);
        at
    };
    for (names, section) in [(imports, 0), (exports, 7)] {
        for name in names {
            u32(&mut symbols, &[string(name)]);
            u16(&mut symbols, &[0x12, section]);
            u64(&mut symbols, &[0, 0]);
        }
    }
    libraries.iter().for_each(|name| u64(&mut dynamic, &[1, string(name)]));
    let count = symbols.len() as u64 / 24;
    let symbols_at = 64 + 56 * 2;
    let strings_at = symbols_at + symbols.len() as u64;
    strings.resize(strings.len().next_multiple_of(8), 0);
    let hash_at = strings_at + strings.len() as u64;
    let mut hash = Vec::new();
    u32(&mut hash, &[1, count, 0]);
    hash.resize((hash.len() + 4 * count as usize).next_multiple_of(8), 0);
    let dynamic_at = hash_at + hash.len() as u64;
    u64(&mut dynamic, &[4, hash_at, 5, strings_at, 6, symbols_at, 10, strings.len() as u64, 11, 24, 0, 0]);
    let end = dynamic_at + dynamic.len() as u64;

    let mut out = b"\x7fELF\x02\x01\x01".to_vec();
    out.resize(16, 0);
    u16(&mut out, &[3, 62]);
    u32(&mut out, &[1]);
    u64(&mut out, &[0, 64, 0]);
    u32(&mut out, &[0]);
    u16(&mut out, &[64, 56, 2, 64, 0, 0]);
    for (kind, flags, at, size) in [(1, 5, 0, end), (2, 6, dynamic_at, dynamic.len() as u64)] {
        u32(&mut out, &[kind, flags]);
        u64(&mut out, &[at, at, at, size, size, 8]);
    }
    [out, symbols, strings, hash, dynamic].concat()
}

/// A bundle of macOS with an ad-hoc signature over its pages.
pub(super) fn macho(imports: &[&str], exports: &[&str], library: &str) -> Vec<u8> {
    const TEXT: u64 = 0x1000;
    let (mut strings, mut symbols) = (vec![0], Vec::new());
    for (names, kind) in [(exports, 0x010f), (imports, 0x0001)] {
        for name in names {
            u32(&mut symbols, &[strings.len() as u64]);
            u16(&mut symbols, &[kind, 0]);
            u64(&mut symbols, &[0]);
            strings.extend_from_slice(format!("_{name}\0").as_bytes());
        }
    }
    strings.resize((symbols.len() + strings.len()).next_multiple_of(16) - symbols.len(), 0);
    let limit = TEXT + (symbols.len() + strings.len()) as u64;
    let pages = limit.div_ceil(4096);
    let seal = 20 + 49 + 32 * pages;
    let mut commands = Vec::new();
    for (name, address, at, size, protection) in
        [(&b"__TEXT"[..], 0, 0, TEXT, 5), (b"__LINKEDIT", TEXT, TEXT, limit - TEXT + seal, 1)]
    {
        u32(&mut commands, &[0x19, 72]);
        commands.extend_from_slice(name);
        commands.resize(commands.len() + 16 - name.len(), 0);
        u64(&mut commands, &[address, 0x1000, at, size]);
        u32(&mut commands, &[protection, protection, 0, 0]);
    }
    let all = (imports.len() + exports.len()) as u64;
    u32(&mut commands, &[2, 24, TEXT, all, TEXT + symbols.len() as u64, strings.len() as u64]);
    let (defined, undefined) = (exports.len() as u64, imports.len() as u64);
    u32(&mut commands, &[0xb, 80, 0, 0, 0, defined, defined, undefined, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let size = (24 + library.len() + 1).next_multiple_of(8);
    u32(&mut commands, &[0xc, size as u64, 24, 2, 0, 0]);
    commands.extend_from_slice(library.as_bytes());
    commands.resize(commands.len() + size - 24 - library.len(), 0);
    u32(&mut commands, &[0x1d, 16, limit, seal]);
    let mut out = Vec::new();
    u32(&mut out, &[0xfeed_facf, 0x0100_000c, 0, 8, 6, commands.len() as u64, 0x85, 0]);
    out.extend_from_slice(&commands);
    out.resize(TEXT as usize, 0);
    out.extend_from_slice(&symbols);
    out.extend_from_slice(&strings);
    let mut signature = Vec::new();
    let big = |out: &mut Vec<u8>, numbers: &[u64]| {
        numbers.iter().for_each(|number| out.extend_from_slice(&(*number as u32).to_be_bytes()));
    };
    big(&mut signature, &[0xfade_0cc0, seal, 1, 0, 20]);
    big(&mut signature, &[0xfade_0c02, seal - 20, 0x20001, 2, 49, 44, 0, pages, limit, 0x2002_000c, 0]);
    signature.extend_from_slice(b"demo\0");
    out.chunks(4096).for_each(|page| signature.extend_from_slice(Digest::of(page).as_bytes()));
    [out, signature].concat()
}

/// A universal binary of these slices.
pub(super) fn universal(slices: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, slices.len() as u8];
    let mut at = 4096_u32;
    for slice in slices {
        for number in [7, 0, at, slice.len() as u32, 12] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        at += (slice.len() as u32).next_multiple_of(4096);
    }
    for slice in slices {
        out.resize(out.len().next_multiple_of(4096), 0);
        out.extend_from_slice(slice);
    }
    out
}

/// A module of WebAssembly; names shorter than 100 bytes.
pub(super) fn wasm(imports: &[(&str, &str)], exports: &[&str]) -> Vec<u8> {
    let name = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
    let section = |id: u8, content: Vec<u8>| [vec![id, content.len() as u8], content].concat();
    let imported: Vec<u8> =
        imports.iter().flat_map(|(module, field)| [name(module), name(field), vec![0, 0]].concat()).collect();
    let exported: Vec<u8> = exports.iter().flat_map(|field| [name(field), vec![0, 0]].concat()).collect();
    [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, vec![1, 0x60, 0, 0]),
        section(2, [vec![imports.len() as u8], imported].concat()),
        section(7, [vec![exports.len() as u8], exported].concat()),
    ]
    .concat()
}
