//! ELF: programs and libraries of Linux and the BSDs, by their segments, as the loader reads them.

use memchr::memmem;
use object::elf::{
    self, DT_FLAGS_1, DT_GNU_HASH, DT_HASH, DT_NEEDED, DT_NULL, DT_RPATH, DT_RUNPATH, DT_SONAME, DT_STRSZ, DT_STRTAB,
    DT_SYMTAB, PF_W, PF_X, PT_DYNAMIC, PT_GNU_STACK, PT_INTERP, PT_LOAD,
};

use super::{
    Budget, Image, KEPT, Natives, PARTS, STEPS,
    view::{View, text, until_nul},
};

/// Entries of the dynamic table.
const ENTRIES: u64 = 4096;

struct Segment {
    kind: u32,
    flags: u32,
    offset: u64,
    address: u64,
    size: u64,
    memory: u64,
}

struct Elf<'a> {
    file: View<'a>,
    wide: bool,
    segments: Vec<Segment>,
}

/// What the dynamic table says.
#[derive(Default)]
struct Dynamic {
    libraries: Vec<u64>,
    run_paths: Vec<u64>,
    named: bool,
    program: bool,
    strings: Option<u64>,
    strings_size: u64,
    symbols: Option<u64>,
    hash: Option<u64>,
    gnu_hash: Option<u64>,
}

pub(super) fn read(bytes: &[u8], stem: &[u8], natives: &Natives, budget: &Budget) -> Image {
    let mut image = Image::new("elf", budget);
    let (class, order) = (bytes.get(4).copied(), bytes.get(5).copied());
    let wide = class == Some(elf::ELFCLASS64);
    let file = View { bytes, big: order == Some(elf::ELFDATA2MSB) };
    let header = if wide { [24, 32, 40, 54, 56, 58, 60, 62] } else { [24, 28, 32, 42, 44, 46, 48, 50] };
    let [entry_at, segments_at, sections_at, segment_size, segment_count, section_size, section_count, names_index] =
        header;
    let half = |at| u64::from(file.u16(at).unwrap_or_default());
    let word = |at| file.word(at, wide).unwrap_or_default();
    let kind = file.u16(16).unwrap_or_default();
    image.kind = match kind {
        elf::ET_REL => "object",
        elf::ET_EXEC => "exe",
        elf::ET_DYN => "so",
        elf::ET_CORE => "core",
        _ => "other",
    };
    image.machine = machine(file.u16(18).unwrap_or_default());
    image.malformed = !matches!(class, Some(elf::ELFCLASS32 | elf::ELFCLASS64))
        || !matches!(order, Some(elf::ELFDATA2LSB | elf::ELFDATA2MSB))
        || bytes.len() < 52;
    let mut parsed = Elf { file, wide, segments: Vec::new() };
    parsed.segments(word(segments_at), half(segment_size), half(segment_count), &mut image);
    let names = (word(sections_at), half(section_size), half(section_count), half(names_index));
    let end = parsed.sections(names, &mut image, natives);
    let loaded = parsed.segments.iter().map(|segment| segment.offset.saturating_add(segment.size));
    image.append(bytes, loaded.max().unwrap_or_default().max(end), u64::MAX);
    for segment in &parsed.segments {
        let both = segment.flags & PF_X != 0 && segment.flags & PF_W != 0;
        image.writable_code |= segment.kind == PT_LOAD && both;
        image.executable_stack |= segment.kind == PT_GNU_STACK && segment.flags & PF_X != 0;
    }
    let code = parsed.segments.iter().filter(|segment| segment.kind == PT_LOAD && segment.size > 0);
    image.measure(code.map(|segment| file.within(segment.offset, segment.size)));
    let dynamic = parsed.dynamic();
    let interpreted = parsed.segments.iter().any(|segment| segment.kind == PT_INTERP);
    if kind == elf::ET_DYN && (dynamic.program || interpreted && !dynamic.named) {
        image.kind = "exe";
    }
    if image.kind == "exe" {
        parsed.entry(word(entry_at), &mut image);
    }
    parsed.names(&dynamic, &mut image, stem, natives);
    image
}

