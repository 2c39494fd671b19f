//! Limits are counted on real bytes and through all nesting; what they leave out is a gap.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test is not the room")]

mod build;

use build::*;
use unpack::{Format, Kind, Limits};

#[test]
fn plain_bytes_are_their_own_only_member() {
    let seen = examine(PAYLOAD);
    seen.is_honest();
    assert_eq!(seen.report.format, None);
    assert_eq!(seen.members.len(), 1);
    assert_eq!((seen.members[0].path.as_str(), &seen.members[0].kind), ("", &Kind::File));
    assert_eq!(seen.members[0].format, Format::Plain);
    examine(b"").is_honest();
    examine(b"7z\xbc\xaf\x27\x1c and so on").is_odd("unsupported-archive").is_incomplete();
}

#[test]
fn an_archive_is_recognised_by_content() {
    let wheel = zip(&[stored("a.py", PAYLOAD)]);
    assert_eq!(examine(&wheel).report.format, Some(Format::Zip));
    assert_eq!(examine(&gzip(&wheel)).report.format, Some(Format::Gzip));
    examine(&gzip(&wheel)).shows_payload();
    examine(&gzip(PAYLOAD)).is_honest();
    examine(&gzip(&gzip(&tar(&[file("a.py", PAYLOAD)])))).shows_payload();
}

#[test]
fn one_file_that_opens_in_two_ways_is_read_in_both() {
    // A tar that holds a zip's bytes behind its end, so that both readers are content.
    let entry = stored("a/setup.py", PAYLOAD);
    let mut bytes = file("a/b.py", b"1");
    let offset = bytes.len() as u32;
    let local = entry.local();
    bytes.extend(header("pad", b'0', local.len() as u64, ""));
    let local_at = bytes.len() as u32;
    bytes.extend(padded(&local));
    bytes.extend([0; 1024]);
    let directory = entry.central(local_at);
    let directory_at = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(end(1, directory.len() as u32, directory_at, b""));
    assert!(offset < local_at);
    let seen = examine(&bytes);
    seen.is_odd("polyglot").shows_payload();
    assert!(seen.member("a/setup.py").is_some(), "{:?}", seen.paths());
}

#[test]
fn an_archive_behind_something_else_is_opened() {
    let picture = [b"\x89PNG\r\n\x1a\n".to_vec(), vec![7; 300], zip(&[stored("a.py", PAYLOAD)])].concat();
    let seen = examine(&tar(&[file("pic.png", &picture)]));
    seen.is_odd("appended-archive").shows_payload();
    assert!(seen.member("pic.png!/a.py").is_some(), "{:?}", seen.paths());
}

#[test]
fn nesting_is_followed_to_its_limit() {
    let mut bytes = zip(&[stored("payload.py", PAYLOAD)]);
    for depth in 0..4 {
        bytes = zip(&[stored(&format!("{depth}.zip"), &bytes)]);
    }
    let seen = examine(&bytes);
    seen.is_honest();
    seen.shows_payload();
    assert_eq!(seen.members[0].path, "3.zip!/2.zip!/1.zip!/0.zip!/payload.py");
    let seen = examine(&zip(&[stored("4.zip", &bytes)]));
    seen.is_odd("nested-limit").is_incomplete();
}

#[test]
fn copies_of_one_archive_are_read_once() {
    let inner = zip(&[stored("a.py", PAYLOAD)]);
    let seen = examine(&zip(&[stored("1.zip", &inner), stored("2.zip", &inner)]));
    seen.is_honest();
    assert_eq!(seen.paths(), ["1.zip!/a.py", "1.zip", "2.zip"]);
}

#[test]
fn disguised_archives_are_opened() {
    let seen = examine(&tar(&[file("logo.png", &gzip(&tar(&[file("x.py", PAYLOAD)])))]));
    seen.shows_payload();
    assert!(seen.member("logo.png!/x.py").is_some());
    let seen = examine(&zip(&[stored("a/data.json.gz", &gzip(PAYLOAD))]));
    seen.is_honest();
    assert!(seen.member("a/data.json.gz!/data.json").is_some(), "{:?}", seen.paths());
}

