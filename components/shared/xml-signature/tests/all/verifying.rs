// SPDX-License-Identifier: Apache-2.0
//! What verifies, and what can be had of it.

use canonical_xml::{Document, Element, ElementRef, Limits, Method, Name, NoBlob, Path, to_bytes};
use xml_signature::{
    DigestAlgorithm, ENVELOPED_SIGNATURE, NAMESPACE, Policy, Reference, SignatureAlgorithm,
    Signing, VerificationAlgorithm, VerificationDigest, Verified, insert_enveloped, prepare,
    verify,
};

use xml_testkit::{
    self, BASE64, EXCLUSIVE, INCLUSIVE, Key, Native, Template, code, document, requiring, sign,
    told,
};

fn order() -> Element<NoBlob> {
    let name = |local| Name::new("urn:example:attribute", local).with_prefix("a");
    Element::new("urn:example:order", "Order")
        .with_attribute("Id", "order-1")
        .with_qualified_attribute(name("kind"), "tab\t\"quoted\"\r\n<ä>")
        .with_child(Element::new("", "Plain").with_text("3 < 4 & 5 > 4\r\n"))
        .with_child(Element::new("urn:example:other", "Other").with_prefix("o"))
}

/// What can be read of it.
const ORDER: &str = "<<{urn:example:order}Order> {urn:example:attribute}kind=tab\t\"quoted\"\r\n<ä> {}Id=order-1>\
                     <<{}Plain>>3 < 4 & 5 > 4\r\n</><<{urn:example:other}Other>></></>";

struct Maker<'k> {
    key: &'k Key,
    algorithm: SignatureAlgorithm,
    hash: DigestAlgorithm,
}

impl Maker<'_> {
    fn digest(&self, target: &Element) -> Vec<u8> {
        let algorithm = VerificationDigest::Current(self.hash);
        xml_testkit::digest(algorithm, &to_bytes(target).unwrap())
    }

    fn sign(&self, references: Vec<Reference>) -> Element {
        let prepared = prepare(Signing {
            certificates: vec![self.key.certificate.clone()],
            ..Signing::new(self.algorithm, references)
        })
        .unwrap();
        let value = self.key.sign(self.algorithm, prepared.signed_info());
        prepared.complete(&value).unwrap()
    }

    fn enveloped_root(&self) -> Element {
        let mut order = order();
        let reference = Reference::enveloped_root(self.hash, self.digest(&order));
        insert_enveloped(&mut order, self.sign(vec![reference]));
        order
    }

    fn enveloped_by_id(&self) -> Element {
        let mut order = order();
        let reference = Reference::enveloped_by_id("order-1", self.hash, self.digest(&order));
        insert_enveloped(&mut order, self.sign(vec![reference]));
        Element::new("urn:example:outer", "Outer").with_child(order)
    }

    fn detached(&self) -> Element {
        let reference = Reference::by_id("order-1", self.hash, self.digest(&order()));
        Element::new("urn:example:outer", "Outer")
            .with_prefix("x")
            .with_child(order())
            .with_child(self.sign(vec![reference]))
    }

    fn enveloping(&self) -> Element {
        let object = Element::new(NAMESPACE, "Object")
            .with_prefix("ds")
            .with_attribute("Id", "object-1")
            .with_child(order());
        let reference = Reference::by_id("object-1", self.hash, self.digest(&object));
        self.sign(vec![reference]).with_child(object)
    }
}

fn check(signed: &Element, key: &Key, algorithm: SignatureAlgorithm, path: &str) {
    let bytes = to_bytes(signed).unwrap();
    let document = Document::parse(&bytes, &Limits::default()).unwrap();
    let mut backend = Native::trusting(key);
    let verified = verify(&document, &requiring(&[path]), &mut backend)
        .unwrap_or_else(|error| panic!("{algorithm:?} {path}: {error:?}"));
    assert_eq!(
        verified.algorithm(),
        VerificationAlgorithm::Current(algorithm)
    );
    assert_eq!(*verified.signer(), key.certificate);
    let path: Path = path.parse().unwrap();
    let covered = verified.element(&path).unwrap();
    assert_eq!(told(covered), ORDER, "{path}");
    let changed = String::from_utf8(bytes.clone())
        .unwrap()
        .replace("3 &lt; 4", "3 &lt; 5");
    assert_ne!(changed.as_bytes(), bytes);
    let code = code(&changed, key, &Policy::default());
    assert_eq!(code, "signature.digest-mismatch");
}

