//! Hostile tars, and the honest twins that must stay without a word.

mod build;

use build::*;
use unpack::{Format, Kind, Limits, Readings};

fn gnu_long(kind: u8, text: &str) -> Vec<u8> {
    let text = [text.as_bytes(), b"\0"].concat();
    [header("././@LongLink", kind, text.len() as u64, ""), padded(&text)].concat()
}

#[test]
fn honest_archives_have_no_anomaly_in_any_compression() {
    let plain = tar(&[header("a/", b'5', 0, ""), file("a/setup.py", PAYLOAD), file("a/empty", b"")]);
    for (bytes, format) in [
        (plain.clone(), Format::Tar),
        (gzip(&plain), Format::Gzip),
        (bzip2(&plain), Format::Bzip2),
        ([plain.clone(), vec![0; 8192]].concat(), Format::Tar),
    ] {
        let seen = examine(&bytes);
        seen.is_honest();
        assert_eq!(seen.report.format, Some(format));
        assert_eq!(seen.paths(), ["a/", "a/setup.py", "a/empty"]);
        assert_eq!(seen.members[0].kind, Kind::Directory);
        assert_eq!(seen.members[1].data, PAYLOAD);
    }
}

#[test]
fn long_names_in_both_forms_are_honest() {
    let long = format!("{}/x.py", "d".repeat(120));
    let seen = examine(&tar(&[gnu_long(b'L', &long), file(&long[..100], PAYLOAD)]));
    seen.is_honest();
    assert_eq!(seen.paths(), [long.as_str()]);
    let seen = examine(&tar(&[pax(b'x', &[("path", &long), ("mtime", "1.5")]), file(&long[..100], PAYLOAD)]));
    seen.is_honest();
    assert_eq!(seen.paths(), [long.as_str()]);
    let seen = examine(&tar(&[pax(b'x', &[("path", "a/naïve.py")]), file("a/na?ve.py", PAYLOAD)]));
    seen.is_honest();
    assert_eq!(seen.paths(), ["a/naïve.py"]);
    examine(&tar(&[pax(b'g', &[("comment", "0123abcd")]), file("a.py", PAYLOAD)])).is_honest();
}

#[test]
fn a_name_that_is_one_byte_too_long_is_honest_and_one_that_uncovers_code_is_not() {
    let code = format!("{}/__init__.py", "d".repeat(88));
    assert_eq!(code.len(), 100);
    let named = |full: &str| examine(&tar(&[pax(b'x', &[("path", full)]), file(&code, PAYLOAD)]));
    for stub in ["i", "x"] {
        let full = format!("{code}{stub}");
        let seen = named(&full);
        seen.is_honest();
        assert_eq!(seen.paths(), [full.as_str()]);
    }
    for other in [".txt", "z"] {
        named(&format!("{code}{other}")).is_odd("tar-readings-differ");
    }
}

#[test]
fn a_pax_size_hides_nothing_from_either_reader() {
    // By its own header the file is empty, and what follows is an archive of its own; by pax it holds that archive.
    let smuggled = file("a/setup.py", PAYLOAD);
    let outer =
        [pax(b'x', &[("size", &smuggled.len().to_string())]), header("a/data.bin", b'0', 0, ""), smuggled.clone()]
            .concat();
    let seen = examine(&tar(&[outer, file("a/last.py", b"")]));
    seen.is_odd("tar-readings-differ").shows_payload();
    let hidden = seen.member("a/setup.py").expect("the naive reading shows it");
    assert!(hidden.ambiguous);
    assert_eq!(hidden.readings, Readings::STREAM);
    assert!(seen.member("a/last.py").is_some());
}

#[test]
fn data_behind_a_link_is_read_as_members_too() {
    // CPython skips no data of a link: it finds setup.py. Others skip it.
    let hidden = file("a/setup.py", PAYLOAD);
    let seen = examine(&tar(&[header("a/l", b'2', hidden.len() as u64, "x"), hidden, file("a/b.py", b"")]));
    seen.is_odd("tar-readings-differ").shows_payload();
    assert!(seen.member("a/setup.py").is_some());
}

#[test]
fn a_folder_that_tells_a_size_is_honest_when_readers_agree() {
    let folder = header("a/", b'5', 300, "");
    examine(&tar(&[folder, file("a/b.py", PAYLOAD), file("a/c.py", b"x")])).is_honest();
}

