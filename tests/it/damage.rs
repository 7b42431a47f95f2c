//! Damage: what is intact is reported all the same, what is not is never passed off as examined.
//!
//! The damaged files of one subject lie in one folder and are scanned in one run at each depth (`verdict`).

use crate::kit::damage::{self, Damaged, State};
use crate::kit::damaged_files;
use crate::kit::defects::{self, Length, Nest};
use crate::kit::doc::Doc;
use crate::kit::frame::{Framing, Kind};
use crate::kit::gzip;
use crate::kit::press::{self, Expected};
use crate::kit::shards::{Built, Format, build};
use crate::kit::work::{Work, plain};
use crate::probe::{self, DEPTHS, Scanned};
use crate::scanning::{self, line, scan};
use crate::verdict::{Case, judge, six};

#[test]
fn every_fixture_is_told_as_it_is() {
    let cases: Vec<Case> = damaged_files::all()
        .into_iter()
        // 8 MiB is long for a line and not too long: it is examined as one record more.
        .filter(|defect| defect.file != "line_too_long.json.gz")
        .map(|defect| Case::new(defect.file.into(), defect.damaged, &defect.docs))
        .collect();
    judge(&cases);
}

#[test]
fn a_damaged_member_costs_itself_alone() {
    let mut cases = Vec::new();
    for format in Format::ALL.into_iter().filter(|format| format.kind() == Kind::Records) {
        let docs = six();
        let built = build(format, Framing::GzipPerRecord, &docs);
        // One that is to be found and one that is not.
        for doc in [1, 3] {
            let member = damage::member(&built, doc).compressed.clone();
            let middle = (member.start + member.end) / 2;
            let in_body = |damaged: Damaged| {
                let case = Case::new(format!("{format:?}, document {doc}"), damaged, &docs);
                if press::expected_of(&docs[doc]) == Expected::Clear { case.deep() } else { case }
            };
            let anywhere = |damaged| Case::new(format!("{format:?}, document {doc}"), damaged, &docs);
            cases.extend([
                in_body(damage::flip(&built, middle - 20, 40)),
                in_body(damage::wrong_crc(&built, doc)),
                anywhere(damage::flip(&built, member.start, 12)),
                anywhere(damage::wrong_isize(&built, doc)),
                anywhere(damage::remove(&built, middle..member.end + 20)),
                anywhere(damage::remove(&built, member.start - 5..member.start + 5)),
                anywhere(damage::garbage_before(&built, doc, 700)),
                anywhere(damage::empty_members_before(&built, doc, 2)),
                anywhere(damage::cut(&built, middle)),
                anywhere(damage::cut(&built, member.start)),
            ]);
        }
        cases.push(Case::new(format!("{format:?}"), defects::odd_gzip_heads(&built), &docs));
    }
    judge(&cases);
}

#[test]
fn a_damaged_member_that_runs_into_the_next_ones_costs_itself_alone() {
    const BLOCK: usize = 0xffff;
    const LAST: usize = 40;
    const TRAILER: usize = 8;
    let mut cases = Vec::new();
    for format in Format::ALL.into_iter().filter(|format| format.kind() == Kind::Records) {
        let docs = six();
        let built = build(format, Framing::GzipPerRecord, &docs);
        let [broken, second] = [1, 3].map(|doc| damage::member(&built, doc).compressed.clone());
        let record = built.of(1).expect("a record");
        let head = &built.decoded(record.file)[record.decoded.start as usize..][..LAST];
        // The last block is stored as it is, over the next member and the one behind it but for its trailer: both end in one
        // place. The broken member is small, or larger than what is looked at together.
        for blocks in [0, 40] {
            let mut member = gzip::stored(&[head, &vec![b'x'; blocks * BLOCK]].concat());
            member.truncate(member.len() - TRAILER);
            let length = (LAST as u64 + second.end - TRAILER as u64 - broken.end) as u16;
            let at = member.len() - LAST - 4;
            member[at..at + 4].copy_from_slice(&[length.to_le_bytes(), (!length).to_le_bytes()].concat());
            for range in [broken.clone(), broken.end..broken.end] {
                let damaged = damage::splice(&built, record.file, range, &member);
                cases.push(Case::new(format!("{format:?}, {} bytes", member.len()), damaged, &docs));
            }
        }
    }
    judge(&cases);
}

