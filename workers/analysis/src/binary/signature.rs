//! Authenticode, and what a CMS signature says of who made it. It is evidence, never a reason to trust: whether anybody
//! vouches for the signer, and whether the signature is one at all, is not checked; a "Microsoft Corporation" that
//! vouches for itself costs nothing.

use model::Digester;
use sha1::Digest as _;

use super::{
    Budget,
    der::{self, Element, elements, inside},
    view::{View, text},
};

/// Bytes of a signature that are read.
const LARGEST: u64 = 1 << 20;

/// What a signature says, and whether it is about these bytes.
#[derive(Debug, Default)]
pub(super) struct Signature {
    pub signed: bool,
    /// Of macOS: a digest of the pages, nobody's signature.
    pub adhoc: bool,
    /// `match`, `differs`, `unknown`; empty without a signature.
    pub digest: &'static str,
    pub self_signed: bool,
    pub subject: String,
    pub issuer: String,
    pub serial: String,
    pub thumbprint: String,
    pub timestamped: bool,
    /// Bytes that the signature does not speak of, and that are not the signature.
    pub unsigned_bytes: u64,
}

/// Where the parts lie that are hashed, and that are not.
pub(super) struct Layout {
    pub check_sum: u64,
    pub directory: u64,
    pub headers: u64,
    pub sections: Vec<(u64, u64)>,
    pub table: (u64, u64),
}

/// The signature in the table of certificates of a PE.
pub(super) fn authenticode(file: View<'_>, mut layout: Layout, budget: &mut Budget) -> Signature {
    let mut signature = Signature { digest: "unknown", ..Signature::default() };
    let (at, size) = layout.table;
    let Some(table) = file.slice(at, size).filter(|table| table.len() >= 8) else {
        // It says where a signature is, and there is none.
        signature.digest = "differs";
        return signature;
    };
    signature.signed = true;
    let entry = View::little(table);
    let length = u64::from(entry.u32(0).unwrap_or_default());
    let cms = entry.within(8, length.saturating_sub(8).min(LARGEST));
    let said = signer(cms, &mut signature).unwrap_or_default();
    // Up to seven bytes fill the table, and zeros fill a signature; what else is behind it is carried along unseen.
    let used = der::elements(cms).next().map_or(0, |element| element.whole.len());
    let padding = &table[(8 + used).min(table.len())..];
    let filled = padding.iter().all(|byte| *byte == 0);
    let behind = (file.bytes.len() as u64).saturating_sub(at.saturating_add(size));
    signature.unsigned_bytes = behind + if filled { 0 } else { padding.len() as u64 };
    let Some((algorithm, expected)) = said else { return signature };
    layout.sections.sort_unstable();
    let total: u64 = layout.sections.iter().map(|(_, size)| *size).sum();
    // Sections that lie over each other would be hashed as often as there are some.
    if total > file.bytes.len() as u64 || !budget.hash(file.bytes.len() as u64) {
        return signature;
    }
    let mut sum = match algorithm {
        [0x2b, 0x0e, 0x03, 0x02, 0x1a] => Sum::Sha1(sha1::Sha1::new()),
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01] => Sum::Sha256(Digester::default()),
        _ => return signature,
    };
    let mut hashed = layout.headers;
    let head =
        [(0, layout.check_sum), (layout.check_sum + 4, layout.directory), (layout.directory + 8, layout.headers)];
    for (from, to) in head {
        sum.update(file.within(from, to.saturating_sub(from)));
    }
    for (from, size) in layout.sections {
        sum.update(file.within(from, size));
        hashed = hashed.saturating_add(size);
    }
    // As Windows counts: what is appended behind the signature is hashed in its place, and nothing matches any more.
    sum.update(file.within(hashed, (file.bytes.len() as u64).saturating_sub(hashed).saturating_sub(size)));
    signature.digest = if sum.finish() == expected { "match" } else { "differs" };
    signature
}

enum Sum {
    Sha1(sha1::Sha1),
    Sha256(Digester),
}

impl Sum {
    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(sum) => sum.update(bytes),
            Self::Sha256(sum) => sum.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha1(sum) => sum.finalize().to_vec(),
            Self::Sha256(sum) => sum.finish().as_bytes().to_vec(),
        }
    }
}

