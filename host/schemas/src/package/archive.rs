// SPDX-License-Identifier: Apache-2.0
//! A package that is a ZIP.

use std::{fs::File, io::Read, path::Path};

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipFileHeaderRecord, ZipSliceArchive};

use super::{Contents, unreadable};
use crate::{
    error::{PackageError, PackageFault},
    limits::PackageLimits,
};

/// The schema files in a ZIP. Each is decompressed as far as there is room for it, whatever the ZIP says of its size.
pub(super) fn read(path: &Path, limits: &PackageLimits) -> Result<Contents, PackageError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| unreadable("", &error))?;
    let mut file = file.take(limits.bytes.saturating_add(1));
    file.read_to_end(&mut bytes)
        .map_err(|error| unreadable("", &error))?;
    if bytes.len() as u64 > limits.bytes {
        return Err(limits.exceeded("", "bytes", limits.bytes));
    }
    let archive = ZipArchive::from_slice(&bytes);
    let archive = archive.map_err(|error| no_archive("", &error))?;
    let mut contents = Contents::default();
    let mut entries = archive.entries();
    while let Some(entry) = entries
        .next_entry()
        .map_err(|error| no_archive("", &error))?
    {
        let written = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        let Some(name) = plain(&written) else {
            return Err(PackageError::of(written, PackageFault::Outside));
        };
        if entry.is_dir() {
            continue;
        }
        if let Some(name) = contents.take(name, limits)? {
            let bytes = extracted(&archive, &entry, &name, contents.room(limits))?;
            contents.keep(name, bytes, limits)?;
        }
    }
    Ok(contents)
}

/// The steps of a path that leads down; `None` for one that leads elsewhere.
fn plain(path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    let leads_away = |step: &str| step == ".." || step.contains(':') || step.contains('\0');
    if path.starts_with('/') || path.split('/').any(leads_away) {
        return None;
    }
    let steps = path.split('/').filter(|step| !matches!(*step, "" | "."));
    Some(steps.collect::<Vec<_>>().join("/"))
}

fn extracted(
    archive: &ZipSliceArchive<&Vec<u8>>,
    entry: &ZipFileHeaderRecord<'_>,
    name: &str,
    room: u64,
) -> Result<Vec<u8>, PackageError> {
    if entry.flags().is_encrypted() {
        return Err(PackageError::of(name, PackageFault::Encrypted));
    }
    let local = archive.get_entry(entry.wayfinder());
    let local = local.map_err(|error| no_archive(name, &error))?;
    let mut bytes = Vec::new();
    let room = room.saturating_add(1);
    let read = match entry.compression_method() {
        CompressionMethod::STORE => local.data().take(room).read_to_end(&mut bytes),
        CompressionMethod::DEFLATE => {
            let decoder = DeflateDecoder::new(local.data());
            decoder.take(room).read_to_end(&mut bytes)
        }
        method => {
            let method = match method.name() {
                Some(name) => name.to_owned(),
                None => method.as_u16().to_string(),
            };
            return Err(PackageError::of(name, PackageFault::Method(method)));
        }
    };
    read.map_err(|error| PackageError::of(name, PackageFault::NoArchive(error.to_string())))?;
    // More than there is room for is told of by whoever keeps it.
    let is_whole = (bytes.len() as u64) < room;
    let claimed = local.claim_verifier();
    if is_whole
        && (claimed.uncompressed_size != bytes.len() as u64 || claimed.crc != rawzip::crc32(&bytes))
    {
        let wrong = "its content is not what the directory of the ZIP says of it".to_owned();
        return Err(PackageError::of(name, PackageFault::NoArchive(wrong)));
    }
    Ok(bytes)
}

fn no_archive(name: &str, error: &rawzip::Error) -> PackageError {
    PackageError::of(name, PackageFault::NoArchive(error.to_string()))
}
