//! Zips that two readers read differently, and zips that few can read at all.

use crate::case::*;
use crate::craft::*;

/// Puts another entry in the place of the one with that name.
fn swap(zip: &Zip, name: &str, entry: Entry) -> Zip {
    let mut zip = zip.clone();
    let place = at(&zip, name);
    zip.entries[place] = entry;
    zip
}

pub(crate) fn ambiguity() -> Vec<Case> {
    let mut cases = Cases::new(Row::ZipAmbiguity);
    let evil = payload();
    for (kind, zip, file, code) in both() {
        let clean = if kind == "wheel" { CLEAN } else { SETUP };
        let inside = |name: &str| if kind == "wheel" { format!("demo/{name}") } else { format!("demo-1.0/{name}") };
        let mut seen = |name: &str, bytes: Vec<u8>, rule| cases.seen(format!("{kind}-{name}"), file, bytes, rule);

        // One name twice: the first is shown, the last is installed, or the other way round.
        seen("duplicate-last-wins", zip.clone().and(Entry::deflated(code, &evil)).bytes(), "archive-duplicate-name");
        let mut first = zip.clone();
        first.entries.insert(0, Entry::deflated(code, &evil));
        seen("duplicate-first-wins", first.bytes(), "archive-duplicate-name");
        seen(
            "duplicate-thrice",
            zip.clone().and(Entry::stored(code, clean)).and(Entry::stored(code, &evil)).bytes(),
            "archive-duplicate-name",
        );

        // A local header that no directory lists: installers that stream see it.
        let hidden = Entry::deflated(code, &evil).hidden();
        seen("hidden-entry-last", zip.clone().and(hidden.clone()).bytes(), "archive-two-readings");
        let mut front = zip.clone();
        front.entries.insert(0, hidden.clone());
        seen("hidden-entry-first", front.bytes(), "archive-two-readings");
        let mut middle = zip.clone();
        middle.entries.insert(2, Entry::stored(&inside("extra.py"), &evil).hidden());
        seen("hidden-entry-between", middle.bytes(), "archive-two-readings");
        seen(
            "hidden-streamed-entry",
            zip.clone().and(Entry::streamed(code, &evil, true, false).hidden()).bytes(),
            "archive-two-readings",
        );

        // The two headers of one entry disagree.
        let notes = inside("notes.txt");
        let named = Entry::deflated(&notes, &evil).local(|head| head.name = code.as_bytes().to_vec());
        seen("local-name-is-code", zip.clone().and(named).bytes(), "archive-two-readings");
        let named = Entry::deflated(code, &evil).local(|head| head.name = notes.clone().into_bytes());
        seen("central-name-is-code", swap(&zip, code, named).bytes(), "archive-two-readings");
        let named =
            Entry::deflated(&inside("other.py"), &evil).local(|head| head.name = inside("third.py").into_bytes());
        seen("two-names", zip.clone().and(named).bytes(), "archive-two-readings");

        // One says stored, the other deflated: the bytes are both.
        let inner = deflate(clean);
        let head = [&evil[..], b"'''", &vec![b' '; inner.len()], b"'''\n"].concat();
        let lie = Entry::stored(code, &head).local(|head| head.method = 8);
        seen("method-local-deflated", swap(&zip, code, lie).bytes(), "archive-two-readings");
        let lie = Entry::deflated(code, &evil).central(|head| (head.method, head.size) = (0, head.packed));
        seen("method-central-stored", swap(&zip, code, lie).bytes(), "");

        // Sizes: the directory shows a part, the local header all of it.
        let long = [clean, &evil].concat();
        let lie = Entry::stored(code, &long).central(|head| {
            (head.packed, head.size) = (clean.len() as u32, clean.len() as u32);
            head.crc = crc(clean);
        });
        seen("central-size-shorter", swap(&zip, code, lie).bytes(), "archive-two-readings");
        let lie = Entry::stored(code, &long).local(|head| {
            (head.packed, head.size) = (clean.len() as u32, clean.len() as u32);
            head.crc = crc(clean);
        });
        seen("local-size-shorter", swap(&zip, code, lie).bytes(), "archive-two-readings");
        let lie = Entry::deflated(code, &evil).central(|head| head.size = 4);
        seen("central-size-lies", swap(&zip, code, lie).bytes(), "");

        // Checksums.
        let lie = Entry::deflated(code, &evil).local(|head| head.crc ^= 1);
        seen("local-checksum-lies", swap(&zip, code, lie).bytes(), "");
        let lie = Entry::deflated(code, &evil).each(|head| head.crc ^= 1);
        seen("checksum-lies", swap(&zip, code, lie).bytes(), "");
        let lie = Entry::deflated(code, &evil).central(|head| head.crc = 0);
        seen("checksum-zero", swap(&zip, code, lie).bytes(), "");

        // Flags: encrypted for one reader only; names in two codecs.
        let lie = Entry::deflated(code, &evil).local(|head| head.flags |= 1);
        seen("local-encrypted", swap(&zip, code, lie).bytes(), "archive-two-readings");
        let lie = Entry::deflated(code, &evil).central(|head| head.flags |= 1);
        seen("central-encrypted", swap(&zip, code, lie).bytes(), "archive-two-readings");
        let lie = Entry::deflated(&inside("é.py"), &evil).local(|head| head.flags = 0);
        seen("utf8-flag-differs", zip.clone().and(lie).bytes(), "archive-two-readings");

        // Info-ZIP's other name.
        let lie = Entry::deflated(&notes, &evil).each(|head| head.extra = unicode_path(notes.as_bytes(), code));
        seen("unicode-path-is-code", zip.clone().and(lie).bytes(), "archive-deceptive-name");
        let lie = Entry::deflated(code, &evil).each(|head| head.extra = unicode_path(code.as_bytes(), &notes));
        seen("unicode-path-is-text", swap(&zip, code, lie).bytes(), "archive-deceptive-name");
        let lie = Entry::deflated(&notes, &evil).local(|head| head.extra = unicode_path(notes.as_bytes(), code));
        seen("unicode-path-local-only", zip.clone().and(lie).bytes(), "archive-deceptive-name");
        let lie = Entry::deflated(&notes, &evil).each(|head| head.extra = unicode_path(b"other", code));
        seen("unicode-path-stale", zip.clone().and(lie).bytes(), "archive-deceptive-name");

        // Bytes that no entry takes.
        let mut gap = zip.clone();
        gap.entries[1].before = evil.clone();
        seen("gap-code", gap.bytes(), "archive-extra-bytes");
        let mut gap = zip.clone();
        gap.entries[2].before = swap(&zip, code, Entry::deflated(code, &evil)).bytes();
        seen("gap-zip", gap.bytes(), "");
        let gap = Zip { before_directory: evil.clone(), ..zip.clone() };
        seen("gap-before-directory", gap.bytes(), "archive-extra-bytes");
        let gap = Zip { before_end: evil.clone(), ..zip.clone() };
        seen("gap-before-end", gap.bytes(), "");
        let trailing = Zip { trailing: evil.clone(), ..zip.clone() };
        seen("trailing-code", trailing.bytes(), "archive-extra-bytes");
        let other = swap(&zip, code, Entry::deflated(code, &evil)).bytes();
        let trailing = Zip { trailing: other.clone(), ..zip.clone() };
        seen("trailing-zip", trailing.bytes(), "archive-two-readings");
        let trailing = Zip { trailing: sdist_setup(&setup_with_payload()), ..zip.clone() };
        seen("trailing-tar-gz", trailing.bytes(), "archive-extra-bytes");
        for shifted in [false, true] {
            let shape = if shifted { "shifted" } else { "counted" };
            let prefixed = Zip { prefix: evil.clone(), shifted, ..zip.clone() };
            seen(&format!("prefix-code-{shape}"), prefixed.bytes(), "archive-extra-bytes");
            let prefixed = Zip { prefix: other.clone(), shifted, ..zip.clone() };
            seen(&format!("prefix-zip-{shape}"), prefixed.bytes(), "");
        }
        let tail = Entry::deflated(code, clean).behind(&evil);
        seen("behind-member", swap(&zip, code, tail).bytes(), "");
        let mut tail = Entry::deflated(code, clean);
        tail.data.extend(&evil);
        tail.both(|head| head.packed += evil.len() as u32);
        seen("inside-packed-size", swap(&zip, code, tail).bytes(), "");

        // Several ends: which directory is the right one?
        let two = zip.ending(|end, _| [end.bytes(), other.clone()].concat());
        seen("second-archive-behind", two, "archive-two-readings");
        let commented = zip.ending(|end, _| End { comment: other.clone(), ..end }.bytes());
        seen("archive-in-comment", commented, "");
        let mut all = other.clone();
        let behind = Zip { prefix: Vec::new(), ..zip.clone() }.bytes();
        all.extend(&behind);
        seen("first-archive-before", all, "");
        let early = zip.ending(|end, _| {
            let lie = End { comment: Vec::new(), entries: 0, size: 0, ..end.clone() };
            [end.bytes(), lie.bytes()].concat()
        });
        seen_or_told(&mut cases, kind, "empty-end-last", file, early);
        let mut seen = |name: &str, bytes: Vec<u8>, rule| cases.seen(format!("{kind}-{name}"), file, bytes, rule);

        // Two directories over the same entries: one names the code, the other does not.
        let with = zip.clone().and(Entry::deflated(&inside("tool.py"), &evil));
        let fewer = with.ending(|end, _| {
            let last = with.entries.last().unwrap();
            let size = central_header(last.central.as_ref().unwrap(), 0).len() as u32;
            End { entries: end.entries - 1, size: end.size - size, ..end }.bytes()
        });
        seen("end-tells-fewer", fewer, "");
        let fewer = with.ending(|end, _| End { entries: end.entries - 1, ..end }.bytes());
        seen("end-counts-fewer", fewer, "archive-wrong-sums");
        let more = with.ending(|end, _| End { entries: end.entries + 3, ..end }.bytes());
        seen("end-counts-more", more, "archive-wrong-sums");
        let none = with.ending(|end, _| End { entries: 0, ..end }.bytes());
        seen("end-counts-none", none, "archive-wrong-sums");

        // zip64 records that tell other numbers than the classic ones.
        let zipped = with.ending(|end, at| {
            let start = u64::from(end.offset);
            let size = u64::from(end.size);
            let short = End { entries: end.entries - 1, ..end.clone() };
            [end64(at, u64::from(end.entries), size, start), short.bytes()].concat()
        });
        seen("zip64-counts-differ", zipped, "");
        let decoy = zip.bytes();
        let decoy_end = decoy.len() as u64;
        let zipped = {
            let mut bytes = decoy;
            let start = bytes.len() as u32;
            let other = swap(&zip, code, Entry::deflated(code, &evil));
            let shifted = Zip { prefix: bytes.clone(), ..other };
            bytes = shifted.ending(|end, at| {
                let _ = decoy_end;
                let lie = End { offset: start.min(end.offset), ..end.clone() };
                [end64(at, u64::from(end.entries), u64::from(end.size), u64::from(end.offset)), lie.bytes()].concat()
            });
            bytes
        };
        seen("zip64-offset-differs", zipped, "");
        let lie = Entry::deflated(code, &evil).central(|head| {
            // Sizes in a zip64 field that the classic fields do not ask for.
            head.extra = extra(1, &[7u64.to_le_bytes(), 7u64.to_le_bytes()].concat());
        });
        seen("zip64-field-unasked", swap(&zip, code, lie).bytes(), "");
        let lie = Entry::deflated(code, &evil).local(|head| {
            head.extra = extra(1, &[3u64.to_le_bytes(), 3u64.to_le_bytes()].concat());
            (head.packed, head.size) = (u32::MAX, u32::MAX);
        });
        seen("zip64-local-sizes-lie", swap(&zip, code, lie).bytes(), "archive-two-readings");

        // Descriptors.
        let mut lie = Entry::streamed(code, &evil, true, false);
        lie.behind = descriptor(1, 2, 3, true, false);
        seen("descriptor-lies", swap(&zip, code, lie).bytes(), "");
        let mut lie = Entry::streamed(code, &evil, false, false);
        lie.behind = Vec::new();
        seen("descriptor-missing", swap(&zip, code, lie).bytes(), "");
        let inner = Entry::deflated(code, &evil);
        let nested = [local_header(inner.local.as_ref().unwrap()), inner.data.clone()].concat();
        let text = [b"notes\n".as_slice(), b"PK\x07\x08", &[0; 12], &nested, b"\nend\n"].concat();
        let mut cut = Entry::stored(&notes, &text);
        cut.both(|head| head.flags |= 8);
        let mut cut = cut.local(|head| (head.crc, head.packed, head.size) = (0, 0, 0));
        cut.behind = descriptor(crc(&text), text.len() as u64, text.len() as u64, true, false);
        seen("descriptor-inside-stored", zip.clone().and(cut).bytes(), "");

        // The directory points into another member's data.
        let carrier = Entry::stored(&inside("data.bin"), &nested);
        let header = 30 + carrier.local.as_ref().unwrap().name.len();
        let mut pointing = zip.clone();
        pointing.entries.insert(0, carrier);
        let place = at(&pointing, code);
        pointing.entries[place] = Entry { local: None, offset: Some(header as u32), ..inner.clone() };
        seen("entry-inside-member", pointing.bytes(), "archive-two-readings");

        // Comments and extra fields as a place to keep code.
        let commented = zip.ending(|end, _| End { comment: evil.clone(), ..end }.bytes());
        seen("comment-code", commented, "");
        let member = Entry::deflated(&notes, b"notes\n").central(|head| head.comment = evil.clone());
        seen("member-comment-code", zip.clone().and(member).bytes(), "");
        let member = Entry::deflated(&notes, b"notes\n").each(|head| head.extra = extra(0x9999, &evil));
        seen("extra-field-code", zip.clone().and(member).bytes(), "");
        let long = zip.ending(|end, _| End { comment_length: Some(500), comment: evil.clone(), ..end }.bytes());
        seen("comment-told-longer", long, "");
        let short = zip.ending(|end, _| End { comment_length: Some(3), comment: evil.clone(), ..end }.bytes());
        seen("comment-told-shorter", short, "");

        // A name that ends early for some readers.
        let cut = Entry::deflated(&format!("{code}\0.txt"), &evil);
        seen("name-with-zero", zip.clone().and(cut).bytes(), "archive-deceptive-name");
        // A folder with content; a file and a folder of one name.
        let folder = Entry::deflated(&format!("{}/", inside("tool.py")), &evil);
        seen("folder-with-data", zip.clone().and(folder).bytes(), "");
        let multi = swap(&zip, code, Entry::deflated(code, &evil)).ending(|end, _| End { disk: 1, ..end }.bytes());
        seen("several-disks", multi, "");
        let multi = swap(&zip, code, Entry::deflated(code, &evil).central(|head| head.disk = 3));
        seen("entry-on-other-disk", multi.bytes(), "");
        // No directory at all: CPython refuses, others stream.
        let whole = swap(&zip, code, Entry::deflated(code, &evil)).bytes();
        let cut = memchr::memmem::find(&whole, b"PK\x01\x02").unwrap();
        seen("no-directory", whole[..cut].to_vec(), "");
        let cut = memchr::memmem::rfind(&whole, b"PK\x05\x06").unwrap();
        seen("no-end", whole[..cut].to_vec(), "");
    }
    controls(&mut cases);
    cases.all
}

