//! Hostile zips, and the honest twins that must stay without a word.

mod build;

use build::*;
use unpack::{Format, Kind, Limits, Readings};

fn setup() -> Entry {
    deflated("a/setup.py", PAYLOAD)
}

fn innocent() -> Entry {
    deflated("a/setup.py", b"from setuptools import setup\nsetup()\n")
}

#[test]
fn honest_archives_have_no_anomaly() {
    let folder = Entry { mode: 0o040_755, ..stored("a/", b"") };
    let seen = examine(&zip(&[folder, setup(), stored("a/empty.py", b"")]));
    seen.is_honest();
    assert_eq!(seen.report.format, Some(Format::Zip));
    assert_eq!(seen.paths(), ["a/", "a/setup.py", "a/empty.py"]);
    assert_eq!(seen.members[0].kind, Kind::Directory);
    assert_eq!(seen.members[1].data, PAYLOAD);
    assert_eq!(seen.report.bytes_unpacked, PAYLOAD.len() as u64);
    examine(&zip(&[])).is_honest();
}

#[test]
fn data_descriptors_are_honest() {
    for wide in [false, true] {
        let seen = examine(&zip(&[streamed("a.py", PAYLOAD, wide), stored("b.py", b"pass\n")]));
        seen.is_honest();
        assert_eq!(seen.members.len(), 2);
    }
    let mut bare = streamed("a.py", PAYLOAD, false);
    bare.descriptor.drain(..4);
    examine(&zip(&[bare, setup()])).is_honest();
}

#[test]
fn zip64_sizes_are_honest() {
    let mut entry = setup();
    let mut field = vec![1, 0, 16, 0];
    field.extend(u64::from(entry.size).to_le_bytes());
    field.extend(u64::from(entry.packed_size).to_le_bytes());
    entry.extra = field;
    (entry.size, entry.packed_size) = (u32::MAX, u32::MAX);
    let seen = examine(&zip(&[entry]));
    seen.is_honest();
    seen.shows_payload();
}

#[test]
fn a_stored_archive_near_the_end_is_no_second_directory() {
    let inner = zip(&[setup()]);
    let seen = examine(&zip(&[stored("inner.zip", &inner)]));
    seen.is_honest();
    assert_eq!(seen.paths(), ["inner.zip!/a/setup.py", "inner.zip"]);
    assert_eq!(seen.members[0].nesting, 1);
}

#[test]
fn both_copies_of_a_duplicate_are_handed_over() {
    let seen = examine(&zip(&[setup(), innocent()]));
    seen.is_odd("duplicate-name").shows_payload();
    assert!(seen.shows(b"setuptools"));
}

#[test]
fn a_local_header_the_directory_does_not_list_is_found() {
    let seen = examine(&zip_of(&[(Some(setup()), None), (Some(stored("a/b.py", b"1")), Some(stored("a/b.py", b"1")))]));
    seen.is_odd("hidden-local-entry").is_odd("prefix-data").shows_payload();
    let hidden = seen.member("a/setup.py").unwrap();
    assert!(hidden.ambiguous && hidden.readings.contains(Readings::HIDDEN));
}

#[test]
fn a_name_the_headers_disagree_about_is_read_under_both() {
    let seen = examine(&zip_of(&[(Some(setup()), Some(deflated("a/notes.txt", PAYLOAD)))]));
    seen.is_odd("local-central-mismatch");
    assert_eq!(seen.member("a/setup.py").unwrap().data, PAYLOAD);
    assert_eq!(seen.member("a/notes.txt").unwrap().data, PAYLOAD);
    assert!(seen.members.iter().all(|member| member.ambiguous));
}

#[test]
fn a_method_the_headers_disagree_about_is_read_by_both() {
    // The directory says stored: CPython shows noise, a streaming reader the payload.
    let mut central = setup();
    central.method = 0;
    central.size = central.packed_size;
    central.crc = crc(&central.packed);
    let seen = examine(&zip_of(&[(Some(setup()), Some(central))]));
    seen.is_odd("local-central-mismatch").shows_payload();
}

