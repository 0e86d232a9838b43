// SPDX-License-Identifier: Apache-2.0
//! What do others need to sign and verify the same documents?
//!
//! Documents of the make that `verify` measures are written to a folder with a throwaway key and signed copies; ours runs on them in the sandbox, then each
//! peer, a process at a time: python-xmlsec (libxmlsec), signxml, xml-crypto, the JDK and bergshamra. All of them sign the whole document, enveloped, in
//! exclusive canonical form, by RSA-2048 and SHA-256, and verify with the certificate given. Medians by the clock, what starting a process takes left out.
//! Ours also verifies what it has signed.
//!
//! Run: `tests/interop/prepare; cargo run --release -p silta-benches --bin peers`. A peer that is not there is left out, with the reason.
//! Arguments: names of documents, for a part of them: 10KiB, 100KiB, 2MiB, tags.

mod ours;
mod peer;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, ensure};
use comfy_table::Table;
use silta_benches::{
    Rsa,
    documents::{entries, request, sign},
    key_and_certificate, payload,
};

/// The documents: name, and bytes of payload in base64; none where nearly all is markup.
const DOCUMENTS: [(&str, Option<usize>); 4] = [
    ("10KiB", Some(10 << 10)),
    ("100KiB", Some(100 << 10)),
    ("2MiB", Some(2 << 20)),
    ("tags", None),
];

/// What is measured.
const OPERATIONS: [&str; 2] = ["sign", "verify"];

/// Medians in milliseconds by document and operation.
type Medians = BTreeMap<(String, String), f64>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let asked: Vec<String> = env::args().skip(1).collect();
    let is_asked = |name: &str| asked.is_empty() || asked.iter().any(|other| other == name);
    let documents: Vec<&str> = DOCUMENTS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| is_asked(name))
        .collect();
    ensure!(!documents.is_empty(), "no document has such a name");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    );
    let folder = target.join("peers");
    write_documents(&folder, &documents)?;
    let ours = ours::measure(&folder, &documents)?;
    let mut columns = vec![("Silta, in the sandbox".to_owned(), ours)];
    for peer in peer::all(&target) {
        match peer.measure(&folder, &documents) {
            Ok(measured) => columns.push(measured),
            Err(error) => println!("{} is left out: {error:#}", peer.name),
        }
    }
    println!("{}", table(&documents, &columns));
    Ok(())
}

fn write_documents(folder: &Path, documents: &[&str]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let write = |name: String, bytes: &[u8]| {
        let file = folder.join(name);
        fs::write(&file, bytes).with_context(|| format!("writing {}", file.display()))
    };
    let (key, certificate) = key_and_certificate()?;
    write("key.pem".into(), key.as_bytes())?;
    write("certificate.pem".into(), certificate.as_bytes())?;
    for (name, size) in DOCUMENTS {
        if !documents.contains(&name) {
            continue;
        }
        let document = match size {
            Some(size) => request(&base64_simd::STANDARD.encode_to_string(payload(size))),
            None => entries(),
        };
        write(format!("{name}.plain.xml"), document.as_bytes())?;
        write(
            format!("{name}.signed.xml"),
            &sign(&document, &mut Rsa::new()?)?,
        )?;
    }
    Ok(())
}

/// A row for each document and operation: ours in milliseconds, and the others as multiples of it.
fn table(documents: &[&str], columns: &[(String, Medians)]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    let names = columns.iter().map(|(name, _)| name.clone());
    table.set_header([String::new()].into_iter().chain(names));
    for document in documents {
        for operation in OPERATIONS {
            let key = ((*document).to_owned(), operation.to_owned());
            let ours = columns.first().and_then(|(_, medians)| medians.get(&key));
            let cell = |(_, medians): &(String, Medians)| {
                let median = medians.get(&key);
                let cell = median
                    .zip(ours)
                    .map(|(median, ours)| format!("{median:.3} ms ({:.2} ×)", median / ours));
                cell.unwrap_or_default()
            };
            let row = columns.iter().map(cell);
            table.add_row([format!("{operation}, {document}")].into_iter().chain(row));
        }
    }
    table
}