/// Two ends, the last without entries: some readers show nothing, some everything.
fn seen_or_told(cases: &mut Cases, kind: &str, name: &str, file: &'static str, bytes: Vec<u8>) {
    cases.told(format!("{kind}-{name}"), file, bytes, "archive-two-readings");
}

/// Zips that are odd and honest.
fn controls(cases: &mut Cases) {
    for (kind, zip, file, code) in both() {
        let clean = if kind == "wheel" { CLEAN } else { SETUP };
        let mut clear = |name: &str, bytes: Vec<u8>| cases.clear(format!("{kind}-honest-{name}"), file, bytes);
        clear("plain", zip.bytes());
        for (name, signed, wide) in
            [("descriptor", true, false), ("descriptor-bare", false, false), ("descriptor-wide", true, true)]
        {
            clear(name, swap(&zip, code, Entry::streamed(code, clean, signed, wide)).bytes());
        }
        clear("stored", swap(&zip, code, Entry::stored(code, clean)).bytes());
        let mut all = zip.clone();
        for entry in &mut all.entries {
            let name = String::from_utf8(entry.central.as_ref().unwrap().name.clone()).unwrap();
            let content = [b"x = 1\n".as_slice(), clean].concat();
            if name == code {
                *entry = Entry::streamed(&name, &content, true, false);
            }
        }
        if kind == "sdist" {
            clear("comment", zip.ending(|end, _| End { comment: b"made by hand".to_vec(), ..end }.bytes()));
            clear("shebang", Zip { prefix: b"#!/usr/bin/env python3\n".to_vec(), ..zip.clone() }.bytes());
            clear(
                "shebang-shifted",
                Zip { prefix: b"#!/usr/bin/env python3\n".to_vec(), shifted: true, ..zip.clone() }.bytes(),
            );
        } else {
            clear("comment", zip.ending(|end, _| End { comment: b"build 42".to_vec(), ..end }.bytes()));
        }
        let small = zip.ending(|end, at| {
            let told = end64(at, u64::from(end.entries), u64::from(end.size), u64::from(end.offset));
            [told, End { entries: 0xffff, size: u32::MAX, offset: u32::MAX, ..end }.bytes()].concat()
        });
        clear("zip64-small", small);
        let small = zip.ending(|end, at| {
            [end64(at, u64::from(end.entries), u64::from(end.size), u64::from(end.offset)), end.bytes()].concat()
        });
        clear("zip64-agreeing", small);
        let sizes = [(clean.len() as u64).to_le_bytes(), (deflate(clean).len() as u64).to_le_bytes()].concat();
        let wide = Entry::deflated(code, clean).local(|head| {
            (head.packed, head.size) = (u32::MAX, u32::MAX);
            head.extra = extra(1, &sizes);
        });
        clear("zip64-local-field", swap(&zip, code, wide).bytes());
        let times = extra(0x5455, &[3, 0, 0, 0, 0, 0, 0, 0, 0]);
        let stamped = Entry::deflated(code, clean).each(|head| head.extra = times.clone());
        clear("extra-times", swap(&zip, code, stamped).bytes());
        let owners = extra(0x7875, &[1, 4, 0xe8, 3, 0, 0, 4, 0xe8, 3, 0, 0]);
        let stamped = Entry::deflated(code, clean)
            .local(|head| head.extra = [times.clone(), owners.clone()].concat())
            .central(|head| head.extra = owners.clone());
        clear("extra-only-local", swap(&zip, code, stamped).bytes());
        let mut reversed = zip.clone();
        reversed.entries.reverse();
        clear("reversed", reversed.bytes());
        let empty = if kind == "wheel" { "demo/py.typed" } else { "demo-1.0/demo/py.typed" };
        if kind == "sdist" {
            clear("empty-member", zip.clone().and(Entry::stored(empty, b"")).bytes());
            clear("empty-deflated", zip.clone().and(Entry::deflated(empty, b"")).bytes());
            clear("folders", zip.clone().and(Entry::stored("demo-1.0/docs/", b"")).bytes());
            clear(
                "unicode-name",
                zip.clone().and(Entry::deflated("demo-1.0/docs/Überblick – 日本.txt", b"text\n")).bytes(),
            );
            let old = Entry::deflated("demo-1.0/docs/caf.txt", b"text\n").each(|head| {
                head.name = b"demo-1.0/docs/caf\x82.txt".to_vec();
            });
            clear("code-page-name", zip.clone().and(old).bytes());
            let utf = Entry::deflated("demo-1.0/docs/é.txt", b"text\n");
            let same =
                utf.each(|head| head.extra = unicode_path("demo-1.0/docs/é.txt".as_bytes(), "demo-1.0/docs/é.txt"));
            clear("unicode-path-same", zip.clone().and(same).bytes());
            let link = Entry::stored("demo-1.0/README", b"demo/README").each(|head| head.mode = 0o120_777);
            clear("symlink", zip.clone().and(link).and(Entry::stored("demo-1.0/demo/README", b"hello\n")).bytes());
            let program =
                Entry::stored("demo-1.0/run.sh", b"#!/bin/sh\necho demo\n").each(|head| head.mode = 0o100_755);
            clear("executable", zip.clone().and(program).bytes());
        } else {
            let files: [(&str, &[u8]); 3] =
                [("demo/__init__.py", CLEAN), ("demo/py.typed", b""), ("demo/données.txt", b"1\n")];
            clear("unicode-name", wheel_zip(&files).bytes());
            let mut aligned = zip.clone();
            for entry in &mut aligned.entries {
                entry.before = vec![0; 3];
            }
            clear("aligned", aligned.bytes());
        }
    }
}

