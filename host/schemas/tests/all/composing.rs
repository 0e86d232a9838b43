// SPDX-License-Identifier: Apache-2.0
//! Messages written by packages: valid by them, and with what is said in its place.

use std::{collections::BTreeMap, fs, path::Path};

use silta_schemas::{
    ComposeError, Package, PackageLimits, Said,
    customs::{Comparison, Form, compare, samples},
};

fn package(name: &str) -> (Package, Comparison) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages");
    let package = Package::open(&folder.join(name), &PackageLimits::default()).unwrap();
    let comparison = compare(&package);
    (package, comparison)
}

fn form<'c>(comparison: &'c Comparison, name: &str) -> &'c Form {
    let mut forms = comparison.forms.iter();
    forms.find(|form| form.name == name).unwrap()
}

fn values(said: &[(&str, &str)]) -> BTreeMap<String, String> {
    let said = said.iter();
    said.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

#[test]
fn all_that_customs_says_can_be_said_by_each_package() {
    for (name, count) in [
        ("usual", 6),
        ("rearranged", 5),
        ("wcf", 5),
        ("axis", 5),
        ("suomeksi", 5),
    ] {
        let (package, comparison) = package(name);
        let samples = samples(&package, &comparison, "Terve");
        assert_eq!(samples.len(), count, "{name}: {samples:#?}");
        for sample in samples {
            assert!(sample.written.is_ok(), "{name}: {sample:?}");
            assert_eq!(sample.violations, [""; 0], "{name}: {sample:?}");
        }
    }
}

/// Entries, attributes and wrappers, in both spellings of namespaces.
#[test]
fn what_is_said_is_in_its_place() {
    let entries = ["one", "two"].map(|id| values(&[("storage-id", id), ("reference", id)]));
    let said = Said {
        values: values(&[("code", "474"), ("text", "a & b")]),
        entries: entries.to_vec(),
        ..Said::default()
    };
    for (name, prefix, expected) in [
        (
            "rearranged",
            "n",
            "<n:DownloadListResponse xmlns:n=\"urn:example:customs:service:v9\"><n:ResponseHeader><n:Status ResponseCode=\"474\"><n:ResponseText>a &amp; b</n:ResponseText></n:Status></n:ResponseHeader><n:Entries><n:Entry MessageStorageId=\"one\"><n:Reference>one</n:Reference></n:Entry><n:Entry MessageStorageId=\"two\"><n:Reference>two</n:Reference></n:Entry></n:Entries></n:DownloadListResponse>",
        ),
        (
            "axis",
            "",
            "<DownloadListResponse xmlns=\"urn:axis:customs\"><ResponseHeader xmlns=\"\"><ResponseCode>474</ResponseCode><ResponseText>a &amp; b</ResponseText></ResponseHeader><Messages xmlns=\"\"><item><MessageStorageId>one</MessageStorageId><Reference>one</Reference></item><item><MessageStorageId>two</MessageStorageId><Reference>two</Reference></item></Messages></DownloadListResponse>",
        ),
    ] {
        let (package, comparison) = package(name);
        let form = form(&comparison, "download-list-response");
        let written = package.compose(form, &said, prefix).unwrap();
        assert_eq!(written, expected);
        let judged = package.judge(written.as_bytes()).unwrap();
        assert_eq!(judged.violations, [""; 0]);
    }
}

/// The usual package with texts replaced; each has to be there.
fn changed(replaced: &[(&str, &str)]) -> (Package, Comparison) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages/usual");
    let copy = tempfile::tempdir().unwrap();
    let mut found = vec![false; replaced.len()];
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let mut text = fs::read_to_string(entry.path()).unwrap();
        for ((old, new), found) in replaced.iter().zip(&mut found) {
            *found |= text.contains(old);
            text = text.replace(old, new);
        }
        fs::write(copy.path().join(entry.file_name()), text).unwrap();
    }
    assert!(found.iter().all(|found| *found), "{replaced:?}");
    let package = Package::open(copy.path(), &PackageLimits::default()).unwrap();
    let comparison = compare(&package);
    (package, comparison)
}

const ENTRY: &str = "<xs:element name=\"MessageInformation\" type=\"MessageInformationType\" minOccurs=\"0\" maxOccurs=\"unbounded\"/>";
const ONE: &str = "<xs:element name=\"MessageInformation\" type=\"MessageInformationType\"/>";

