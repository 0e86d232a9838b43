// SPDX-License-Identifier: Apache-2.0
//! What the inspector says of a signature, for people and for programs.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use silta::{
    exchange::{Document, Outcome, RetryClass},
    time::Moment,
};

use crate::{
    failure::Failure,
    output::{facts, printable, section},
};

/// The inspector's report, as its one event carries it.
pub(super) struct Report {
    valid: bool,
    report: Value,
}

impl Report {
    /// Reads the report, and puts the explained octets into it.
    pub(super) fn of(outcome: &Outcome) -> Result<Self, Failure> {
        let event = outcome.events.first();
        let report = event.and_then(|event| serde_json::from_str(&event.data).ok());
        let Some(mut report) = report else {
            let message = "the inspector gave no report; this is a defect of the program";
            return Err(Failure::internal("report.missing", message));
        };
        complete(&mut report, &outcome.documents);
        let entries = report.get_mut("signatures").and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten() {
            complete(entry, &outcome.documents);
        }
        Ok(Self {
            valid: outcome.class == RetryClass::Done,
            report,
        })
    }

    pub(super) fn is_valid(&self) -> bool {
        self.valid
    }

    /// What to think of where a signature was put into a document that had some.
    pub(super) fn earlier_signatures(&self) -> Option<&'static str> {
        let earlier = self.report.get("earlierSignatures")?.as_u64()?;
        (earlier > 0).then_some(
            "the document had signatures before; those that cover the place of the new one, or in an inclusive form something within the body of a message, may not fit any more; `silta xml verify` tells which",
        )
    }

    pub(super) fn into_json(self) -> Value {
        self.report
    }

    pub(super) fn to_text(&self, file: &Path) -> String {
        let mut text = self.verdict(file);
        text.push_str(&self.signatures());
        text.push_str(&covered(&self.report, "Covered"));
        text.push_str(&explained(&self.report));
        for entry in self.entries() {
            let number = plain(&entry["number"]);
            text.push_str(&covered(entry, &format!("Covered by signature {number}")));
            let explained = explained(entry);
            if !explained.is_empty() {
                text.push_str(&format!("\nSignature {number}\n{explained}"));
            }
        }
        text
    }

    /// Each of several signatures.
    fn entries(&self) -> &[Value] {
        let entries = self.report.get("signatures").and_then(Value::as_array);
        entries.map(Vec::as_slice).unwrap_or_default()
    }

    fn signatures(&self) -> String {
        if self.entries().is_empty() {
            return String::new();
        }
        let rows = self.entries().iter().map(|entry| {
            let string = |pointer: &str| entry.pointer(pointer).map(plain).unwrap_or_default();
            let is_valid = entry["valid"].as_bool() == Some(true);
            let verdict = if is_valid { "valid" } else { "NOT VALID" };
            let reason = if is_valid {
                String::new()
            } else {
                string("/code")
            };
            vec![
                string("/number"),
                string("/element"),
                verdict.to_owned(),
                string("/signer/subject"),
                reason,
            ]
        });
        section(
            "Signatures",
            &["number", "element", "verdict", "signer", "code"],
            rows.collect(),
        )
    }

    fn verdict(&self, file: &Path) -> String {
        let mut lines = vec![("document", file.display().to_string()), self.summary()];
        if !self.valid {
            lines.push(("reason", self.string("/message")));
            lines.push(("code", self.string("/code")));
            lines.push(("where", self.place()));
        }
        if self.report.pointer("/signer").is_some_and(Value::is_object) {
            lines.push(("signer", self.signer()));
            lines.push(("issuer", self.string("/signer/issuer")));
            lines.push(("fingerprint", self.string("/signer/fingerprint")));
            lines.push(("trusted", self.trust()));
        }
        if let Some(algorithm) = self.report.pointer("/signature/algorithm") {
            lines.push(("algorithm", plain(algorithm)));
        }
        facts(&lines)
    }

    fn summary(&self) -> (&'static str, String) {
        let verdict = if self.valid { "valid" } else { "NOT VALID" };
        match self.entries() {
            [] => ("signature", verdict.to_owned()),
            several if self.valid => ("signatures", format!("{}, all valid", several.len())),
            several => (
                "signatures",
                format!("{verdict} ({} in the document)", several.len()),
            ),
        }
    }

    fn place(&self) -> String {
        match (self.string("/path"), self.report.get("line")) {
            (path, Some(line)) => {
                let column = self.report.get("column").map(plain).unwrap_or_default();
                format!("{path} line {line}, column {column}")
                    .trim_start()
                    .to_owned()
            }
            (path, None) => path,
        }
    }

    fn signer(&self) -> String {
        match self.string("/signer/subject") {
            subject if subject.is_empty() => "a key without a name".to_owned(),
            subject => subject,
        }
    }

    fn trust(&self) -> String {
        let until = self.string("/signer/notAfter");
        let pinned = self.report.pointer("/signer/pinned");
        match (pinned.and_then(Value::as_bool), until.is_empty()) {
            (Some(true), true) => "pinned (its own validity has no end)".to_owned(),
            (Some(true), false) => format!("pinned (its own validity ends {until})"),
            (_, true) => "leads to an anchor; valid without end".to_owned(),
            (_, false) => format!("leads to an anchor; valid until {until}"),
        }
    }

    fn string(&self, pointer: &str) -> String {
        self.report.pointer(pointer).map(plain).unwrap_or_default()
    }
}