#[test]
fn a_wrong_head_costs_its_record_alone() {
    let lengths = [
        Length::TooLong(700),
        // The end of a member is trusted more than a length that covers the closing line ends too.
        Length::TooLong(5),
        Length::TooShort(50),
        Length::Negative,
        Length::NotANumber,
        Length::Absent,
    ];
    let mut cases = Vec::new();
    for format in [Format::Warc, Format::CcNews, Format::Wet, Format::Robotstxt] {
        for (framing, doc) in [(Framing::GzipPerRecord, 1), (Framing::GzipPerRecord, 3), (Framing::Plain, 1)]
        {
            let docs = six();
            let built = build(format, framing, &docs);
            for wrong in lengths {
                let damaged = defects::content_length(&built, doc, wrong);
                cases.push(Case::new(format!("{format:?} {framing:?}"), damaged, &docs));
            }
        }
    }
    judge(&cases);
}

#[test]
fn a_shard_whose_beginning_is_damaged_or_missing_is_read_behind_it() {
    let mut cases = Vec::new();
    for format in
        Format::ALL.into_iter().filter(|format| format.has_address() && *format != Format::Oscar2109)
    {
        for framing in Framing::ALL {
            let docs = six();
            let built = build(format, framing, &docs);
            let second = damage::begin(&built, 1);
            for damaged in [
                damage::flip(&built, 0, 1),
                damage::flip(&built, 0, 8),
                damage::remove(&built, 0..5),
                damage::remove(&built, 0..second + 3),
            ] {
                cases.push(Case::new(format!("{format:?}, {framing:?}"), damaged, &docs));
            }
        }
    }
    judge(&cases);
}

#[test]
fn a_damaged_member_of_lines_hides_none_behind_it() {
    let mut cases = Vec::new();
    // So few that the one behind the damage is the first whole one.
    for count in 2..=6 {
        let docs: Vec<Doc> = six().into_iter().take(count).collect();
        let built = build(Format::C4, Framing::GzipPerRecord, &docs);
        for at in (20..400).step_by(47) {
            let damaged = damage::flip(&built, at, 5);
            cases.push(Case::new(format!("{count} documents, {at}"), damaged, &docs));
        }
    }
    judge(&cases);
}

#[test]
fn a_damaged_stream_goes_on_behind_the_damage() {
    let mut cases = Vec::new();
    let docs = six();
    for format in
        Format::ALL.into_iter().filter(|format| format.has_address() && *format != Format::Oscar2109)
    {
        let plain = build(format, Framing::Plain, &docs);
        let at = damage::begin(&plain, 3);
        let within = if format.kind() == Kind::Lines { 30 } else { 0 };
        cases.push(Case::new(format!("{format:?}"), damage::flip(&plain, at + within, 8), &docs));
        for framing in [Framing::Zstd, Framing::ZstdOneFrame, Framing::GzipWhole, Framing::GzipPerRecord] {
            if framing == Framing::GzipPerRecord && format.kind() == Kind::Records {
                continue;
            }
            let built = build(format, framing, &docs);
            let member = &built.members[built.members.len() / 2];
            let middle = (member.compressed.start + member.compressed.end) / 2;
            let what = format!("{format:?} {framing:?}");
            cases.push(Case::new(what.clone(), damage::flip(&built, middle, 16), &docs));
            cases.push(Case::new(what.clone(), damage::flip(&built, member.compressed.end - 4, 4), &docs));
            cases.push(Case::new(what, damage::cut(&built, middle), &docs));
        }
    }
    judge(&cases);
}

#[test]
fn a_line_that_cannot_be_read_costs_itself_alone() {
    let mut cases = Vec::new();
    let docs = six();
    for format in Format::ALL.into_iter().filter(|format| format.kind() == Kind::Lines) {
        if matches!(format, Format::Oscar2019 | Format::Oscar2109) {
            continue;
        }
        for framing in Framing::ALL {
            let built = build(format, framing, &docs);
            for doc in [0, 1, 3, 5] {
                let what = format!("{format:?} {framing:?}");
                cases.push(Case::new(what.clone(), defects::line_cut(&built, doc), &docs));
                // The kit puts the wrong byte in place of a blank in the second half.
                let line = built.slice(built.of(doc).expect("a page"));
                if line[line.len() / 2..].contains(&b' ') {
                    cases.push(Case::new(what, defects::line_not_utf8(&built, doc), &docs));
                }
            }
        }
    }
    judge(&cases);
}