#[test]
fn documents_are_archives_like_any() {
    let types = stored("[Content_Types].xml", b"<Types/>");
    let inside = zip(&[types, stored("word/document.xml", b"<w/>"), stored("word/media/image1.png", b"import os\n")]);
    let seen = examine(&zip(&[stored("a.docx", &inside)]));
    seen.is_honest();
    let room = [&[0x20, 0xa2, 200, 0, 0x28, 0xa0, 0x2c, 1][..], &[0; 196]].concat();
    let parts: Vec<Entry> =
        (0..80).map(|at| Entry { extra: room.clone(), ..stored(&format!("{at}.xml"), b"<w/>") }).collect();
    examine(&zip(&[stored("b.docx", &zip(&parts))])).is_honest();
    // What is not spelled out any more is still told of the archive it is in.
    let odd = [&[0x99, 0x99, 30, 0][..], &[b'x'; 30]].concat();
    let parts: Vec<Entry> = (0..80).map(|at| Entry { extra: odd.clone(), ..stored(&at.to_string(), b"x") }).collect();
    let inner = zip(&parts);
    let last = |seen: &Seen| {
        let mut odd = seen.report.anomalies.iter().filter(|anomaly| anomaly.kind == "extra-field");
        odd.next_back().map(|anomaly| (anomaly.member.clone(), anomaly.detail.clone())).unwrap()
    };
    let (member, detail) = last(&examine(&zip(&[stored("c.docx", &inner)])));
    assert!(member.starts_with("c.docx!/") && detail.contains("more of this kind"), "{member} {detail}");
    assert_eq!(last(&examine(&inner)).0, "");
    assert!(seen.paths().contains(&"a.docx!/word/media/image1.png"), "{:?}", seen.paths());
}

#[test]
fn a_broken_archive_makes_incomplete_only_where_code_would_open_it() {
    let mut broken = zip(&[stored("a.py", PAYLOAD)]);
    broken.truncate(60);
    let seen = examine(&zip(&[stored("pkg/data.zip", &broken)]));
    seen.is_odd("nested-corrupt").is_incomplete();
    let seen = examine(&zip(&[stored("pkg/tests/data.zip", &broken)]));
    seen.is_odd("nested-corrupt");
    assert_eq!(seen.report.gaps, []);
}

#[test]
fn a_bomb_is_stopped_by_real_bytes() {
    let zeros = vec![0u8; 8 << 20];
    let limits = Limits { ratio_floor: 1 << 20, ..Limits::default() };
    for bytes in [zip(&[deflated("a", &zeros)]), gzip(&tar(&[file("a", &zeros)])), gzip(&zeros), bzip2(&zeros)] {
        let seen = examine_within(&bytes, &limits);
        seen.is_odd("bomb").is_incomplete();
        assert!(seen.report.bytes_unpacked <= 9 << 20, "{}", seen.report.bytes_unpacked);
    }
}

#[test]
fn a_member_over_the_limit_keeps_its_beginning() {
    let limits = Limits { member: 1000, ..Limits::default() };
    let data = [PAYLOAD.to_vec(), vec![b'x'; 5000]].concat();
    for bytes in [zip(&[deflated("a", &data), stored("b", b"2")]), gzip(&tar(&[file("a", &data), file("b", b"2")]))] {
        let seen = examine_within(&bytes, &limits);
        seen.is_incomplete().shows_payload();
        assert_eq!(seen.member("a").unwrap().data.len(), 1000);
        assert_eq!(seen.member("b").unwrap().data, b"2");
    }
}

#[test]
fn totals_and_counts_end_the_reading() {
    let entries: Vec<Entry> = (0..50).map(|number| stored(&number.to_string(), &[b'x'; 1000])).collect();
    let inner = zip(&entries);
    let limits = Limits { total: 60_000, ..Limits::default() };
    let seen = examine_within(&zip(&[stored("inner.zip", &inner), stored("z", &[b'y'; 20_000])]), &limits);
    seen.is_odd("bomb").is_incomplete();
    let seen = examine_within(&inner, &Limits { members: 10, ..Limits::default() });
    seen.is_odd("bomb").is_incomplete();
    assert_eq!(seen.members.len(), 10);
    let seen = examine_within(&inner, &Limits { archive: 100, ..Limits::default() });
    seen.is_incomplete();
    assert!(seen.members.is_empty());
}

