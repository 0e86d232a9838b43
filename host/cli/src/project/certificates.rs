// SPDX-License-Identifier: Apache-2.0
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, DnValue, Error,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize,
    date_time_ymd,
};

/// Test authorities and what they have issued.
pub(super) struct Certificates {
    authority: Credential,
    vero_authority: Credential,
    vero: Credential,
    suomifi_authority: Credential,
    suomifi: Credential,
    customs: Credential,
    gateway: Credential,
    customs_signing: Credential,
    intermediary: Credential,
    builder: Credential,
}

/// A certificate and its private key, both PEM.
pub(super) struct Credential {
    pub(super) certificate: String,
    pub(super) private_key: String,
}

impl Certificates {
    /// Makes new keys and certificates for Customs, the Tax Administration, Suomi.fi, and the company of that business id.
    pub(super) fn generate(business_id: &str) -> Result<Self, Error> {
        // Apart, since receivers trust the Tax Administration's authority and no other.
        let vero_authority = authority("Silta test authority for Vero API")?;
        let suomifi_authority = authority("Silta test authority for Suomi.fi")?;
        let authority = authority("Silta test authority")?;
        Ok(Self {
            vero: issue(vero()?, KeyPair::generate()?, &vero_authority)?,
            vero_authority: credential(&vero_authority),
            suomifi: issue(suomifi()?, rsa_key()?, &suomifi_authority)?,
            suomifi_authority: credential(&suomifi_authority),
            customs: issue(
                server("Customs simulator")?,
                KeyPair::generate()?,
                &authority,
            )?,
            gateway: issue(
                server("Silta test gateway")?,
                KeyPair::generate()?,
                &authority,
            )?,
            customs_signing: issue(customs_signing()?, rsa_key()?, &authority)?,
            intermediary: issue(intermediary(business_id)?, rsa_key()?, &authority)?,
            builder: issue(builder(business_id)?, rsa_key()?, &authority)?,
            authority: credential(&authority),
        })
    }

    /// All of them, each with the name of its files.
    pub(super) fn named(&self) -> [(&'static str, &Credential); 10] {
        [
            ("ca", &self.authority),
            ("customs", &self.customs),
            ("gateway", &self.gateway),
            ("customs-signing", &self.customs_signing),
            ("intermediary", &self.intermediary),
            ("builder", &self.builder),
            ("vero-ca", &self.vero_authority),
            ("vero", &self.vero),
            ("suomifi-ca", &self.suomifi_authority),
            ("suomifi", &self.suomifi),
        ]
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;

/// Attribute serialNumber (X.520 §6.2.9), in which Finnish authorities' certificates carry the business id.
const SERIAL_NUMBER: [u64; 4] = [2, 5, 4, 5];

/// Long enough for a trial, short enough that nobody builds upon it.
const DAYS_VALID: u32 = 730;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn authority(name: &str) -> Result<Authority, Error> {
    let mut params = parameters(name)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn server(name: &str) -> Result<CertificateParams, Error> {
    let mut params = parameters(name)?;
    params.subject_alt_names =
        CertificateParams::new(["localhost", "127.0.0.1", "::1"].map(str::to_owned))?
            .subject_alt_names;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

/// Signs replies and calls customers, as Customs: by the business id that its certificates carry, in the VAT form.
fn customs_signing() -> Result<CertificateParams, Error> {
    let mut params = parameters("Customs simulator")?;
    identify(&mut params, "FI02454428")?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

/// Serves the simulated Vero API, and pushes notifications to receivers.
fn vero() -> Result<CertificateParams, Error> {
    let mut params = server("Vero API simulator")?;
    let uses = &mut params.extended_key_usages;
    uses.push(ExtendedKeyUsagePurpose::ClientAuth);
    Ok(params)
}

/// Signs calls of the return channel, and serves the simulated mail relay and REST interface.
fn suomifi() -> Result<CertificateParams, Error> {
    let mut params = server("Suomi.fi simulator")?;
    let uses = &mut params.extended_key_usages;
    uses.push(ExtendedKeyUsagePurpose::ClientAuth);
    Ok(params)
}

fn intermediary(business_id: &str) -> Result<CertificateParams, Error> {
    let mut params = parameters("Silta test intermediary")?;
    identify(&mut params, business_id)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

fn builder(business_id: &str) -> Result<CertificateParams, Error> {
    let mut params = parameters("Silta test builder")?;
    identify(&mut params, business_id)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    Ok(params)
}

fn parameters(name: &str) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new([])?;
    params.distinguished_name.push(DnType::CountryName, "FI");
    params.distinguished_name.push(DnType::CommonName, name);
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let today = date_time_ymd(1970, 1, 1) + since_1970.unwrap_or_default();
    // Valid since yesterday, for machines whose clocks do not agree.
    params.not_before = today - DAY;
    params.not_after = today + DAY * DAYS_VALID;
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn identify(params: &mut CertificateParams, business_id: &str) -> Result<(), Error> {
    let attribute = DnType::CustomDnType(SERIAL_NUMBER.to_vec());
    let value = DnValue::PrintableString(business_id.try_into()?);
    params.distinguished_name.push(attribute, value);
    Ok(())
}

/// 3072 bits: what Customs' sibling service asks for at least.
fn rsa_key() -> Result<KeyPair, Error> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_3072)
}

fn credential(authority: &Authority) -> Credential {
    Credential {
        certificate: authority.pem(),
        private_key: authority.key().serialize_pem(),
    }
}

fn issue(
    params: CertificateParams,
    key: KeyPair,
    authority: &Authority,
) -> Result<Credential, Error> {
    Ok(Credential {
        certificate: params.signed_by(&key, authority)?.pem(),
        private_key: key.serialize_pem(),
    })
}
