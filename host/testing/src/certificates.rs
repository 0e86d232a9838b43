// SPDX-License-Identifier: Apache-2.0
//! Keys and certificates of a test. They are worth nothing anywhere else: the private key of all roles is in this repository, for everybody to see, so that
//! signatures are the same at each run.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, DnValue, Error, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, SerialNumber, date_time_ymd,
};
use silta::exchange::CertificateChain;

/// RSA with 2,048 bits. Signatures with it, other than those of ECDSA, depend on nothing but what is signed.
const ROLE_KEY: &str = include_str!("role.key.pem");

/// Attribute serialNumber (X.520 §6.2.9), in which Finnish authorities' certificates carry the business id.
const SERIAL_NUMBER: [u64; 4] = [2, 5, 4, 5];

/// All that a test has of keys and certificates.
pub(crate) struct Certificates {
    /// Of every key role: PEM of the certificate.
    pub(crate) role: String,
    trusted: Authority,
    stranger: Authority,
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Certificates {
    pub(crate) fn make() -> Result<Self, Error> {
        Ok(Self {
            role: role()?,
            trusted: authority("Silta mock authority")?,
            stranger: authority("Silta mock authority of strangers")?,
        })
    }

    /// PEM of the key of every role.
    pub(crate) fn role_key() -> &'static str {
        ROLE_KEY
    }

    /// PEM of the authority that is in every anchor set.
    pub(crate) fn anchor(&self) -> &str {
        &self.trusted.certificate
    }

    /// What a caller presents.
    pub(crate) fn caller(
        &self,
        is_trusted: bool,
        common_name: &str,
        serial_number: Option<&str>,
    ) -> Result<Option<CertificateChain>, Error> {
        let authority = match is_trusted {
            true => &self.trusted,
            false => &self.stranger,
        };
        let mut params = named(common_name)?;
        if let Some(number) = serial_number {
            let attribute = DnType::CustomDnType(SERIAL_NUMBER.to_vec());
            let value = DnValue::PrintableString(number.try_into()?);
            params.distinguished_name.push(attribute, value);
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&KeyPair::generate()?, &authority.issuer)?;
        Ok(CertificateChain::new([certificate.der().clone()]))
    }
}

fn authority(name: &str) -> Result<Authority, Error> {
    let key = KeyPair::generate()?;
    let mut params = named(name)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let certificate = params.self_signed(&key)?.pem();
    Ok(Authority {
        issuer: Issuer::new(params, key),
        certificate,
    })
}

/// The same bytes at each run.
fn role() -> Result<String, Error> {
    let key = KeyPair::from_pem_and_sign_algo(ROLE_KEY, &PKCS_RSA_SHA256)?;
    let mut params = named("Silta mock role")?;
    params.serial_number = Some(SerialNumber::from(1_u64));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    Ok(params.self_signed(&key)?.pem())
}

/// Valid for whatever time a case has.
fn named(common_name: &str) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(3000, 1, 1);
    Ok(params)
}