fn machine(number: u16) -> String {
    match number {
        elf::EM_386 => "x86",
        elf::EM_MIPS => "mips",
        elf::EM_PPC => "ppc",
        elf::EM_PPC64 => "ppc64",
        elf::EM_S390 => "s390x",
        elf::EM_ARM => "arm",
        elf::EM_X86_64 => "x86-64",
        elf::EM_AARCH64 => "arm64",
        elf::EM_CUDA => "cuda",
        elf::EM_RISCV => "riscv",
        elf::EM_BPF => "bpf",
        elf::EM_LOONGARCH => "loongarch",
        other => return format!("{other:#x}"),
    }
    .to_owned()
}

impl<'a> Elf<'a> {
    fn segments(&mut self, at: u64, size: u64, count: u64, image: &mut Image) {
        image.truncated |= count > PARTS;
        let table = self.file.from(at);
        let wide = self.wide;
        let read = |head: View<'_>| {
            let [flags, offset, address, size, memory] = if wide { [4, 8, 16, 32, 40] } else { [24, 4, 8, 16, 20] };
            Some(Segment {
                kind: head.u32(0)?,
                flags: head.u32(flags)?,
                offset: head.word(offset, wide)?,
                address: head.word(address, wide)?,
                size: head.word(size, wide)?,
                memory: head.word(memory, wide)?,
            })
        };
        self.segments = (0..count.min(PARTS)).map_while(|number| read(table.from(number * size))).collect();
        let all = self.file.bytes.len() as u64;
        let outside = self.segments.iter().any(|segment| segment.kind == PT_LOAD && segment.offset > all);
        image.malformed |= outside || self.segments.len() as u64 != count.min(PARTS);
    }

    /// Names of sections, and where the last of them ends.
    fn sections(&self, (at, size, count, names): (u64, u64, u64, u64), image: &mut Image, natives: &Natives) -> u64 {
        image.stripped = true;
        if at == 0 || count == 0 {
            return 0;
        }
        let table = self.file.from(at);
        image.malformed |= table.bytes.is_empty();
        image.truncated |= count > PARTS;
        let [offset_at, size_at] = if self.wide { [24, 32] } else { [16, 20] };
        let range = |head: View<'_>| Some((head.word(offset_at, self.wide)?, head.word(size_at, self.wide)?));
        let names = range(table.from(names * size)).map(|(at, size)| View::little(self.file.within(at, size)));
        let mut end = at.saturating_add(size * count);
        for number in 0..count.min(PARTS) {
            let head = table.from(number * size);
            let (Some(name), Some(kind), Some((at, size))) = (head.u32(0), head.u32(4), range(head)) else { break };
            image.stripped &= kind != elf::SHT_SYMTAB;
            if kind != elf::SHT_NOBITS {
                end = end.max(at.saturating_add(size));
            }
            if let Some(names) = names {
                image.section(names.name(name.into()), natives);
            }
        }
        end
    }

    /// What lies there in memory.
    fn at(&self, address: u64) -> View<'a> {
        let holds = |segment: &&Segment| {
            segment.kind == PT_LOAD && address >= segment.address && address - segment.address < segment.size
        };
        match self.segments.iter().find(holds) {
            Some(segment) => self.file.from(segment.offset.saturating_add(address - segment.address)),
            None => View { bytes: &[], ..self.file },
        }
    }

    fn entry(&self, address: u64, image: &mut Image) {
        let holds = |segment: &&Segment| {
            segment.kind == PT_LOAD && address >= segment.address && address - segment.address < segment.memory
        };
        match self.segments.iter().find(holds) {
            Some(segment) if segment.flags & PF_W != 0 => image.entry.push("writable".to_owned()),
            Some(_) => {}
            None if address != 0 => image.entry.push("outside".to_owned()),
            None => {}
        }
    }

    fn dynamic(&self) -> Dynamic {
        let mut dynamic = Dynamic::default();
        let Some(segment) = self.segments.iter().find(|segment| segment.kind == PT_DYNAMIC) else { return dynamic };
        let table = self.file.from(segment.offset);
        let width = if self.wide { 8 } else { 4 };
        for at in 0..ENTRIES {
            let at = at * width * 2;
            let (Some(tag), Some(value)) = (table.word(at, self.wide), table.word(at + width, self.wide)) else {
                break;
            };
            match i64::try_from(tag).unwrap_or(i64::MAX) {
                DT_NULL => break,
                DT_NEEDED => dynamic.libraries.push(value),
                DT_HASH => dynamic.hash = Some(value),
                DT_STRTAB => dynamic.strings = Some(value),
                DT_SYMTAB => dynamic.symbols = Some(value),
                DT_STRSZ => dynamic.strings_size = value,
                DT_SONAME => dynamic.named = true,
                DT_RPATH | DT_RUNPATH => dynamic.run_paths.push(value),
                DT_GNU_HASH => dynamic.gnu_hash = Some(value),
                DT_FLAGS_1 => dynamic.program |= value & u64::from(elf::DF_1_PIE) != 0,
                _ => {}
            }
        }
        dynamic
    }

    /// How many symbols there are; nothing but the tables for looking them up says it.
    fn symbols(&self, dynamic: &Dynamic, width: u64) -> u64 {
        if let Some(count) = dynamic.hash.and_then(|address| self.at(address).u32(4)) {
            return count.into();
        }
        if let Some(count) = dynamic.gnu_hash.and_then(|address| self.hashed(self.at(address))) {
            return count;
        }
        // The names nearly always follow the symbols.
        match (dynamic.symbols, dynamic.strings) {
            (Some(symbols), Some(strings)) if strings > symbols => (strings - symbols) / width,
            _ => STEPS,
        }
    }

    fn hashed(&self, table: View<'_>) -> Option<u64> {
        let (buckets, first, bloom) = (table.u32(0)?, table.u32(4)?, table.u32(8)?);
        let buckets_at = 16 + u64::from(bloom) * if self.wide { 8 } else { 4 };
        let chains_at = buckets_at + u64::from(buckets) * 4;
        let numbers = (0..u64::from(buckets).min(STEPS)).map_while(|at| table.u32(buckets_at + at * 4));
        // Without one that is hashed, the table does not say how many there are.
        let mut last = u64::from(numbers.max().filter(|last| *last >= first && *last > 0)?);
        while last < STEPS && table.u32(chains_at + (last - u64::from(first)) * 4)? & 1 == 0 {
            last += 1;
        }
        Some(last + 1)
    }

    fn names(&self, dynamic: &Dynamic, image: &mut Image, stem: &[u8], natives: &Natives) {
        let Some(strings) = dynamic.strings.map(|address| self.at(address)) else { return };
        let strings = View { bytes: strings.within(0, dynamic.strings_size), ..strings };
        for name in &dynamic.libraries {
            image.library(strings.name(*name));
        }
        let paths = dynamic.run_paths.iter().take(KEPT);
        image.run_path = paths.map(|path| text(until_nul(strings.from(*path).bytes))).collect();
        let Some(symbols) = dynamic.symbols.map(|address| self.at(address)) else { return };
        let (width, section_at) = if self.wide { (24, 6) } else { (16, 14) };
        let count = self.symbols(dynamic, width);
        // Of a large library's own names only the first are read, unless one of them may be that of a module.
        let module =
            [&b"PyInit"[..], b"PyModExport_", b"init"].iter().any(|name| memmem::find(strings.bytes, name).is_some());
        for number in 1..count {
            let symbol = symbols.from(number * width);
            let (Some(name), Some(section)) = (symbol.u32(0), symbol.u16(section_at)) else { break };
            if u64::from(name) >= strings.bytes.len() as u64 {
                break;
            }
            if !image.step() {
                break;
            }
            if section == 0 {
                image.import(strings.name(name.into()), natives);
            } else if image.exports.kept.len() < KEPT || module {
                image.export(strings.name(name.into()), stem);
            } else {
                image.exports.count += 1;
            }
        }
    }
}