#[test]
fn flipped_bytes_in_the_middle_of_a_big_warc_cost_one_record() {
    let mut docs = Doc::fillers(700);
    let press = press::docs();
    press.iter().enumerate().for_each(|(i, doc)| docs.insert(i * 40 + 7, doc.clone()));
    let built = build(Format::Warc, Framing::GzipPerRecord, &docs);
    let middle = built.bytes().len() as u64 / 2;
    let cases = [middle, middle - 3001, middle + 7777]
        .map(|at| Case::new("a big WARC".into(), damage::flip(&built, at, 64), &docs).deep());
    for case in &cases {
        assert!(case.damaged.docs(State::Intact).len() + 2 >= docs.len(), "the damage is small");
    }
    judge(&cases);
}

#[test]
fn an_archive_inside_a_payload_is_no_records() {
    let press = press::docs();
    let mut cases = Vec::new();
    for nest in [Nest::Once, Nest::Several, Nest::Twice] {
        for around in [&press[1..5], &Doc::fillers(300)[..]] {
            let (damaged, docs) = defects::warc_inside(around, &press[5..9], nest);
            let built = build(Format::Warc, Framing::GzipPerRecord, &docs);
            let case = Case::new(format!("{nest:?} among {}", around.len()), damaged, &docs);
            assert_eq!(built.content().count(), docs.len());
            cases.push(case);
        }
    }
    judge(&cases);
}

#[test]
fn a_damaged_pair_is_not_whole() {
    let docs = six();
    let built = build(Format::Oscar2109, Framing::GzipWhole, &docs);
    for (file, (name, bytes)) in built.files.iter().enumerate() {
        for depth in DEPTHS {
            let what = format!("{name} cut, depth {depth}");
            let work = Work::new();
            work.put_built(&built);
            work.put(name, &bytes[..bytes.len() / 2]);
            let names: Vec<&str> = built.files.iter().map(|(name, _)| name.as_str()).collect();
            let scanned: Scanned = probe::scan(&work, &what, &[names[0], names[1], "--depth", depth]);
            assert_ne!(scanned.run.exit, 0, "{what}: {:?}", scanned.shards);
            assert_ne!(scanned.of(name)["status"], "whole", "{what}: {:?}", scanned.of(name));
            let truth = urls_of(&built, &docs);
            let rows = scanned.matches.iter().map(|row| plain(&row["archive_url"]));
            rows.for_each(|url| assert!(truth.contains(&url), "{what}: {url}"));
            assert!(file == 1 || scanned.of(names[1])["status"] == "whole", "{what}");
        }
    }
}

fn urls_of(built: &Built, docs: &[Doc]) -> Vec<String> {
    probe::truth(built, docs).into_iter().map(|hit| hit.url).collect()
}

/// A line of C4 with an address on this host, and so much text.
fn line_on(host: &str, text: usize) -> String {
    let text = "mot ".repeat(text / 4);
    format!("{{\"url\":\"https://{host}/\",\"text\":\"{text}\",\"timestamp\":\"2019-04-25T12:57:54Z\"}}\n")
}

#[test]
fn damage_inside_a_line_that_is_not_held_moves_no_place() {
    let listed = line_on("www.lemonde.fr", 40);
    let long = line_on("autre.example", 17 * 1024 * 1024);
    let open = format!("{listed}{}", long.trim_end());
    let with_bad_trailer = |content: &str| {
        let mut member = gzip::member(content.as_bytes());
        let crc = member.len() - 8;
        member[crc] ^= 0xff;
        member
    };
    let bytes = [
        with_bad_trailer(&open),
        gzip::member(listed.as_bytes()),
        with_bad_trailer(&format!("{listed}{listed}")),
    ]
    .concat();
    let work = Work::new();
    work.put("in/shard.json.gz", bytes);
    let scanned = probe::scan(&work, "damage in a long line", &["in"]);
    let (base, each) = (open.len() as u64, listed.len() as u64);
    let places: Vec<u64> = scanned.matches.iter().map(|row| probe::number(row, "offset")).collect();
    assert_eq!(places, [0, base, base + each, base + 2 * each], "{:?}", scanned.receipt());
    let unverified: Vec<bool> =
        scanned.matches.iter().map(|row| row["flags"].contains("unverified_stream")).collect();
    assert_eq!(unverified, [true, false, true, true]);
}

