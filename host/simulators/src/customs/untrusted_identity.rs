//! Somebody who says that he is Customs, with keys and an authority of his own.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, DnValue, Error, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::signature::Signer;

/// A certificate chain, leaf first, with the leaf's key.
pub(super) struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

/// A TLS server named `localhost`.
pub(super) fn server() -> Result<Identity, Error> {
    let params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    issue(params, KeyPair::generate()?)
}

/// A signer with Customs' Business ID in the subject, and a key as Customs might have one: nothing is wrong with
/// the signature but who made it.
pub(super) fn signer() -> Option<Signer> {
    let Identity { chain, key } = signing_identity().ok()?;
    Signer::new(chain, &key).ok()
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
    issue(params, key)
}

fn issue(mut params: CertificateParams, key: KeyPair) -> Result<Identity, Error> {
    let mut authority = CertificateParams::new([])?;
    let name = "An authority that nobody knows";
    authority.distinguished_name.push(DnType::CommonName, name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Customs");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let certificate = params.signed_by(&key, &authority)?;
    Ok(Identity {
        chain: vec![certificate.der().clone()],
        key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
    })
}
