// SPDX-License-Identifier: Apache-2.0
//! Packages as publishers make them and operators take them.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::{fs, path::PathBuf};

use proptest::prelude::*;
use silta_packages::{
    Digest, FileError, Manifest, ManifestError, Package, PackageFiles, Publishers, SelfTests,
    Signatures, SignaturesError, SigningKey, Validity,
};

/// 2026-11-30T00:00:00Z.
const NOW: i64 = 1_795_996_800;

fn key() -> SigningKey {
    SigningKey::generate().unwrap().0
}

fn manifest(component: &[u8]) -> Manifest {
    let version = "1.4.0".parse().unwrap();
    Manifest::of(
        "tulli",
        version,
        "0.1.0".parse().unwrap(),
        "Apache-2.0",
        component,
    )
}

fn package() -> Package {
    let component = b"\0asm and so on".to_vec();
    Package::new(component.clone(), manifest(&component))
}

fn signed(key: &SigningKey) -> Package {
    let mut package = package();
    package.sign(key);
    package
}

fn pinned(name: &str, key: &SigningKey, agencies: &[&str]) -> Publishers {
    let mut publishers = Publishers::default();
    publishers
        .pin(name, &key.public(), agencies.iter().copied())
        .unwrap();
    publishers
}

fn code(package: &Package, publishers: &Publishers) -> &'static str {
    package.verify("tulli", publishers, NOW).unwrap_err().code()
}

#[test]
fn a_package_of_a_publisher_is_taken() {
    let key = key();
    for agencies in [&["tulli"][..], &["vero", "tulli"], &["*"]] {
        let verified = signed(&key)
            .verify("tulli", &pinned("us", &key, agencies), NOW)
            .unwrap();
        assert_eq!(verified.publisher, "us");
        assert_eq!(verified.key, key.public().id());
    }
}

#[test]
fn each_thing_that_is_wrong_is_told_by_itself() {
    let (own, other) = (key(), key());
    let publishers = pinned("us", &own, &["tulli"]);
    assert_eq!(code(&package(), &publishers), "package.unsigned");
    assert_eq!(code(&signed(&other), &publishers), "package.unknown-key");
    assert_eq!(
        code(&signed(&own), &pinned("us", &own, &["vero"])),
        "package.out-of-scope"
    );
    let mut exchanged = signed(&own);
    *exchanged.component.last_mut().unwrap() ^= 1;
    assert_eq!(code(&exchanged, &publishers), "package.other-component");
    let for_another = signed(&own).verify("vero", &publishers, NOW).unwrap_err();
    assert_eq!(for_another.code(), "package.other-agency");
}

#[test]
fn whatever_a_manifest_says_is_signed() {
    let key = key();
    let publishers = pinned("us", &key, &["*"]);
    let digest = Digest::of(b"something");
    let changes: [fn(&mut Manifest, Digest); 8] = [
        |manifest, _| manifest.agency = "vero".into(),
        |manifest, _| manifest.version = "1.4.1".parse().unwrap(),
        |manifest, _| manifest.contract = "0.2.0".parse().unwrap(),
        |manifest, _| manifest.licence = "MIT".into(),
        |manifest, digest| manifest.settings_schema = Some(digest),
        |manifest, digest| manifest.self_tests = Some(SelfTests { count: 0, digest }),
        |manifest, digest| manifest.sbom = Some(digest),
        |manifest, _| manifest.validity.not_after = Some("2027-01-01T00:00:00Z".into()),
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut package = signed(&key);
        change(&mut package.manifest, digest);
        let agency = package.manifest.agency.clone();
        let error = package.verify(&agency, &publishers, NOW).unwrap_err();
        assert_eq!(error.code(), "package.wrong-signature", "change {number}");
    }
}

#[test]
fn one_good_signature_is_enough_and_a_wrong_one_too_many() {
    let (own, other) = (key(), key());
    let publishers = pinned("us", &own, &["tulli"]);
    let mut both = signed(&other);
    both.sign(&own);
    assert!(both.verify("tulli", &publishers, NOW).is_ok());
    // Signed again after a change, by one of them only.
    both.manifest.licence = "MIT".into();
    both.sign(&other);
    assert_eq!(code(&both, &publishers), "package.wrong-signature");
    both.sign(&own);
    assert!(both.verify("tulli", &publishers, NOW).is_ok());
    assert_eq!(both.signatures.iter().count(), 2);
}

