// SPDX-License-Identifier: Apache-2.0
//! Invented packages of the return channel in `tests/suomifi`: what each says is in the file of its name. `BLESS=1` rewrites those.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use silta_schemas::{
    Package, PackageLimits,
    suomifi::{Shape, answer_shape, compare, sample},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suomifi")
}

fn package(name: &str) -> Package {
    Package::open(&folder().join(name), &PackageLimits::default()).unwrap()
}

#[test]
fn packages_say_what_is_expected_of_them() {
    for name in ["usual", "other"] {
        let comparison = compare(&package(name));
        assert_eq!(comparison.unsettled().count(), 0, "{name}");
        let rows = comparison.rows.iter().map(|row| {
            let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            let (theirs, place) = (or_dash(&row.theirs), or_dash(&row.place));
            let (setting, ours, certainty) = (&row.setting, &row.ours, row.certainty);
            format!("{setting} | {ours} | {theirs} | {place} | {certainty}\n")
        });
        let unknown = comparison.unknown.iter().map(|line| format!("? {line}\n"));
        let told: String = rows.chain(unknown).collect();
        let file = folder().join(format!("{name}.txt"));
        if env::var_os("BLESS").is_some() {
            fs::write(&file, &told).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(told, expected, "{name}");
    }
}

/// Calls that are made by a package are valid by it.
#[test]
fn calls_are_made_by_each_package() {
    for (name, shape) in [("usual", Shape::Wsdl), ("other", Shape::Document)] {
        let package = package(name);
        assert_eq!(answer_shape(&package), Some(shape));
        let comparison = compare(&package);
        assert_eq!(comparison.forms.len(), 2);
        for form in &comparison.forms {
            let call = sample(&package, form).unwrap();
            assert!(call.contains("asiointi-2"), "{call}");
            let judged = package.judge(call.as_bytes()).unwrap();
            assert_eq!(judged.violations, [""; 0], "{name}: {call}");
        }
    }
}

/// One line changed in the usual package: what is not settled then, and what is told.
#[test]
fn what_the_component_cannot_do_is_not_settled() {
    for (from, to, setting) in [
        (
            "name=\"KohteenTilaKuvaus\" type=\"xs:string\" minOccurs=\"0\"/>\n    </xs:sequence>\n  </xs:complexType>\n\n  <xs:complexType name=\"StatusQuery\"",
            "name=\"Syy\" type=\"xs:string\"/>\n    </xs:sequence>\n  </xs:complexType>\n\n  <xs:complexType name=\"StatusQuery\"",
            "response.item-shape",
        ),
        (
            "<xs:element name=\"KohdeMaara\" type=\"xs:int\"/>\n      <xs:element name=\"Kohteet\" minOccurs=\"0\">\n        <xs:complexType>\n          <xs:sequence>\n            <xs:element name=\"Kohde\" type=\"Message\"",
            "<xs:element name=\"Maara\" type=\"xs:int\"/>\n      <xs:element name=\"Kohteet\" minOccurs=\"0\">\n        <xs:complexType>\n          <xs:sequence>\n            <xs:element name=\"Kohde\" type=\"Message\"",
            "VieKohteita/Kysely/KohdeMaara",
        ),
        (
            "targetNamespace=\"http://www.suomi.fi/asiointitili\" elementFormDefault=\"qualified\"",
            "targetNamespace=\"http://www.suomi.fi/asiointitili\" elementFormDefault=\"unqualified\"",
            "VieKohteita/Viranomainen",
        ),
    ] {
        let changed = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(folder().join("usual")).unwrap() {
            let entry = entry.unwrap();
            let mut text = fs::read_to_string(entry.path()).unwrap();
            if entry.file_name().to_string_lossy().ends_with(".xsd") {
                assert!(text.contains(from), "{from}");
                text = text.replace(from, to);
            }
            fs::write(changed.path().join(entry.file_name()), text).unwrap();
        }
        let package = Package::open(changed.path(), &PackageLimits::default()).unwrap();
        let comparison = compare(&package);
        let open: Vec<&str> = comparison
            .unsettled()
            .map(|row| row.setting.as_str())
            .collect();
        assert!(open.contains(&setting), "{setting}: {open:?}");
    }
}
