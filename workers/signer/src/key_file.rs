//! The file that holds the private key.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use anyhow::{Context as _, bail};
use attest::SigningKey;

/// Reads the key. A file that others can read is refused: whoever reads it can clear any file. One that is handed to us
/// by another owner, as an orchestrator mounts secrets, may be readable by our group, or we could not read it at all.
pub fn load(path: &Path) -> anyhow::Result<SigningKey> {
    let show = path.display();
    let file = fs::metadata(path).with_context(|| format!("cannot read the signing key {show}"))?;
    let mode = file.permissions().mode();
    let handed = fs::metadata("/proc/self").is_ok_and(|own| own.uid() != file.uid());
    if mode & (if handed { 0o037 } else { 0o077 }) != 0 {
        bail!("the signing key {show} can be read by others (mode {:o}): run `chmod 600 {show}`", mode & 0o777);
    }
    let pem = fs::read_to_string(path).with_context(|| format!("cannot read the signing key {show}"))?;
    SigningKey::from_pem(&pem).with_context(|| format!("{show} holds no signing key"))
}

/// Reads the key, or makes one where there is none, for a laptop. A fleet is given its key.
pub fn load_or_create(path: &Path) -> anyhow::Result<SigningKey> {
    if path.exists() {
        return load(path);
    }
    let key = SigningKey::generate()?;
    let show = path.display();
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot create the signing key {show}"))?;
    file.write_all(key.to_pem()?.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("cannot write {show}"))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signer.pem");
        let made = load_or_create(&path).unwrap();
        assert_eq!(load_or_create(&path).unwrap().public(), made.public());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let refusal = load(&path).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refusal.contains("chmod 600"), "{refusal}");
        // Also for its group, as long as it is our own file.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(load(&path).is_err());
        // Of another owner, for whom we are the group: only root can make such a file.
        if std::os::unix::fs::chown(&path, Some(65534), None).is_ok() {
            assert!(load(&path).is_ok());
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            assert!(load(&path).is_err());
        }
    }
}
