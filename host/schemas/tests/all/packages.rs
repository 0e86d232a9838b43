// SPDX-License-Identifier: Apache-2.0
//! Invented packages in `tests/packages`: what each says is in the file of its name. `BLESS=1` rewrites those.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use silta_schemas::{
    Package, PackageLimits,
    customs::{Certainty, Comparison, Row, compare},
};

/// In the order of what each is about.
const PACKAGES: [&str; 5] = ["usual", "rearranged", "wcf", "axis", "suomeksi"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages")
}

fn comparison(name: &str) -> Comparison {
    let package = Package::open(&folder().join(name), &PackageLimits::default());
    compare(&package.unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// The comparison as text: a row a line, then what is not known, then the settings.
fn told(comparison: &Comparison) -> String {
    let rows = comparison.rows.iter().map(|row| {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        format!(
            "{} | {} | {} | {} | {}\n",
            row.setting,
            row.ours,
            or_dash(&row.theirs),
            or_dash(&row.place),
            row.certainty
        )
    });
    let unknown = comparison.unknown.iter().map(|line| format!("? {line}\n"));
    let wire = serde_json::to_string_pretty(&comparison.wire).unwrap();
    rows.chain(unknown).collect::<String>() + &wire + "\n"
}

#[test]
fn packages_say_what_is_expected_of_them() {
    for name in PACKAGES {
        let told = told(&comparison(name));
        let file = folder().join(format!("{name}.txt"));
        if env::var_os("BLESS").is_some() {
            fs::write(&file, &told).unwrap();
        }
        assert_eq!(
            told,
            fs::read_to_string(&file).unwrap_or_default(),
            "{name}"
        );
    }
}

#[test]
fn every_package_is_settled() {
    for name in PACKAGES {
        let comparison = comparison(name);
        let open: Vec<_> = comparison.unsettled().collect();
        assert!(open.is_empty(), "{name}: {open:#?}");
    }
}

/// The usual package is what the defaults are: nothing of it has to be set but the namespaces.
#[test]
fn the_usual_package_needs_neither_names_nor_layouts() {
    let comparison = comparison("usual");
    let mut keys: Vec<&str> = comparison.wire.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "application-namespace",
            "notification-namespace",
            "service-namespace"
        ]
    );
    let is_found = |row: &Row| row.certainty == Certainty::Sure;
    assert!(comparison.rows.iter().all(is_found));
    assert!(comparison.unknown.is_empty(), "{:?}", comparison.unknown);
}
