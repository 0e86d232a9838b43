//! Keys and certificates, and what they sign and verify, with aws-lc-rs.

use std::{fs, path::PathBuf, sync::OnceLock};

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{
        self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
        ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair, UnparsedPublicKey,
        VerificationAlgorithm as Verification,
    },
};
use rcgen::{
    CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
    PKCS_ECDSA_P521_SHA512, PKCS_RSA_SHA256, PublicKeyData, RsaKeySize,
};
use tempfile::TempDir;
use xml_signature::{DigestAlgorithm, SignatureAlgorithm};

/// A kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Rsa,
    P256,
    P384,
    P521,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Rsa, Self::P256, Self::P384, Self::P521];

    /// Octets of an order of the curve.
    fn half(self) -> usize {
        match self {
            Self::Rsa => 0,
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// A key with a certificate of its own, in files as well.
pub(crate) struct Identity {
    pub(crate) kind: Kind,
    /// The certificate in DER.
    pub(crate) certificate: Vec<u8>,
    pub(crate) key_file: PathBuf,
    pub(crate) certificate_file: PathBuf,
    private: Vec<u8>,
    public: Vec<u8>,
    _folder: TempDir,
}

impl Identity {
    fn make(kind: Kind) -> Self {
        let key = match kind {
            Kind::Rsa => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
            Kind::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
            Kind::P384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
            Kind::P521 => KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512),
        };
        let key = key.unwrap();
        let mut parameters = CertificateParams::default();
        let name = format!("Silta interoperability {kind:?}");
        parameters.distinguished_name.push(DnType::CommonName, name);
        let certificate = parameters.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (key_file, certificate_file) = (
            folder.path().join("key.pem"),
            folder.path().join("certificate.pem"),
        );
        fs::write(&key_file, key.serialize_pem()).unwrap();
        fs::write(&certificate_file, certificate.pem()).unwrap();
        Self {
            kind,
            certificate: certificate.der().to_vec(),
            key_file,
            certificate_file,
            private: key.serialize_der(),
            public: key.der_bytes().to_vec(),
            _folder: folder,
        }
    }

    /// Signs; ECDSA values are r and s. `None` for a hash that is not the one of the curve.
    pub(crate) fn sign(&self, algorithm: SignatureAlgorithm, bytes: &[u8]) -> Option<Vec<u8>> {
        use SignatureAlgorithm as Algorithm;
        let random = SystemRandom::new();
        let curve = match (algorithm, self.kind) {
            (Algorithm::EcdsaSha256, Kind::P256) => Some(&ECDSA_P256_SHA256_FIXED_SIGNING),
            (Algorithm::EcdsaSha384, Kind::P384) => Some(&ECDSA_P384_SHA384_FIXED_SIGNING),
            (Algorithm::EcdsaSha512, Kind::P521) => Some(&ECDSA_P521_SHA512_FIXED_SIGNING),
            _ => None,
        };
        if let Some(curve) = curve {
            let key = EcdsaKeyPair::from_pkcs8(curve, &self.private).unwrap();
            return Some(key.sign(&random, bytes).unwrap().as_ref().to_vec());
        }
        let padding: &dyn signature::RsaEncoding = match algorithm {
            Algorithm::RsaSha256 => &signature::RSA_PKCS1_SHA256,
            Algorithm::RsaSha384 => &signature::RSA_PKCS1_SHA384,
            Algorithm::RsaSha512 => &signature::RSA_PKCS1_SHA512,
            Algorithm::RsaPssSha256 => &signature::RSA_PSS_SHA256,
            Algorithm::RsaPssSha384 => &signature::RSA_PSS_SHA384,
            Algorithm::RsaPssSha512 => &signature::RSA_PSS_SHA512,
            _ => return None,
        };
        let key = RsaKeyPair::from_pkcs8(&self.private).unwrap();
        let mut value = vec![0; key.public_modulus_len()];
        key.sign(padding, &random, bytes, &mut value).unwrap();
        Some(value)
    }

    /// Whether a value is a signature of these bytes by this key; `None` for an algorithm of another kind of key.
    pub(crate) fn verifies(
        &self,
        algorithm: SignatureAlgorithm,
        bytes: &[u8],
        value: &[u8],
    ) -> Option<bool> {
        let verification = verification(algorithm, self.kind)?;
        let der;
        let value = match self.kind {
            Kind::Rsa => value,
            kind if value.len() != 2 * kind.half() => return Some(false),
            _ => {
                der = to_der(value);
                &der
            }
        };
        let key = UnparsedPublicKey::new(verification, &self.public);
        Some(key.verify(bytes, value).is_ok())
    }
}

/// An identity of each kind, made once.
pub(crate) fn identity(kind: Kind) -> &'static Identity {
    static MADE: [OnceLock<Identity>; 4] = [const { OnceLock::new() }; 4];
    MADE[kind as usize].get_or_init(|| Identity::make(kind))
}

