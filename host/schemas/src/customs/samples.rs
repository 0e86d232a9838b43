// SPDX-License-Identifier: Apache-2.0
//! What Customs says by a package, with made-up data: whether anything can be said by it, and whether what is said is valid.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Comparison, Form};
use crate::{Package, Said};

/// A message of Customs with made-up data.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The setting below `names` that has the name of its element, such as `upload-response`.
    pub name: String,
    /// The element that a message has in its body, or the document; or why the package has no room for it.
    pub written: Result<String, String>,
    /// What of it is not valid.
    pub violations: Vec<String>,
}

/// Everything that Customs says: an answer to each operation, a reply, a call of a notification service. `echo` is the text that is sent back.
pub fn samples(package: &Package, comparison: &Comparison, echo: &str) -> Vec<Sample> {
    let is_said = |form: &&Form| {
        let is_ours = form.name == "notify-response" || form.name == "application-request";
        !is_ours && (!form.name.ends_with("-request") || form.name == "notify-request")
    };
    let find = |name: &str| comparison.forms.iter().find(|form| form.name == name);
    let reply = find("application-response").map(|form| {
        let said = said(form, echo, None);
        package.compose(form, &said, "ar")
    });
    let said_forms = comparison.forms.iter().filter(is_said);
    let samples = said_forms.map(|form| {
        let document = match &reply {
            Some(Err(error)) if form.name == "download-response" => {
                Err(format!("its document cannot be made: {error}"))
            }
            Some(Ok(document)) => Ok(Some(document.as_str())),
            _ => Ok(None),
        };
        let written = document.and_then(|document| {
            let written = package.compose(form, &said(form, echo, document), "n");
            written.map_err(|error| error.to_string())
        });
        let judged = written.as_ref().map(|text| package.judge(text.as_bytes()));
        let violations = match judged {
            Ok(Ok(judged)) => judged.violations,
            Ok(Err(unjudged)) => vec![unjudged.to_string()],
            Err(_) => Vec::new(),
        };
        Sample {
            name: form.name.clone(),
            written,
            violations,
        }
    });
    samples.collect()
}

/// Data of the usual kind; with one entry where there may be several.
fn said(form: &Form, echo: &str, reply: Option<&str>) -> Said {
    let values = [
        ("code", "000"),
        ("text", "OK"),
        ("timestamp", "2026-01-31T12:00:00.000Z"),
        ("intermediary", "1234567-1"),
        ("declarant", "1234567-1"),
        ("builder", "1234567-1"),
        ("application", "INTRASTAT"),
        ("environment", "TEST"),
        ("reference", "1a2b3c4d5e6f7g"),
        ("storage-id", "{9fb38fad-1c2d-4e5f-8a9b-0c1d2e3f4a5b}"),
        ("content-format", "application/xml"),
        ("content", "PHgvPg=="),
        ("start-timestamp", "2026-01-31T11:00:00.000Z"),
        ("end-timestamp", "2026-01-31T12:00:00.000Z"),
        ("echo", echo),
    ];
    let values = values.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let mut values = BTreeMap::from(values);
    if let Some(reply) = reply {
        values.insert("application-response".to_owned(), STANDARD.encode(reply));
    }
    // Said of each entry only, as the simulator does; a call of a notification service says all of its one message.
    let of_entries: &[&str] = match form.name.as_str() {
        _ if form.entries.is_none() => &[],
        "download-list-response" => &[
            "storage-id",
            "declarant",
            "builder",
            "application",
            "reference",
            "content-format",
        ],
        "application-response" => &["content-format", "content"],
        _ => &[],
    };
    let entry = match of_entries {
        [] => values.clone(),
        of_entries => {
            let (entry, rest) = values
                .into_iter()
                .partition(|(name, _)| of_entries.contains(&name.as_str()));
            values = rest;
            entry
        }
    };
    Said {
        entries: form.entries.iter().map(|_| entry.clone()).collect(),
        values,
        ..Said::default()
    }
}
