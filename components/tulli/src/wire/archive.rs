// SPDX-License-Identifier: Apache-2.0
//! What a ZIP holds, read from its directory alone: nothing is decompressed, so that nothing can explode.

use rawzip::{ReaderAt, ZipFileHeaderRecord, ZipLocator, extra_fields::ExtraFieldId};

use super::cp437;

/// Most entries that are listed; Customs sends a handful (guide 2015 p. 16).
const MOST_ENTRIES: u64 = 1000;

/// Longest name of an entry that is handed on, in characters.
const LONGEST_NAME: usize = 260;

/// Buffer for the directory: an entry with its name, extra fields and comment has to fit in, and those of Customs have some hundred bytes.
const BUFFER: usize = 65_536;

/// An entry as the directory has it. Nobody has checked that it is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveEntry {
    /// Path. It is UTF-8, bytes that are not replaced, where the entry says so; otherwise code page 437 (APPNOTE appendix D).
    pub name: String,
    /// Bytes when decompressed.
    pub size: u64,
    /// Bytes as they are.
    pub compressed_size: u64,
}

/// Lists the entries of an archive, folders left out.
///
/// # Errors
/// Why it cannot be listed.
pub fn entries<R: ReaderAt>(reader: R, size: u64) -> Result<Vec<ArchiveEntry>, String> {
    let mut buffer = vec![0; BUFFER];
    let unreadable = |_| "the ZIP has no readable directory".to_owned();
    let archive = ZipLocator::new()
        .locate_in_reader(reader, &mut buffer, size)
        .map_err(|(_, error)| unreadable(error))?;
    let announced = archive.entries_hint();
    if announced > MOST_ENTRIES {
        return Err(format!(
            "the ZIP has {announced} entries, at most {MOST_ENTRIES} are listed"
        ));
    }
    let (mut listed, mut found) = (Vec::new(), 0);
    let mut directory = archive.entries(&mut buffer);
    while let Some(entry) = directory.next_entry().map_err(unreadable)? {
        found += 1;
        if found > announced {
            break;
        }
        if entry.is_dir() {
            continue;
        }
        let name = name(&entry);
        listed.push(ArchiveEntry {
            name: name.chars().take(LONGEST_NAME).collect(),
            size: entry.uncompressed_size_hint(),
            compressed_size: entry.compressed_size_hint(),
        });
    }
    if found != announced {
        return Err(format!(
            "the ZIP announces {announced} entries and has another number of them"
        ));
    }
    Ok(listed)
}

fn name(entry: &ZipFileHeaderRecord<'_>) -> String {
    let path = entry.file_path();
    let bytes = path.as_bytes();
    if entry.flags().is_utf8() {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut fields = entry.extra_fields();
    // Info-ZIP writes a name once more, in UTF-8 (APPNOTE 4.6.9).
    let unicode = fields.find_map(|(id, data)| match id {
        ExtraFieldId::INFO_ZIP_UNICODE_PATH => unicode_path(data, bytes),
        _ => None,
    });
    unicode.map_or_else(|| cp437::decode(bytes), str::to_owned)
}

/// Version 1, the check sum of the name that it stands for, the name. One for another name is left over from before somebody renamed the entry.
fn unicode_path<'a>(data: &'a [u8], bytes: &[u8]) -> Option<&'a str> {
    let (head, name) = data.split_at_checked(5)?;
    let (version, sum) = head.split_first()?;
    let is_current = *version == 1 && *sum == crc32(bytes).to_le_bytes();
    str::from_utf8(name).ok().filter(|_| is_current)
}

/// CRC-32 (APPNOTE 4.4.7) of a name. The library's own brings tables of 16 KiB, which every instance would carry.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
    let fold = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), step);
    !bytes.iter().fold(!0, fold)
}

#[cfg(test)]
mod tests {
    use rawzip::{Header, ZipArchiveWriter, path::EntryPath};

    use super::*;

