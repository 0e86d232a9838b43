// SPDX-License-Identifier: Apache-2.0
//! Folders: what is read, what leads elsewhere, what is too much.

use std::{fs, path::Path};

use proptest::{prelude::*, sample::Index};
use silta_schemas::{Package, PackageError, PackageFault, PackageLimits};
use tempfile::TempDir;

pub(crate) const SCHEMA: &str = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element name=\"a\" type=\"xs:string\"/></xs:schema>";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn refused(path: &Path, limits: &PackageLimits) -> PackageError {
    Package::open(path, limits).unwrap_err()
}

#[test]
fn schemas_are_read_wherever_they_lie_and_other_files_passed_over() {
    let folder = folder(&[("sub/a.xsd", SCHEMA), ("guide.pdf", "%PDF-")]);
    let package = Package::open(folder.path(), &PackageLimits::default()).unwrap();
    assert_eq!(package.files().collect::<Vec<_>>(), ["sub/a.xsd"]);
    assert_eq!(package.passed_over(), ["guide.pdf"]);
    assert!(package.schema().has_element("", "a"));
}

/// As where a folder for each service has a copy of the types that all share.
#[test]
fn what_is_there_twice_in_the_same_bytes_counts_once() {
    let types = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:t\"><xs:simpleType name=\"t\"><xs:restriction base=\"xs:string\"/></xs:simpleType></xs:schema>";
    let of = |name: &str| {
        format!(
            "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:t=\"urn:t\" targetNamespace=\"urn:{name}\"><xs:import namespace=\"urn:t\" schemaLocation=\"Types.xsd\"/><xs:element name=\"{name}\" type=\"t:t\"/></xs:schema>"
        )
    };
    let (one, two) = (of("one"), of("two"));
    let files = [
        ("1/one.xsd", one.as_str()),
        ("1/types.xsd", types),
        ("2/two.xsd", two.as_str()),
        ("2/types.xsd", types),
    ];
    let folder = folder(&files);
    let package = Package::open(folder.path(), &PackageLimits::default()).unwrap();
    assert_eq!(package.files().count(), 4);
    assert!(package.schema().has_element("urn:one", "one"));
    assert!(package.schema().has_element("urn:two", "two"));
    // In other bytes, it is another declaration.
    fs::write(folder.path().join("2/types.xsd"), format!("{types}\n")).unwrap();
    let error = refused(folder.path(), &PackageLimits::default());
    assert!(error.to_string().contains("there twice"), "{error}");
}

#[test]
fn nothing_outside_is_read() {
    let outside = folder(&[("b.xsd", SCHEMA)]);
    let inside = folder(&[("a.xsd", SCHEMA)]);
    std::os::unix::fs::symlink(outside.path().join("b.xsd"), inside.path().join("b.xsd")).unwrap();
    let error = refused(inside.path(), &PackageLimits::default());
    assert_eq!(
        (error.file.as_str(), error.fault),
        ("b.xsd", PackageFault::Link)
    );

    let include = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:include schemaLocation=\"../../b.xsd\"/></xs:schema>";
    let inside = folder(&[("in/a.xsd", include)]);
    let error = refused(inside.path(), &PackageLimits::default());
    assert_eq!(error.file, "in/a.xsd");
    assert!(
        error.to_string().contains("not among those given"),
        "{error}"
    );
}

#[test]
fn a_linked_folder_is_no_way_out() {
    let outside = folder(&[("b.xsd", SCHEMA)]);
    let inside = folder(&[("a.xsd", SCHEMA)]);
    std::os::unix::fs::symlink(outside.path(), inside.path().join("more")).unwrap();
    let package = Package::open(inside.path(), &PackageLimits::default()).unwrap();
    assert_eq!(package.files().collect::<Vec<_>>(), ["a.xsd"]);
}

#[test]
fn limits_are_met_exactly_and_named() {
    let folder = folder(&[("a.xsd", SCHEMA), ("sub/b.txt", "")]);
    let size = SCHEMA.len() as u64;
    let exact = PackageLimits {
        files: 2,
        file_bytes: size,
        bytes: size,
        depth: 1,
    };
    assert!(Package::open(folder.path(), &exact).is_ok());
    for (limits, name) in [
        (PackageLimits { files: 1, ..exact }, "files"),
        (
            PackageLimits {
                file_bytes: size - 1,
                ..exact
            },
            "file_bytes",
        ),
        (
            PackageLimits {
                bytes: size - 1,
                file_bytes: size,
                ..exact
            },
            "bytes",
        ),
        (PackageLimits { depth: 0, ..exact }, "depth"),
    ] {
        let error = refused(folder.path(), &limits);
        let PackageFault::Limit { limit, .. } = error.fault else {
            panic!("{error}")
        };
        assert_eq!(limit, name);
    }
}

#[test]
fn what_holds_no_schema_is_said_to() {
    let folder = folder(&[("guide.pdf", "%PDF-")]);
    assert_eq!(
        refused(folder.path(), &PackageLimits::default()).fault,
        PackageFault::Empty
    );
}

/// An error names file, line and column.
#[test]
fn what_is_wrong_with_a_wsdl_has_a_place() {
    let wsdl = |body: &str| {
        format!(
            "<w:definitions xmlns:w=\"http://schemas.xmlsoap.org/wsdl/\" targetNamespace=\"urn:t\" xmlns:t=\"urn:t\">\n{body}\n</w:definitions>"
        )
    };
    for (body, message) in [
        (
            "<w:import namespace=\"urn:o\" location=\"http://host/o.wsdl\"/>",
            "nothing is fetched from `http://host/o.wsdl`",
        ),
        (
            "<w:portType name=\"p\"><w:operation name=\"o\"><w:input message=\"t:m\"/></w:operation></w:portType>",
            "the message of this input is not in the package",
        ),
        (
            "<w:message name=\"m\"><w:part name=\"p\" element=\"u:e\"/></w:message>",
            "a prefix that is bound to nothing",
        ),
    ] {
        let folder = folder(&[("a.wsdl", &wsdl(body))]);
        let error = refused(folder.path(), &PackageLimits::default());
        assert!(error.to_string().contains(message), "{error}");
        assert_eq!(
            error.position.map(|position| position.line),
            Some(2),
            "{error}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// Whatever is changed of a WSDL or schema, it is compared, or refused with a file of the package.
    #[test]
    fn changed_packages_are_compared_or_refused(file: Index, edits in prop::collection::vec((any::<Index>(), any::<Index>()), 1..4)) {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages/usual");
        let copy = tempfile::tempdir().unwrap();
        let mut names: Vec<_> = fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        let changed = file.index(names.len());
        for (number, path) in names.iter().enumerate() {
            let mut bytes = fs::read(path).unwrap();
            for (one, two) in edits.iter().filter(|_| number == changed) {
                let (one, two) = (one.index(bytes.len()), two.index(bytes.len()));
                bytes.swap(one, two);
            }
            fs::write(copy.path().join(path.file_name().unwrap()), bytes).unwrap();
        }
        match Package::open(copy.path(), &PackageLimits::default()) {
            Ok(package) => {
                let comparison = silta_schemas::customs::compare(&package);
                prop_assert!(!comparison.rows.is_empty());
            }
            Err(error) => prop_assert!(names.iter().any(|name| name.ends_with(&error.file)), "{error}"),
        }
    }
}
