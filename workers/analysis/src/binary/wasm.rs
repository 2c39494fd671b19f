//! WebAssembly: what a module wants from its host, and what it offers.

use super::{
    Budget, Image, Natives, PARTS,
    view::{View, leb},
};

pub(super) fn read(bytes: &[u8], natives: &Natives, budget: &Budget) -> Image {
    let mut image = Image::new("wasm", budget);
    match View::little(bytes).u32(4) {
        Some(1) => image.kind = "module",
        // What is inside a component is described in another way.
        Some(version) if version >> 16 == 1 => {
            image.kind = "component";
            return image;
        }
        _ => {
            image.malformed = true;
            return image;
        }
    }
    let mut rest = bytes.get(8..).unwrap_or_default();
    let mut sections = 0;
    while let Some((id, after)) = rest.split_first() {
        sections += 1;
        if sections > PARTS {
            image.truncated = true;
            break;
        }
        let part = leb(after).and_then(|(size, after)| after.split_at_checked(usize::try_from(size).ok()?));
        let Some((content, after)) = part else {
            image.malformed = true;
            break;
        };
        rest = after;
        let whole = match id {
            0 => name(content).map(|(name, _)| image.section(name, natives)),
            2 => imports(content, &mut image, natives),
            7 => exports(content, &mut image),
            1..=13 => Some(()),
            _ => None,
        };
        image.malformed |= whole.is_none();
    }
    image
}

fn name(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = leb(bytes)?;
    rest.split_at_checked(usize::try_from(length).ok()?)
}

/// `module.name` of everything that is imported; what it lets the module do goes by the name alone.
fn imports(content: &[u8], image: &mut Image, natives: &Natives) -> Option<()> {
    let (count, mut rest) = leb(content)?;
    for _ in 0..count {
        if !image.step() {
            break;
        }
        let (module, after) = name(rest)?;
        let (field, after) = name(after)?;
        let (kind, after) = after.split_first()?;
        rest = match kind {
            0 => leb(after)?.1,
            1 => limits(reference(after)?)?,
            2 => limits(after)?,
            3 => reference(after)?.get(1..)?,
            4 => leb(after.get(1..)?)?.1,
            _ => return None,
        };
        let (module, field) = (&module[..module.len().min(90)], &field[..field.len().min(100)]);
        image.imports.add(&[module, b".", field].concat());
        let capability = natives.capability(field).unwrap_or_default();
        image.capability.extend(capability.iter().cloned());
        if image.libraries.len() < super::KEPT && !image.libraries.iter().any(|known| known.as_bytes() == module) {
            image.library(module);
        }
    }
    Some(())
}

/// A type of a value, two of which have another number behind them.
fn reference(bytes: &[u8]) -> Option<&[u8]> {
    match bytes.split_first()? {
        (0x63 | 0x64, rest) => Some(leb(rest)?.1),
        (_, rest) => Some(rest),
    }
}

fn limits(bytes: &[u8]) -> Option<&[u8]> {
    let (flags, rest) = bytes.split_first()?;
    let rest = leb(rest)?.1;
    if flags & 1 == 1 { Some(leb(rest)?.1) } else { Some(rest) }
}

fn exports(content: &[u8], image: &mut Image) -> Option<()> {
    let (count, mut rest) = leb(content)?;
    for _ in 0..count {
        if !image.step() {
            break;
        }
        let (field, after) = name(rest)?;
        rest = leb(after.get(1..)?)?.1;
        if field == b"_start" {
            image.kind = "command";
        }
        image.exports.add(field);
    }
    Some(())
}
