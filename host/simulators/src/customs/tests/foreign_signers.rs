// SPDX-License-Identifier: Apache-2.0
//! Documents signed by `xmlsec1` and `openssl`.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::KeyPair;
use tempfile::TempDir;
use xml_testkit::tools;

use super::super::SignatureForm;
use super::message::{APPLICATION, DSIG, Upload, signature, signed_info};
use super::{BUILDER, send, world};
use crate::peers::authority::{Identity, set_serial_number};

const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

#[test]
fn every_form_signed_by_xmlsec1_is_accepted() {
    if !tools::are_installed(&["xmlsec1"]) {
        return;
    }
    let builder = builder(KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap());
    for (form, uri, enveloped) in [
        (SignatureForm::ContentById, "#c1", false),
        (SignatureForm::EnvelopedRoot, "", true),
        (SignatureForm::EnvelopedById, "#root", true),
    ] {
        let template = template(
            uri,
            enveloped,
            "rsa-sha256",
            "http://www.w3.org/2001/04/xmlenc#sha256",
        );
        let signed = xmlsec1(&builder, &template);
        let (reply, record) = send(&Upload::default().soap(&signed));
        assert_eq!(reply.code(), "000", "{form:?}: {:?}", record.reason);
        assert_eq!(record.signature_form, Some(form));

        let tampered = signed
            .replace("Test 1", "Test 2")
            .replace("</app:Content>", "AAAA</app:Content>");
        assert_eq!(
            send(&Upload::default().soap(&tampered)).0.code(),
            "454",
            "{form:?}"
        );
    }
}

#[test]
fn inclusive_forms_signed_by_xmlsec1_are_accepted() {
    if !tools::are_installed(&["xmlsec1"]) {
        return;
    }
    let builder = builder(KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap());
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    let key_value = "<d:KeyInfo><d:KeyValue/>";
    for (uri, enveloped) in [("#c1", false), ("", true), ("#root", true)] {
        let exclusive = template(uri, enveloped, "rsa-sha256", sha256);
        let (before, rest) = exclusive
            .split_once(&format!("<d:Transform Algorithm='{EXCLUSIVE}'>"))
            .unwrap();
        let (_, after) = rest.split_once("</d:Transform>").unwrap();
        let named = format!("{before}<d:Transform Algorithm='{INCLUSIVE}'/>{after}");
        // No transform at all is none of these forms but for the content.
        let unnamed = format!("{before}{after}").replace("<d:Transforms></d:Transforms>", "");
        for template in [named, unnamed] {
            let template = template
                .replace(
                    &format!("CanonicalizationMethod Algorithm='{EXCLUSIVE}'"),
                    &format!("CanonicalizationMethod Algorithm='{INCLUSIVE}'"),
                )
                .replace("<d:KeyInfo>", key_value)
                .replace(
                    "<app:ApplicationRequest ",
                    "<app:ApplicationRequest xml:lang='fi' ",
                );
            let signed = xmlsec1(&builder, &template);
            assert!(signed.contains("Modulus>"), "xmlsec1 writes the key");
            let (reply, record) = send(&Upload::default().soap(&signed));
            assert_eq!(reply.code(), "000", "{uri}: {:?}", record.reason);
            let tampered = signed
                .replace("xml:lang='fi'", "xml:lang='sv'")
                .replace("xml:lang=\"fi\"", "xml:lang=\"sv\"");
            let (reply, _) = send(&Upload::default().soap(&tampered));
            assert_eq!(reply.code(), "454", "{uri}");
        }
    }
}

#[test]
fn every_algorithm_of_xmlsec1_is_accepted() {
    if !tools::are_installed(&["xmlsec1"]) {
        return;
    }
    let rsa = builder(KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap());
    let p256 = builder(KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap());
    let p384 = builder(KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap());
    let p521 = builder(KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap());
    #[rustfmt::skip]
    let rows = [
        (&rsa, "rsa-sha384", "http://www.w3.org/2001/04/xmldsig-more#sha384"),
        (&rsa, "rsa-sha512", "http://www.w3.org/2001/04/xmlenc#sha512"),
        (&p256, "ecdsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256"),
        (&p384, "ecdsa-sha384", "http://www.w3.org/2001/04/xmldsig-more#sha384"),
        (&p521, "ecdsa-sha512", "http://www.w3.org/2001/04/xmlenc#sha512"),
    ];
    for (signer, method, digest) in rows {
        let signed = xmlsec1(signer, &template("", true, method, digest));
        let (reply, record) = send(&Upload::default().soap(&signed));
        assert_eq!(reply.code(), "000", "{method}: {:?}", record.reason);
    }
    // What it can also do, and must not.
    let legacy = template("", true, "rsa-sha256", &format!("{DSIG}sha1"));
    assert_eq!(
        send(&Upload::default().soap(&xmlsec1(&rsa, &legacy)))
            .0
            .code(),
        "454"
    );
}

