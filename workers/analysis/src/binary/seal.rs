//! The signature of a Mach-O: a directory of the digests of its pages, and perhaps somebody's signature of that.

use model::Digest;
use sha1::Digest as _;

use super::{
    Budget,
    signature::{Signature, signer},
    view::{View, text},
};

/// Blobs of a signature that are looked at.
const BLOBS: u64 = 32;
/// Pages that are checked where nobody signed: enough to see that it is no signature of these bytes.
const PAGES: u64 = 8;
const ADHOC: u32 = 2;

/// Reads the signature and holds pages of the file against it.
pub(super) fn check(file: View<'_>, (at, size): (u64, u64), budget: &mut Budget) -> Signature {
    let mut signature = Signature { digest: "unknown", ..Signature::default() };
    let blob = View::big(file.within(at, size));
    if blob.u32(0) != Some(0xfade_0cc0) {
        signature.digest = "differs";
        return signature;
    }
    let (mut directory, mut cms) = (None, None);
    for number in 0..u64::from(blob.u32(8).unwrap_or_default()).min(BLOBS) {
        let (Some(kind), Some(offset)) = (blob.u32(12 + number * 8), blob.u32(16 + number * 8)) else { break };
        let part = blob.from(offset.into());
        match (kind, part.u32(0)) {
            // The first that there is; later ones say the same by better digests.
            (0 | 0x1000..=0x1004, Some(0xfade_0c02)) => directory = directory.or(Some(part)),
            (0x10000, Some(0xfade_0b01)) => {
                cms = part.u32(4).map(|length| part.within(8, length.saturating_sub(8).into()))
            }
            _ => {}
        }
    }
    let Some(directory) = directory else { return signature };
    signature.signed = true;
    signature.adhoc = directory.u32(12).is_some_and(|flags| flags & ADHOC != 0) || cms.is_none_or(<[u8]>::is_empty);
    match cms.filter(|_| !signature.adhoc) {
        Some(cms) => {
            signer(cms, &mut signature);
        }
        None => signature.subject = text(directory.name(directory.u32(20).unwrap_or_default().into())),
    }
    signature.digest = pages(file, directory, signature.adhoc, budget).unwrap_or("unknown");
    let limit = u64::from(directory.u32(32).unwrap_or_default());
    let behind = (file.bytes.len() as u64).saturating_sub(at.saturating_add(size));
    signature.unsigned_bytes = at.saturating_sub(limit) + behind;
    signature
}

/// Whether the pages are those that the directory speaks of.
fn pages(file: View<'_>, directory: View<'_>, adhoc: bool, budget: &mut Budget) -> Option<&'static str> {
    let (hashes, count) = (u64::from(directory.u32(16)?), u64::from(directory.u32(28)?));
    let (limit, width, kind) = (u64::from(directory.u32(32)?), u64::from(directory.u8(36)?), directory.u8(37)?);
    let page = 1_u64.checked_shl(directory.u8(39)?.into()).filter(|page| (512..=1 << 16).contains(page))?;
    if limit > file.bytes.len() as u64 || count != limit.div_ceil(page) {
        return Some("differs");
    }
    let step = if adhoc { count.div_ceil(PAGES).max(1) } else { 1 };
    if !budget.hash(if adhoc { limit.min(PAGES * page) } else { limit }) {
        return None;
    }
    for number in (0..count).step_by(usize::try_from(step).ok()?) {
        let start = number * page;
        let bytes = file.within(start, page.min(limit - start));
        let expected = directory.slice(hashes + number * width, width)?;
        let found = match kind {
            1 => sha1::Sha1::digest(bytes).to_vec(),
            2 | 3 => Digest::of(bytes).as_bytes().to_vec(),
            _ => return None,
        };
        if expected.is_empty() || !found.starts_with(expected) {
            return Some("differs");
        }
    }
    Some("match")
}
