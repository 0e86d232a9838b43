// SPDX-License-Identifier: Apache-2.0
//! Suites of others: NIST PKITS, whose files are in the PyPI package `cryptography-vectors`, and x509-limbo, turned about so that it
//! tests clients. What is to come out lies beside the project. Where something is missing a suite says that it is skipped.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde_json::Value;

use super::*;
use crate::time;

/// The folder of the suites, unless the variable names another.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors");

/// Names the folder of the suites.
const SUITES: &str = "SILTA_VECTORS";

/// Names the folder `x509/PKITS_data` of `cryptography-vectors`, unless `tests/interop/prepare` has installed it.
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

/// The folder of PKITS' files; fails where tools are required and those of Python are installed without it.
fn pkits_data() -> Option<PathBuf> {
    if let Some(folder) = env::var_os(PKITS) {
        return Some(folder.into());
    }
    let program = env::current_exe().unwrap();
    // target, above release/deps.
    let python = program.ancestors().nth(3).unwrap().join("interop/python");
    let versions = fs::read_dir(python.join("lib")).into_iter().flatten();
    let data = "site-packages/cryptography_vectors/x509/PKITS_data";
    let mut folders = versions.map(|version| version.unwrap().path().join(data));
    let found = folders.find(|folder| folder.is_dir());
    if found.is_none() {
        let required = env::var("SILTA_REQUIRE_INTEROP").is_ok_and(|value| value == "1");
        let reason = "cryptography-vectors is not installed; tests/interop/prepare does";
        assert!(!(required && python.is_dir()), "{reason}");
        println!("skipped: {reason}");
    }
    found
}