pub(crate) fn methods() -> Vec<Case> {
    let mut cases = Cases::new(Row::ZipMethods);
    let evil = payload();
    for (kind, zip, file, code) in both() {
        let mut seen = |name: &str, entry: Entry| {
            cases.seen(format!("{kind}-{name}"), file, swap(&zip, code, entry).bytes(), "archive-two-readings");
        };
        seen("bzip2", Entry::with_method(code, &evil, 12, bzip2(&evil)));
        let mut marked = Entry::with_method(code, &evil, 14, lzma_zip(&evil));
        marked.both(|head| head.flags |= 2);
        seen("lzma", marked);
        seen("lzma-unmarked", Entry::with_method(code, &evil, 14, lzma_zip(&evil)));
        seen("zstd", Entry::with_method(code, &evil, 93, zstd(&evil)));
        seen("zstd-old-number", Entry::with_method(code, &evil, 20, zstd(&evil)));
        seen("xz", Entry::with_method(code, &evil, 95, xz(&evil)));
        let mut told = |name: &str, entry: Entry, rule| {
            cases.told(format!("{kind}-{name}"), file, swap(&zip, code, entry).bytes(), rule);
        };
        let sealed: Vec<u8> = evil.iter().map(|byte| byte ^ 0x5a).collect();
        told(
            "encrypted",
            Entry::with_method(code, &evil, 8, sealed.clone()).each(|head| head.flags |= 1),
            "archive-encrypted",
        );
        told(
            "strong-encryption",
            Entry::with_method(code, &evil, 8, sealed.clone()).each(|head| head.flags |= 0x41),
            "archive-encrypted",
        );
        told(
            "aes",
            Entry::with_method(code, &evil, 99, sealed.clone()).each(|head| head.flags |= 1),
            "archive-encrypted",
        );
        for (name, method) in [
            ("shrunk", 1u16),
            ("reduced", 2),
            ("imploded", 6),
            ("deflate64", 9),
            ("unknown", 77),
            ("ppmd", 98),
            ("jpeg", 96),
            ("lz77", 19),
        ] {
            told(name, Entry::with_method(code, &evil, method, sealed.clone()), "");
        }
        told("deflate-broken", Entry::with_method(code, &evil, 8, sealed.clone()), "");
        let mut masked = zip.clone();
        for entry in &mut masked.entries {
            entry.both(|head| head.flags |= 0x2000 | 1);
        }
        cases.told(format!("{kind}-masked-headers"), file, masked.bytes(), "");
    }
    // A method that CPython reads is no attack.
    for (name, method) in [("stored", 0), ("deflated", 8)] {
        let data = if method == 0 { CLEAN.to_vec() } else { deflate(CLEAN) };
        let entry = Entry::with_method("demo/__init__.py", CLEAN, method, data);
        cases.clear(format!("honest-{name}"), WHEEL, swap(&wheel(), "demo/__init__.py", entry).bytes());
    }
    let fast = Entry::deflated("demo/__init__.py", CLEAN).each(|head| head.flags |= 4);
    cases.clear("honest-deflate-level", WHEEL, swap(&wheel(), "demo/__init__.py", fast).bytes());
    cases.all
}

