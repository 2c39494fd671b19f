//! Mach-O: programs and libraries of macOS, each slice of a universal one by itself.

use std::collections::BTreeSet;

use object::macho;

use super::{
    Budget, Image, KEPT, Natives, PARTS, seal,
    view::{View, leb, text, until_nul},
};

/// Slices of a universal binary; there are not as many kinds of processors.
const SLICES: u64 = 32;
const EXECUTE: u32 = macho::VM_PROT_EXECUTE;
const WRITE: u32 = macho::VM_PROT_WRITE;

pub(super) fn read(bytes: &[u8], stem: &[u8], natives: &Natives, budget: &mut Budget) -> Vec<Image> {
    let fat = View::big(bytes);
    let wide = match fat.u32(0) {
        Some(macho::FAT_MAGIC) => false,
        Some(macho::FAT_MAGIC_64) => true,
        _ => return vec![spent(slice(bytes, stem, natives, budget), budget)],
    };
    let count = u64::from(fat.u32(4).unwrap_or_default());
    let width = if wide { 32 } else { 20 };
    let mut images = Vec::new();
    let mut end = 8 + width * count.min(SLICES);
    for at in 0..count.min(SLICES) {
        let head = fat.from(8 + at * width);
        let [size_at, offset_at] = if wide { [16, 8] } else { [12, 8] };
        let (Some(offset), Some(size)) = (head.word(offset_at, wide), head.word(size_at, wide)) else { break };
        end = end.max(offset.saturating_add(size));
        let image = match fat.slice(offset, size) {
            Some(_) if budget.steps == 0 => Image { truncated: true, ..Image::new("macho", budget) },
            Some(part) => slice(part, stem, natives, budget),
            None => Image { malformed: true, ..Image::new("macho", budget) },
        };
        images.push(spent(image, budget));
    }
    if images.is_empty() {
        images.push(Image { malformed: true, ..Image::new("macho", budget) });
    }
    let slices = images.len() as u64;
    for image in &mut images {
        image.slices = slices;
        image.malformed |= slices < count.min(SLICES);
        image.truncated |= count > SLICES;
    }
    images[0].append(bytes, end, u64::MAX);
    images
}

fn spent(image: Image, budget: &mut Budget) -> Image {
    budget.spend(&image);
    image
}

/// Where the tables of one slice are, as its load commands say.
#[derive(Default)]
struct Tables {
    symbols: Option<(u64, u64)>,
    strings: (u64, u64),
    defined: (u64, u64),
    undefined: (u64, u64),
    ordered: bool,
    locals: u64,
    fixups: Option<(u64, u64)>,
    binds: Vec<(u64, u64)>,
    signature: Option<(u64, u64)>,
    end: u64,
}

fn slice(bytes: &[u8], stem: &[u8], natives: &Natives, budget: &mut Budget) -> Image {
    let mut image = Image::new("macho", budget);
    let (wide, big) = match View::little(bytes).u32(0) {
        Some(macho::MH_MAGIC) => (false, false),
        Some(macho::MH_MAGIC_64) => (true, false),
        Some(macho::MH_CIGAM) => (false, true),
        Some(macho::MH_CIGAM_64) => (true, true),
        _ => {
            image.malformed = true;
            return image;
        }
    };
    let file = View { bytes, big };
    image.machine = machine(file.u32(4).unwrap_or_default());
    image.kind = match file.u32(12) {
        Some(macho::MH_OBJECT) => "object",
        Some(macho::MH_EXECUTE) => "exe",
        Some(macho::MH_DYLIB) => "dylib",
        Some(macho::MH_BUNDLE) => "bundle",
        Some(macho::MH_KEXT_BUNDLE) => "kext",
        Some(macho::MH_DSYM) => "symbols",
        _ => "other",
    };
    let mut tables = Tables::default();
    let mut parts: Vec<&[u8]> = Vec::new();
    let commands = u64::from(file.u32(16).unwrap_or_default());
    let mut command = file.from(if wide { 32 } else { 28 });
    image.truncated |= commands > PARTS;
    for _ in 0..commands.min(PARTS) {
        let (Some(kind), Some(size)) = (command.u32(0), command.u32(4)) else {
            image.malformed = true;
            break;
        };
        if size < 8 || size as usize > command.bytes.len() {
            image.malformed = true;
            break;
        }
        let body = View { bytes: command.within(0, size.into()), big };
        match kind {
            macho::LC_SEGMENT | macho::LC_SEGMENT_64 => {
                segment(file, body, kind == macho::LC_SEGMENT_64, &mut image, &mut tables, &mut parts, natives)
            }
            _ => load(kind, body, &mut image, &mut tables),
        }
        command = command.from(size.into());
    }
    image.measure(parts.into_iter());
    names(file, wide, &tables, &mut image, stem, natives);
    image.stripped = tables.locals == 0;
    if let Some((at, size)) = tables.signature {
        image.signature = seal::check(file, (at, size), budget);
        tables.end = tables.end.max(at.saturating_add(size));
    }
    image.append(bytes, tables.end, u64::MAX);
    image
}