/// Reads a CMS: who signed, and of an Authenticode one the algorithm and the digest that were signed.
///
/// The inner `None` is a signature of something else, the outer one no signature.
pub(super) fn signer<'a>(cms: &'a [u8], signature: &mut Signature) -> Option<Option<(&'a [u8], Vec<u8>)>> {
    let mut content = elements(inside(cms, der::SEQUENCE)?).skip(1);
    let signed = inside(content.next()?.content, der::SEQUENCE)?;
    let mut certificates: &[u8] = &[];
    let mut signers: &[u8] = &[];
    let mut digest = None;
    for (at, element) in elements(signed).enumerate() {
        match (at, element.tag) {
            (2, der::SEQUENCE) => digest = indirect(element.content),
            (3.., 0xa0) => certificates = element.content,
            (3.., der::SET) => signers = element.content,
            _ => {}
        }
    }
    let mut of_signer = elements(inside(signers, der::SEQUENCE)?);
    let named = of_signer.nth(1)?;
    let mut name_and_serial = elements(named.content);
    let (issuer, serial) = (name_and_serial.next()?, name_and_serial.next()?);
    const TIMES: [&[u8]; 2] = [b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x06", b"\x2b\x06\x01\x04\x01\x82\x37\x03\x03\x01"];
    let unsigned = of_signer.find(|element| element.tag == 0xa1).map_or(&[][..], |element| element.content);
    signature.timestamped = elements(unsigned)
        .filter_map(|attribute| elements(attribute.content).next())
        .any(|object| TIMES.contains(&object.content));
    signature.issuer = name(issuer.content);
    signature.serial = hex::encode(&serial.content[..serial.content.len().min(32)]);
    const CERTIFICATES: usize = 100;
    for certificate in elements(certificates).take(CERTIFICATES) {
        let Some((theirs, number, subject)) = identity(certificate) else { continue };
        if theirs.whole == issuer.whole && number.content == serial.content {
            signature.subject = name(subject.content);
            signature.self_signed = subject.whole == issuer.whole;
            signature.thumbprint = model::Digest::of(certificate.whole).to_string();
            break;
        }
    }
    Some(digest)
}

/// Of an Authenticode signature, the algorithm of the digest and the digest.
fn indirect(encapsulated: &[u8]) -> Option<(&[u8], Vec<u8>)> {
    const INDIRECT: &[u8] = b"\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04";
    let mut parts = elements(encapsulated);
    parts.next().filter(|object| object.tag == der::OBJECT && object.content == INDIRECT)?;
    let content = inside(parts.next()?.content, der::SEQUENCE)?;
    let mut info = elements(elements(content).nth(1)?.content);
    let algorithm = inside(info.next()?.content, der::OBJECT)?;
    let digest = info.next().filter(|octets| octets.tag == der::OCTETS)?;
    Some((algorithm, digest.content.get(..64.min(digest.content.len()))?.to_vec()))
}

/// Issuer, serial number and subject of a certificate.
fn identity(certificate: Element<'_>) -> Option<(Element<'_>, Element<'_>, Element<'_>)> {
    let mut fields = elements(inside(certificate.content, der::SEQUENCE)?).peekable();
    fields.next_if(|version| version.tag == 0xa0);
    let serial = fields.next().filter(|number| number.tag == der::INTEGER)?;
    let (issuer, subject) = (fields.nth(1)?, fields.nth(1)?);
    Some((issuer, serial, subject))
}

/// The common name of a distinguished name, else its organisation.
fn name(parts: &[u8]) -> String {
    const MOST: usize = 50;
    let of = |wanted: &[u8]| {
        let sets = elements(parts).take(MOST).flat_map(|set| elements(set.content).take(MOST));
        let mut named = sets.filter_map(|pair| {
            let mut both = elements(pair.content);
            let (object, value) = (both.next()?, both.next()?);
            (object.content == wanted).then_some(value)
        });
        named.next().map(|value| match value.tag {
            // Two bytes a letter.
            0x1e => {
                let letters = value.content.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair));
                char::decode_utf16(letters)
                    .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .take(200)
                    .collect()
            }
            _ => text(value.content),
        })
    };
    of(b"\x55\x04\x03").or_else(|| of(b"\x55\x04\x0a")).unwrap_or_default()
}
