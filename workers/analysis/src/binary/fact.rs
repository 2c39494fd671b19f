//! What is known of a binary, as the event that rules see.

use model::{FactKind, facts::Native};

use super::Image;
use crate::classify;

impl Image {
    /// The event that rules see.
    pub(crate) fn fact(mut self, member: &str, role: &str, size: u64) -> FactKind {
        let category = match self.format {
            "pe" => FactKind::Pe,
            "elf" => FactKind::Elf,
            "macho" => FactKind::Macho,
            _ => {
                // Packers are those of native code: a text of one in a module says nothing.
                self.packer.clear();
                FactKind::Wasm
            }
        };
        let signature = self.signature;
        category(Native {
            member: member.to_owned(),
            role: role.to_owned(),
            extension: classify::extension(member),
            size,
            kind: self.kind.to_owned(),
            machine: self.machine,
            subsystem: self.subsystem.to_owned(),
            libraries: self.libraries,
            imports: self.imports.kept,
            imported: self.imports.count,
            exports: self.exports.kept,
            exported: self.exports.count,
            python_module: self.python_module,
            capability: self.capability.into_iter().collect(),
            sections: self.sections,
            packer: self.packer.into_iter().collect(),
            toolchain: self.toolchain.into_iter().collect(),
            entropy: self.entropy,
            overlay: self.overlay,
            overlay_format: self.overlay_format.to_owned(),
            stripped: self.stripped,
            entry: self.entry,
            writable_code: self.writable_code,
            executable_stack: self.executable_stack,
            run_path: self.run_path,
            dotnet: self.dotnet,
            slices: self.slices,
            slices_differ: self.slices_differ,
            signed: signature.signed,
            adhoc: signature.adhoc,
            digest: signature.digest.to_owned(),
            self_signed: signature.self_signed,
            subject: signature.subject,
            issuer: signature.issuer,
            serial: signature.serial,
            thumbprint: signature.thumbprint,
            timestamped: signature.timestamped,
            unsigned_bytes: signature.unsigned_bytes,
            url: self.url,
            truncated: self.truncated,
            malformed: self.malformed,
        })
    }
}
