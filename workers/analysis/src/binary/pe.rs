//! PE: programs and libraries of Windows.

use object::pe;

use super::{Budget, Image, Natives, signature, view::View};

/// What `ws2_32.dll` exports under these numbers since there is one: who imports by number hides a name.
const SOCKETS: [(u64, &str); 12] = [
    (1, "accept"),
    (2, "bind"),
    (3, "closesocket"),
    (4, "connect"),
    (13, "listen"),
    (16, "recv"),
    (17, "recvfrom"),
    (19, "send"),
    (20, "sendto"),
    (23, "socket"),
    (52, "gethostbyname"),
    (115, "WSAStartup"),
];
const EXECUTE: u32 = pe::IMAGE_SCN_MEM_EXECUTE;
const WRITE: u32 = pe::IMAGE_SCN_MEM_WRITE;
/// Sections that a loader of old takes, and all that are looked at: each address is looked up among them.
const SECTIONS: u64 = 96;
/// Libraries that are imported.
const LIBRARIES: u64 = 512;

struct Section<'a> {
    name: &'a [u8],
    address: u64,
    size: u64,
    raw: u64,
    raw_size: u64,
    flags: u32,
}

struct Pe<'a> {
    file: View<'a>,
    wide: bool,
    directories: View<'a>,
    directory_count: u64,
    headers: u64,
    sections: Vec<Section<'a>>,
}

pub(super) fn read(bytes: &[u8], stem: &[u8], natives: &Natives, budget: &mut Budget) -> Image {
    let mut image = Image::new("pe", budget);
    let file = View::little(bytes);
    let nt = file.from(file.u32(0x3c).unwrap_or(u32::MAX).into());
    if !nt.bytes.starts_with(b"PE\0\0") {
        // Programs of DOS and of 16 bits begin alike, and so does some text.
        image.kind = "dos";
        image.malformed = ![&b"NE"[..], b"LE", b"LX"].iter().any(|magic| nt.bytes.starts_with(magic));
        return image;
    }
    let optional = nt.from(24);
    let wide = match optional.u16(0) {
        Some(pe::IMAGE_NT_OPTIONAL_HDR32_MAGIC) => false,
        Some(pe::IMAGE_NT_OPTIONAL_HDR64_MAGIC) => true,
        _ => {
            image.malformed = true;
            return image;
        }
    };
    let flags = nt.u16(22).unwrap_or_default();
    image.kind = if flags & pe::IMAGE_FILE_DLL != 0 { "dll" } else { "exe" };
    image.machine = machine(nt.u16(4).unwrap_or_default());
    image.subsystem = match optional.u16(68) {
        Some(pe::IMAGE_SUBSYSTEM_NATIVE) => "native",
        Some(pe::IMAGE_SUBSYSTEM_WINDOWS_GUI) => "windows",
        Some(pe::IMAGE_SUBSYSTEM_WINDOWS_CUI) => "console",
        Some(pe::IMAGE_SUBSYSTEM_EFI_APPLICATION..=pe::IMAGE_SUBSYSTEM_EFI_ROM) => "efi",
        _ => "other",
    };
    let table = nt.from(24 + u64::from(nt.u16(20).unwrap_or_default()));
    let count = u64::from(nt.u16(6).unwrap_or_default());
    image.truncated |= count > SECTIONS;
    let sections: Vec<Section<'_>> = (0..count.min(SECTIONS)).map_while(|at| section(table.from(at * 40))).collect();
    image.malformed |= sections.len() as u64 != count.min(SECTIONS) || count == 0;
    let parsed = Pe {
        file,
        wide,
        directories: optional.from(if wide { 112 } else { 96 }),
        // The loader knows sixteen, whatever is said.
        directory_count: u64::from(optional.u32(if wide { 108 } else { 92 }).unwrap_or_default().min(16)),
        headers: u64::from(optional.u32(60).unwrap_or_default()),
        sections,
    };
    for section in &parsed.sections {
        image.section(super::view::until_nul(section.name), natives);
        image.writable_code |= section.flags & EXECUTE != 0 && section.flags & WRITE != 0;
        image.malformed |= section.raw_size > 0 && section.raw > bytes.len() as u64;
    }
    let code = parsed.sections.iter().filter(|section| section.flags & EXECUTE != 0 || section.raw_size > 1 << 16);
    image.measure(code.map(|section| file.within(section.raw, section.raw_size)));
    parsed.entry(u64::from(optional.u32(16).unwrap_or_default()), &mut image);
    parsed.imports(&mut image, natives);
    parsed.delayed(&mut image, natives);
    parsed.exports(&mut image, stem);
    image.dotnet = parsed.directory(pe::IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR).is_some();
    image.stripped = nt.u32(12).unwrap_or_default() == 0 && parsed.directory(pe::IMAGE_DIRECTORY_ENTRY_DEBUG).is_none();
    // The table of certificates is the one directory that is told by its place in the file.
    let certificates = parsed.directory(pe::IMAGE_DIRECTORY_ENTRY_SECURITY);
    let ends = parsed.sections.iter().map(|section| section.raw.saturating_add(section.raw_size));
    let end = ends.max().unwrap_or_default().max(parsed.headers);
    let cut = certificates.filter(|(at, _)| *at >= end).map_or(u64::MAX, |(at, _)| at);
    image.append(bytes, end, cut);
    if let Some((at, size)) = certificates {
        let optional_at = (bytes.len() - optional.bytes.len()) as u64;
        let layout = signature::Layout {
            check_sum: optional_at + 64,
            directory: optional_at + if wide { 144 } else { 128 },
            headers: parsed.headers,
            sections: parsed.sections.iter().map(|section| (section.raw, section.raw_size)).collect(),
            table: (at, size),
        };
        image.signature = signature::authenticode(file, layout, budget);
    }
    image
}

