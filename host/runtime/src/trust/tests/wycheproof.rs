// SPDX-License-Identifier: Apache-2.0
//! The vectors of project Wycheproof, where they lie beside the project.

use std::{fs, path::Path};

use serde_json::Value;

use super::*;
use VerificationAlgorithm as A;

/// The folder of the vectors.
const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/vectors/wycheproof"
);

/// The algorithm of a group; `None` for one that is not verified here.
fn algorithm(group: &Value) -> Option<A> {
    let text = |name: &str| group[name].as_str().unwrap();
    Some(match (text("type"), text("sha")) {
        ("RsassaPkcs1Verify", "SHA-256") => A::RsaSha256,
        ("RsassaPkcs1Verify", "SHA-384") => A::RsaSha384,
        ("RsassaPkcs1Verify", "SHA-512") => A::RsaSha512,
        ("RsassaPssVerify", sha) if text("mgf") == "MGF1" && text("mgfSha") == sha => {
            match (sha, group["sLen"].as_u64().unwrap()) {
                ("SHA-256", 32) => A::RsaPssSha256,
                ("SHA-384", 48) => A::RsaPssSha384,
                ("SHA-512", 64) => A::RsaPssSha512,
                _ => return None,
            }
        }
        ("EcdsaP1363Verify", "SHA-256") => A::EcdsaSha256,
        ("EcdsaP1363Verify", "SHA-384") => A::EcdsaSha384,
        ("EcdsaP1363Verify", "SHA-512") => A::EcdsaSha512,
        _ => return None,
    })
}

fn bytes(hexadecimal: &Value) -> Vec<u8> {
    let text = hexadecimal.as_str().unwrap();
    (0..text.len())
        .step_by(2)
        .map(|place| u8::from_str_radix(&text[place..place + 2], 16).unwrap())
        .collect()
}

/// Runs a file and returns how many signatures had to verify and how many had not to.
fn run(file: &Path) -> (usize, usize) {
    let content: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let store = TrustStore::new();
    let (mut valid, mut invalid) = (0, 0);
    for group in content["testGroups"].as_array().unwrap() {
        let Some(algorithm) = algorithm(group) else {
            continue;
        };
        let key = bytes(&group["publicKeyDer"]);
        for test in group["tests"].as_array().unwrap() {
            let result = store.verify(algorithm, &key, &bytes(&test["msg"]), &bytes(&test["sig"]));
            let told = format!("{} {}: {result:?}", file.display(), test["tcId"]);
            match test["result"].as_str().unwrap() {
                "valid" => {
                    assert_eq!(result, Ok(()), "{told}");
                    valid += 1;
                }
                "invalid" => {
                    assert_eq!(result, Err(VerifyError::Mismatch), "{told}");
                    invalid += 1;
                }
                result => assert_eq!(result, "acceptable", "{told}"),
            }
        }
    }
    (valid, invalid)
}

#[test]
fn valid_signatures_verify_and_invalid_ones_do_not() {
    let Ok(folder) = fs::read_dir(FOLDER) else {
        println!("skipped: there is no folder {FOLDER}");
        return;
    };
    let files = folder.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    let (mut valid, mut invalid) = (0, 0);
    for file in files {
        let counts = run(&file);
        println!("{counts:?} {}", file.display());
        assert_ne!(counts.0, 0, "nothing of {} was run", file.display());
        valid += counts.0;
        invalid += counts.1;
    }
    println!("{valid} verified, {invalid} did not");
    assert!(valid > 0 && invalid > 0, "{FOLDER} holds no vectors");
}
