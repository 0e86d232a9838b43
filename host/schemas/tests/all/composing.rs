// SPDX-License-Identifier: Apache-2.0
//! Messages written by packages: valid by them, and with what is said in its place.

use std::{collections::BTreeMap, path::Path};

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
        is_careless: false,
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