/// A group that may be there more than once is there for each entry, or for as many as one has room for.
#[test]
fn groups_are_repeated_for_entries() {
    let two = ONE.replace("/>", " maxOccurs=\"2\"/>");
    for group in [
        format!("<xs:sequence minOccurs=\"0\" maxOccurs=\"unbounded\">{ONE}</xs:sequence>"),
        format!("<xs:sequence minOccurs=\"0\" maxOccurs=\"2\">{two}</xs:sequence>"),
        format!(
            "<xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">{ONE}<xs:element name=\"Note\" type=\"xs:string\"/></xs:choice>"
        ),
        format!(
            "<xs:sequence minOccurs=\"0\" maxOccurs=\"3\"><xs:choice><xs:element name=\"Note\" type=\"xs:string\"/>{ONE}</xs:choice></xs:sequence>"
        ),
        "<xs:sequence minOccurs=\"2\" maxOccurs=\"3\"><xs:element name=\"MessageInformation\" type=\"MessageInformationType\" minOccurs=\"0\"/><xs:element name=\"Note\" type=\"xs:string\"/></xs:sequence>".to_owned(),
    ] {
        let (package, comparison) = changed(&[(ENTRY, &group)]);
        let form = form(&comparison, "download-list-response");
        assert!(form.entries.is_some(), "{group}");
        for count in 0..=3 {
            let entries = (0..count).map(|n| values(&[("storage-id", &format!("id-{n}"))]));
            let said = Said {
                values: values(&[("code", "000"), ("text", "OK")]),
                entries: entries.collect(),
                ..Said::default()
            };
            let written = package.compose(form, &said, "n").unwrap();
            let judged = package.judge(written.as_bytes()).unwrap();
            assert_eq!(judged.violations, [""; 0], "{group}: {written}");
            for n in 0..count {
                assert_eq!(
                    written.matches(&format!(">id-{n}<")).count(),
                    1,
                    "{written}"
                );
            }
        }
        let said = Said {
            entries: vec![values(&[("storage-id", "id")]); 5],
            ..Said::default()
        };
        let written = package.compose(form, &said, "n");
        assert_eq!(written.is_ok(), group.contains("unbounded"), "{written:?}");
    }
}

/// Two alternatives of one choice, of which something is said in both.
#[test]
fn a_choice_drops_nothing() {
    let code = "<xs:element name=\"ResponseCode\" type=\"xs:string\"/>";
    let text = "<xs:element name=\"ResponseText\" type=\"xs:string\"/>";
    let both = format!("{code}\n      {text}");
    let both = both.as_str();
    let said = Said {
        values: values(&[("code", "000"), ("text", "OK")]),
        ..Said::default()
    };
    let choice = format!("<xs:choice>{code}{text}</xs:choice>");
    let (package, comparison) = changed(&[(both, &choice)]);
    let of = form(&comparison, "upload-response");
    let refused = package.compose(of, &said, "n").unwrap_err();
    assert!(matches!(refused, ComposeError::TooMany(_)), "{refused}");
    // One alternative that has both.
    let choice = format!(
        "<xs:choice>{}<xs:sequence>{both}</xs:sequence></xs:choice>",
        code.replace("ResponseCode", "Code")
    );
    let (package, comparison) = changed(&[(both, &choice)]);
    let of = form(&comparison, "upload-response");
    let written = package.compose(of, &said, "n").unwrap();
    let judged = package.judge(written.as_bytes()).unwrap();
    assert_eq!(judged.violations, [""; 0], "{written}");
}

/// What a signer puts in is left out for it; nothing is made up in its place.
#[test]
fn a_signature_is_left_to_the_signer() {
    let (package, comparison) = changed(&[(
        "<xs:element ref=\"ds:Signature\" minOccurs=\"0\"/>",
        "<xs:element ref=\"ds:Signature\"/>",
    )]);
    let of = form(&comparison, "application-response");
    for is_signed_later in [false, true] {
        let said = Said {
            is_signed_later,
            ..Said::default()
        };
        let written = package.compose(of, &said, "ar").unwrap();
        let judged = package.judge(written.as_bytes()).unwrap();
        assert_eq!(written.contains("Signature"), !is_signed_later, "{written}");
        assert_eq!(judged.violations.is_empty(), !is_signed_later, "{written}");
    }
}

/// Nothing that a schema has no room for is left out in silence.
#[test]
fn what_has_no_room_is_refused() {
    let (package, comparison) = package("usual");
    let form = form(&comparison, "download-response");
    let said = |is_careless| Said {
        values: values(&[("code", "000"), ("application-response", "not base64")]),
        is_careless,
        ..Said::default()
    };
    let refused = package.compose(form, &said(false), "n").unwrap_err();
    let told = "ApplicationResponseMessage (WsdlTypes.xsd:56): its type does not take what is said there (application-response)";
    assert_eq!(refused.to_string(), told);
    assert!(matches!(refused, ComposeError::Misfit { .. }));
    let written = package.compose(form, &said(true), "n").unwrap();
    assert!(written.contains("not base64"), "{written}");
}