pub(crate) fn overlap() -> Vec<Case> {
    let mut cases = Cases::new(Row::Overlap);
    for (kind, zip, file, code) in both() {
        let folder = code.rsplit_once('/').unwrap().0;
        // Fully: a hundred names for one kernel of zeros.
        for (name, size, copies) in
            [("full-small", 4096, 30), ("full", 2_000_000, 200), ("full-large", 20_000_000, 400)]
        {
            let kernel = Entry::deflated(&format!("{folder}/kernel.txt"), &vec![0; size]);
            let mut bomb = zip.clone();
            let start = bomb.bytes();
            let offset = memchr::memmem::find(&start, b"PK\x01\x02").unwrap() as u32;
            bomb.entries.push(kernel.clone());
            for copy in 0..copies {
                let entry = kernel.clone().central(|head| head.name = format!("{folder}/{copy}.txt").into_bytes());
                bomb.entries.push(Entry { local: None, offset: Some(offset), ..entry });
            }
            cases.told(format!("{kind}-{name}"), file, bomb.bytes(), "archive-two-readings");
        }
        // Quoted: each entry's stored data holds the headers of the next.
        for (name, count) in [("quoted", 20u32), ("quoted-deep", 120)] {
            cases.told(format!("{kind}-{name}"), file, quoted(&zip, folder, count), "archive-two-readings");
        }
        // Two names for the code, one of them a text's.
        let mut shared = zip.clone();
        let offset = memchr::memmem::find(&zip.bytes(), b"PK\x01\x02").unwrap() as u32;
        let entry = Entry::deflated(&format!("{folder}/notes.txt"), &payload());
        shared.entries.push(entry.clone());
        let alias = entry.central(|head| head.name = format!("{folder}/tool.py").into_bytes());
        shared.entries.push(Entry { local: None, offset: Some(offset), ..alias });
        cases.seen(format!("{kind}-two-names"), file, shared.bytes(), "archive-two-readings");
    }
    // Entries that touch but do not overlap.
    cases.clear("honest-touching", WHEEL, wheel().bytes());
    cases.clear(
        "honest-same-content",
        WHEEL,
        wheel_zip(&[("demo/__init__.py", CLEAN), ("demo/a.py", CLEAN), ("demo/b.py", CLEAN)]).bytes(),
    );
    cases.clear("honest-many-small", WHEEL, {
        let files: Vec<(String, Vec<u8>)> =
            (0..2000).map(|n| (format!("demo/m{n}.py"), format!("x = {n}\n").into_bytes())).collect();
        let mut all: Vec<(&str, &[u8])> = files.iter().map(|(name, data)| (name.as_str(), data.as_slice())).collect();
        all.push(("demo/__init__.py", CLEAN));
        wheel_zip(&all).bytes()
    });
    cases.all
}

