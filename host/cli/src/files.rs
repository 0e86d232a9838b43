//! Files: read within limits, written whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use silta::Blob;
use tempfile::NamedTempFile;

use crate::failure::Failure;

/// Reads a text file of at most `limit` bytes; `-` is standard input.
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String, Failure> {
    let bytes = if path == Path::new("-") {
        read_limited(path, &mut io::stdin().lock(), limit)?
    } else {
        read_blob(path, limit)?
    };
    String::from_utf8(bytes.to_vec()).map_err(|_| {
        let message = format!(
            "{}: is not text in UTF-8; save it in that encoding",
            path.display()
        );
        Failure::caller("input.not-text", path.display().to_string(), &message)
    })
}

/// Reads a file of at most `limit` bytes.
pub(crate) fn read_blob(path: &Path, limit: u64) -> Result<Blob, Failure> {
    let unreadable = |error| Failure::unreadable(path, &error);
    let mut file = File::open(path).map_err(unreadable)?;
    read_limited(path, &mut file, limit)
}

/// Writes a file beside its place and moves it there, replacing what was there before only once everything is on disk.
pub(crate) fn replace(path: &Path, content: &Blob) -> Result<(), Failure> {
    let unwritable = |error| Failure::unwritable(path, &error);
    let file = written(folder_of(path), content).map_err(unwritable)?;
    file.persist(path)
        .map_err(|error| Failure::unwritable(path, &error.error))?;
    Ok(())
}

/// Writes a file under a name that is not taken, the one wished for or one made from it, and says where it lies.
pub(crate) fn add(folder: &Path, name: &str, content: &Blob) -> Result<PathBuf, Failure> {
    let unwritable = |error| Failure::unwritable(&folder.join(name), &error);
    let mut file = written(folder, content).map_err(unwritable)?;
    for number in 1..=NAMES_TRIED {
        let path = folder.join(numbered(name, number));
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => file = error.file,
            Err(error) => return Err(unwritable(error.error)),
        }
    }
    Err(unwritable(io::ErrorKind::AlreadyExists.into()))
}

/// Makes a folder with all its parents where it is missing.
pub(crate) fn ensure_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| Failure::unwritable(path, &error))
}

/// The folder that a file lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Names tried for one file: whoever has a hundred of a name has lost count of them anyway.
const NAMES_TRIED: u32 = 100;

fn read_limited(path: &Path, source: &mut dyn Read, limit: u64) -> Result<Blob, Failure> {
    Blob::read_from(source, limit).map_err(|error| {
        if error.kind() != io::ErrorKind::FileTooLarge {
            return Failure::unreadable(path, &error);
        }
        let message = format!(
            "{}: has more than the {limit} bytes that are read here; is it the right file?",
            path.display()
        );
        Failure::caller("input.too-large", path.display().to_string(), &message)
    })
}

/// A file in `folder` that has no name of its own yet and vanishes unless it gets one.
fn written(folder: &Path, content: &Blob) -> io::Result<NamedTempFile> {
    let mut file = builder().tempfile_in(folder)?;
    content.write_to(&mut file)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Results are the user's files like any other: readable as far as the umask says.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".silta-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}

/// `name`, `name-2`, `name-3`, with the extension kept in its place.
fn numbered(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        _ if number == 1 => name.to_owned(),
        Some((stem, extension)) => format!("{stem}-{number}.{extension}"),
        None => format!("{name}-{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten_when_adding() {
        let folder = tempfile::tempdir().unwrap();
        let add = |content: &[u8]| add(folder.path(), "reply.pdf", &Blob::from(content)).unwrap();
        let (first, second) = (add(b"one"), add(b"two"));
        assert_eq!(fs::read(&first).unwrap(), b"one");
        assert_eq!(fs::read(&second).unwrap(), b"two");
        assert_eq!(second, folder.path().join("reply-2.pdf"));
    }

    #[test]
    fn what_is_replaced_stays_until_the_new_file_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("body.xml");
        replace(&path, &Blob::from(b"old".as_slice())).unwrap();
        replace(&path, &Blob::from(b"new".as_slice())).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        // A folder cannot be replaced by a file: an error, and nothing is left lying about.
        replace(folder.path(), &Blob::empty()).unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn files_over_the_limit_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read_text(&path, 5).unwrap(), "12345");
        read_text(&path, 4).unwrap_err();
    }
}
