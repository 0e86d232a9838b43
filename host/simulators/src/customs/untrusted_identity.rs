// SPDX-License-Identifier: Apache-2.0
//! Somebody who says that he is Customs, with keys and an authority of his own.

use rcgen::{
    CertificateParams, DnType, DnValue, Error, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256,
    RsaKeySize,
};

use crate::signature::Signer;
use crate::tls::Identity;

/// A TLS server named `localhost`.
pub(super) fn server() -> Result<Identity, Error> {
    let params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    issue(params, &KeyPair::generate()?)
}

/// A signer with Customs' Business ID in the subject, and a key as Customs might have one: nothing is wrong with
/// the signature but who made it.
pub(super) fn signer() -> Option<Signer> {
    let identity = signing_identity().ok()?;
    Signer::new(identity.chain, &identity.key).ok()
}

/// Attribute serialNumber (X.520 §6.2.9).
const SERIAL_NUMBER: [u64; 4] = [2, 5, 4, 5];

fn signing_identity() -> Result<Identity, Error> {
    let mut params = CertificateParams::new([])?;
    params.distinguished_name.push(
        DnType::CustomDnType(SERIAL_NUMBER.to_vec()),
        DnValue::PrintableString("FI02454428".try_into()?),
    );
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_3072)?;
    issue(params, &key)
}

fn issue(mut params: CertificateParams, key: &KeyPair) -> Result<Identity, Error> {
    let name = &mut params.distinguished_name;
    name.push(DnType::CommonName, "Customs");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    Identity::untrusted(params, key)
}
