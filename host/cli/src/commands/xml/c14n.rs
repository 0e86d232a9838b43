// SPDX-License-Identifier: Apache-2.0
//! `silta xml c14n`: canonical octets.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use silta::{Keyring, TrustStore};

use super::{Inspection, LARGEST_DOCUMENT, inspect, with_given};
use crate::{commands::Completion, failure::Failure, files, output::print_bytes};

/// Arguments of `silta xml c14n`.
#[derive(Debug, Args)]
pub(super) struct C14nArguments {
    /// The document.
    file: PathBuf,
    /// Identifier of the algorithm, such as `http://www.w3.org/2001/10/xml-exc-c14n#`.
    #[arg(long, value_name = "URI")]
    algorithm: String,
    /// Prefixes that the exclusive algorithm treats inclusively, separated by blanks; `#default` is the default namespace.
    #[arg(long, value_name = "PREFIXES", default_value = "")]
    prefix_list: String,
    /// Canonicalise the element with this Id.
    #[arg(long, value_name = "VALUE", conflicts_with = "path")]
    id: Option<String>,
    /// Canonicalise the element at this path, such as `/Envelope/Body`.
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
}

/// Writes the octets to standard output and nothing else.
pub(super) fn run(arguments: &C14nArguments) -> Result<Completion, Failure> {
    let asked = json!({
        "algorithm": arguments.algorithm,
        "prefix-list": arguments.prefix_list,
    });
    let asked = with_given(asked, [("id", &arguments.id), ("path", &arguments.path)]);
    let inspection = Inspection {
        settings: json!({ "canonicalize": asked }),
        trust: TrustStore::new(),
        keyring: Keyring::new(),
        clock: None,
        file: &arguments.file,
        document: files::read_blob(&arguments.file, LARGEST_DOCUMENT)?,
    };
    let outcome = inspect("canonicalize", inspection)?;
    for document in &outcome.documents {
        print_bytes(&document.content.to_vec())?;
    }
    Ok(Completion::Done)
}