#[test]
fn what_is_signed_here_verifies_with_every_algorithm_in_every_form() {
    let kinds = SignatureAlgorithm::ALL.map(|algorithm| (algorithm, Key::kind_for(algorithm)));
    for (index, (algorithm, kind)) in kinds.into_iter().enumerate() {
        let generated;
        let key = match kind {
            xml_testkit::Kind::Rsa => Key::rsa(),
            kind => {
                generated = Key::generate(kind);
                &generated
            }
        };
        let maker = Maker {
            key,
            algorithm,
            hash: DigestAlgorithm::ALL[index % 3],
        };
        check(&maker.enveloped_root(), key, algorithm, "/Order");
        check(&maker.enveloped_by_id(), key, algorithm, "/Outer/Order");
        check(&maker.detached(), key, algorithm, "/Outer/Order");
        let path = "/Signature/Object/Order";
        check(&maker.enveloping(), key, algorithm, path);
    }
}

fn with_verified<T>(
    text: &str,
    read: impl FnOnce(Verified<'_, Vec<u8>>, ElementRef<'_>) -> T,
) -> T {
    let document = document(text);
    let mut backend = Native::trusting(Key::rsa());
    let policy = Policy {
        required: vec![covered_path(&document)],
        ..Policy::default()
    };
    let verified = verify(&document, &policy, &mut backend).unwrap();
    read(verified, document.root())
}

/// Where the first element stands that the first reference names by Id, or the root.
fn covered_path(document: &Document<'_>) -> Path {
    let mut elements = document.elements();
    let signed = elements.find(|element| element.attribute("", "Id").is_some());
    let path = signed.map_or_else(|| document.root().path(), ElementRef::path);
    path.parse().unwrap()
}

#[test]
fn nothing_but_what_is_covered_can_be_had() {
    let template = Template::new(Key::rsa())
        .reference("#body", &[ENVELOPED_SIGNATURE, EXCLUSIVE])
        .text();
    let text = sign(
        &format!(
            "<m:Mail xmlns:m=\"urn:m\"><m:Head>unsigned</m:Head><m:Body Id=\"body\" m:kind=\"k\">one\
             <m:A>a<!-- not signed -->b</m:A> two {template} three<m:B/></m:Body><m:Body2/></m:Mail>"
        ),
        Key::rsa(),
    );
    with_verified(&text, |verified, root| {
        let body = verified.element(&"/Mail/Body".parse().unwrap()).unwrap();
        assert!(body.is("urn:m", "Body"));
        assert_eq!((body.namespace(), body.local()), ("urn:m", "Body"));
        assert_eq!(body.path(), "/Mail/Body");
        assert_eq!(body.attribute("", "Id").as_deref(), Some("body"));
        assert_eq!(body.attributes().count(), 2);
        assert_eq!(body.text().to_str().unwrap(), "one two  three");
        let names = |elements: Vec<&str>| elements.join(" ");
        let locals = body.children().map(|child| child.local()).collect();
        assert_eq!(names(locals), "A B");
        let locals = body.descendants().map(|element| element.local()).collect();
        assert_eq!(names(locals), "A B");
        let mut named = body.children_named("urn:m", "A");
        assert_eq!(named.next().unwrap().text().to_str().unwrap(), "ab");
        assert!(named.next().is_none());

        for unsigned in [
            "/Mail",
            "/Mail/Head",
            "/Mail/Body2",
            "/Mail/Body/Signature",
            "/Mail/None",
        ] {
            assert!(
                verified.element(&unsigned.parse().unwrap()).is_none(),
                "{unsigned}"
            );
        }
        assert!(verified.view(verified.signature()).is_none());
        assert!(verified.view(root).is_none());
        let covered = verified.covered();
        assert_eq!(covered.len(), 1);
        assert_eq!(covered[0].uri(), "#body");
        assert_eq!(covered[0].path(), "/Mail/Body");
        assert!(!covered[0].is_document());
        assert_eq!(covered[0].element(), Some(body));
        assert!(covered[0].encoded().is_none());
        assert_eq!(covered[0].digest().len(), 32);
        let how = covered[0].canonicalization().unwrap();
        assert_eq!(how.method, Method::Exclusive);
        let shown = format!("{verified:?}");
        assert!(
            !shown.contains("two") && !shown.contains("#body"),
            "{shown}"
        );
    });
}

