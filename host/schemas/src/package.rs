// SPDX-License-Identifier: Apache-2.0
//! The files of a package, from a ZIP or a folder. Nothing is read from anywhere else.

mod archive;
mod folder;

use std::{collections::BTreeMap, fs, path::Path};

use canonical_xml::Position;
use xml_schema::{Files, Limits as SchemaLimits, Schema};

use crate::{
    error::{PackageError, PackageFault},
    limits::PackageLimits,
    wsdl::{self, Documentation, Service},
};

/// What may hold declarations; everything else in a package is for people.
const ENDINGS: [&str; 2] = [".xsd", ".wsdl"];

/// What macOS adds to a ZIP: a folder of its own, and beside each file, here or on a disk of another system, one that holds what only macOS knows of it (AppleDouble).
const MACOS_FOLDER: &str = "__MACOSX";
const MACOS_FILE: &str = "._";

/// A package of schemas, read and compiled.
#[derive(Debug)]
pub struct Package {
    names: Vec<String>,
    passed_over: Vec<String>,
    documentation: Documentation,
    schema: Schema,
    service: Service,
}

/// Contents by the names of files.
type Named = BTreeMap<String, Vec<u8>>;

/// Files by name, and the names of those that are passed over.
#[derive(Debug, Default)]
struct Contents {
    files: Named,
    passed_over: Vec<String>,
    bytes: u64,
    seen: usize,
}

impl Package {
    /// Reads a package: a folder, or else a ZIP.
    ///
    /// # Errors
    /// [`PackageError`] for what cannot be read, leads out of the package, is over a limit, or is no valid schema or WSDL.
    pub fn open(path: &Path, limits: &PackageLimits) -> Result<Self, PackageError> {
        let metadata = fs::metadata(path).map_err(|error| unreadable("", &error))?;
        let contents = match metadata.is_dir() {
            true => folder::read(path, limits)?,
            false => archive::read(path, limits)?,
        };
        Self::of(contents)
    }

    fn of(contents: Contents) -> Result<Self, PackageError> {
        let Contents {
            files, passed_over, ..
        } = contents;
        if files.is_empty() {
            return Err(PackageError::whole(PackageFault::Empty));
        }
        let names = files.keys().cloned().collect();
        let (files, copies) = without_copies(files);
        let mut set = Files::new();
        for (name, bytes) in &files {
            set.add(name.as_str(), bytes.as_slice());
        }
        for (name, of) in copies {
            set.add_copy(name, of);
        }
        let documents = wsdl::Documents::parse(&files)?;
        let service = documents.service()?;
        let entries = documents.entries();
        let schema = Schema::compile(&set, &entries, &SchemaLimits::default())?;
        let documentation = documents.documentation();
        drop(documents);
        Ok(Self {
            names,
            passed_over,
            documentation,
            schema,
            service,
        })
    }

    /// The schemas of all files, those within WSDLs included.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// What the WSDLs say of operations.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Names of the files read, in order.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Names of the files that were passed over, since they are neither `.xsd` nor `.wsdl`, or are what macOS adds.
    pub fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    /// What the schema says of the declaration that begins there, for people: the texts of its `documentation`, white space collapsed. Empty where it says
    /// nothing.
    pub fn documentation(&self, file: &str, position: Position) -> &str {
        let place = (file.to_owned(), position.line, position.column);
        let said = self.documentation.get(&place);
        said.map_or("", String::as_str)
    }
}

impl Contents {
    /// Counts a file before it is read; `None` for one that is passed over.
    fn take(
        &mut self,
        name: String,
        limits: &PackageLimits,
    ) -> Result<Option<String>, PackageError> {
        self.seen += 1;
        if self.seen > limits.files {
            return Err(limits.exceeded("", "files", limits.files as u64));
        }
        if !may_declare(&name) {
            self.passed_over.push(name);
            return Ok(None);
        }
        Ok(Some(name))
    }

    /// How much may still be read of one file.
    fn room(&self, limits: &PackageLimits) -> u64 {
        let left = limits.bytes.saturating_sub(self.bytes);
        left.min(limits.file_bytes)
    }

    /// Keeps a file, of which one byte more than there is room for was read at most.
    fn keep(
        &mut self,
        name: String,
        bytes: Vec<u8>,
        limits: &PackageLimits,
    ) -> Result<(), PackageError> {
        let size = bytes.len() as u64;
        if size > limits.file_bytes {
            return Err(limits.exceeded(&name, "file_bytes", limits.file_bytes));
        }
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > limits.bytes {
            return Err(limits.exceeded(&name, "bytes", limits.bytes));
        }
        if self.files.contains_key(&name) {
            return Err(PackageError::of(name, PackageFault::Twice));
        }
        self.files.insert(name, bytes);
        Ok(())
    }
}

/// The files, of each content the first; and the names of the others, each with the one that it is a copy of. Where every folder of a package has what it shares with others, each declaration would be there twice otherwise.
fn without_copies(files: Named) -> (Named, BTreeMap<String, String>) {
    let mut first: BTreeMap<Vec<u8>, String> = BTreeMap::new();
    let mut copies = BTreeMap::new();
    for (name, bytes) in files {
        match first.get(&bytes) {
            Some(of) => copies.insert(name, of.clone()),
            None => first.insert(bytes, name),
        };
    }
    let files = first.into_iter().map(|(bytes, name)| (name, bytes));
    (files.collect(), copies)
}

/// Whether a file may hold declarations, by its name.
fn may_declare(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_of_macos = name
        .split('/')
        .any(|step| step == MACOS_FOLDER || step.starts_with(MACOS_FILE));
    !is_of_macos && ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

fn unreadable(name: &str, error: &std::io::Error) -> PackageError {
    PackageError::of(name, PackageFault::Unreadable(error.to_string()))
}