#[test]
fn rsa_pss_signed_by_openssl_is_accepted() {
    if !tools::are_installed(&["openssl"]) {
        return;
    }
    let builder = builder(KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap());
    for hash in ["sha256", "sha384", "sha512"] {
        let message = Upload::default();
        let content = STANDARD.encode(&message.payload);
        let canonical = format!("<Content xmlns=\"{APPLICATION}\" Id=\"c1\">{content}</Content>");
        let info = signed_info("#c1", &canonical).replace(
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            &format!("http://www.w3.org/2007/05/xmldsig-more#{hash}-rsa-MGF1"),
        );
        let value = openssl_pss(&builder, hash, &info);
        let signed = message.document(&signature(&info, &value, &[builder.certificate.der()]));
        let (reply, record) = send(&message.soap(&signed));
        assert_eq!(reply.code(), "000", "{hash}: {:?}", record.reason);
    }
}

fn builder(key: KeyPair) -> Identity {
    world()
        .builder_authority
        .issue_for(key, |params| set_serial_number(params, BUILDER))
}

/// An unsigned application request that gives a canonicaliser work: prefixes, unused and rebound
/// namespaces, odd quoting, instructions, comments, an entity, a PrefixList.
fn template(uri: &str, enveloped: bool, method: &str, digest: &str) -> String {
    let enveloped = match enveloped {
        true => format!("<d:Transform Algorithm='{DSIG}enveloped-signature'/>"),
        false => String::new(),
    };
    let content = STANDARD.encode(Upload::default().payload);
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<?app before?><!-- c -->\n\
         <app:ApplicationRequest xmlns:unused='urn:unused' xmlns:app='{APPLICATION}' Id='root' z='1' a='&#x9;&lt;&gt;\"'>\r\n\
         \t<app:DeclarantBusinessId unused:b='2' b='1'>1000002-0</app:DeclarantBusinessId>\n\
         <x:MessageBuilderBusinessId xmlns:x='{APPLICATION}'>{BUILDER}</x:MessageBuilderBusinessId><!-- c -->\n\
         <MessageBuilderSoftwareInfo xmlns='{APPLICATION}'>Test 1 &amp; &gt; <![CDATA[<2>]]></MessageBuilderSoftwareInfo>\n\
         <app:Application xml:lang='fi'>TESTAPP</app:Application>\n\
         <app:Environment  >TEST</app:Environment >\n\
         <app:Timestamp>2026-01-31T10:00:00Z</app:Timestamp>\n\
         <app:Reference>REF-1</app:Reference>\n\
         <app:ContentFormat>application/xml</app:ContentFormat>\n\
         <app:Content Id='c1'>{content}</app:Content><?inside?>\n\
         <d:Signature xmlns:d='{DSIG}'>\n<d:SignedInfo>\n\
         <d:CanonicalizationMethod Algorithm='{EXCLUSIVE}'/>\n\
         <d:SignatureMethod Algorithm='http://www.w3.org/2001/04/xmldsig-more#{method}'/>\n\
         <d:Reference URI='{uri}'><d:Transforms>{enveloped}<d:Transform Algorithm='{EXCLUSIVE}'>\
         <e:InclusiveNamespaces xmlns:e='{EXCLUSIVE}' PrefixList='unused #default'/></d:Transform></d:Transforms>\
         <d:DigestMethod Algorithm='{digest}'/><d:DigestValue/></d:Reference></d:SignedInfo>\
         <d:SignatureValue/><d:KeyInfo><d:X509Data><d:X509Certificate/></d:X509Data></d:KeyInfo></d:Signature>\
         </app:ApplicationRequest>\n<?app after?>\n"
    )
}

fn xmlsec1(signer: &Identity, template: &str) -> String {
    let folder = folder(signer, template);
    let ids =
        format!("--id-attr:Id {APPLICATION}:Content --id-attr:Id {APPLICATION}:ApplicationRequest");
    let command = format!("xmlsec1 --sign --privkey-pem key.pem,cert.pem {ids} in");
    String::from_utf8(tools::output(folder.path(), &command)).unwrap()
}

fn openssl_pss(signer: &Identity, hash: &str, bytes: &str) -> Vec<u8> {
    let folder = folder(signer, bytes);
    let options = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest";
    let command = format!("openssl dgst -{hash} -sign key.pem {options} in");
    tools::output(folder.path(), &command)
}

/// With the signer's files, and what is to be signed.
fn folder(signer: &Identity, input: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("key.pem", &signer.key_pem());
    write("cert.pem", &signer.certificate_pem());
    write("in", input);
    folder
}