#[test]
fn nested_archives_share_one_memory() {
    // 2000 bytes in all, 800 a member: what is held of the outer ones is not there for the inner ones.
    let limits = Limits { archive: 1000, member: 800, resident: 2000, ..Limits::default() };
    let inner = zip(&[stored("x", &[b'x'; 500])]);
    let seen = examine_within(&zip(&[stored("inner.zip", &inner)]), &limits);
    seen.is_honest();
    let deep = zip(&[stored("a.zip", &zip(&[stored("b.zip", &inner)]))]);
    let seen = examine_within(&deep, &limits);
    seen.is_incomplete();
    assert!(seen.members.iter().all(|member| member.data.len() <= 800));
}

#[test]
fn what_is_kept_leaves_others_less_room() {
    let limits = Limits { resident: 2000, ..Limits::default() };
    let bytes = zip(&[stored("a", &[b'x'; 500]), stored("b", &[b'y'; 500])]);
    let read = |keep: bool| {
        let kept = std::cell::Cell::new(0);
        let mut lengths = Vec::new();
        let report = unpack::unpack_beside(&bytes, &limits, &kept, &mut |member| {
            lengths.push(member.data.len());
            kept.set(if keep { kept.get() + member.data.len() as u64 } else { 0 });
        });
        (lengths, report.gaps.len())
    };
    assert_eq!(read(false), (vec![500, 500], 0));
    let (lengths, gaps) = read(true);
    assert!(lengths[1] < 500 && gaps > 0, "{lengths:?}");
}

#[test]
fn a_member_that_lies_of_its_length_is_counted_before_it_is_kept() {
    const LONG: usize = 9 << 20;
    let data: Vec<u8> = (0..LONG).map(|at| (at / 1000 % 251) as u8).collect();
    for told in [0, 1, 1 << 20, (1 << 20) + 1, 5 << 20, u32::MAX] {
        let entry = Entry { size: told, ..deflated("a", &data) };
        let seen = examine(&zip(&[entry]));
        assert_eq!(seen.member("a").unwrap().data, data, "{told}");
    }
}

#[test]
fn nothing_is_inflated_beyond_what_the_archive_may_swell_to() {
    let limits = Limits { ratio_floor: 1 << 20, ..Limits::default() };
    let seen = examine_within(&zip(&[deflated("a", &vec![0; 64 << 20])]), &limits);
    seen.is_odd("bomb").is_incomplete();
    assert!(seen.report.bytes_unpacked < 5 << 20, "{}", seen.report.bytes_unpacked);
}

#[test]
fn endless_names_are_cut_and_told() {
    let name = "d/".repeat(300_000);
    let long = [header("././@LongLink", b'L', name.len() as u64, ""), padded(name.as_bytes())].concat();
    let seen = examine(&gzip(&tar(&[long, file("x", PAYLOAD)])));
    seen.is_odd("long-name").shows_payload();
    assert!(seen.members.iter().all(|member| member.path.len() <= 4096));
}

#[test]
fn the_same_bytes_say_the_same_twice() {
    let bytes = zip(&[stored("a.py", PAYLOAD), stored("a.py", b"2"), stored("../x", b"3")]);
    let (one, two) = (examine(&bytes), examine(&bytes));
    assert_eq!(one.report.anomalies, two.report.anomalies);
    assert_eq!(one.paths(), two.paths());
}

#[test]
fn every_kind_of_anomaly_is_in_the_readme() {
    let readme = include_str!("../README.md");
    let mut kinds = std::collections::BTreeSet::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(path).unwrap();
            for call in ["anomaly(", "report(", "damaged("] {
                for (at, _) in source.match_indices(call) {
                    let arguments = &source[at..source.len().min(at + 200)];
                    let text = arguments.split(';').next().unwrap_or_default();
                    let kind = text.split('"').nth(1).unwrap_or_default();
                    let is_kind = kind.contains(|letter: char| letter.is_ascii_lowercase())
                        && kind
                            .chars()
                            .all(|letter| letter.is_ascii_lowercase() || letter == '-' || letter.is_ascii_digit());
                    if is_kind {
                        kinds.insert(kind.to_owned());
                    }
                }
            }
        }
    }
    assert!(kinds.len() > 40, "{kinds:?}");
    for kind in kinds {
        assert!(readme.contains(&format!("| `{kind}` |")), "{kind} is not in the README");
    }
}