#[test]
fn an_element_is_handed_out_only_if_its_path_leads_to_one() {
    let template = Template::enveloped(Key::rsa()).text();
    let text = sign(&format!("<a><b/><b/><c/>{template}</a>"), Key::rsa());
    with_verified(&text, |verified, _| {
        assert!(verified.element(&"/a/b".parse().unwrap()).is_none());
        assert!(verified.element(&"/a/b[2]".parse().unwrap()).is_some());
        assert!(verified.element(&"/a/c".parse().unwrap()).is_some());
        assert!(verified.covered()[0].is_document());
    });
}

/// What Canonical XML leaves to the reference (XML Signature 1.1 §4.4.3.3): comments count with the pointer forms only.
#[test]
fn comments_count_for_pointers_and_algorithms_with_comments_only() {
    let comments = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
    let inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";
    let all = [ENVELOPED_SIGNATURE, comments];
    for (uri, transforms, counts) in [
        ("", &all[..], false),
        ("#xpointer(/)", &all[..], true),
        ("#xpointer(/)", &[ENVELOPED_SIGNATURE, EXCLUSIVE][..], false),
        ("#x", &[comments][..], false),
        ("#xpointer(id('x'))", &[comments][..], true),
        ("#xpointer(id('x'))", &[inclusive][..], true),
        ("#xpointer(id('x'))", &[][..], false),
        ("", &[ENVELOPED_SIGNATURE][..], false),
    ] {
        let template = Template::new(Key::rsa()).reference(uri, transforms).text();
        let text = format!("<r><x Id=\"x\">one<!-- c -->two</x>{template}</r>");
        let signed = sign(&text, Key::rsa());
        let policy = requiring(&["/r/x"]);
        assert_eq!(code(&signed, Key::rsa(), &policy), "valid", "{uri}");
        let changed = signed.replace("<!-- c -->", "<!-- d -->");
        let expected = if counts {
            "signature.digest-mismatch"
        } else {
            "valid"
        };
        assert_eq!(
            code(&changed, Key::rsa(), &policy),
            expected,
            "{uri} {transforms:?}"
        );
    }
}

#[test]
fn every_canonicalization_verifies_and_a_prefix_list_is_obeyed() {
    for uri in canonical_xml::Canonicalization::uris() {
        let mut template = Template::new(Key::rsa()).reference("#x", &[uri]);
        template.canonicalization = uri.to_owned();
        let text = format!(
            "<r xmlns=\"urn:r\" xmlns:q=\"urn:q\" xml:lang=\"fi\"><x Id=\"x\" type=\"q:T\"><y/></x>{}</r>",
            template.text()
        );
        let policy = requiring(&["/r/x"]);
        let signed = sign(&text, Key::rsa());
        assert_eq!(code(&signed, Key::rsa(), &policy), "valid", "{uri}");
        // What `q` stands for outside of the target is covered by the inclusive methods only.
        let changed = signed.replace("urn:q", "urn:z");
        let expected = if uri.contains("exc-c14n") {
            "valid"
        } else {
            "signature.mismatch"
        };
        assert_eq!(code(&changed, Key::rsa(), &policy), expected, "{uri}");
    }
    let transform = format!(
        "<ds:Transform Algorithm=\"{EXCLUSIVE}\"><e:InclusiveNamespaces xmlns:e=\"{EXCLUSIVE}\" \
         PrefixList=\"\n q\t#default \"/></ds:Transform>"
    );
    let template = Template::new(Key::rsa())
        .reference_with("#x", &transform)
        .text();
    let text = format!(
        "<r xmlns=\"urn:r\" xmlns:q=\"urn:q\"><x xmlns=\"\" Id=\"x\" type=\"q:T\"/>{template}</r>"
    );
    let signed = sign(&text, Key::rsa());
    let policy = requiring(&["/r/x"]);
    assert_eq!(code(&signed, Key::rsa(), &policy), "valid");
    let changed = signed.replace("urn:q", "urn:z");
    assert_eq!(
        code(&changed, Key::rsa(), &policy),
        "signature.digest-mismatch"
    );
}

