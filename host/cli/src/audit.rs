// SPDX-License-Identifier: Apache-2.0
//! The audit trail of signatures as a file: one JSON object a line.

use std::{io, path::Path, time::SystemTime};

use serde_json::{Value, json};
use silta::{
    observe::{AuditLog, CallId, RequestRecord, SignatureRecord},
    time::Moment,
};

use crate::{output::json_line, records::Records};

/// Appends to a file, and has each record on disk before what it tells of leaves the host.
#[derive(Debug)]
pub(crate) struct AuditFile {
    records: Records,
}

impl AuditFile {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// It cannot be opened, or is no regular file: nothing else has what is written to it on disk.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let records = Records::open(path)?;
        Ok(Self { records })
    }

    fn append(&self, kind: &str, at: SystemTime, record: Value) -> io::Result<()> {
        let time = Moment::from_system_time(at);
        let time = time.ok_or_else(|| io::Error::other("the time is beyond the calendar"))?;
        let mut line = json!({"record": kind, "time": time.to_string()});
        if let (Value::Object(line), Value::Object(record)) = (&mut line, record) {
            line.extend(record);
        }
        self.records.append(&json_line(&line))
    }
}

impl AuditLog for AuditFile {
    fn record(&self, record: &SignatureRecord) -> io::Result<()> {
        self.append("signature", record.time, serde_json::to_value(record)?)
    }

    fn request(&self, record: &RequestRecord) -> io::Result<()> {
        let CallId {
            agency,
            generation,
            operation,
            ..
        } = &record.call;
        let members = json!({
            "agency": agency,
            "generation": generation,
            "operation": operation,
            "callId": record.call_id,
            "reference": record.reference,
            "bodySha256": record.body_sha256(),
        });
        self.append("request", record.time, members)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use silta::{Blob, SignatureAlgorithm};

    use super::*;

    fn call() -> CallId {
        CallId {
            agency: "tulli".into(),
            generation: 1,
            operation: "upload".into(),
            is_self_test: false,
        }
    }

    #[test]
    fn records_are_lines_of_json() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_500);
        let signature = SignatureRecord {
            call: call(),
            call_id: "0192".into(),
            role: "builder".into(),
            algorithm: SignatureAlgorithm::RsaSha256,
            certificate: "ab".into(),
            signed: "cd".into(),
            at: 1_700_000_000,
            time,
        };
        let request = RequestRecord {
            call: call(),
            call_id: "0192".into(),
            reference: "R-1".into(),
            body: Blob::empty(),
            time,
        };
        AuditFile::open(&path).unwrap().record(&signature).unwrap();
        AuditFile::open(&path).unwrap().request(&request).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(
            lines,
            [
                json!({
                    "record": "signature",
                    "time": "2023-11-14T22:13:20.5Z",
                    "agency": "tulli",
                    "generation": 1,
                    "operation": "upload",
                    "callId": "0192",
                    "role": "builder",
                    "algorithm": "rsa-sha256",
                    "certificate": "ab",
                    "signed": "cd",
                    "at": 1_700_000_000,
                }),
                json!({
                    "record": "request",
                    "time": "2023-11-14T22:13:20.5Z",
                    "agency": "tulli",
                    "generation": 1,
                    "operation": "upload",
                    "callId": "0192",
                    "reference": "R-1",
                    "bodySha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                }),
            ]
        );
    }

    #[test]
    fn what_is_no_file_keeps_nothing() {
        for path in ["/dev/null", "/dev/full", "/"] {
            AuditFile::open(Path::new(path)).unwrap_err();
        }
    }
}