#[test]
fn unsigned_ones_are_taken_only_where_that_is_allowed_and_never_with_a_wrong_signature() {
    let (own, other) = (key(), key());
    let publishers = pinned("us", &own, &["tulli"]);
    assert_eq!(
        package().verify_or_unsigned("tulli", &publishers, NOW),
        Ok(None)
    );
    let verified = signed(&own)
        .verify_or_unsigned("tulli", &publishers, NOW)
        .unwrap();
    assert_eq!(verified.unwrap().publisher, "us");
    let unknown = signed(&other).verify_or_unsigned("tulli", &publishers, NOW);
    assert_eq!(unknown.unwrap_err().code(), "package.unknown-key");
    let mut late = package();
    late.manifest.validity.not_after = Some("2026-01-01T00:00:00Z".into());
    let late = late.verify_or_unsigned("tulli", &publishers, NOW);
    assert_eq!(late.unwrap_err().code(), "package.expired");
}

#[test]
fn it_is_taken_within_its_time_both_ends_included() {
    let key = key();
    let publishers = pinned("us", &key, &["tulli"]);
    let mut package = package();
    package.manifest.validity = Validity {
        not_before: Some("2026-11-30T00:00:00Z".into()),
        not_after: Some("2026-11-30T00:01:00Z".into()),
    };
    package.sign(&key);
    for (now, expected) in [
        (NOW - 1, Some("package.not-yet")),
        (NOW, None),
        (NOW + 60, None),
        (NOW + 61, Some("package.expired")),
    ] {
        let verified = package.verify("tulli", &publishers, now);
        assert_eq!(verified.err().map(|error| error.code()), expected, "{now}");
    }
}

#[test]
fn a_version_never_goes_back_and_never_becomes_another_component() {
    let package = package();
    let own = package.manifest.component.digest;
    let other = Digest::of(b"another component");
    for (serving, component, expected) in [
        ("1.3.9", other, None),
        ("1.4.0", own, None),
        ("1.4.0", other, Some("package.republished")),
        // What is built otherwise is no other version (Semantic Versioning 2.0 §10).
        ("1.4.0+2", other, Some("package.republished")),
        ("1.4.0-rc.1", other, None),
        ("1.4.1-rc.1", other, Some("package.downgrade")),
        ("2.0.0", other, Some("package.downgrade")),
        ("2.0.0", own, None),
    ] {
        let may = package.check_successor(&serving.parse().unwrap(), component);
        assert_eq!(may.err().map(|error| error.code()), expected, "{serving}");
    }
}

/// A folder of a test's own, removed with what is in it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("silta-packages-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_package_is_written_and_read_by_any_of_its_names() {
    let folder = Folder::new("written");
    let package = signed(&key());
    let stem = folder.0.join("tulli-1.4.0");
    let files = package.write(&stem).unwrap();
    assert!(files.is_package());
    for path in [&stem, &files.component, &files.manifest, &files.signatures] {
        assert!(Package::read(path).unwrap() == package, "{path:?}");
        assert_eq!(PackageFiles::of(path), files);
    }
    let names = fs::read_dir(&folder.0).unwrap().count();
    assert_eq!(names, 3, "nothing else is left there");
}

#[test]
fn a_file_that_is_missing_or_wrong_is_named() {
    let folder = Folder::new("wrong");
    let stem = folder.0.join("tulli-1.4.0");
    let files = signed(&key()).write(&stem).unwrap();
    fs::remove_file(&files.signatures).unwrap();
    assert_eq!(
        Package::read(&stem).unwrap().signatures,
        Signatures::default()
    );
    fs::write(&files.signatures, "[]").unwrap();
    let wrong = Package::read(&stem).unwrap_err();
    assert!(matches!(wrong, FileError::Signatures { .. }), "{wrong}");
    fs::write(&files.manifest, "{").unwrap();
    let wrong = Package::read(&stem).unwrap_err().to_string();
    assert!(
        wrong.contains("tulli-1.4.0.manifest.json") && wrong.contains("line 1"),
        "{wrong}"
    );
    fs::remove_file(&files.manifest).unwrap();
    let missing = Package::read(&files.component).unwrap_err();
    assert!(matches!(missing, FileError::NoManifest { .. }), "{missing}");
}