#[test]
fn the_bound_of_a_line_does_not_depend_on_framing_or_neighbours() {
    let bound = 16 * 1024 * 1024;
    let of_length = |length: usize| {
        let line = line_on("www.lemonde.fr", 0);
        let missing = length - (line.len() - 1);
        line.replacen("\"text\":\"", &format!("\"text\":\"{}", "m".repeat(missing)), 1)
    };
    let work = Work::new();
    for (extra, before, closed) in
        [(0, 0, true), (1, 0, true), (1, 250, true), (0, 250, false), (40_000, 0, true), (40_000, 250, false)]
    {
        let mut content = line_on("autre.example", 1500).repeat(before) + &of_length(bound + extra);
        content.truncate(content.len() - usize::from(!closed));
        let plain = content.as_bytes();
        let name =
            |ending: &str| format!("in/{}-{extra}-{before}-{closed}.json{ending}", u8::from(extra == 0));
        work.put(&name(""), plain);
        work.put(&name(".gz"), gzip::member(plain));
        work.put(&name(".zst"), zstd::encode_all(plain, 1).expect("in memory"));
    }
    let scanned = probe::scan(&work, "long lines", &["in"]);
    assert_eq!(scanned.shards.len(), 18);
    let mut problems = std::collections::BTreeMap::new();
    for row in &scanned.shards {
        let (name, framing) = row["file"].split_once('.').expect("an ending");
        assert_eq!(row["found"], name[..1], "{name}, {framing}: {row:?}");
        let told =
            [&row["problems"], &row["notes"], &row["lines"], &row["content_records"]].map(String::clone);
        assert_eq!(*problems.entry(name).or_insert_with(|| told.clone()), told, "{name}, {framing}");
    }
}

#[test]
fn a_line_that_reaches_into_what_was_not_verified_says_so() {
    // Two members; the border lies inside of the second line. The checksum of the second member is wrong.
    let work = scanning::work();
    let lines = [1, 2, 3].map(|n| line("www.lemonde.fr", n));
    let (first, second) = (lines.concat(), lines[0].len() + 40);
    let mut bytes =
        [gzip::member(&first.as_bytes()[..second]), gzip::member(&first.as_bytes()[second..])].concat();
    let at = bytes.len() - 8;
    bytes[at] ^= 1;
    work.put("a.json.gz", bytes);
    scan(&work, &["a.json.gz"], "e").expect(3);
    let flags = work.evidence("e").column("matches.csv", "flags");
    assert_eq!(flags, ["", "unverified_stream", "unverified_stream"]);
}

#[test]
fn the_record_behind_one_that_lost_bytes_is_found() {
    // The fewer bytes are gone, the less of the next head does the stated length reach over.
    for format in [Format::Warc, Format::Wet, Format::Wat, Format::Arc] {
        let docs = press::docs();
        let built = build(format, Framing::Plain, &docs);
        let listed = |doc: &usize| press::expected_of(&docs[*doc]) != Expected::Clear;
        let behind = (1..docs.len()).find(listed).expect("a listed document behind another");
        let before = built.of(behind - 1).expect("a record").decoded.clone();
        for (gone, depth) in
            (1..=60).step_by(3).chain(2..12).flat_map(|gone| DEPTHS.map(|depth| (gone, depth)))
        {
            let work = Work::new();
            let at = before.end - 80;
            work.put(built.name(), &damage::remove(&built, at..at + gone).bytes);
            let scanned = probe::scan_into(&work, depth, "out", &[built.name(), "--depth", depth]);
            let found = scanned.matches.iter().filter(|row| plain(&row["archive_url"]) == docs[behind].url);
            assert_eq!(found.count(), 1, "{format:?}, {gone} bytes gone: {:?}", scanned.receipt());
        }
    }
}

#[test]
fn a_head_that_lost_its_blank_line_hides_no_record_behind_it() {
    for format in [Format::Warc, Format::Wet, Format::Wat] {
        let docs = six();
        let built = build(format, Framing::Plain, &docs);
        let work = Work::new();
        for (i, record) in built.records.iter().enumerate() {
            let bytes = &built.bytes()[record.decoded.start as usize..];
            let blank = bytes.windows(4).position(|ends| ends == b"\r\n\r\n").expect("a head");
            // The end of the last field goes too: the block is read as more of the head.
            let at = record.decoded.start + blank as u64 - 3;
            let damaged = damage::remove(&built, at..at + 5);
            work.put(&format!("{i}-{}", built.name()), &damaged.bytes);
            let scanned =
                probe::scan_into(&work, "", &format!("out-{i}"), &[&format!("{i}-{}", built.name())]);
            let found: Vec<String> = scanned.matches.iter().map(|row| plain(&row["archive_url"])).collect();
            for doc in damaged.docs(State::Intact) {
                let is_listed = press::expected_of(&docs[doc]) != Expected::Clear;
                let count = found.iter().filter(|url| **url == docs[doc].url).count();
                assert_eq!(count, usize::from(is_listed), "{format:?}, {i}: {:?}", scanned.receipt());
            }
            assert_ne!(scanned.receipt()["status"], "whole", "{format:?}, {i}");
        }
    }
}