#[test]
fn the_last_of_two_pax_values_counts_and_is_told() {
    let seen = examine(&tar(&[pax(b'x', &[("path", "a/one.py"), ("path", "a/two.py")]), file("a/two.py", PAYLOAD)]));
    seen.is_odd("tar-readings-differ");
    assert_eq!(seen.paths(), ["a/one.py", "a/two.py"]);
    let seen = examine(&tar(&[pax(b'g', &[("path", "setup.py")]), file("a/x.txt", PAYLOAD)]));
    seen.is_odd("tar-readings-differ");
    assert_eq!(seen.paths(), ["a/x.txt", "setup.py"]);
    let seen = examine(&tar(&[pax(b'x', &[("path", "setup.py")]), file("notes.txt", PAYLOAD)]));
    seen.is_odd("tar-readings-differ");
    examine(&tar(&[gnu_long(b'L', "a/x.py"), pax(b'x', &[("path", "a/y.py")]), file("a/x.py", PAYLOAD)]))
        .is_odd("tar-readings-differ");
}

#[test]
fn data_behind_the_end_is_found() {
    let hidden = tar(&[file("a/setup.py", PAYLOAD)]);
    let seen = examine(&[tar(&[file("a/b.py", b"1")]), hidden.clone()].concat());
    seen.is_odd("data-after-end").shows_payload();
    assert_eq!(seen.member("a/setup.py").unwrap().readings, Readings::HIDDEN);
    let seen = examine(&gzip(&[tar(&[file("a/b.py", b"1")]), PAYLOAD.to_vec()].concat()));
    seen.is_odd("data-after-end").shows_payload();
}

#[test]
fn further_gzip_members_and_trailing_bytes_are_read() {
    let first = gzip(&tar(&[file("a/b.py", b"1")]));
    let seen = examine(&[first.clone(), gzip(&tar(&[file("a/setup.py", PAYLOAD)]))].concat());
    seen.is_odd("data-after-end").is_odd("several-streams").shows_payload();
    let seen = examine(&[first, PAYLOAD.to_vec()].concat());
    seen.is_odd("trailing-data").shows_payload();
}

#[test]
fn a_header_with_a_wrong_checksum_does_not_end_the_reading() {
    let mut broken = file("a/c.py", b"x");
    broken[0] ^= 1;
    let seen = examine(&tar(&[file("a/b.py", b"1"), broken, file("a/setup.py", PAYLOAD)]));
    seen.is_odd("bad-checksum").is_incomplete().shows_payload();
}

#[test]
fn a_cut_archive_is_a_gap() {
    let whole = tar(&[file("a/b.py", &[b'x'; 2000])]);
    examine(&whole[..1000]).is_odd("truncated").is_incomplete();
    examine(&gzip(&whole)[..30]).is_odd("truncated").is_incomplete();
    let mut wrong = gzip(&whole);
    let at = wrong.len() - 8;
    wrong[at] ^= 1;
    examine(&wrong).is_odd("crc-mismatch").is_incomplete();
}

#[test]
fn a_link_shows_the_bytes_it_leads_to() {
    let seen = examine(&gzip(&tar(&[
        link("a/setup.py", "data/notes.txt"),
        file("a/data/notes.txt", PAYLOAD),
        header("a/hard.py", b'1', 0, "a/data/notes.txt"),
        link("a/chain.py", "setup.py"),
    ])));
    assert!(seen.kinds().iter().all(|kind| matches!(*kind, "link" | "link-alias")), "{:?}", seen.report.anomalies);
    assert_eq!(seen.report.gaps, []);
    for name in ["a/setup.py", "a/hard.py", "a/chain.py"] {
        let member = seen.member(name).unwrap();
        assert_eq!(member.data, PAYLOAD, "{name}");
        assert!(matches!(member.kind, Kind::Link(_)));
    }
}

#[test]
fn links_that_escape_or_loop_are_told() {
    examine(&tar(&[link("a/x", "/etc/passwd")])).is_odd("link-escape");
    examine(&tar(&[link("a/x", "../../etc")])).is_odd("link-escape");
    examine(&tar(&[link("a/d", ".."), link("a/x", "d/../y")])).is_odd("link-escape");
    examine(&tar(&[link("a/x", "y"), link("a/y", "x")])).is_odd("link-loop");
    examine(&tar(&[header("dev", b'3', 0, "")])).is_odd("special-member");
    examine(&tar(&[header("q", b'Q', 0, "")])).is_odd("unknown-type");
}

