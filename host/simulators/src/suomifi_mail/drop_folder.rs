// SPDX-License-Identifier: Apache-2.0
//! A folder that mails are written into.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use super::delivery::MailDelivery;
use crate::ledger::lock;

/// Where the lines about the mails are.
const INDEX: &str = "mails.jsonl";

/// Most mails in a folder.
const MOST: u32 = 1_000_000;

pub(super) struct DropFolder {
    path: PathBuf,
    /// Number of the next mail, and the only writer.
    next: Mutex<u32>,
}

impl DropFolder {
    /// Makes the folder if it is not there. Files that are there stay.
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&path)?;
        Ok(Self {
            path,
            next: Mutex::new(1),
        })
    }

    /// Writes a mail and then its line; notes the file in the record.
    pub(super) fn write(&self, delivery: &mut MailDelivery) {
        if let Err(error) = self.try_write(delivery) {
            delivery.file = None;
            delivery.file_problem = Some(format!(
                "{} cannot be written into: {error}",
                self.path.display()
            ));
        }
    }

    fn try_write(&self, delivery: &mut MailDelivery) -> io::Result<()> {
        let mut next = lock(&self.next);
        let (name, mut file) = loop {
            let name = format!("{:06}-{}.eml", *next, delivery.kind.name());
            *next += 1;
            if *next > MOST {
                return Err(io::Error::other("there are a million mails already"));
            }
            let created = OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(self.path.join(&name));
            match created {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                created => break (name, created?),
            }
        };
        file.write_all(&delivery.mail)?;
        delivery.file = Some(name);
        let line = format!("{}\n", delivery.description());
        let index = self.path.join(INDEX);
        OpenOptions::new()
            .append(true)
            .create(true)
            .open(index)?
            .write_all(line.as_bytes())
    }
}
