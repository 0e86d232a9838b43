// SPDX-License-Identifier: Apache-2.0
//! ZIPs: what is read, and what is refused with its reason.

use std::{fs, io::Write};

use flate2::{Compression, write::DeflateEncoder};
use proptest::{prelude::*, sample::Index};
use rawzip::{CompressionMethod, ZipArchiveWriter};
use silta_schemas::{Package, PackageError, PackageFault, PackageLimits};

use super::folders::SCHEMA;

/// A ZIP of files: name, content, method.
fn archive(files: &[(&str, &[u8], CompressionMethod)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ZipArchiveWriter::new(&mut bytes);
    for (name, content, method) in files {
        let file = writer.new_file(name).compression_method(*method);
        let (mut entry, config) = file.start().unwrap();
        let descriptor = if *method == CompressionMethod::DEFLATE {
            let encoder = DeflateEncoder::new(&mut entry, Compression::default());
            let mut data = config.wrap(encoder);
            data.write_all(content).unwrap();
            let (encoder, descriptor) = data.finish().unwrap();
            encoder.finish().unwrap();
            descriptor
        } else {
            let mut data = config.wrap(&mut entry);
            data.write_all(content).unwrap();
            data.finish().unwrap().1
        };
        entry.finish(descriptor).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

fn open(bytes: &[u8], limits: &PackageLimits) -> Result<Package, PackageError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("package.zip");
    fs::write(&path, bytes).unwrap();
    Package::open(&path, limits)
}

fn refused(bytes: &[u8]) -> PackageFault {
    open(bytes, &PackageLimits::default()).unwrap_err().fault
}

#[test]
fn both_usual_methods_are_read() {
    for method in [CompressionMethod::STORE, CompressionMethod::DEFLATE] {
        let bytes = archive(&[
            ("sub/a.xsd", SCHEMA.as_bytes(), method),
            ("guide.pdf", b"%PDF-", method),
        ]);
        let package = open(&bytes, &PackageLimits::default()).unwrap();
        assert_eq!(package.files().collect::<Vec<_>>(), ["sub/a.xsd"]);
        assert_eq!(package.passed_over(), ["guide.pdf"]);
    }
}

/// Beside each file macOS puts one of the same name that is no XML.
#[test]
fn what_macos_adds_is_passed_over() {
    let apple_double = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        ";
    let store = CompressionMethod::STORE;
    let bytes = archive(&[
        ("sub/a.xsd", SCHEMA.as_bytes(), store),
        ("__MACOSX/sub/._a.xsd", apple_double, store),
        ("sub/._a.xsd", apple_double, store),
        ("__MACOSX/b.wsdl", apple_double, store),
        ("sub/.DS_Store", b"x", store),
    ]);
    let package = open(&bytes, &PackageLimits::default()).unwrap();
    assert_eq!(package.files().collect::<Vec<_>>(), ["sub/a.xsd"]);
    assert_eq!(package.passed_over().len(), 4);
}

/// What a few bytes become is cut off at the limit, whatever the directory says of it.
#[test]
fn bombs_are_refused_with_the_limit() {
    let spaces = vec![b' '; 4 << 20];
    let bytes = archive(&[("a.xsd", &spaces, CompressionMethod::DEFLATE)]);
    assert!(bytes.len() < 8000);
    let limits = PackageLimits {
        file_bytes: 1 << 20,
        ..PackageLimits::default()
    };
    let limit = |limits: &PackageLimits| match open(&bytes, limits).unwrap_err().fault {
        PackageFault::Limit { limit, .. } => limit,
        other => panic!("{other}"),
    };
    assert_eq!(limit(&limits), "file_bytes");
    let limits = PackageLimits {
        bytes: 1 << 20,
        ..PackageLimits::default()
    };
    assert_eq!(limit(&limits), "bytes");
}

#[test]
fn what_is_not_read_is_named() {
    let good = archive(&[("a.xsd", SCHEMA.as_bytes(), CompressionMethod::STORE)]);
    let local = 0;
    let central = good
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .unwrap();

    let mut encrypted = good.clone();
    encrypted[local + 6] |= 1;
    encrypted[central + 8] |= 1;
    assert_eq!(refused(&encrypted), PackageFault::Encrypted);

    let mut other = good.clone();
    other[local + 8] = 12;
    other[central + 10] = 12;
    let PackageFault::Method(method) = refused(&other) else {
        panic!("read")
    };
    assert_eq!(method, "BZIP2");

    let mut changed = good.clone();
    let at = changed
        .windows(4)
        .position(|window| window == b"name")
        .unwrap();
    changed[at] = b'N';
    assert!(matches!(refused(&changed), PackageFault::NoArchive(_)));
    assert!(matches!(
        refused(&good[..good.len() - 4]),
        PackageFault::NoArchive(_)
    ));
    assert!(matches!(refused(b"%PDF-"), PackageFault::NoArchive(_)));
}

#[test]
fn no_path_leads_out() {
    let good = archive(&[("aa/b.xsd", SCHEMA.as_bytes(), CompressionMethod::STORE)]);
    for bad in ["../b.xsd", "/a/b.xsd", "C:\\b.xsd", "a\\..\\.x"] {
        let name = bad.as_bytes();
        let mut bytes = good.clone();
        let places: Vec<usize> = good
            .windows(8)
            .enumerate()
            .filter(|(_, window)| *window == b"aa/b.xsd")
            .map(|(at, _)| at)
            .collect();
        assert_eq!(places.len(), 2);
        for at in places {
            bytes[at..at + name.len()].copy_from_slice(name);
        }
        assert_eq!(refused(&bytes), PackageFault::Outside, "{bad}");
    }
}

#[test]
fn a_name_is_there_once() {
    let bytes = archive(&[
        ("a.xsd", SCHEMA.as_bytes(), CompressionMethod::STORE),
        ("./a.xsd", SCHEMA.as_bytes(), CompressionMethod::STORE),
    ]);
    assert_eq!(refused(&bytes), PackageFault::Twice);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is changed of a ZIP, what is read of it is what was put in, or it is refused.
    #[test]
    fn changed_archives_are_read_as_they_were_or_refused(edits in prop::collection::vec((any::<Index>(), any::<u8>()), 0..6), is_plain: bool) {
        let method = if is_plain { CompressionMethod::STORE } else { CompressionMethod::DEFLATE };
        let mut bytes = archive(&[("a.xsd", SCHEMA.as_bytes(), method)]);
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(package) = open(&bytes, &PackageLimits::default()) {
            prop_assert!(package.schema().has_element("", "a"));
        }
    }
}
