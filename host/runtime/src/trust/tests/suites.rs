// SPDX-License-Identifier: Apache-2.0
//! Suites of others, where they lie beside the project: x509-limbo, turned about so that it tests clients, and NIST PKITS, whose
//! files are in the PyPI package `cryptography-vectors`.

use std::{collections::BTreeSet, env, fs, path::Path};

use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde_json::Value;

use super::*;
use crate::time;

/// The folder of the suites, unless the variable names another.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors");

/// Names the folder of the suites.
const SUITES: &str = "SILTA_VECTORS";

/// Names the folder `x509/PKITS_data` of `cryptography-vectors`, unpacked.
const PKITS: &str = "SILTA_PKITS_DATA";

fn read(name: &str) -> Option<Value> {
    let folder = env::var_os(SUITES).unwrap_or_else(|| FOLDER.into());
    let path = Path::new(&folder).join(name);
    match fs::read(&path) {
        Ok(text) => Some(serde_json::from_slice(&text).unwrap()),
        Err(_) => {
            println!("skipped: there is no {}", path.display());
            None
        }
    }
}

fn texts<'v>(test: &'v Value, field: &str) -> Vec<&'v str> {
    let list = test[field].as_array().unwrap();
    list.iter().map(|text| text.as_str().unwrap()).collect()
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64_simd::STANDARD.encode_to_string(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// A verdict as text, from a set that may be refused already.
fn verdict(
    set: Result<AnchorSet, TrustError>,
    chain: &[Vec<u8>],
    at: SystemTime,
) -> Result<(), String> {
    let set = set.map_err(|error| error.to_string())?;
    let identified = set.identify(chain, CLIENT, at);
    identified.map(drop).map_err(|error| format!("{error:?}"))
}

#[derive(Default)]
struct Tally {
    right: usize,
    accepted: BTreeSet<String>,
    refused: Vec<String>,
}

impl Tally {
    fn add(&mut self, name: &str, valid: bool, verdict: Result<(), String>) {
        match (valid, verdict) {
            (true, Ok(())) | (false, Err(_)) => self.right += 1,
            (false, Ok(())) => drop(self.accepted.insert(name.to_owned())),
            (true, Err(reason)) => self.refused.push(format!("{name}: {reason}")),
        }
    }

    /// Nothing is accepted that must not be, but for these, whose rules are not judged here.
    fn assert_accepts_none_but(&self, rules: &[&str]) {
        println!("{} right", self.right);
        println!("refused though right: {:#?}", self.refused);
        let accepted: Vec<_> = self
            .accepted
            .iter()
            .filter(|name| !rules.iter().any(|rule| name.starts_with(rule)))
            .collect();
        println!("accepted, not judged here: {:#?}", self.accepted);
        assert_eq!(accepted, [""; 0]);
    }
}

#[test]
fn x509_limbo() {
    let Some(suite) = read("x509-limbo/limbo-client.json") else {
        return;
    };
    let mut tally = Tally::default();
    for test in suite["testcases"].as_array().unwrap() {
        let der =
            |pem: &&str| CertificateDer::from_pem_slice(pem.as_bytes()).map(|der| der.to_vec());
        let peer = test["peer_certificate"].as_str().unwrap();
        let others = texts(test, "untrusted_intermediates");
        let chain: Result<Vec<_>, _> = std::iter::once(&peer).chain(&others).map(der).collect();
        let Ok(chain) = chain else { continue };
        let mut set = AnchorSet::from_pem(texts(test, "trusted_certs").concat().as_bytes());
        let lists = texts(test, "crls").concat();
        if !lists.is_empty() {
            set = set.and_then(|set| set.with_revocation_lists(lists.as_bytes()));
        }
        let time = match test["validation_time"].as_str() {
            Some(time) => time
                .parse::<time::Moment>()
                .unwrap()
                .to_system_time()
                .unwrap(),
            None => at(1_735_000_000),
        };
        let valid = test["expected_result"] == "SUCCESS";
        tally.add(
            test["id"].as_str().unwrap(),
            valid,
            verdict(set, &chain, time),
        );
    }
    tally.assert_accepts_none_but(&[
        // What browsers demand of the authorities they know, and names of servers.
        "webpki::",
        "rfc5280::san::",
        // Demanded of those who issue, and no reason to refuse: identifiers, numbers, what is marked critical.
        "crl::crlnumber-",
        "rfc5280::aki::",
        "rfc5280::ski::",
        "rfc5280::serial::",
        "rfc5280::ca-empty-subject",
        "rfc5280::leaf-ku-keycertsign",
        "rfc5280::nc::invalid-dnsname-leading-period",
        "rfc5280::nc::not-allowed-in-ee-",
        "rfc5280::nc::permitted-dns-match-noncritical",
        // An anchor is a name and a key.
        "rfc5280::root-non-critical-basic-constraints",
        "rfc5280::unknown-critical-extension-root",
        "rfc5280::validity::expired-root",
        // A limit that has no setting.
        "pathlen::max-chain-depth-",
        // Policies.
        "rfc5280::pc::ica-noncritical-pc",
    ]);
}

#[test]
fn nist_pkits() {
    let Some(folder) = env::var_os(PKITS) else {
        println!("skipped: {PKITS} does not name the folder of the files");
        return;
    };
    let Some(suite) = read("pkits/tests.json") else {
        return;
    };
    let folder = Path::new(&folder);
    let mut tally = Tally::default();
    for test in suite.as_array().unwrap() {
        let file = |kind: &str, name: &str| fs::read(folder.join(kind).join(name)).unwrap();
        let certificates = texts(test, "certs").into_iter();
        let certificates = certificates.map(|name| file("certs", &format!("{name}.crt")));
        let mut certificates: Vec<_> = certificates.collect();
        let anchor = certificates.remove(0);
        certificates.reverse();
        let lists = texts(test, "crls").into_iter();
        let lists = lists.map(|name| pem("X509 CRL", &file("crls", &format!("{name}.crl"))));
        let lists: String = lists.collect();
        let set = AnchorSet::from_pem(pem("CERTIFICATE", &anchor).as_bytes());
        let set = set.and_then(|set| set.with_revocation_lists(lists.as_bytes()));
        let valid = test["expect"].as_bool().unwrap();
        let name = format!(
            "{} {}",
            test["num"].as_str().unwrap(),
            test["title"].as_str().unwrap()
        );
        // 2020-01-01
        tally.add(&name, valid, verdict(set, &certificates, at(1_577_836_800)));
    }
    // Policies are not judged: a path is good or bad whatever it was issued under.
    tally.assert_accepts_none_but(&["4.8.", "4.9.", "4.10.", "4.11.", "4.12."]);
}
