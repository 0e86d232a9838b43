// SPDX-License-Identifier: Apache-2.0
use std::{
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
};

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
            let other = Records::open(&path).unwrap().synced();
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
    records.check().unwrap();
    fs::remove_file(folder.path().join("records")).unwrap();
    records.append(RECORD).unwrap_err();
    records.check().unwrap_err();
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

/// Records that go into one end of a connection, and the other end.
fn connected() -> (Records, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let file = File::from(std::os::fd::OwnedFd::from(ours));
    (Records::of("a stream".into(), file, None).unwrap(), theirs)
}

#[test]
fn a_stream_is_asked_without_waiting_while_a_record_waits_for_its_reader() {
    let (records, mut reader) = connected();
    records.check().unwrap();
    let long = format!("{{\"{}\":1}}\n", "a".repeat(4 << 20));
    thread::scope(|scope| {
        let writing = scope.spawn(|| records.append(&long));
        // Full sooner or later, since the record is longer than what a connection holds.
        while records.check().is_ok() {
            thread::yield_now();
        }
        let mut read = vec![0; long.len()];
        reader.read_exact(&mut read).unwrap();
        writing.join().unwrap().unwrap();
        assert!(read == long.as_bytes());
    });
    records.check().unwrap();
    drop(reader);
    records.append(RECORD).unwrap_err();
    records.check().unwrap_err();
}

#[test]
fn after_half_a_record_in_a_pipe_the_next_one_has_a_line_of_its_own() {
    let (records, mut reader) = connected();
    records.writer().is_torn = true;
    records.append(RECORD).unwrap();
    records.append(RECORD).unwrap();
    let mut read = vec![0; 1 + 2 * RECORD.len()];
    reader.read_exact(&mut read).unwrap();
    assert_eq!(
        String::from_utf8(read).unwrap(),
        format!("\n{RECORD}{RECORD}")
    );
}

#[test]
fn devices_that_are_full_take_no_record() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let records = Records::of("a device".into(), full, None).unwrap();
    let error = records.append(RECORD).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    records.check().unwrap_err();
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
