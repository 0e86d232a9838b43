// SPDX-License-Identifier: Apache-2.0
//! A client that takes entries out of the inbox, and does not always do it well.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, SystemTime},
};

use aws_lc_rs::digest;
use serde_json::{Value, json};

use super::{
    platform::Answer,
    scene::Scene,
    story::{Delivered, Said, Want},
};
use crate::{history::moment, random::Random};

/// Entries at once, and for how many seconds.
const ENTRIES: u64 = 8;
const LEASE_SECONDS: u64 = 3;

/// Seconds that it waits for entries.
const WAIT_SECONDS: u64 = 1;

/// A client of the inbox.
pub(crate) struct Taker<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) random: Random,
    /// Until then it lets leases run out, hands entries back and extends its time now and then; never, where there is nothing.
    pub(crate) careless_until: Option<&'a AtomicBool>,
}

impl Taker<'_> {
    /// Takes, verifies and acknowledges until it is over.
    pub(crate) fn take(mut self, is_over: &AtomicBool) {
        while !is_over.load(Ordering::SeqCst) {
            let path =
                format!("/v1/inbox?wait={WAIT_SECONDS}&limit={ENTRIES}&lease={LEASE_SECONDS}");
            let begun = SystemTime::now();
            let Answer::Came(200, list) = self.scene.platform.get(&path) else {
                thread::sleep(Duration::from_millis(50));
                continue;
            };
            let ended = SystemTime::now();
            let entries = list["entries"].as_array().unwrap();
            let delivered = entries.iter().map(|taken| Delivered {
                position: taken["entry"]["position"].as_u64().unwrap(),
                epoch: taken["lease"]["epoch"].as_u64().unwrap(),
                begun,
                ended,
                until: moment(&taken["lease"]["until"]),
            });
            let delivered: Vec<_> = delivered.collect();
            let mut books = self.scene.books();
            for (taken, delivered) in entries.iter().zip(&delivered) {
                books.story.delivered.push(delivered.clone());
                books.see(&taken["entry"]);
            }
            drop(books);
            for (taken, delivered) in entries.iter().zip(&delivered) {
                self.handle(&taken["entry"], delivered);
            }
        }
    }

    fn handle(&mut self, entry: &Value, delivered: &Delivered) {
        for document in entry["documents"].as_array().unwrap() {
            let Some(bytes) = self
                .scene
                .platform
                .bytes(document["href"].as_str().unwrap())
            else {
                // It comes again when its lease ends.
                return;
            };
            assert_eq!(sha256(&bytes), document["sha256"], "another document");
        }
        let careless = self.careless_until;
        let chance = match careless.is_some_and(|until| !until.load(Ordering::SeqCst)) {
            true => self.random.below(20),
            false => u64::MAX,
        };
        match chance {
            // Lost, with whoever had it.
            0 | 1 => return,
            2 => {
                let seconds = self.random.below(2);
                let body = json!({"epoch": delivered.epoch, "delaySeconds": seconds});
                return self.say(delivered, Want::Nack, &body);
            }
            3 => {
                let body = json!({"epoch": delivered.epoch, "leaseSeconds": LEASE_SECONDS});
                self.say(delivered, Want::Extend, &body);
            }
            _ => {}
        }
        self.say(delivered, Want::Ack, &json!({"epoch": delivered.epoch}));
    }

    fn say(&self, delivered: &Delivered, want: Want, body: &Value) {
        let what = match want {
            Want::Ack => "ack",
            Want::Nack => "nack",
            Want::Extend => "extend",
        };
        let path = format!("/v1/inbox/{}/{what}", delivered.position);
        let answer = match self.scene.platform.post(&path, body) {
            Answer::Came(status, problem) => {
                let is_known = matches!(status, 200 | 204 | 409 | 429 | 503);
                assert!(is_known, "{what}: answered {status}: {problem}");
                Some((SystemTime::now(), status))
            }
            Answer::None => None,
        };
        self.scene.books().story.said.push(Said {
            position: delivered.position,
            epoch: delivered.epoch,
            want,
            answer,
        });
    }
}

fn sha256(bytes: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, bytes);
    let bytes = digest.as_ref().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}
