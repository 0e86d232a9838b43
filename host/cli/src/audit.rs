//! The audit trail of signatures as a file: one JSON object a line.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

use silta::observe::{AuditLog, SignatureRecord};

/// Appends to a file, and has each record on disk before the component gets its signature.
#[derive(Debug)]
pub(crate) struct AuditFile {
    file: Mutex<File>,
}

impl AuditFile {
    /// Opens the file, or makes it.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o640);
        }
        Ok(Self {
            file: Mutex::new(options.open(path)?),
        })
    }
}

impl AuditLog for AuditFile {
    fn record(&self, record: &SignatureRecord) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // One write per line: lines of several processes do not mix.
        file.write_all(&line)?;
        file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use silta::{SignatureAlgorithm, observe::CallId};

    use super::*;

    #[test]
    fn records_are_lines_of_json() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let record = SignatureRecord {
            call: CallId {
                agency: "tulli".into(),
                generation: 1,
                operation: "upload".into(),
            },
            role: "builder".into(),
            algorithm: SignatureAlgorithm::RsaSha256,
            certificate: "ab".into(),
            signed: "cd".into(),
            at: 1_700_000_000,
        };
        AuditFile::open(&path).unwrap().record(&record).unwrap();
        AuditFile::open(&path).unwrap().record(&record).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1]["agency"], "tulli");
        assert_eq!(lines[1]["algorithm"], "rsa-sha256");
    }
}