fn machine(number: u32) -> String {
    match number {
        macho::CPU_TYPE_X86 => "x86",
        macho::CPU_TYPE_X86_64 => "x86-64",
        macho::CPU_TYPE_ARM => "arm",
        macho::CPU_TYPE_ARM64 => "arm64",
        macho::CPU_TYPE_ARM64_32 => "arm64-32",
        macho::CPU_TYPE_POWERPC => "ppc",
        macho::CPU_TYPE_POWERPC64 => "ppc64",
        other => return format!("{other:#x}"),
    }
    .to_owned()
}

fn segment<'a>(
    file: View<'a>,
    body: View<'_>,
    wide: bool,
    image: &mut Image,
    tables: &mut Tables,
    parts: &mut Vec<&'a [u8]>,
    natives: &Natives,
) {
    let [offset_at, size_at, protection_at, count_at, first, width] =
        if wide { [40, 48, 60, 64, 72, 80] } else { [32, 36, 44, 48, 56, 68] };
    let (Some(offset), Some(size)) = (body.word(offset_at, wide), body.word(size_at, wide)) else {
        image.malformed = true;
        return;
    };
    image.malformed |= size > 0 && offset > file.bytes.len() as u64;
    tables.end = tables.end.max(offset.saturating_add(size));
    let protection = body.u32(protection_at).unwrap_or_default();
    image.writable_code |= protection & EXECUTE != 0 && protection & WRITE != 0;
    let name = body.slice(8, 16).map(until_nul).unwrap_or_default();
    if name != b"__LINKEDIT" && size > 0 {
        parts.push(file.within(offset, size));
    }
    image.section(name, natives);
    for at in 0..u64::from(body.u32(count_at).unwrap_or_default()).min(PARTS) {
        let Some(name) = body.slice(first + at * width, 16) else {
            image.malformed = true;
            return;
        };
        image.section(until_nul(name), natives);
    }
}

fn load(kind: u32, body: View<'_>, image: &mut Image, tables: &mut Tables) {
    let number = |at| u64::from(body.u32(at).unwrap_or_default());
    let range = || (number(8), number(12));
    let named = || body.name(number(8));
    match kind {
        macho::LC_SYMTAB => {
            tables.symbols = Some(range());
            tables.strings = (number(16), number(20));
        }
        macho::LC_DYSYMTAB => {
            tables.ordered = true;
            tables.locals = number(12);
            tables.defined = (number(16), number(20));
            tables.undefined = (number(24), number(28));
        }
        macho::LC_LOAD_DYLIB
        | macho::LC_LOAD_WEAK_DYLIB
        | macho::LC_REEXPORT_DYLIB
        | macho::LC_LAZY_LOAD_DYLIB
        | macho::LC_LOAD_UPWARD_DYLIB => image.library(named()),
        macho::LC_RPATH if image.run_path.len() < KEPT => image.run_path.push(text(named())),
        macho::LC_CODE_SIGNATURE => tables.signature = Some(range()),
        macho::LC_DYLD_INFO | macho::LC_DYLD_INFO_ONLY => {
            tables.binds = [16, 24, 32].map(|at| (number(at), number(at + 4))).to_vec();
        }
        macho::LC_DYLD_CHAINED_FIXUPS => tables.fixups = Some(range()),
        _ => {}
    }
}