#[test]
fn a_short_local_size_leads_to_entries_inside_the_data() {
    // For the directory one stored member; for a streaming reader a short one, then another entry.
    let inner = setup().local();
    let mut outer = stored("a/data.bin", &[&b"x"[..], &inner].concat());
    let central = outer.clone();
    outer.packed_size = 1;
    let seen = examine(&zip_of(&[(Some(outer), Some(central))]));
    seen.is_odd("local-central-mismatch").shows_payload();
    assert!(seen.member("a/setup.py").is_some(), "{:?}", seen.paths());
}

#[test]
fn entries_behind_the_end_of_deflated_data_are_found() {
    let mut entry = deflated("a/data.txt", b"nothing");
    entry.packed.extend(setup().local());
    entry.packed_size = entry.packed.len() as u32;
    let seen = examine(&zip(&[entry]));
    seen.is_odd("member-trailing-data").is_odd("hidden-local-entry").shows_payload();
}

#[test]
fn bytes_before_between_and_behind_are_handed_over() {
    let honest = zip(&[innocent()]);
    let seen = examine(&[PAYLOAD, &honest].concat());
    seen.is_odd("prefix-data").shows_payload();
    assert!(seen.shows(b"setuptools"));

    let seen = examine(&[&honest, PAYLOAD].concat());
    seen.is_odd("trailing-data").shows_payload();

    let mut first = innocent();
    first.packed.extend(PAYLOAD);
    let mut bytes = first.local();
    let offset = bytes.len() as u32;
    let directory = innocent().central(0);
    bytes.extend(&directory);
    bytes.extend(end(1, directory.len() as u32, offset, b""));
    examine(&bytes).is_odd("gap-data").shows_payload();
}

#[test]
fn padding_of_zeros_is_honest() {
    let mut entry = innocent();
    entry.packed.extend([0; 40]);
    let mut bytes = entry.local();
    let offset = bytes.len() as u32;
    let directory = innocent().central(0);
    bytes.extend(&directory);
    bytes.extend(end(1, directory.len() as u32, offset, b""));
    examine(&bytes).is_honest();
}

#[test]
fn every_end_record_is_followed() {
    // Two whole archives: CPython takes the last, others the first.
    let seen = examine(&[zip(&[setup()]), zip(&[innocent()])].concat());
    seen.is_odd("several-end-records").shows_payload();
    assert!(seen.shows(b"setuptools"));

    // A second directory in the comment of the first.
    let (first, second) = (setup(), innocent());
    let mut bytes = first.local();
    let second_at = bytes.len() as u32;
    bytes.extend(second.local());
    let directory_at = bytes.len() as u32;
    let directory = first.central(0);
    bytes.extend(&directory);
    let hidden = second.central(second_at);
    let hidden_at = bytes.len() as u32 + 22;
    let inner = [hidden.clone(), end(1, hidden.len() as u32, hidden_at, b"")].concat();
    bytes.extend(end(1, directory.len() as u32, directory_at, &inner));
    let seen = examine(&bytes);
    seen.is_odd("several-end-records").shows_payload();
    assert!(seen.shows(b"setuptools"));
}

#[test]
fn a_count_that_lies_hides_nothing() {
    let mut bytes = zip(&[innocent(), stored("b.py", PAYLOAD)]);
    let at = bytes.len() - 12;
    bytes[at..at + 2].copy_from_slice(&1u16.to_le_bytes());
    examine(&bytes).is_odd("entry-count").shows_payload();
}

#[test]
fn overlapping_members_are_told_before_they_are_unpacked() {
    let kernel = deflated("0", &vec![0u8; 1 << 20]);
    let mut bytes = kernel.local();
    let offset = bytes.len() as u32;
    let mut directory = Vec::new();
    for number in 0..200 {
        directory.extend(Entry { name: number.to_string().into_bytes(), ..kernel.clone() }.central(0));
    }
    bytes.extend(&directory);
    bytes.extend(end(200, directory.len() as u32, offset, b""));
    let limits = Limits { ratio_floor: 4 << 20, ..Limits::default() };
    let seen = examine_within(&bytes, &limits);
    seen.is_odd("overlapping-members").is_odd("bomb").is_incomplete();
    assert!(seen.report.bytes_unpacked <= 8 << 20, "{}", seen.report.bytes_unpacked);
}

