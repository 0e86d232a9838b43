// SPDX-License-Identifier: Apache-2.0
//! Folders with keys and certificates to sign with, and documents to sign.

use std::sync::OnceLock;

use rcgen::{
    CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
    PKCS_RSA_SHA256, RsaKeySize, date_time_ymd,
};

use crate::project::Project;

/// A folder with a key and a certificate of each kind: `rsa`, `p256`, `p384`, and `expired`.
pub(crate) fn project() -> Project {
    static SIGNERS: OnceLock<[(&str, String, String); 4]> = OnceLock::new();
    let signers = SIGNERS.get_or_init(|| ["rsa", "p256", "p384", "expired"].map(signer));
    let project = Project::new();
    for (kind, key, certificate) in signers {
        project.write(format!("{kind}.key"), key);
        project.write(format!("{kind}.pem"), certificate);
    }
    project.write("order.xml", ORDER);
    project.write("message.xml", MESSAGE);
    project
}

/// The kind, and PEM of its key and of its certificate. Made once per process, since that takes longest.
fn signer(kind: &str) -> (&str, String, String) {
    let key = match kind {
        "rsa" => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
        "p384" => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
        _ => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
    };
    let key = key.unwrap();
    let mut params = CertificateParams::new(vec!["signer.test".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, kind);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(if kind == "expired" { 2021 } else { 2100 }, 1, 1);
    let certificate = params.self_signed(&key).unwrap().pem();
    (kind, key.serialize_pem(), certificate)
}

/// Not written as the program would write.
pub(crate) const ORDER: &str = "<?xml version='1.0'?>\r\n<!-- before --><o:Order xmlns:o='urn:o' ID='order' b='2'  a='1&#x9;'>\
    text &gt; <![CDATA[<&]]> \r\n<Item Id = \"item\" >x<deep/></Item><Item Id='twice'></Item><Item Id='twice'></Item><none></none></o:Order\n>";

pub(crate) const MESSAGE: &str = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>\n  <s:Body><Order xmlns='urn:o'>1</Order></s:Body>\n</s:Envelope>\n";