fn names(file: View<'_>, wide: bool, tables: &Tables, image: &mut Image, stem: &[u8], natives: &Natives) {
    let mut told: BTreeSet<&[u8]> = BTreeSet::new();
    // What the loader binds; the table of symbols is for tools, and may say less.
    if let Some((at, size)) = tables.fixups {
        chained(View { bytes: file.within(at, size), ..file }, image, &mut told);
    }
    for (at, size) in &tables.binds {
        bound(file.within(*at, *size), image, &mut told);
    }
    let strings = View { bytes: file.within(tables.strings.0, tables.strings.1), ..file };
    if let Some((at, count)) = tables.symbols {
        let width = if wide { 16 } else { 12 };
        let all = (0, count);
        let ranges = if tables.ordered { [tables.undefined, tables.defined] } else { [all, (0, 0)] };
        for number in ranges.into_iter().flat_map(|(first, many)| first..first.saturating_add(many).min(count)) {
            let symbol = file.from(at.saturating_add(number * width));
            let (Some(name), Some(kind)) = (symbol.u32(0), symbol.u8(4)) else { break };
            if !image.step() {
                break;
            }
            match (kind & macho::N_STAB, kind & macho::N_TYPE, kind & macho::N_EXT) {
                (0, macho::N_UNDF, macho::N_EXT) => {
                    told.insert(strings.name(name.into()));
                }
                (0, _, macho::N_EXT) => {
                    let name = strings.name(name.into());
                    image.export(name.strip_prefix(b"_").unwrap_or(name), stem);
                }
                _ => {}
            }
        }
    }
    for name in told.into_iter().filter(|name| !name.is_empty()) {
        image.import(name.strip_prefix(b"_").unwrap_or(name), natives);
    }
}

/// The names of a table of chained fixups.
fn chained<'a>(table: View<'a>, image: &mut Image, told: &mut BTreeSet<&'a [u8]>) {
    let number = |at| u64::from(table.u32(at).unwrap_or_default());
    let (imports, symbols, count, format) = (number(8), number(12), number(16), number(20));
    for at in 0..count {
        let offset = match format {
            1 => table.u32(imports + at * 4).map(|import| import >> 9),
            2 => table.u32(imports + at * 8).map(|import| import >> 9),
            3 => table.u32(imports + at * 16 + 4),
            _ => None,
        };
        let Some(offset) = offset.filter(|_| image.step()) else { return };
        told.insert(table.name(symbols + u64::from(offset)));
    }
}

/// The names in the instructions by which older binaries are bound.
fn bound<'a>(mut code: &'a [u8], image: &mut Image, told: &mut BTreeSet<&'a [u8]>) {
    while let Some((instruction, rest)) = code.split_first() {
        if !image.step() {
            return;
        }
        code = rest;
        let numbers = match instruction & macho::BIND_OPCODE_MASK {
            macho::BIND_OPCODE_SET_SYMBOL_TRAILING_FLAGS_IMM => {
                let name = until_nul(code);
                // A name that is cut has no end to go on behind.
                if code.get(name.len()) != Some(&0) {
                    return;
                }
                told.insert(name);
                code = &code[name.len() + 1..];
                0
            }
            macho::BIND_OPCODE_SET_DYLIB_ORDINAL_ULEB
            | macho::BIND_OPCODE_SET_ADDEND_SLEB
            | macho::BIND_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB
            | macho::BIND_OPCODE_ADD_ADDR_ULEB
            | macho::BIND_OPCODE_DO_BIND_ADD_ADDR_ULEB => 1,
            macho::BIND_OPCODE_DO_BIND_ULEB_TIMES_SKIPPING_ULEB => 2,
            _ => 0,
        };
        for _ in 0..numbers {
            let Some((_, rest)) = leb(code) else { return };
            code = rest;
        }
    }
}
