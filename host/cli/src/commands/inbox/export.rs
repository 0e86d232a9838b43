// SPDX-License-Identifier: Apache-2.0
use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::json;
use silta::{Blob, exchange::Document};
use silta_store::{SqliteVisitor, record::Entry};

use super::{Completion, ExportArguments, acknowledge, entry, report, waiting};
use crate::{
    commands::parse::documents::Documents,
    failure::Failure,
    files,
    output::{pretty_json, print, print_json},
    store::{self, failed},
};

/// An entry's facts, beside its documents.
const ENTRY: &str = "entry.json";

pub(super) fn run(arguments: &ExportArguments) -> Result<Completion, Failure> {
    let store = store::visit(&arguments.config)?;
    let positions = match arguments.waiting {
        false => arguments.positions.clone(),
        true => waiting(&store, arguments.agency.clone(), u64::MAX)?,
    };
    files::ensure_folder(&arguments.out)?;
    let mut folders = Vec::new();
    for position in positions {
        let entry = entry(&store, position)?;
        let folder = write(&store, &entry, &arguments.out)?;
        if arguments.acknowledge {
            acknowledge(&store, entry.position)?;
        }
        folders.push(folder.display().to_string());
    }
    match arguments.json {
        true => print_json(&json!({"folders": folders}))?,
        false if folders.is_empty() => print("no entry is waiting\n")?,
        false => print(&format!("{}\n", folders.join("\n")))?,
    }
    Ok(Completion::Done)
}

/// The folder of an entry. It is there whole, on the disk, or not at all.
fn write(store: &SqliteVisitor, entry: &Entry, out: &Path) -> Result<PathBuf, Failure> {
    let folder = out.join(entry.position.to_string());
    let unwritable = |error: &io::Error| Failure::unwritable(&folder, error);
    if folder.exists() {
        return Err(unwritable(&io::ErrorKind::AlreadyExists.into()));
    }
    let aside = tempfile::Builder::new()
        .prefix(".silta-")
        .tempdir_in(out)
        .map_err(|error| unwritable(&error))?;
    let documents = documents(store, entry)?;
    // Taken before the documents are there, so that one of its name is given another.
    files::add(aside.path(), ENTRY, &Blob::empty())?;
    let written = Documents::write(&documents, Some(aside.path()))?;
    let mut facts = report::as_json(store, entry)?;
    let files = written.written().iter().map(|written| {
        let name = written.file.as_deref().and_then(Path::file_name);
        name.map(|name| name.to_string_lossy().into_owned())
    });
    report::with_files(&mut facts, files);
    let facts = Blob::from(pretty_json(&facts)?.into_bytes());
    let place = aside.path().join(ENTRY);
    fs::remove_file(&place).map_err(|error| unwritable(&error))?;
    files::add(aside.path(), ENTRY, &facts)?;
    written.keep();
    files::sync_name(&place).map_err(|error| unwritable(&error))?;
    fs::rename(aside.path(), &folder).map_err(|error| unwritable(&error))?;
    // It has another name now.
    let _ = aside.keep();
    files::sync_name(&folder).map_err(|error| unwritable(&error))?;
    Ok(folder)
}

/// The documents of an entry, as answers have them.
fn documents(store: &SqliteVisitor, entry: &Entry) -> Result<Vec<Document>, Failure> {
    let documents = entry.received.documents.iter().map(|document| {
        let content = store.body(document.body);
        let Ok(Some(content)) = content else {
            // It may have been removed meanwhile, with its entry.
            super::entry(store, entry.position.0)?;
            content.map_err(|error| failed(&error))?;
            let message = format!(
                "a document of entry {} is gone; `silta store check` says what else is wrong",
                entry.position
            );
            return Err(Failure::internal("store.damaged", &message));
        };
        Ok(Document {
            name: document.name.clone(),
            media_type: document.media_type.clone(),
            content: Blob::from(content.segments().to_vec()),
        })
    });
    documents.collect()
}