/// A digest of these bytes.
pub(crate) fn digest(algorithm: DigestAlgorithm, bytes: &[u8]) -> Vec<u8> {
    let algorithm = match algorithm {
        DigestAlgorithm::Sha256 => &digest::SHA256,
        DigestAlgorithm::Sha384 => &digest::SHA384,
        DigestAlgorithm::Sha512 => &digest::SHA512,
    };
    digest::digest(algorithm, bytes).as_ref().to_vec()
}

/// How a signature is verified. Every hash goes with every curve (RFC 6931 §2.3.6).
fn verification(algorithm: SignatureAlgorithm, kind: Kind) -> Option<&'static dyn Verification> {
    use SignatureAlgorithm as Algorithm;
    Some(match (algorithm, kind) {
        (Algorithm::RsaSha256, Kind::Rsa) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (Algorithm::RsaSha384, Kind::Rsa) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (Algorithm::RsaSha512, Kind::Rsa) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (Algorithm::RsaPssSha256, Kind::Rsa) => &signature::RSA_PSS_2048_8192_SHA256,
        (Algorithm::RsaPssSha384, Kind::Rsa) => &signature::RSA_PSS_2048_8192_SHA384,
        (Algorithm::RsaPssSha512, Kind::Rsa) => &signature::RSA_PSS_2048_8192_SHA512,
        (Algorithm::EcdsaSha256, Kind::P256) => &signature::ECDSA_P256_SHA256_ASN1,
        (Algorithm::EcdsaSha384, Kind::P256) => &signature::ECDSA_P256_SHA384_ASN1,
        (Algorithm::EcdsaSha512, Kind::P256) => &signature::ECDSA_P256_SHA512_ASN1,
        (Algorithm::EcdsaSha256, Kind::P384) => &signature::ECDSA_P384_SHA256_ASN1,
        (Algorithm::EcdsaSha384, Kind::P384) => &signature::ECDSA_P384_SHA384_ASN1,
        (Algorithm::EcdsaSha512, Kind::P384) => &signature::ECDSA_P384_SHA512_ASN1,
        (Algorithm::EcdsaSha256, Kind::P521) => &signature::ECDSA_P521_SHA256_ASN1,
        (Algorithm::EcdsaSha384, Kind::P521) => &signature::ECDSA_P521_SHA384_ASN1,
        (Algorithm::EcdsaSha512, Kind::P521) => &signature::ECDSA_P521_SHA512_ASN1,
        _ => return None,
    })
}

/// r and s in DER, as the library takes them for most pairs of curve and hash.
fn to_der(value: &[u8]) -> Vec<u8> {
    let (r, s) = value.split_at(value.len() / 2);
    let content: Vec<u8> = [r, s].iter().flat_map(|number| integer(number)).collect();
    let mut der = vec![0x30];
    if content.len() > 127 {
        der.push(0x81);
    }
    der.push(content.len() as u8);
    der.extend(content);
    der
}

/// A positive INTEGER in as few octets as it takes.
fn integer(number: &[u8]) -> Vec<u8> {
    let start = number.iter().take_while(|octet| **octet == 0).count();
    let digits = &number[start.min(number.len() - 1)..];
    let sign = (digits[0] > 127).then_some(0);
    let length = digits.len() + usize::from(sign.is_some());
    let head = [0x02, length as u8];
    head.into_iter()
        .chain(sign)
        .chain(digits.iter().copied())
        .collect()
}
