//! What a ZIP holds, read from its directory alone: nothing is decompressed, so that nothing can explode.

use rawzip::{ReaderAt, ZipLocator};

/// Most entries that are listed; Customs sends a handful (guide 2015 p. 16).
const MOST_ENTRIES: u64 = 1000;

/// Longest name of an entry that is handed on, in characters.
const LONGEST_NAME: usize = 260;

/// Buffer for the directory: an entry with its name, extra fields and comment has to fit in, and those of Customs have some hundred bytes.
const BUFFER: usize = 65_536;

/// An entry as the directory has it. Nobody has checked that it is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path, bytes that are not UTF-8 replaced.
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
pub fn entries<R: ReaderAt>(reader: R, size: u64) -> Result<Vec<Entry>, String> {
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
        let path = entry.file_path();
        let name = String::from_utf8_lossy(path.as_ref());
        listed.push(Entry {
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

#[cfg(test)]
mod tests {
    use rawzip::ZipArchiveWriter;

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

    fn listed(bytes: &[u8]) -> Result<Vec<Entry>, String> {
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