fn texts<'v>(test: &'v Value, field: &str) -> Vec<&'v str> {
    let list = test[field].as_array().unwrap();
    list.iter().map(|text| text.as_str().unwrap()).collect()
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64_simd::STANDARD.encode_to_string(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// The clock of a suite is the clock.
fn exact(set: AnchorSet) -> AnchorSet {
    set.with_clock_tolerance(ClockTolerance {
        certificates: Duration::ZERO,
        lists: Duration::ZERO,
    })
}

/// A verdict as text, from a set that may be refused already.
fn verdict(
    set: Result<AnchorSet, TrustError>,
    chain: &[Vec<u8>],
    purpose: Purpose,
    at: SystemTime,
) -> Result<(), String> {
    let set = exact(set.map_err(|error| error.to_string())?);
    let identified = set.identify(chain, purpose, at);
    identified.map(drop).map_err(|error| format!("{error:?}"))
}

/// Verdicts by what is tested: right, accepted that must not be, refused that are right.
#[derive(Default)]
struct Tally {
    groups: BTreeMap<String, [usize; 3]>,
    accepted: BTreeSet<String>,
    refused: BTreeMap<String, String>,
}

impl Tally {
    fn add(&mut self, group: &str, name: &str, valid: bool, verdict: Result<(), String>) {
        let column = match (valid, verdict) {
            (true, Ok(())) | (false, Err(_)) => 0,
            (false, Ok(())) => {
                self.accepted.insert(name.to_owned());
                1
            }
            (true, Err(reason)) => {
                self.refused.insert(name.to_owned(), reason);
                2
            }
        };
        self.groups.entry(group.to_owned()).or_default()[column] += 1;
    }

    /// Nothing is accepted that must not be, and nothing refused that is right, but for these, by their beginnings.
    fn assert_wrong_only(&self, accepted: &[&str], refused: &[&str]) {
        println!("{:24} right accepted refused", "");
        let mut sums = [0; 3];
        for (group, counts) in &self.groups {
            let [right, accepted, refused] = counts;
            println!("{group:24} {right:5} {accepted:8} {refused:7}");
            sums.iter_mut()
                .zip(counts)
                .for_each(|(sum, count)| *sum += count);
        }
        let [right, wrong, missed] = sums;
        println!("{:24} {right:5} {wrong:8} {missed:7}", "all");
        println!("accepted: {:#?}", self.accepted);
        println!("refused: {:#?}", self.refused);
        let unknown = |name: &&String, known: &[&str]| {
            !known.iter().any(|beginning| name.starts_with(beginning))
        };
        let of_accepted = self.accepted.iter().filter(|name| unknown(name, accepted));
        assert_eq!(of_accepted.collect::<Vec<_>>(), [""; 0]);
        let of_refused = self.refused.keys().filter(|name| unknown(name, refused));
        assert_eq!(of_refused.collect::<Vec<_>>(), [""; 0]);
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
        // What was of clients is of servers, and the other way round.
        let purpose = match test["validation_kind"].as_str() {
            Some("CLIENT") => Purpose::TlsServer,
            _ => CLIENT,
        };
        let valid = test["expected_result"] == "SUCCESS";
        let name = test["id"].as_str().unwrap();
        let parts: Vec<&str> = name.split("::").collect();
        let group = parts[..parts.len() - 1].join("::");
        tally.add(&group, name, valid, verdict(set, &chain, purpose, time));
    }
    let accepted = [
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
        "rfc5280::nc::not-allowed-in-ee-",
        "rfc5280::nc::permitted-dns-match-noncritical",
        "rfc5280::pc::ica-noncritical-pc",
        // An anchor is a name and a key.
        "rfc5280::root-non-critical-basic-constraints",
        "rfc5280::unknown-critical-extension-root",
        "rfc5280::validity::expired-root",
        // A limit that has no setting.
        "pathlen::max-chain-depth-",
    ];
    let refused = [
        // More than is looked at.
        "cve::cve-2024-0567",
        // An authority is nobody's client.
        "pathlen::validation-ignores-pathlen-in-leaf",
        "rfc5280::ca-as-leaf",
    ];
    tally.assert_wrong_only(&accepted, &refused);
}

/// The settings of a test of PKITS, by the names of its documentation.
fn demands(settings: &[&str]) -> path::PolicyDemands {
    let mut demands = path::PolicyDemands::default();
    for setting in settings {
        match setting.split_once('=').unwrap() {
            ("InitialPolicySet", policies) => {
                for policy in policies.trim_matches('"').split(',') {
                    let number: u8 = policy.rsplit('-').next().unwrap().parse().unwrap();
                    // 2.16.840.1.101.3.2.1.48
                    let below = [0x60, 0x86, 0x48, 1, 0x65, 3, 2, 1, 48];
                    demands.accepted.push([&below[..], &[number]].concat());
                }
            }
            ("InitialExplicitPolicy", "true") => demands.is_explicit = true,
            ("InitialPolicyMappingInhibit", "true") => demands.no_mapping = true,
            ("InitialInhibitAnyPolicy", "true") => demands.no_any = true,
            other => panic!("{other:?}"),
        }
    }
    demands
}

#[test]
fn nist_pkits() {
    let Some(suite) = read("pkits/tests.json") else {
        return;
    };
    let Some(folder) = pkits_data() else {
        return;
    };
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
        let set = set.map(|mut set| {
            set.judges.demands = demands(&texts(test, "settings"));
            set
        });
        let valid = test["expect"].as_bool().unwrap();
        let number = test["num"].as_str().unwrap();
        let name = format!("{number} {}", test["title"].as_str().unwrap());
        let (group, _) = number.rsplit_once('.').unwrap();
        // 2020-01-01
        let verdict = verdict(set, &certificates, CLIENT, at(1_577_836_800));
        tally.add(group, &name, valid, verdict);
    }
    let refused = [
        // The library has no DSA.
        "4.1.4 ",
        "4.1.5 ",
        // The certificate at the end is one of an authority, which is nobody's client.
        "4.6.8 ",
        "4.6.14 ",
        "4.8.6 Overlapping Policies Test6 (Subpart 1)",
        "4.8.6 Overlapping Policies Test6 (Subpart 2)",
        "4.14.13 ",
    ];
    tally.assert_wrong_only(&[], &refused);
}
