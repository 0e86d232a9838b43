// SPDX-License-Identifier: Apache-2.0
//! What must hold for any input at all.
//!
//! Each module judges one part of the project by one function, `check`, which panics when something does not hold. A fuzzer calls it
//! with inputs that it makes up (`fuzz_targets`), a test with those that are kept (`tests/replay.rs`).

#![expect(
    clippy::panic,
    reason = "panicking is how a check says that something does not hold"
)]

pub mod base64;
pub mod bundle;
pub mod c14n;
mod choices;
pub mod customs;
#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "a module of the host, of which the paths use a part"
)]
mod digest;
pub mod document;
mod host;
mod memory;
#[allow(
    dead_code,
    reason = "a module of the host, of which the paths use a part"
)]
mod names;
pub mod path;
mod peer;
pub mod reader;
pub mod smtp;
pub mod soap;
pub mod suomifi_events;
pub mod suomifi_mail;
pub mod suomifi_soap;
mod textbook;
#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "a module of the host, of which the paths use a part"
)]
mod time;
mod trust;
pub mod verify;
pub mod xml_schema;

/// One check and the name it goes by: of its fuzz target, and of the folders with its inputs.
#[derive(Clone, Copy)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// Panics if something does not hold.
    pub run: fn(&[u8]),
    /// Whether any bytes of a document are an input that makes sense.
    pub takes_documents: bool,
}

/// All checks.
pub const CHECKS: [Check; 13] = [
    Check {
        name: "reader",
        run: reader::check,
        takes_documents: true,
    },
    Check {
        name: "c14n",
        run: c14n::check_thoroughly,
        takes_documents: true,
    },
    Check {
        name: "verify",
        run: verify::check,
        takes_documents: false,
    },
    Check {
        name: "base64",
        run: base64::check,
        takes_documents: false,
    },
    Check {
        name: "soap",
        run: soap::check,
        takes_documents: true,
    },
    Check {
        name: "customs",
        run: customs::check,
        takes_documents: true,
    },
    Check {
        name: "suomifi_soap",
        run: suomifi_soap::check,
        takes_documents: true,
    },
    Check {
        name: "suomifi_mail",
        run: suomifi_mail::check,
        takes_documents: false,
    },
    Check {
        name: "suomifi_events",
        run: suomifi_events::check,
        takes_documents: false,
    },
    Check {
        name: "smtp",
        run: smtp::check,
        takes_documents: false,
    },
    Check {
        name: "path",
        run: path::check,
        takes_documents: false,
    },
    Check {
        name: "bundle",
        run: bundle::check,
        takes_documents: true,
    },
    Check {
        name: "xml_schema",
        run: xml_schema::check,
        takes_documents: false,
    },
];