#[test]
fn ids_of_all_kinds_name_their_element() {
    const WSU: &str =
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
    for attribute in [
        "Id=\"x\"".to_owned(),
        "ID=\"x\"".to_owned(),
        "id=\"x\"".to_owned(),
        "AssertionID=\"x\"".to_owned(),
        "xml:id=\"x\"".to_owned(),
        format!("xmlns:wsu=\"{WSU}\" wsu:Id=\"x\""),
    ] {
        let template = Template::new(Key::rsa())
            .reference("#x", &[EXCLUSIVE])
            .text();
        let text = format!("<r><x {attribute}>text</x>{template}</r>");
        let signed = sign(&text, Key::rsa());
        let policy = requiring(&["/r/x"]);
        assert_eq!(code(&signed, Key::rsa(), &policy), "valid", "{attribute}");
    }
    // Neither a name nor decoded: compared as it stands.
    for id in ["8", "a%20b", "a b", "xpointer"] {
        let template = Template::new(Key::rsa())
            .reference(&format!("#{id}"), &[EXCLUSIVE])
            .text();
        let signed = sign(&format!("<r><x Id=\"{id}\"/>{template}</r>"), Key::rsa());
        let policy = requiring(&["/r/x"]);
        assert_eq!(code(&signed, Key::rsa(), &policy), "valid", "{id}");
    }
}

#[test]
fn what_a_text_encodes_is_covered_without_covering_the_element() {
    let template = Template::new(Key::rsa())
        .reference("#data", &[BASE64])
        .reference("#x", &[EXCLUSIVE])
        .text();
    let text =
        format!("<r><data Id=\"data\" kind=\"k\"> QU\nJD </data><x Id=\"x\"/>{template}</r>");
    let signed = sign(&text, Key::rsa());
    let document = document(&signed);
    let mut backend = Native::trusting(Key::rsa());
    let verified = verify(&document, &requiring(&["/r/x"]), &mut backend).unwrap();
    let data = &verified.covered()[0];
    assert!(data.element().is_none() && data.canonicalization().is_none());
    assert_eq!(data.encoded().unwrap().decode(), Ok(Some(b"ABC".to_vec())));
    assert!(verified.element(&"/r/data".parse().unwrap()).is_none());

    let policy = requiring(&["/r/data"]);
    assert_eq!(code(&signed, Key::rsa(), &policy), "signature.uncovered");
    // The attributes of the element are not covered; that is why the element is not.
    let policy = requiring(&["/r/x"]);
    let changed = signed.replace("kind=\"k\"", "kind=\"other\"");
    assert_eq!(code(&changed, Key::rsa(), &policy), "valid");
    let changed = signed.replace("JD <", "JE <");
    assert_eq!(
        code(&changed, Key::rsa(), &policy),
        "signature.digest-mismatch"
    );
}

/// INCLUSIVE is what an absent transform means (XML Signature 1.1 §4.4.3.2).
#[test]
fn without_transforms_it_is_canonical_xml() {
    let by_name = Template::new(Key::rsa())
        .reference("#x", &[INCLUSIVE])
        .text();
    let text = format!("<r xmlns:q=\"urn:q\"><x Id=\"x\"><!-- c -->t</x>{by_name}</r>");
    let signed = sign(&text, Key::rsa());
    let digest = |text: &str| {
        let (_, rest) = text.split_once("<ds:DigestValue>").unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    let by_default = Template::new(Key::rsa()).reference("#x", &[]).text();
    // The schema wants one in the list, and some senders leave it empty.
    let by_an_empty_list = by_default.replacen(
        "<ds:DigestMethod",
        "<ds:Transforms> </ds:Transforms><ds:DigestMethod",
        1,
    );
    assert_ne!(by_default, by_an_empty_list);
    for signature in [by_default, by_an_empty_list] {
        let text = format!("<r xmlns:q=\"urn:q\"><x Id=\"x\"><!-- c -->t</x>{signature}</r>");
        let other = sign(&text, Key::rsa());
        assert_eq!(digest(&signed), digest(&other));
        assert_eq!(code(&other, Key::rsa(), &requiring(&["/r/x"])), "valid");
    }
}
