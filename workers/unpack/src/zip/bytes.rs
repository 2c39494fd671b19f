//! Little-endian fields at checked offsets.

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let field = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes([field[0], field[1]]))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes([field[0], field[1], field[2], field[3]]))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let low = u64::from(u32_at(bytes, at)?);
    let high = u64::from(u32_at(bytes, at.checked_add(4)?)?);
    Some(high << 32 | low)
}

/// Extra fields as (id, bytes); stops at the first that does not fit.
pub(super) fn extra_fields(extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut at = 0usize;
    std::iter::from_fn(move || {
        let id = u16_at(extra, at)?;
        let length = usize::from(u16_at(extra, at + 2)?);
        let field = extra.get(at + 4..at + 4 + length)?;
        at += 4 + length;
        Some((id, field))
    })
}

/// The zip64 values of an extra field: each replaces a classic field that is all ones, in this order.
pub(super) fn zip64(extra: &[u8], sizes: &mut [(&mut u64, u64)]) {
    let Some((_, field)) = extra_fields(extra).find(|(id, _)| *id == 1) else { return };
    let mut at = 0usize;
    for (value, sentinel) in sizes {
        if **value == *sentinel {
            let Some(real) = u64_at(field, at) else { return };
            **value = real;
            at += 8;
        }
    }
}

/// The name in an Info-ZIP unicode path field, if there is one and it speaks of this name.
pub(super) fn unicode_path<'a>(extra: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (_, field) = extra_fields(extra).find(|(id, _)| *id == 0x7075)?;
    let mut checksum = flate2::Crc::new();
    checksum.update(name);
    (field.first() == Some(&1) && u32_at(field, 1)? == checksum.sum()).then(|| field.get(5..))?
}
