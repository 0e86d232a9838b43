// SPDX-License-Identifier: Apache-2.0
//! What `silta xml sign` makes, judged by libxmlsec1, or by libxml2 and OpenSSL where that does not know RSASSA-PSS.

use base64::{Engine, engine::general_purpose::STANDARD};
use roxmltree::Document;
use xml_testkit::tools;

use super::message::text;
use crate::{project::Project, signers};

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

const CANONICALIZATIONS: [&str; 6] = [
    "exclusive",
    "inclusive",
    "inclusive-1.1",
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    "http://www.w3.org/2006/12/xml-c14n11#WithComments",
];

const ALGORITHMS: [(&str, &str); 8] = [
    ("rsa", "rsa-sha256"),
    ("rsa", "rsa-sha384"),
    ("rsa", "rsa-sha512"),
    ("rsa", "rsa-pss-sha256"),
    ("rsa", "rsa-pss-sha384"),
    ("rsa", "rsa-pss-sha512"),
    ("p256", "ecdsa-p256-sha256"),
    ("p384", "ecdsa-p384-sha384"),
];

/// A document with namespaces, comments and attributes of `xml:` around what is signed, and messages of both versions.
const DOCUMENT: &str = "<o:Order xmlns:o='urn:o' xmlns='urn:d' xml:lang='fi' Id='order'><!-- c -->\r\n<Item xmlns:u='urn:u' Id='item' \
    o:b='2' a='1&#x9;'>p\u{E4}\u{E4} &gt; <![CDATA[<&]]><o:deep/></Item><last/></o:Order>";

/// What is signed, how, and what has to be covered.
#[rustfmt::skip]
const FORMS: [(&str, &str, &str); 5] = [
    ("order.xml", "", "/Order"),
    ("order.xml", "--id item", "/Order/Item"),
    ("order.xml", "--form by-id --path /Order/Item", "/Order/Item"),
    ("soap11.xml", "--form ws-security", "/Envelope/Body"),
    ("soap12.xml", "--form ws-security", "/Envelope/Body"),
];

/// Every algorithm in every form, and every canonicalisation in every form.
#[test]
fn others_verify_what_is_signed() {
    if !tools::are_installed(&["xmlsec1", "openssl", "xmllint"]) {
        return;
    }
    let project = signers::project();
    project.write("order.xml", DOCUMENT);
    for (file, namespace) in [
        ("soap11.xml", "http://schemas.xmlsoap.org/soap/envelope/"),
        ("soap12.xml", "http://www.w3.org/2003/05/soap-envelope"),
    ] {
        let header = "<s:Header><t:T xmlns:t='urn:t'/></s:Header>";
        let body = DOCUMENT.replace(" Id='order'", "");
        project.write(
            file,
            format!("<s:Envelope xmlns:s='{namespace}' xml:space='preserve'>{header}<s:Body>{body}</s:Body></s:Envelope>"),
        );
    }
    for (number, (file, form, required)) in FORMS.into_iter().enumerate() {
        for (turn, (key, algorithm)) in ALGORITHMS.into_iter().enumerate() {
            let c14n = CANONICALIZATIONS[(number + turn) % CANONICALIZATIONS.len()];
            let what = format!("{file} {form} {algorithm} {c14n}");
            let sign = format!(
                "xml sign {file} {form} --algorithm {algorithm} --c14n {c14n} --key {key}.key --cert {key}.pem --out signed.xml"
            );
            project.silta(&sign).succeeds();
            let verify = format!("xml verify signed.xml --cert {key}.pem --require {required}");
            project.silta(&verify).succeeds();
            assert!(is_accepted(&project, key, algorithm), "{what}");
            let changed = project.text("signed.xml").replacen("&gt;", "&lt;", 1);
            project.write("signed.xml", changed);
            project.silta(&verify).exits(3);
            if !algorithm.contains("pss") {
                assert!(!is_accepted(&project, key, algorithm), "{what}, changed");
            }
        }
    }
}

fn is_accepted(project: &Project, key: &str, algorithm: &str) -> bool {
    match algorithm.strip_prefix("rsa-pss-") {
        Some(hash) => openssl(project, key, hash),
        None => xmlsec1(project, key),
    }
}

fn xmlsec1(project: &Project, key: &str) -> bool {
    const WSS: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-";
    let ids = [
        "urn:o:Order".to_owned(),
        "urn:d:Item".to_owned(),
        "http://schemas.xmlsoap.org/soap/envelope/:Body".to_owned(),
        "http://www.w3.org/2003/05/soap-envelope:Body".to_owned(),
        format!("{WSS}utility-1.0.xsd:Timestamp"),
        format!("{WSS}secext-1.0.xsd:BinarySecurityToken"),
    ];
    let ids: String = ids.iter().map(|id| format!("--id-attr:Id {id} ")).collect();
    let is_message = project.text("signed.xml").contains("wsse:Security");
    // It does not follow references to tokens: of a message it gets the key.
    let trust = match is_message {
        true => format!("--pubkey-cert-pem {key}.pem"),
        false => format!("--enabled-key-data x509 --trusted-pem {key}.pem"),
    };
    let command = format!("xmlsec1 --verify {trust} {ids} signed.xml");
    let output = tools::run(&project.path(""), &command);
    println!("{}", String::from_utf8_lossy(&output.stderr));
    output.status.success()
}

/// The signature value over `SignedInfo` as libxml2 canonicalises it.
fn openssl(project: &Project, key: &str, hash: &str) -> bool {
    let signed = project.text("signed.xml");
    let document = Document::parse(&signed).unwrap();
    let mut elements = document.descendants();
    let info = elements.find(|node| node.has_tag_name((DSIG, "SignedInfo")));
    let cut = &signed[info.unwrap().range()];
    let (name, rest) = cut.split_once('>').unwrap();
    project.write("info.xml", format!("{name} xmlns:ds=\"{DSIG}\">{rest}"));
    let folder = project.path("");
    let canonical = tools::output(&folder, "xmllint --nonet --exc-c14n info.xml");
    project.write("info", canonical);
    let value = text(&signed, DSIG, "SignatureValue");
    project.write("value", STANDARD.decode(value).unwrap());
    let public = format!("openssl x509 -in {key}.pem -noout -pubkey");
    project.write("public.pem", tools::output(&folder, &public));
    let options = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest";
    let verify = format!("openssl dgst -{hash} {options} -verify public.pem -signature value info");
    tools::run(&folder, &verify).status.success()
}