#[test]
fn sizes_and_checksums_are_checked_on_real_bytes() {
    for size in [0, 3, 0xffff_fff0] {
        let seen = examine(&zip(&[Entry { size, ..setup() }]));
        seen.is_odd("size-lie").shows_payload();
    }
    examine(&zip(&[Entry { crc: 1, ..setup() }])).is_odd("crc-mismatch").is_incomplete().shows_payload();
}

#[test]
fn what_cannot_be_unpacked_is_a_gap() {
    examine(&zip(&[Entry { flags: 1, ..setup() }])).is_odd("encrypted").is_incomplete();
    examine(&zip(&[Entry { method: 6, ..setup() }])).is_odd("unsupported-method").is_incomplete();
    let mut cut = zip(&[setup()]);
    cut.truncate(40);
    examine(&cut).is_odd("truncated").is_incomplete();
    let mut damaged = setup();
    damaged.packed.truncate(10);
    damaged.packed_size = 10;
    examine(&zip(&[damaged])).is_odd("corrupt").is_incomplete();
}

#[test]
fn without_a_directory_the_local_headers_are_read() {
    let bytes = [innocent().local(), stored("b.py", PAYLOAD).local()].concat();
    let seen = examine(&bytes);
    seen.is_odd("truncated").is_incomplete().shows_payload();
    assert_eq!(seen.paths(), ["a/setup.py", "b.py"]);
}

#[test]
fn bzip2_members_are_unpacked() {
    let packed = bzip2(PAYLOAD);
    let entry = Entry { packed_size: packed.len() as u32, packed, method: 12, ..stored("a.py", PAYLOAD) };
    let seen = examine(&zip(&[entry]));
    // pip unpacks it, others refuse: read whole, and told.
    assert_eq!(seen.kinds().into_iter().collect::<Vec<_>>(), ["rare-method"]);
    assert_eq!(seen.report.gaps, []);
    seen.shows_payload();
}

#[test]
fn another_name_in_an_extra_field_is_read_too() {
    let mut entry = stored("a.txt", PAYLOAD);
    let mut field = vec![1];
    field.extend(crc(b"a.txt").to_le_bytes());
    field.extend(b"setup.py");
    entry.extra = [&0x7075u16.to_le_bytes()[..], &(field.len() as u16).to_le_bytes(), &field].concat();
    let seen = examine(&zip(&[entry]));
    seen.is_odd("unicode-path");
    assert_eq!(seen.member("setup.py").unwrap().data, PAYLOAD);
}

#[test]
fn names_that_leave_or_deceive_are_told() {
    for (name, kind) in [
        ("/etc/x.py", "absolute-path"),
        ("a/../../x.py", "path-traversal"),
        ("a\\x.py", "backslash-path"),
        ("..\\x.py", "path-traversal"),
        ("C:/x.py", "drive-path"),
        ("a/x.py:evil.py", "stream-path"),
        ("setup.py\0.txt", "nul-name"),
        ("a/\u{1b}[2Jx.py", "control-name"),
        ("a/gpj.\u{202e}yp.x", "bidi-name"),
        ("a/x\u{200b}.py", "bidi-name"),
        ("a/aux.txt", "reserved-name"),
        ("COM1", "reserved-name"),
    ] {
        let seen = examine(&zip(&[Entry { flags: 0x800, ..stored(name, PAYLOAD) }]));
        seen.is_odd(kind).shows_payload();
    }
    let seen = examine(&zip(&[stored("setup.py\0.txt", PAYLOAD)]));
    assert_eq!(seen.paths(), ["setup.py"]);
    let invalid = Entry { name: b"a\xff.py".to_vec(), flags: 0x800, ..stored("", PAYLOAD) };
    examine(&zip(&[invalid])).is_odd("bad-utf8-name").shows_payload();
    examine(&zip(&[stored(&"d/".repeat(100), b"")])).is_odd("long-name");
    examine(&zip(&[stored("a/naïve/日本.py", PAYLOAD), stored("a b/[c]+(d)=1,~2.py", b"")])).is_honest();
}