/// What the references of a signature cover.
pub(super) fn covered(report: &Value, heading: &str) -> String {
    let Some(covered) = report.get("covered").and_then(Value::as_array) else {
        return String::new();
    };
    let rows = covered.iter().map(|part| {
        let bytes = format!("{}–{}", plain(&part["start"]), plain(&part["end"]));
        let columns = ["path", "what", "uri", "digest"].map(|column| plain(&part[column]));
        columns.into_iter().chain([bytes]).collect()
    });
    section(
        heading,
        &["element", "covered", "reference", "digest", "bytes"],
        rows.collect(),
    )
}

fn explained(report: &Value) -> String {
    let Some(explained) = report.get("explained").and_then(Value::as_array) else {
        return String::new();
    };
    let mut text = String::new();
    for part in explained {
        let decoded = match part["decoded"].as_bool() {
            Some(true) => ", decoded from base64",
            _ => "",
        };
        let heading = match part["reference"].as_u64() {
            Some(number) => format!("Reference {number} ({}){decoded}", plain(&part["uri"])),
            None => "SignedInfo".to_owned(),
        };
        text.push_str(&format!("\n{heading}\n"));
        if part["reference"].is_u64() {
            text.push_str(&facts(&[
                ("digest in the document", plain(&part["declared"])),
                ("digest of what is there", plain(&part["computed"])),
            ]));
        }
        let octets = match part.get("canonicalBase64") {
            Some(base64) => format!("not text; in base64: {}", plain(base64)),
            None => plain(&part["canonical"]),
        };
        text.push_str(&format!("{}\n", printable(&octets)));
    }
    text
}

/// Puts the explained octets into a report, and its times as people write them.
fn complete(report: &mut Value, documents: &[Document]) {
    explain(report, documents);
    for field in ["/signer/notBefore", "/signer/notAfter"] {
        if let Some(seconds) = report.pointer_mut(field) {
            date(seconds);
        }
    }
}

/// Adds to each explained part its octets: as text where they are text, in base64 where they are not.
fn explain(report: &mut Value, documents: &[Document]) {
    let Some(explained) = report.get_mut("explained").and_then(Value::as_array_mut) else {
        return;
    };
    for part in explained {
        let name = part["document"].as_str().unwrap_or_default().to_owned();
        let document = documents.iter().find(|document| document.name == name);
        if let (Some(part), Some(document)) = (part.as_object_mut(), document) {
            let octets = document.content.to_vec();
            let (field, value) = match String::from_utf8(octets) {
                Ok(text) => ("canonical", json!(text)),
                Err(error) => ("canonicalBase64", json!(STANDARD.encode(error.as_bytes()))),
            };
            part.remove("document");
            part.insert(field.to_owned(), value);
        }
    }
}

/// Seconds since 1970 become a time for people.
fn date(seconds: &mut Value) {
    let time = seconds.as_i64().and_then(|seconds| Moment::new(seconds, 0));
    if let Some(time) = time {
        *seconds = json!(time.to_string());
    }
}

/// A value as people read it.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
