//! What is known of a binary, as the event that rules see.

use model::{FactKind, facts};

use super::Image;
use crate::classify;

macro_rules! fact {
    ($kind:ident, $image:ident, $member:ident, $role:ident, { $($field:ident: $value:expr,)* }) => {
        facts::$kind {
            member: $member.to_owned(),
            role: $role.to_owned(),
            extension: classify::extension($member),
            kind: $image.kind.to_owned(),
            imports: $image.imports.kept,
            imported: $image.imports.count,
            exports: $image.exports.kept,
            exported: $image.exports.count,
            capability: $image.capability.into_iter().collect(),
            sections: $image.sections,
            toolchain: $image.toolchain.into_iter().collect(),
            url: $image.url,
            truncated: $image.truncated,
            malformed: $image.malformed,
            $($field: $value,)*
        }
        .into()
    };
}

impl Image {
    /// The event that rules see.
    pub(crate) fn fact(self, member: &str, role: &str, size: u64) -> FactKind {
        let image = self;
        let packer: Vec<String> = image.packer.into_iter().collect();
        let (overlay_format, signature) = (image.overlay_format.to_owned(), image.signature);
        match image.format {
            "pe" => fact!(Pe, image, member, role, {
                size: size,
                machine: image.machine,
                subsystem: image.subsystem.to_owned(),
                libraries: image.libraries,
                python_module: image.python_module,
                packer: packer,
                entropy: image.entropy,
                overlay: image.overlay,
                overlay_format: overlay_format,
                stripped: image.stripped,
                entry: image.entry,
                writable_code: image.writable_code,
                dotnet: image.dotnet,
                signed: signature.signed,
                digest: signature.digest.to_owned(),
                self_signed: signature.self_signed,
                subject: signature.subject,
                issuer: signature.issuer,
                serial: signature.serial,
                thumbprint: signature.thumbprint,
                timestamped: signature.timestamped,
                unsigned_bytes: signature.unsigned_bytes,
            }),
            "elf" => fact!(Elf, image, member, role, {
                size: size,
                machine: image.machine,
                libraries: image.libraries,
                python_module: image.python_module,
                packer: packer,
                entropy: image.entropy,
                overlay: image.overlay,
                overlay_format: overlay_format,
                stripped: image.stripped,
                entry: image.entry,
                writable_code: image.writable_code,
                executable_stack: image.executable_stack,
                run_path: image.run_path,
            }),
            "macho" => fact!(Macho, image, member, role, {
                size: size,
                machine: image.machine,
                libraries: image.libraries,
                python_module: image.python_module,
                packer: packer,
                entropy: image.entropy,
                overlay: image.overlay,
                overlay_format: overlay_format,
                stripped: image.stripped,
                writable_code: image.writable_code,
                run_path: image.run_path,
                slices: image.slices,
                slices_differ: image.slices_differ,
                signed: signature.signed,
                adhoc: signature.adhoc,
                digest: signature.digest.to_owned(),
                self_signed: signature.self_signed,
                subject: signature.subject,
                issuer: signature.issuer,
                unsigned_bytes: signature.unsigned_bytes,
            }),
            _ => fact!(Wasm, image, member, role, { size: size, }),
        }
    }
}
