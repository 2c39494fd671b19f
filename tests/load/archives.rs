//! Archives to judge: inert ones of the size that malware has, or real ones from a folder.

use std::{collections::BTreeMap, path::Path};

/// Sdists of ten files with about 6 KiB of Python, which is the median of published malware. Each is another file.
pub(crate) fn malware_sized(count: usize) -> BTreeMap<String, Vec<u8>> {
    (1..=count).map(|number| (format!("sized-{number}.tar.gz"), sized(number))).collect()
}

fn sized(number: usize) -> Vec<u8> {
    let root = format!("sized-{number}");
    let metadata = format!("Metadata-Version: 2.1\nName: sized\nVersion: {number}\nSummary: Shapes and their areas\n");
    let setup = "from setuptools import find_packages, setup\n\nsetup(name='sized', packages=find_packages())\n";
    let mut files = vec![
        ("PKG-INFO".to_owned(), metadata),
        ("setup.py".to_owned(), setup.to_owned()),
        ("README.md".to_owned(), "# Shapes\n\nAreas of shapes, for lessons.\n".to_owned()),
        ("sized/__init__.py".to_owned(), format!("VERSION = {number}\n")),
    ];
    for module in ["circle", "square", "triangle", "ellipse", "polygon", "tests"] {
        files.push((format!("sized/{module}.py"), source(module, number)));
    }
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("{root}/{name}"), text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// About a kilobyte of ordinary Python.
fn source(module: &str, number: usize) -> String {
    let mut text = format!("\"\"\"The {module}.\"\"\"\nimport json\nimport math\n\nSEED = {number}\n\n");
    for part in 1..=4 {
        text.push_str(&format!(
            "def area_{part}(width, height=1.0):\n    \"\"\"Square units.\"\"\"\n    if width < 0 or height < 0:\n        \
             raise ValueError(f'{{width}} x {{height}}')\n    return round(math.pi * width * height / {part}, 3)\n\n"
        ));
    }
    text.push_str("def dump(path):\n    with open(path, 'w') as out:\n        json.dump({'area': area_1(2)}, out)\n");
    text
}

/// The archives of a folder, by their names.
pub(crate) fn of_folder(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if [".whl", ".tar.gz", ".zip"].iter().any(|ending| name.ends_with(ending)) {
            found.insert(name, std::fs::read(&path).unwrap());
        }
    }
    assert!(!found.is_empty(), "{}: no archives", folder.display());
    found
}
