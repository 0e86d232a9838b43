// SPDX-License-Identifier: Apache-2.0
use std::{fs, io::Write};

use proptest::prelude::*;

use super::*;

const RECORD: &str = "{\"agency\":1}\n";

/// A file with something in it already, and records that are appended to it.
fn records(content: &[u8]) -> (tempfile::TempDir, Records) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records");
    fs::write(&path, content).unwrap();
    let records = Records::open(&path).unwrap();
    (folder, records)
}

fn content(folder: &tempfile::TempDir) -> String {
    fs::read_to_string(folder.path().join("records")).unwrap()
}

#[test]
fn what_an_earlier_program_left_half_written_is_cut_off() {
    for (before, after) in [
        ("", ""),
        ("{\"agency\":0}\n", "{\"agency\":0}\n"),
        // Half a record.
        ("{\"agency\":0}\n{\"agency\":", "{\"agency\":0}\n"),
        ("{\"record\":0}\n{", "{\"record\":0}\n"),
        ("{\"agency\":\"tu", ""),
        ("{\"ag", ""),
        // A whole one without its end.
        (
            "{\"agency\":0}\n{\"agency\":2}",
            "{\"agency\":0}\n{\"agency\":2}\n",
        ),
        // Something that is no record.
        ("notes", "notes\n"),
        ("{\"agency\":0}\nnotes", "{\"agency\":0}\nnotes\n"),
        // Records of another program.
        ("{\"b\":", "{\"b\":\n"),
        ("{\"b\":0}\n{\"agency\":", "{\"b\":0}\n{\"agency\":\n"),
        ("notes\n{", "notes\n{\n"),
    ] {
        let (folder, records) = records(before.as_bytes());
        assert_eq!(content(&folder), after);
        records.append(RECORD).unwrap();
        assert_eq!(content(&folder), format!("{after}{RECORD}"));
    }
}

#[test]
fn what_another_process_left_half_written_is_cut_off_before_the_next_record() {
    let (folder, records) = records(b"");
    records.append(RECORD).unwrap();
    let mut other = OpenOptions::new()
        .append(true)
        .open(folder.path().join("records"))
        .unwrap();
    other.write_all(b"{\"agency\":").unwrap();
    records.append(RECORD).unwrap();
    assert_eq!(content(&folder), RECORD.repeat(2));
}

#[test]
fn records_of_several_do_not_mix() {
    let (folder, records) = records(b"");
    let path = folder.path().join("records");
    thread::scope(|scope| {
        for letter in ["a", "b"] {
            let other = Records::open(&path).unwrap();
            let records = &records;
            scope.spawn(move || {
                for _ in 0..50 {
                    let line = format!("{{\"{}\":1}}\n", letter.repeat(5000));
                    records.append(&line).unwrap();
                    other.append(&line).unwrap();
                }
            });
        }
    });
    let content = content(&folder);
    assert_eq!(content.lines().count(), 200);
    for line in content.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn a_file_that_was_deleted_takes_no_records() {
    let (folder, records) = records(b"");
    fs::remove_file(folder.path().join("records")).unwrap();
    records.append(RECORD).unwrap_err();
}

/// As logrotate does it: with another file in its place, or with none.
#[test]
fn a_file_that_is_moved_away_is_followed_by_another_of_its_name() {
    for is_made_anew in [false, true] {
        let (folder, records) = records(b"");
        let path = folder.path().join("records");
        records.append(RECORD).unwrap();
        for turn in 1..=2 {
            let rotated = folder.path().join(format!("records.{turn}"));
            fs::rename(&path, &rotated).unwrap();
            if is_made_anew {
                fs::write(&path, "").unwrap();
            }
            records.append(RECORD).unwrap();
            records.append(RECORD).unwrap();
            assert_eq!(content(&folder), RECORD.repeat(2));
            let before = if turn == 1 { 1 } else { 2 };
            assert_eq!(fs::read_to_string(&rotated).unwrap(), RECORD.repeat(before));
            // Compressed, and removed.
            fs::remove_file(rotated).unwrap();
        }
    }
    // What takes its place has to be what a file of records may be.
    let (folder, records) = records(b"");
    fs::remove_file(folder.path().join("records")).unwrap();
    fs::create_dir(folder.path().join("records")).unwrap();
    records.append(RECORD).unwrap_err();
}

#[test]
fn a_file_that_was_deleted_takes_records_once_there_is_another() {
    let (folder, records) = records(b"");
    fs::remove_file(folder.path().join("records")).unwrap();
    records.append(RECORD).unwrap_err();
    fs::write(folder.path().join("records"), "").unwrap();
    records.append(RECORD).unwrap();
    assert_eq!(content(&folder), RECORD);
}

#[test]
fn devices_folders_and_pipes_that_nobody_reads_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    for path in [Path::new("/dev/null"), folder.path(), &pipe] {
        Records::open(path).unwrap_err();
    }
}

proptest! {
    #[test]
    fn whatever_is_there_a_record_is_a_line(before in "(\\{\"agency\":[0-9]\\}\n|\\{\"agency|x|\n|\\{\\}){0,6}") {
        let (folder, records) = records(before.as_bytes());
        records.append(RECORD).unwrap();
        let content = content(&folder);
        prop_assert_eq!(content.lines().last(), Some(RECORD.trim_end()));
        // Whole lines that were there are still there.
        let whole = before.rfind('\n').map_or("", |end| &before[..=end]);
        prop_assert!(content.starts_with(whole));
    }
}