/// Fifield's construction: stored blocks of DEFLATE quote the local headers that follow.
fn quoted(zip: &Zip, folder: &str, count: u32) -> Vec<u8> {
    let kernel = deflate(&vec![b' '; 200_000]);
    let kernel_crc = crc(&vec![b' '; 200_000]);
    // Built from the last entry to the first: each packs its quote of all behind it.
    let mut tail: Vec<u8> = kernel.clone();
    let mut entries: Vec<Head> = Vec::new();
    let mut content: Vec<u8> = vec![b' '; 200_000];
    let mut packed: Vec<u8> = kernel;
    let mut starts = Vec::new();
    for number in (0..count).rev() {
        let mut head = Entry::stored(&format!("{folder}/q{number}.txt"), b"").central.unwrap();
        (head.method, head.packed, head.size, head.crc) = (
            8,
            packed.len() as u32,
            content.len() as u32,
            if number + 1 == count { kernel_crc } else { crc(&content) },
        );
        let header = local_header(&head);
        starts.push(header.len() + tail.len());
        let quote = {
            let length = (header.len() as u16).to_le_bytes();
            let complement = (!(header.len() as u16)).to_le_bytes();
            [&[0][..], &length, &complement].concat()
        };
        entries.push(head);
        // The next one out quotes this header, then goes on into its data.
        content = [header.clone(), content].concat();
        packed = [quote.clone(), header.clone(), packed].concat();
        tail = [quote, header, tail].concat();
    }
    let total = tail.len();
    let mut prefix = zip.clone();
    prefix.before_directory = tail;
    let base = {
        let bytes = prefix.bytes();
        memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap() - total
    };
    for (head, start) in entries.into_iter().zip(starts) {
        let entry = Entry {
            before: Vec::new(),
            local: None,
            data: Vec::new(),
            behind: Vec::new(),
            central: Some(head),
            offset: Some((base + total - start) as u32),
        };
        prefix.entries.push(entry);
    }
    prefix.bytes()
}

