// SPDX-License-Identifier: Apache-2.0
//! Files of a case, with what stands for other files in them.
//!
//! `{{base64 FILE}}` is the base64 of another file of the case. `{{lines FILE}}` is the same in lines of 76 characters that end with CRLF,
//! and `{{references FILE}}` in such that end with a reference to CR, and LF. `{{signed FILE NAME}}` is the
//! base64 of the file with a signature of all of it by somebody; `{{content-signed FILE NAME}}` that with a signature of its first Content alone; and
//! `{{tampered FILE NAME}}` one that was changed after it was signed. `{{blank NUMBER}}` is the base64 of so many zero bytes.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::people::people;

/// Reads a file of a case; what it stands for is put in. Gives the names of all files read.
pub(super) fn read(folder: &Path, name: &str, read_files: &mut Vec<String>) -> Option<Vec<u8>> {
    let bytes = fs::read(folder.join(name)).ok()?;
    read_files.push(name.to_owned());
    let Ok(text) = str::from_utf8(&bytes) else {
        return Some(bytes);
    };
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (instruction, after) = after.split_once("}}").expect("}} after {{");
        filled.push_str(before);
        filled.push_str(&fill(folder, instruction, read_files));
        rest = after;
    }
    filled.push_str(rest);
    Some(filled.into_bytes())
}

fn fill(folder: &Path, instruction: &str, read_files: &mut Vec<String>) -> String {
    let words: Vec<&str> = instruction.split(' ').collect();
    let mut file = |name: &str| {
        let bytes = read(folder, name, read_files);
        bytes.unwrap_or_else(|| panic!("{}: no {name}", folder.display()))
    };
    match words[..] {
        ["base64", name] => STANDARD.encode(file(name)),
        ["lines", name] => lines(&STANDARD.encode(file(name)), "\r\n"),
        ["references", name] => lines(&STANDARD.encode(file(name)), "&#13;\n"),
        ["signed", name, by] => STANDARD.encode(people().signed(by, &file(name), false)),
        ["content-signed", name, by] => STANDARD.encode(people().signed(by, &file(name), true)),
        ["tampered", name, by] => {
            let signed = people().signed(by, &file(name), false);
            let text = String::from_utf8(signed).unwrap();
            let changed = text.replacen("Content>PHIg", "Content>PHIh", 1);
            assert_ne!(text, changed, "a Content that begins with <r>");
            STANDARD.encode(changed)
        }
        ["blank", number] => STANDARD.encode(vec![0; number.parse().unwrap()]),
        _ => panic!("{}: {instruction} is no instruction", folder.display()),
    }
}

fn lines(text: &str, end: &str) -> String {
    let lines = text.as_bytes().chunks(76);
    let lines = lines.map(|line| str::from_utf8(line).unwrap());
    lines.collect::<Vec<_>>().join(end)
}