#[test]
fn names_that_are_one_place_to_a_file_system_are_told() {
    examine(&zip(&[stored("a/Setup.py", PAYLOAD), stored("a/setup.py", b"")])).is_odd("case-collision");
    let utf8 = |name: &str| Entry { flags: 0x800, ..stored(name, PAYLOAD) };
    examine(&zip(&[utf8("caf\u{e9}.py"), utf8("cafe\u{301}.py")])).is_odd("normalization-collision");
    examine(&zip(&[utf8("a/e.py"), utf8("a/\u{435}.py")])).is_honest();
}

#[test]
fn folders_with_data_and_links_are_told() {
    let seen = examine(&zip(&[stored("a/", PAYLOAD)]));
    seen.is_odd("directory-data").shows_payload();
    let link = |target: &str| Entry { mode: 0o120_777, ..stored("a/b/link.py", target.as_bytes()) };
    let seen = examine(&zip(&[link("../real.py")]));
    seen.is_odd("link");
    assert_eq!(seen.members[0].kind, Kind::Link("../real.py".into()));
    assert!(!seen.has("link-escape"));
    examine(&zip(&[link("../../../x")])).is_odd("link-escape");
    examine(&zip(&[link("/etc/passwd")])).is_odd("link-escape");
}

#[test]
fn a_directory_before_a_prefix_is_found_both_ways() {
    // Offsets that are right as told and other ones when counted back: two directories, one end record.
    let hidden = setup();
    let mut bytes = hidden.local();
    let told = bytes.len() as u32;
    bytes.extend(hidden.central(0));
    let innocent_at = bytes.len() as u32;
    bytes.extend(innocent().local());
    let directory = innocent().central(innocent_at);
    bytes.extend(&directory);
    bytes.extend(end(1, directory.len() as u32, told, b""));
    let seen = examine(&bytes);
    seen.is_odd("several-end-records").shows_payload();
    assert!(seen.shows(b"setuptools"));
}

#[test]
fn comments_are_told_and_handed_over() {
    let mut bytes = zip(&[innocent()]);
    bytes.truncate(bytes.len() - 2);
    bytes.extend((PAYLOAD.len() as u16).to_le_bytes());
    bytes.extend(PAYLOAD);
    examine(&bytes).is_odd("comment").shows_payload();
}

#[test]
fn an_entry_that_one_header_calls_encrypted_is_read() {
    for (local, central) in [(1, 0), (0, 1)] {
        let seen =
            examine(&zip_of(&[(Some(Entry { flags: local, ..setup() }), Some(Entry { flags: central, ..setup() }))]));
        seen.is_odd("encrypted").is_odd("local-central-mismatch").shows_payload();
    }
}

#[test]
fn lengths_past_the_end_do_not_hide_the_last_entry() {
    // CPython takes a comment that is told longer than the directory for a shorter one.
    let mut bytes = zip(&[innocent(), setup()]);
    let last = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    bytes[last + 32..last + 34].copy_from_slice(&[0xff, 0xff]);
    examine(&bytes).shows_payload();
}

#[test]
fn an_end_record_that_some_readers_pass_over_hides_nothing() {
    // It claims to be part of several: some take the record before it, that of the archive stored inside.
    let inner = zip(&[setup()]);
    let mut broken = stored("inner.zip", &inner);
    broken.flags = 1;
    let mut bytes = zip(&[broken]);
    let end = bytes.len() - 22;
    bytes[end + 4] = 1;
    examine(&bytes).is_odd("multi-disk").is_odd("several-end-records").shows_payload();
}

#[test]
fn data_without_the_last_block_is_read_as_far_as_it_goes() {
    let mut entry = setup();
    let text = b"x = 1\n".repeat(2000);
    entry.packed = deflate(&[PAYLOAD, text.as_slice()].concat());
    entry.packed.truncate(entry.packed.len() - 2);
    entry.packed_size = entry.packed.len() as u32;
    examine(&zip(&[entry])).is_odd("corrupt").is_incomplete().shows_payload();
}
