// SPDX-License-Identifier: Apache-2.0
use std::{
    fs,
    io::Read,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    thread,
};

use super::*;

fn replace(path: &Path, content: &Blob) -> Result<(), Failure> {
    Output::prepare(path, content)?.finish()
}

fn blob(content: &str) -> Blob {
    Blob::from(content.as_bytes())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn names(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn nothing_is_overwritten_when_adding() {
    let folder = tempfile::tempdir().unwrap();
    let add = |content| add(folder.path(), "reply.pdf", &blob(content)).unwrap();
    let (first, second) = (add("one"), add("two"));
    assert_eq!(fs::read(&first).unwrap(), b"one");
    assert_eq!(fs::read(&second).unwrap(), b"two");
    assert_eq!(second, folder.path().join("reply-2.pdf"));
}

#[test]
fn what_is_replaced_stays_until_the_new_file_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body.xml");
    replace(&path, &blob("old")).unwrap();
    let new = blob("new");
    let output = Output::prepare(&path, &new).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    output.finish().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    drop(Output::prepare(&folder.path().join("other"), &new).unwrap());
    // A folder cannot be replaced by a file: an error, and nothing is left lying about.
    replace(folder.path(), &Blob::empty()).unwrap_err();
    assert_eq!(names(folder.path()), 1);
}

#[test]
fn the_mode_of_a_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body.xml");
    for kept in [0o600, 0o640, 0o666, 0o755] {
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(kept)).unwrap();
        replace(&path, &blob("new")).unwrap();
        assert_eq!(mode(&path), kept);
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }
    // What is new is as the umask says.
    let new = folder.path().join("new");
    replace(&new, &blob("new")).unwrap();
    let usual = folder.path().join("usual");
    fs::write(&usual, "").unwrap();
    assert_eq!(mode(&new), mode(&usual));
}

#[test]
fn the_owner_of_a_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body.xml");
    fs::write(&path, "old").unwrap();
    if std::os::unix::fs::chown(&path, Some(12345), Some(54321)).is_err() {
        println!("skipped: files can be given away by root only");
        return;
    }
    replace(&path, &blob("new")).unwrap();
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (12345, 54321));
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn symbolic_links_are_followed_and_stay() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("inner")).unwrap();
    fs::write(at("inner/body.xml"), "old").unwrap();
    symlink("inner/body.xml", at("link")).unwrap();
    symlink(at("link"), at("again")).unwrap();
    symlink("inner/new.xml", at("nowhere")).unwrap();
    for (link, target) in [("again", "inner/body.xml"), ("nowhere", "inner/new.xml")] {
        replace(&at(link), &blob(link)).unwrap();
        assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(at(target)).unwrap(), link);
    }
    symlink("b", at("a")).unwrap();
    symlink("a", at("b")).unwrap();
    replace(&at("a"), &Blob::empty()).unwrap_err();
    symlink("none/body.xml", at("lost")).unwrap();
    replace(&at("lost"), &Blob::empty()).unwrap_err();
}

#[test]
fn all_names_of_a_file_lead_to_the_new_content() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("one"), "old and longer").unwrap();
    fs::set_permissions(at("one"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::hard_link(at("one"), at("two")).unwrap();
    let (one, new) = (at("one"), blob("new"));
    let output = Output::prepare(&one, &new).unwrap();
    assert_eq!(fs::read(at("one")).unwrap(), b"old and longer");
    output.finish().unwrap();
    assert_eq!(fs::read(at("one")).unwrap(), b"new");
    assert_eq!(fs::read(at("two")).unwrap(), b"new");
    assert_eq!((mode(&at("one")), names(folder.path())), (0o600, 2));
}

#[test]
fn devices_are_written_into_and_stay_devices() {
    let before = fs::metadata("/dev/null").unwrap().rdev();
    replace(Path::new("/dev/null"), &blob("gone")).unwrap();
    assert_eq!(fs::metadata("/dev/null").unwrap().rdev(), before);
    let full = replace(Path::new("/dev/full"), &blob("too much")).unwrap_err();
    assert!(
        format!("{full:?}").contains("cannot be written"),
        "{full:?}"
    );
}

fn pipe(folder: &Path) -> PathBuf {
    let path = folder.join("pipe");
    let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU);
    rustix::fs::mknodat(rustix::fs::CWD, &path, kind, mode, 0).unwrap();
    path
}

#[test]
fn pipes_are_written_into_and_stay_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let path = pipe(folder.path());
    // More than a pipe holds.
    let content = "0123456789".repeat(100_000);
    let read = thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut read = String::new();
            let mut pipe = File::open(&path).unwrap();
            pipe.read_to_string(&mut read).unwrap();
            read
        });
        replace(&path, &blob(&content)).unwrap();
        reading.join().unwrap()
    });
    assert!(read == content);
    assert!(!fs::symlink_metadata(&path).unwrap().is_file());
}

#[test]
fn sockets_are_refused_and_stay_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    replace(&path, &blob("new")).unwrap_err();
    assert!(!fs::symlink_metadata(&path).unwrap().is_file());
}

#[test]
fn descriptors_are_written_into() {
    use std::os::fd::AsRawFd;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("open");
    let mut open = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    let descriptor = format!("/proc/self/fd/{}", open.as_raw_fd());
    replace(Path::new(&descriptor), &blob("new")).unwrap();
    let mut read = String::new();
    open.read_to_string(&mut read).unwrap();
    assert_eq!(read, "new");
}

#[test]
fn names_are_numbered_before_their_extension() {
    assert_eq!(numbered("a.b.pdf", 1), "a.b.pdf");
    assert_eq!(numbered("a.b.pdf", 2), "a.b-2.pdf");
    assert_eq!(numbered("a", 3), "a-3");
}