#[test]
fn a_manifest_has_no_fields_and_values_but_those_it_may_have() {
    let good = manifest(b"component").to_json();
    assert!(Manifest::read(good.as_bytes()).is_ok());
    for (from, to, expected) in [
        ("\"form\": 1", "\"form\": 2", "form 2"),
        ("\"agency\"", "\"extra\": 1, \"agency\"", "extra"),
        ("\"agency\"", "\"agency\": \"x\", \"agency\"", "duplicate"),
        ("\"tulli\"", "\"tulli\\nversion 9\"", "`agency`"),
        ("\"tulli\"", "\"\"", "`agency`"),
        ("\"1.4.0\"", "\"1.4\"", "line"),
        ("sha256:", "sha512:", "sha256"),
        ("Apache-2.0", "Apache\\u0085", "`licence`"),
    ] {
        assert!(good.contains(from), "{from}");
        let wrong = Manifest::read(good.replacen(from, to, 1).as_bytes())
            .unwrap_err()
            .to_string();
        assert!(wrong.contains(expected), "{to}: {wrong}");
    }
    let large = format!("{good}{}", " ".repeat(64 << 10));
    let wrong = Manifest::read(large.as_bytes());
    assert!(matches!(wrong, Err(ManifestError::TooLarge { .. })));
}

#[test]
fn times_of_a_manifest_have_one_form() {
    let read = |first: &str, last: &str| {
        let mut manifest = manifest(b"component");
        manifest.validity = Validity {
            not_before: Some(first.into()),
            not_after: Some(last.into()),
        };
        Manifest::read(manifest.to_json().as_bytes()).map(drop)
    };
    let good = "2027-01-01T00:00:00Z";
    assert!(read(good, good).is_ok());
    for wrong in [
        "2027-01-01",
        "2027-01-01T00:00:00+02:00",
        "2027-01-01T00:00:00.5Z",
        "2027-01-01t00:00:00z",
        "2027-02-30T00:00:00Z",
        "-",
    ] {
        assert!(read(wrong, good).is_err(), "{wrong}");
    }
    assert!(read(good, "2026-12-31T23:59:59Z").is_err());
}

#[test]
fn signatures_are_read_as_they_are_or_not_at_all() {
    let good = signed(&key()).signatures.to_json();
    assert!(Signatures::read(good.as_bytes()).is_ok());
    let other = good.replace("ed25519", "rsa");
    assert!(matches!(
        Signatures::read(other.as_bytes()),
        Err(SignaturesError::Json(_))
    ));
    let start = good.find("\"signature\": \"").unwrap() + "\"signature\": \"".len();
    let mut short = good.clone();
    short.replace_range(start..start + 4, "");
    assert!(matches!(
        Signatures::read(short.as_bytes()),
        Err(SignaturesError::Malformed { number: 1 })
    ));
    let entry = good.split_once('[').unwrap().1.rsplit_once(']').unwrap().0;
    let many = format!("{{\"signatures\": [{}]}}", vec![entry; 17].join(","));
    assert!(matches!(
        Signatures::read(many.as_bytes()),
        Err(SignaturesError::TooLarge { .. })
    ));
}

proptest! {
    /// Two manifests that say different things have different statements: nothing that is signed can be read as something else.
    #[test]
    fn statements_are_of_one_manifest(
        one in any_manifest(),
        other in any_manifest(),
    ) {
        prop_assert_eq!(one == other, one.statement() == other.statement());
        let read = Manifest::read(one.to_json().as_bytes()).unwrap();
        prop_assert_eq!(read, one);
    }

    /// Whatever the bytes are, reading ends well or with an error.
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Manifest::read(&bytes);
        let _ = Signatures::read(&bytes);
    }
}

fn any_manifest() -> impl Strategy<Value = Manifest> {
    let digest = || proptest::option::of(any::<u8>().prop_map(|byte| Digest::of(&[byte])));
    let time = || {
        proptest::option::of((0..3_u8).prop_map(|day| format!("2027-01-0{}T00:00:00Z", day + 1)))
    };
    let text = prop_oneof![
        Just("-".to_owned()),
        Just("MIT OR Apache-2.0".to_owned()),
        "[ -~]{1,9}"
    ];
    (
        ("[a-z-]{1,3}", "[0-9]\\.[0-9]\\.0(-rc\\.[1-9])?", text),
        (digest(), digest(), digest()),
        (time(), time(), 0..3_u32),
    )
        .prop_filter_map(
            "in order",
            |((agency, version, licence), digests, (first, last, count))| {
                let version = version.replace("00", "0").parse().ok()?;
                let mut manifest =
                    Manifest::of(&agency, version, "0.1.0".parse().unwrap(), &licence, b"x");
                manifest.settings_schema = digests.0;
                manifest.sbom = digests.1;
                manifest.self_tests = digests.2.map(|digest| SelfTests { count, digest });
                if let (Some(first), Some(last)) = (&first, &last)
                    && first > last
                {
                    return None;
                }
                manifest.validity = Validity {
                    not_before: first,
                    not_after: last,
                };
                Some(manifest)
            },
        )
}
