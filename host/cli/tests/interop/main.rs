// SPDX-License-Identifier: Apache-2.0
//! Canonical bytes and signatures against those of others, both ways: libxml2 and lxml; xmlsec1, python-xmlsec, signxml, xml-crypto and
//! the JDK. What the program builds for Customs, by libxml2, libxmlsec1 and OpenSSL. SOAP messages against the stacks zeep and soap for node, and calls of Suomi.fi's return
//! channel made by those. The simulated REST API of Suomi.fi against inputs that schemathesis makes. The operator's page in a browser. What webhooks push, by the library of their receivers. What a collector is told of traces, by OpenTelemetry's messages. Golden calls of components in hosts of other languages. Components in JavaScript, by componentize-js. `tests/interop/prepare` installs them, `tests/interop/README.md` says what
//! is compared with what.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise, and so do the functions it is made of"
)]

mod api;
mod built;
mod canonical;
mod case;
#[path = "../all/client.rs"]
mod client;
mod clients;
mod flaw;
mod generator;
mod hosts;
#[path = "../all/identities.rs"]
#[expect(dead_code, reason = "the other tests of the program use more of it")]
mod identities;
mod identity;
mod javascript;
mod libxml2;
mod ours;
mod page;
mod peers;
mod program;
#[path = "../all/project.rs"]
#[expect(dead_code, reason = "the other tests of the program use more of it")]
mod project;
mod random;
mod registry;
mod rest;
#[path = "../all/return_channel.rs"]
mod return_channel;
mod running;
mod shapes;
mod signatures;
#[path = "../all/signers.rs"]
mod signers;
mod soap;
mod suomifi;
mod telemetry;
mod vectors;
mod webhooks;
