// SPDX-License-Identifier: Apache-2.0
//! Machine code kept between runs: used when it is whole and ours, and otherwise as if it were not there.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use silta::{ComponentBytes, DeployStep, Deployment, Error, Rejection};

use super::{rejected, version};
use crate::support::{
    handwritten::{self, Handwritten},
    host::{Host, rogue_version},
};

/// A runtime that keeps machine code in a folder.
fn keeping(folder: &Path) -> Host {
    Host::fresh(|builder| builder.keep_compiled_in(folder))
}

/// A component that compiles at once, and passes its self-test only when its code is right.
fn small() -> Deployment {
    Deployment::from_bytes(small_bytes())
}

fn small_bytes() -> Vec<u8> {
    let component = Handwritten {
        agency: "rogue",
        self_test: Some(("answers are understood", handwritten::PROBLEM)),
        ..Handwritten::default()
    };
    component.encode()
}

/// The one file in a folder.
fn only_file(folder: &Path) -> PathBuf {
    let entries = fs::read_dir(folder).unwrap();
    let files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn inode(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

#[test]
fn what_was_compiled_is_used_by_the_next_runtime() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("made/for/us");
    let first = keeping(&folder);
    assert_eq!(version(&first.rogue(rogue_version(1))), 1);
    let file = only_file(&folder);
    assert_eq!((mode(&folder), mode(&file)), (0o700, 0o400));
    let (kept, written) = (inode(&file), fs::read(&file).unwrap());
    let second = keeping(&folder);
    assert_eq!(version(&second.rogue(rogue_version(2))), 2);
    // It would have been written anew had it been compiled.
    assert_eq!(inode(&only_file(&folder)), kept);
    assert_eq!(fs::read(&file).unwrap(), written);
}

#[test]
fn what_is_packed_is_unpacked_to_be_compiled_only() {
    let folder = tempfile::tempdir().unwrap();
    let digest = ComponentBytes::from(small_bytes()).sha256();
    let times = Arc::new(AtomicUsize::new(0));
    let packed = |bytes: fn() -> Vec<u8>| {
        let times = Arc::clone(&times);
        Deployment::from_bytes(ComponentBytes::packed(digest, move || {
            times.fetch_add(1, Ordering::Relaxed);
            bytes()
        }))
    };
    let component = |host: &Host, deployment| {
        let agency = host.rogue(deployment);
        agency.generation_info().unwrap().component
    };
    // What is another component by its bytes is none.
    let other = || artifacts::VERO.bytes.to_vec();
    let (step, reason) = rejected(&keeping(folder.path()), packed(other));
    assert_eq!(step, DeployStep::Compiled);
    assert!(matches!(reason, Rejection::NotAComponent(_)), "{reason}");
    assert_eq!(times.swap(0, Ordering::Relaxed), 1);
    let first = keeping(folder.path());
    let compiled = component(&first, packed(small_bytes));
    assert_eq!(times.load(Ordering::Relaxed), 1);
    for host in [first, keeping(folder.path())] {
        assert_eq!(component(&host, packed(small_bytes)), compiled);
        assert_eq!(component(&host, small()), compiled);
    }
    assert_eq!(times.load(Ordering::Relaxed), 1);
}

#[test]
fn machine_code_is_mapped_and_serves_on_when_its_file_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let is_mapped = |file: &Path| {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        // The kernel tells names without links.
        let file = fs::canonicalize(file).unwrap();
        maps.contains(file.to_str().unwrap())
    };
    // What has just been compiled is, too.
    let first = keeping(folder.path());
    let served = first.rogue(rogue_version(1));
    let file = only_file(folder.path());
    assert!(
        is_mapped(&file),
        "set TMPDIR to a folder on a disk of this machine"
    );
    drop((served, first));
    // The thread that ticks may be the last to let go.
    let begun = Instant::now();
    while is_mapped(&file) {
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(60), "nobody lets go of it");
        thread::yield_now();
    }
    let second = keeping(folder.path());
    let served = second.rogue(rogue_version(2));
    assert!(is_mapped(&file));
    fs::remove_file(&file).unwrap();
    assert_eq!(version(&served), 2);
}

#[test]
fn files_of_others_are_neither_used_nor_removed() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o700)).unwrap();
    keeping(folder.path()).rogue(small());
    let file = only_file(folder.path());
    // Somebody else could have written it.
    fs::set_permissions(&file, PermissionsExt::from_mode(0o666)).unwrap();
    let kept = inode(&file);
    let mine = folder.path().join("silta.toml.new");
    let old = fs::File::create(&mine).unwrap();
    old.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    keeping(folder.path()).rogue(small());
    assert!(mine.exists());
    assert_eq!(mode(&file), 0o400);
    assert_ne!(inode(&file), kept);
}

#[test]
fn what_is_damaged_is_compiled_anew_and_mended() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("kept");
    keeping(&folder).rogue(small());
    let file = only_file(&folder);
    let whole = fs::read(&file).unwrap();
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 7] = [
        ("emptied", Vec::clear),
        ("cut short", |bytes| bytes.truncate(bytes.len() - 1)),
        ("cut to less than its end", |bytes| bytes.truncate(47)),
        ("longer", |bytes| bytes.push(0)),
        ("another format", |bytes| {
            let last = bytes.len() - 1;
            bytes[last] += 1;
        }),
        ("another checksum", |bytes| {
            let last = bytes.len() - 17;
            bytes[last] ^= 1;
        }),
        ("a bit of code", |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
        }),
    ];
    for (what, damage) in damages {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        // The runtime before may have it mapped still.
        let aside = outer.path().join("aside");
        fs::write(&aside, &bytes).unwrap();
        fs::set_permissions(&aside, PermissionsExt::from_mode(0o400)).unwrap();
        fs::rename(&aside, &file).unwrap();
        keeping(&folder).rogue(small());
        assert!(fs::read(only_file(&folder)).unwrap() == whole, "{what}");
    }
}

#[test]
fn a_folder_that_others_can_write_to_is_not_used() {
    for (mode, used) in [
        (0o777, false),
        (0o720, false),
        (0o702, false),
        (0o755, true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), PermissionsExt::from_mode(mode)).unwrap();
        keeping(folder.path()).rogue(small());
        let entries = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(entries, usize::from(used), "{mode:o}");
    }
}

#[test]
fn what_is_no_folder_is_not_used_either() {
    let outer = tempfile::tempdir().unwrap();
    let file = outer.path().join("file");
    fs::write(&file, "text").unwrap();
    keeping(&file).rogue(small());
    assert_eq!(fs::read_to_string(&file).unwrap(), "text");
    keeping(&file.join("below")).rogue(small());
}

#[test]
fn what_is_refused_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let host = keeping(folder.path());
    let bytes = wat::parse_str(r#"(component (import "env" (instance)))"#).unwrap();
    for _ in 0..2 {
        let error = host
            .runtime
            .deploy("rogue", Deployment::from_bytes(bytes.clone()));
        let Err(Error::Rejected { step, .. }) = error else {
            panic!("{error:?}")
        };
        assert_eq!(step, DeployStep::Inspected);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