#[test]
fn copies_by_links_count_against_the_limits() {
    let mut parts = vec![file("a/big", &[b'x'; 100_000])];
    parts.extend((0..200).map(|number| header(&format!("a/{number}"), b'1', 0, "a/big")));
    let limits = Limits { total: 2_000_000, ..Limits::default() };
    let seen = examine_within(&tar(&parts), &limits);
    seen.is_odd("bomb").is_incomplete();
    assert!(seen.report.bytes_unpacked <= 2_200_000);
}

#[test]
fn sparse_files_are_expanded_within_limits() {
    // GNU 1.0: the map stands in front of the data.
    let map = padded(b"1\n1000\n26\n");
    let data = [map, padded(PAYLOAD)].concat();
    let records = [
        ("GNU.sparse.major", "1"),
        ("GNU.sparse.minor", "0"),
        ("GNU.sparse.name", "a/x.py"),
        ("GNU.sparse.realsize", "1026"),
    ];
    let sparse = [pax(b'x', &records), header("GNUSparseFile.0/x.py", b'0', 512 + 26, ""), data].concat();
    let seen = examine(&tar(&[sparse]));
    seen.is_odd("sparse-member").shows_payload();
    let member = seen.member("a/x.py").unwrap();
    assert_eq!(member.data.len(), 1026);
    assert_eq!(&member.data[1000..], PAYLOAD);

    let mut records = records;
    records[3].1 = "99999999999999";
    let sparse =
        [pax(b'x', &records), header("g", b'0', 512 + 26, ""), padded(b"1\n1000\n26\n"), padded(PAYLOAD)].concat();
    examine(&tar(&[sparse])).is_odd("bomb").is_incomplete().shows_payload();
}

#[test]
fn sizes_that_lie_allocate_nothing() {
    for size in ["77777777777\0", "00000000777\0"] {
        let mut block = header("a/b.py", b'0', 0, "");
        block[124..136].copy_from_slice(size.as_bytes());
        examine(&[checked(block), PAYLOAD.to_vec()].concat()).is_odd("truncated").is_incomplete().shows_payload();
    }
    for first in [0x80, 0xff] {
        let mut block = header("a/b.py", b'0', 0, "");
        block[124..136].copy_from_slice(&[first, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0]);
        examine(&tar(&[file("a.py", b""), checked(block), padded(PAYLOAD)])).is_incomplete().shows_payload();
    }
}

#[test]
fn long_extensions_are_refused_not_kept() {
    let size = 3 << 20;
    let bomb = [header("pax", b'x', size, ""), vec![b'1'; size as usize]].concat();
    examine(&tar(&[bomb, file("a.py", PAYLOAD)])).is_odd("long-extension").is_incomplete().shows_payload();
}

#[test]
fn content_before_damage_in_the_compression_is_read() {
    let noise: Vec<u8> = (0..200_000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut bytes = gzip(&tar(&[file("a/setup.py", PAYLOAD), file("a/noise", &noise)]));
    let at = bytes.len() / 2;
    bytes[at..at + 64].fill(0xff);
    examine(&bytes).is_incomplete().shows_payload();
}

#[test]
fn numbers_that_only_some_readers_take_hide_nothing() {
    // CPython stops at an owner that is no number, others read on; blanks and signs are taken by both.
    let broken = |at: usize, text: &[u8]| {
        let mut block = header("a/setup.py", b'0', PAYLOAD.len() as u64, "");
        block[at..at + text.len()].copy_from_slice(text);
        tar(&[file("a/b.py", b"1"), checked(block), padded(PAYLOAD)])
    };
    examine(&broken(108, b"nonsense")).is_odd("tar-readings-differ").shows_payload();
    let seen = examine(&broken(124, b"\x0b+0_32\0\0\0\0\0\0"));
    assert_eq!(seen.member("a/setup.py").unwrap().data, PAYLOAD);
    let seen = examine(&broken(124, &[0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 26]));
    seen.is_odd("tar-readings-differ");
    assert_eq!(seen.member("a/setup.py").unwrap().data, PAYLOAD);
}

#[test]
fn a_prefix_alone_makes_no_folder() {
    let mut block = header("", 0, PAYLOAD.len() as u64, "");
    block[345..350].copy_from_slice(b"setup");
    let seen = examine(&tar(&[file("a/b.py", b"1"), checked(block), padded(PAYLOAD)]));
    assert_eq!(seen.member("setup/").unwrap().data, PAYLOAD);
}
