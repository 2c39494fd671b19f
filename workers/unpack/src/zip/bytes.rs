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

/// A zip64 field whose sizes are others than the classic ones, which do not refer to it: some readers prefer it.
pub(super) fn zip64_differs(extra: &[u8], size: u64, packed: u64) -> bool {
    let Some((_, field)) = extra_fields(extra).find(|(id, _)| *id == 1) else { return false };
    let told = |at: usize, real: u64| u64_at(field, at).is_some_and(|told| told != real);
    field.len() >= 16 && told(0, size) && told(8, packed)
}

/// The name in an Info-ZIP unicode path field, of several the first that is another than the entry's. It has a version
/// and a checksum of the name it replaces, which not every reader compares.
pub(super) fn unicode_path<'a>(extra: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let fields = extra_fields(extra).filter(|(id, _)| *id == 0x7075);
    fields.filter_map(|(_, field)| field.get(5..)).find(|other| *other != name)
}

/// One kind of field twice, where readers take the first or the last.
pub(super) fn told_twice(extra: &[u8]) -> bool {
    [0x0001, 0x7075].iter().any(|kind| extra_fields(extra).filter(|(id, _)| id == kind).count() > 1)
}

/// A field that is told longer than there is room for it: CPython refuses the entry, others read on.
pub(super) fn is_cut(extra: &[u8]) -> bool {
    let end = extra_fields(extra).fold(0usize, |end, (_, field)| end + 4 + field.len());
    extra.get(end..).is_some_and(|rest| rest.len() >= 4 && rest.iter().any(|byte| *byte != 0))
}

/// Extra fields that builders write, and the most that honest ones hold: sizes, times, owners, names, alignment. What
/// is in others, or beyond, is read by nobody, so that anything can be kept there.
const KNOWN: [(u16, usize); 12] = [
    (0x0001, 32),
    (0x000a, 64),
    (0x000d, 64),
    (0x5455, 13),
    (0x5855, 12),
    (0x7075, usize::MAX),
    (0x756e, 64),
    (0x7855, 4),
    (0x7875, 32),
    (0x9901, 7),
    (0xa220, 8),
    (0xcafe, 8),
];
/// A field this short carries nothing that could run.
const SHORT: usize = 24;
/// What office programs leave room with.
const GROWTH: u16 = 0xa220;

/// What is kept in extra fields beside what a builder writes there: unknown fields, and bytes behind the last one.
pub(super) fn strange_extra(extra: &[u8]) -> Option<&[u8]> {
    let mut end = 0usize;
    for (id, field) in extra_fields(extra) {
        end += 4 + field.len();
        let most = KNOWN.iter().find(|(known, _)| *known == id).map_or(SHORT, |(_, most)| *most);
        // Alignment is a number and zeros.
        // Room for a document to grow is two of them.
        let numbers = if id == GROWTH && field.starts_with(&[0x28, 0xa0]) { 4 } else { 2 };
        let padding = field.get(numbers..).is_some_and(|rest| rest.iter().all(|byte| *byte == 0));
        if field.len() > most && !padding {
            return Some(field);
        }
    }
    extra.get(end..).filter(|rest| rest.len() > SHORT && rest.iter().any(|byte| *byte != 0))
}