    fn archive(names: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = ZipArchiveWriter::new(&mut bytes);
        for name in names {
            let (mut entry, config) = writer.new_file(name).start().unwrap();
            let mut data = config.wrap(&mut entry);
            std::io::Write::write_all(&mut data, b"%PDF-").unwrap();
            let (_, descriptor) = data.finish().unwrap();
            entry.finish(descriptor).unwrap();
        }
        writer.finish().unwrap();
        bytes
    }

    fn listed(bytes: &[u8]) -> Result<Vec<ArchiveEntry>, String> {
        entries(bytes, bytes.len() as u64)
    }

    #[test]
    fn entries_are_listed_in_their_order() {
        let found = listed(&archive(&["päätös.pdf", "b/c.pdf"])).unwrap();
        let names: Vec<_> = found.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["päätös.pdf", "b/c.pdf"]);
        assert!(
            found
                .iter()
                .all(|entry| (entry.size, entry.compressed_size) == (5, 5))
        );
        assert_eq!(listed(&archive(&[])), Ok(Vec::new()));
    }

    /// The names are put in as they are, without the flag that says UTF-8.
    fn archive_of_bytes(names: &[&[u8]], unicode: Option<(&[u8], &str)>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = ZipArchiveWriter::new(&mut bytes);
        for name in names {
            let mut file = writer.new_file(EntryPath::verbatim(*name));
            if let Some((of, name)) = unicode {
                let mut data = vec![1];
                data.extend_from_slice(&crc32(of).to_le_bytes());
                data.extend_from_slice(name.as_bytes());
                file = file
                    .extra_field(ExtraFieldId::INFO_ZIP_UNICODE_PATH, &data, Header::CENTRAL)
                    .unwrap();
            }
            let (mut entry, config) = file.start().unwrap();
            let data = config.wrap(&mut entry);
            let (_, descriptor) = data.finish().unwrap();
            entry.finish(descriptor).unwrap();
        }
        writer.finish().unwrap();
        bytes
    }

    fn names(bytes: &[u8]) -> Vec<String> {
        let entries = listed(bytes).unwrap().into_iter();
        entries.map(|entry| entry.name).collect()
    }

    #[test]
    fn names_that_do_not_say_utf_8_are_in_code_page_437() {
        let old = archive_of_bytes(&[b"p\x84\x84t\x94s.pdf", b"a.pdf"], None);
        assert_eq!(names(&old), ["päätös.pdf", "a.pdf"]);
        // What happens to be UTF-8 does not say so.
        let lying = archive_of_bytes(&["ä".as_bytes()], None);
        assert_eq!(names(&lying), ["├ñ"]);
    }

    #[test]
    fn a_unicode_path_goes_before_if_it_is_for_that_name() {
        let old = b"p?t.pdf".as_slice();
        let found = archive_of_bytes(&[old], Some((old, "pää\u{20ac}t.pdf")));
        assert_eq!(names(&found), ["pää\u{20ac}t.pdf"]);
        let stale = archive_of_bytes(&[old], Some((b"other.pdf", "päät.pdf")));
        assert_eq!(names(&stale), ["p?t.pdf"]);
    }

    #[test]
    fn the_check_sum_is_that_of_the_library() {
        for name in ["", "a", "123456789", "päätös.pdf"] {
            assert_eq!(
                crc32(name.as_bytes()),
                rawzip::crc32(name.as_bytes()),
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_cut_short_or_no_archive_cannot_be_listed() {
        let whole = archive(&["a.pdf"]);
        for length in 0..whole.len() {
            assert!(listed(&whole[..length]).is_err(), "{length}");
        }
        assert!(listed(b"%PDF-1.7").is_err());
    }

    #[test]
    fn entries_that_are_only_announced_are_told() {
        let mut bytes = archive(&["a.pdf"]);
        let end = bytes.len() - 22;
        // Entries on this disk and in all, in the end of the central directory (APPNOTE 4.3.16).
        for place in [8, 10] {
            bytes[end + place] = 2;
        }
        assert!(listed(&bytes).is_err());
        for place in [8, 10] {
            bytes[end + place..end + place + 2].copy_from_slice(&1001_u16.to_le_bytes());
        }
        assert!(listed(&bytes).unwrap_err().contains("1001"));
    }
}