pub(crate) fn sizes() -> Vec<Case> {
    let mut cases = Cases::new(Row::Sizes);
    let evil = payload();
    for (kind, zip, file, code) in both() {
        let mut seen = |name: &str, entry: Entry| {
            cases.seen(format!("{kind}-{name}"), file, swap(&zip, code, entry).bytes(), "");
        };
        for (name, size) in [("zero", 0u32), ("one", 1), ("huge", 0xffff_fffe), ("half", 0x8000_0000)] {
            seen(&format!("size-{name}"), Entry::deflated(code, &evil).each(|head| head.size = size));
            seen(&format!("stored-size-{name}"), Entry::stored(code, &evil).each(|head| head.size = size));
        }
        seen("packed-past-the-end", Entry::deflated(code, &evil).each(|head| head.packed = 0x7fff_ffff));
        let huge = extra(1, &[u64::MAX.to_le_bytes(), u64::MAX.to_le_bytes()].concat());
        seen(
            "zip64-sixteen-eib",
            Entry::deflated(code, &evil).each(|head| {
                (head.size, head.packed, head.extra) = (u32::MAX, u32::MAX, huge.clone());
            }),
        );
        let mut told = |name: &str, entry: Entry| {
            cases.told(format!("{kind}-{name}"), file, swap(&zip, code, entry).bytes(), "");
        };
        told("packed-zero", Entry::deflated(code, &evil).each(|head| head.packed = 0));
        told("packed-cut", Entry::deflated(code, &evil).each(|head| head.packed -= 20));
        told("offset-past-the-end", Entry { offset: Some(0x7fff_ffff), ..Entry::deflated(code, &evil) });
        told("offset-all-ones", Entry { offset: Some(u32::MAX), ..Entry::deflated(code, &evil) });
        told("name-past-the-end", Entry::deflated(code, &evil).central(|head| head.name_length = Some(0xfff0)));
        told("extra-past-the-end", Entry::deflated(code, &evil).central(|head| head.extra_length = Some(0xfff0)));
        told("local-extra-past-the-end", Entry::deflated(code, &evil).local(|head| head.extra_length = Some(0xfff0)));
        cases.told(
            format!("{kind}-directory-size-huge"),
            file,
            zip.ending(|end, _| End { size: 0xffff_fff0, ..end }.bytes()),
            "",
        );
        cases.told(
            format!("{kind}-directory-offset-huge"),
            file,
            zip.ending(|end, _| End { offset: 0xffff_fff0, size: 1, ..end }.bytes()),
            "",
        );
    }
    // Tars whose sizes lie.
    let setup = setup_with_payload();
    let with_size = |field: &[u8]| {
        let head = TarHead::new("demo-1.0/setup.py", b'0', 0).with(124, field).bytes();
        tar_gz(&[sdist_parts(SETUP), vec![head, padded(&setup)]].concat())
    };
    for (name, field) in [
        ("negative", &b"-0000000100\0"[..]),
        ("negative-binary", &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00]),
        ("eight-eib", &[0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("huge-octal", b"77777777777\0"),
        ("no-number", b"zzzzzzzzzzz\0"),
        ("zero", b"00000000000\0"),
    ] {
        cases.told(format!("tar-size-{name}"), SDIST, with_size(field), "");
    }
    for (name, size) in [
        ("negative", "-1"),
        ("huge", "9223372036854775807"),
        ("huger", "99999999999999999999999"),
        ("no-number", "x"),
        ("fraction", "1.5"),
    ] {
        let parts =
            [sdist_parts(SETUP), vec![pax(b'x', &[("size", size)]), file("demo-1.0/setup.py", &setup)]].concat();
        cases.seen(format!("pax-size-{name}"), SDIST, tar_gz(&parts), "");
    }
    let binary = {
        let mut field = vec![0x80u8, 0, 0, 0];
        field.extend((CLEAN.len() as u64).to_be_bytes());
        [TarHead::new("demo-1.0/demo/extra.py", b'0', 0).with(124, &field).bytes(), padded(CLEAN)].concat()
    };
    cases.clear("honest-binary-size", SDIST, sdist_and(&[binary]));
    let spaced = [
        TarHead::new("demo-1.0/demo/extra.py", b'0', 0).with(124, format!("{:>11o} ", CLEAN.len()).as_bytes()).bytes(),
        padded(CLEAN),
    ]
    .concat();
    cases.clear("honest-spaced-size", SDIST, sdist_and(&[spaced]));
    let told = pax(b'x', &[("size", &CLEAN.len().to_string())]);
    cases.clear("honest-pax-size", SDIST, sdist_and(&[told, file("demo-1.0/demo/extra.py", CLEAN)]));
    cases.all
}
