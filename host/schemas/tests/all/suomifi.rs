// SPDX-License-Identifier: Apache-2.0
//! Invented packages of the return channel in `tests/suomifi`: what each says is in the file of its name. `BLESS=1` rewrites those.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use silta_schemas::{
    Package, PackageLimits,
    suomifi::{Shape, answer_shape, bare_sample, compare, sample},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suomifi")
}

fn package(name: &str) -> Package {
    Package::open(&folder().join(name), &PackageLimits::default()).unwrap()
}

/// The usual package with one text replaced, which has to be there.
fn changed(from: &str, to: &str) -> Package {
    let copy = tempfile::tempdir().unwrap();
    let mut found = false;
    for entry in fs::read_dir(folder().join("usual")).unwrap() {
        let entry = entry.unwrap();
        let text = fs::read_to_string(entry.path()).unwrap();
        found |= text.contains(from);
        fs::write(copy.path().join(entry.file_name()), text.replace(from, to)).unwrap();
    }
    assert!(found, "{from}");
    Package::open(copy.path(), &PackageLimits::default()).unwrap()
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
            let bare = bare_sample(&package, form).unwrap();
            let judged = package.judge(bare.as_bytes()).unwrap();
            assert_eq!(judged.violations, [""; 0], "{name}: {bare}");
            assert!(bare.contains("KohdeMaara>2<"), "{bare}");
            assert!(bare.len() < call.len(), "{bare}");
            assert!(form.soap_action.ends_with(form.element.local()));
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
        let package = changed(from, to);
        let comparison = compare(&package);
        let open: Vec<&str> = comparison
            .unsettled()
            .map(|row| row.setting.as_str())
            .collect();
        assert!(open.contains(&setting), "{setting}: {open:?}");
    }
}

/// Why an operation cannot be called is told with it, and with its place.
#[test]
fn what_no_call_can_be_made_by_is_told() {
    let to = |name: &str| format!("element=\"tns:{name}\"");
    for (from, to, setting, told) in [
        (
            to("VieKohteita"),
            to("VieKohdeTiloja"),
            "element VieKohteita",
            "by which the component knows no operation",
        ),
        (
            "<wsdl:part name=\"parameters\" element=\"tns:VieKohteita\"/>".to_owned(),
            "<wsdl:part name=\"parameters\" type=\"tns:Authority\"/>".to_owned(),
            "messages.enabled",
            "viranomaispaluukanava.wsdl:",
        ),
        (
            to("VieKohteitaResponse"),
            to("Nothing"),
            "messages.enabled",
            "no elements that the package declares",
        ),
        (
            "<xs:element name=\"KohdeMaara\" type=\"xs:int\"/>".to_owned(),
            "<xs:element name=\"KohdeMaara\" type=\"xs:int\" minOccurs=\"0\"/>".to_owned(),
            "VieKohteita/Kysely/KohdeMaara",
            "calls without it are refused",
        ),
        (
            "<xs:element name=\"KohdeMaara\" type=\"xs:int\"/>".to_owned(),
            "<xs:element name=\"KohdeMaara\" type=\"xs:date\"/>".to_owned(),
            "VieKohdeTiloja/Kysely/KohdeMaara",
            "does not take what is read",
        ),
        (
            "http://schemas.xmlsoap.org/wsdl/soap/".to_owned(),
            "http://schemas.xmlsoap.org/wsdl/soap12/".to_owned(),
            "soap-version",
            "SOAP 1.2 alone",
        ),
        (
            "<wsdl:binding name=\"ViranomaisPaluukanavaSoap\" type=\"tns:ViranomaisPaluukanava\">"
                .to_owned(),
            "<wsdl:binding name=\"ViranomaisPaluukanavaSoap\" type=\"tns:Another\">".to_owned(),
            "soap-version",
            "nothing in the package binds",
        ),
    ] {
        let comparison = compare(&changed(&from, &to));
        let mut open = comparison.unsettled();
        let row = open.find(|row| row.setting == setting);
        let row = row.unwrap_or_else(|| panic!("{setting}: {:#?}", comparison.rows));
        let theirs = row.theirs.as_deref().unwrap_or_default();
        assert!(theirs.contains(told), "{setting}: {theirs}");
    }
}

/// SOAP 1.2 before 1.1, as WCF writes both.
#[test]
fn any_binding_by_soap_1_1_will_do() {
    let from = "  <wsdl:binding ";
    let other = "  <wsdl:binding name=\"Other\" type=\"tns:ViranomaisPaluukanava\" xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap12/\"><soap:binding style=\"document\" transport=\"http://schemas.xmlsoap.org/soap/http\"/><wsdl:operation name=\"VieKohteita\"><soap:operation soapAction=\"urn:other\"/><wsdl:input><soap:body use=\"literal\"/></wsdl:input><wsdl:output><soap:body use=\"literal\"/></wsdl:output></wsdl:operation></wsdl:binding>";
    let comparison = compare(&changed(from, &format!("{other}\n{from}")));
    assert_eq!(comparison.unsettled().count(), 0, "{:#?}", comparison.rows);
}

/// A type within itself is entered once, and hides nothing that comes after it.
#[test]
fn a_type_within_itself_hides_nothing() {
    let from = "<xs:element name=\"Kysely\" type=\"MessageQuery\" minOccurs=\"0\"/>";
    let more = "<xs:element name=\"Z\" type=\"Tree\" minOccurs=\"0\"/>";
    let own: String = (0..3)
        .map(|n| format!("<xs:element name=\"T{n}\" type=\"Tree\" minOccurs=\"0\"/>"))
        .collect();
    let tree =
        format!("<xs:complexType name=\"Tree\"><xs:sequence>{own}</xs:sequence></xs:complexType>");
    let end = "  <!-- Header block of both requests. -->";
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder().join("usual")).unwrap() {
        let entry = entry.unwrap();
        let text = fs::read_to_string(entry.path()).unwrap();
        let text = text.replace(from, &format!("{more}{from}"));
        let text = text.replace(end, &tree);
        fs::write(copy.path().join(entry.file_name()), text).unwrap();
    }
    let package = Package::open(copy.path(), &PackageLimits::default()).unwrap();
    let comparison = compare(&package);
    assert_eq!(comparison.unsettled().count(), 0, "{:#?}", comparison.rows);
    assert!(comparison.unknown.iter().any(|one| one.contains("Z/T2")));
}