fn section(head: View<'_>) -> Option<Section<'_>> {
    let raw_size = u64::from(head.u32(16)?);
    let flags = head.u32(36)?;
    Some(Section {
        name: head.slice(0, 8)?,
        address: u64::from(head.u32(12)?),
        size: u64::from(head.u32(8)?).max(raw_size),
        // The loader reads from where a sector begins.
        raw: u64::from(head.u32(20)? & !0x1ff),
        raw_size,
        flags,
    })
}

fn machine(number: u16) -> String {
    match number {
        pe::IMAGE_FILE_MACHINE_I386 => "x86",
        pe::IMAGE_FILE_MACHINE_AMD64 => "x86-64",
        pe::IMAGE_FILE_MACHINE_ARM64 => "arm64",
        pe::IMAGE_FILE_MACHINE_ARM | pe::IMAGE_FILE_MACHINE_THUMB | pe::IMAGE_FILE_MACHINE_ARMNT => "arm",
        pe::IMAGE_FILE_MACHINE_RISCV32 | pe::IMAGE_FILE_MACHINE_RISCV64 => "riscv",
        other => return format!("{other:#x}"),
    }
    .to_owned()
}

impl<'a> Pe<'a> {
    fn directory(&self, number: usize) -> Option<(u64, u64)> {
        let number = number as u64;
        let entry = self.directories.from(number * 8);
        let (at, size) = (entry.u32(0)?, entry.u32(4)?);
        (number < self.directory_count && at != 0).then_some((at.into(), size.into()))
    }

    /// What lies there in memory; nothing when it is in no section.
    fn at(&self, address: u64) -> View<'a> {
        if address < self.headers {
            return self.file.from(address);
        }
        let holds =
            |section: &&Section<'_>| address >= section.address && address - section.address < section.size.max(1);
        match self.sections.iter().find(holds) {
            Some(section) => self.file.from(section.raw + (address - section.address)),
            None => View::little(&[]),
        }
    }

    fn entry(&self, address: u64, image: &mut Image) {
        if address == 0 {
            return;
        }
        let holds = |section: &Section<'_>| address >= section.address && address - section.address < section.size;
        let mut say = |what: &str| image.entry.push(what.to_owned());
        let Some(at) = self.sections.iter().position(holds) else {
            say(if address < self.headers { "headers" } else { "outside" });
            return;
        };
        if self.sections[at].flags & WRITE != 0 {
            say("writable");
        }
        if at > 0 && at + 1 == self.sections.len() {
            say("last-section");
        }
    }

    fn imports(&self, image: &mut Image, natives: &Natives) {
        let Some((address, _)) = self.directory(pe::IMAGE_DIRECTORY_ENTRY_IMPORT) else { return };
        let table = self.at(address);
        image.malformed |= table.bytes.is_empty();
        for at in 0..LIBRARIES {
            let entry = table.from(at * 20);
            let (Some(names), Some(library), Some(thunks)) = (entry.u32(0), entry.u32(12), entry.u32(16)) else {
                return;
            };
            if library == 0 {
                return;
            }
            self.library(library.into(), if names == 0 { thunks } else { names }.into(), image, natives);
        }
        image.truncated = true;
    }

    fn delayed(&self, image: &mut Image, natives: &Natives) {
        let Some((address, _)) = self.directory(pe::IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT) else { return };
        let table = self.at(address);
        for at in 0..LIBRARIES {
            let entry = table.from(at * 32);
            let (Some(library), Some(names)) = (entry.u32(4), entry.u32(16)) else { return };
            if library == 0 {
                return;
            }
            self.library(library.into(), names.into(), image, natives);
        }
    }

    fn library(&self, name: u64, thunks: u64, image: &mut Image, natives: &Natives) {
        let name = self.at(name).name(0);
        image.library(&name.to_ascii_lowercase());
        let sockets = [&b"ws2_32.dll"[..], b"wsock32.dll"].iter().any(|known| name.eq_ignore_ascii_case(known));
        let (thunks, width) = (self.at(thunks), if self.wide { 8 } else { 4 });
        let by_number = 1 << (width * 8 - 1);
        let mut at = 0;
        while let Some(thunk) = thunks.word(at, self.wide).filter(|thunk| *thunk != 0) {
            if !image.step() {
                return;
            }
            at += width;
            if thunk & by_number == 0 {
                let name = self.at(thunk & 0x7fff_ffff).name(2);
                if name.is_empty() {
                    image.malformed = true;
                    return;
                }
                image.import(name, natives);
                continue;
            }
            let number = thunk & 0xffff;
            match SOCKETS.iter().find(|(known, _)| sockets && *known == number) {
                Some((_, name)) => image.import(name.as_bytes(), natives),
                None => image.import(format!("#{number}").as_bytes(), natives),
            }
        }
    }

    fn exports(&self, image: &mut Image, stem: &[u8]) {
        let Some((address, _)) = self.directory(pe::IMAGE_DIRECTORY_ENTRY_EXPORT) else { return };
        let table = self.at(address);
        let (Some(count), Some(names)) = (table.u32(24), table.u32(32)) else { return };
        let names = self.at(names.into());
        for at in 0..u64::from(count) {
            let Some(name) = names.u32(at * 4).filter(|_| image.step()) else { return };
            image.export(self.at(name.into()).name(0), stem);
        }
    }
}
