// SPDX-License-Identifier: Apache-2.0
//! Throwaway authorities and what they issue.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SignatureAlgorithm,
};
use rustls::{
    ServerConfig, SupportedProtocolVersion,
    crypto::aws_lc_rs::default_provider,
    pki_types::{PrivateKeyDer, pem::PemObject},
};
use silta::RoleKey;
use silta_gateway::outbound::{ConnectSettings, HttpClient, ServerTrust};

/// An authority with its key.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) der: Vec<u8>,
    pub(crate) pem: String,
}

/// A certificate with its key, in PEM and DER.
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) pem: String,
    pub(crate) der: Vec<u8>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("Test authority")
    }

    pub(crate) fn named(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let certificate = params.self_signed(&key).unwrap();
        Self {
            der: certificate.der().to_vec(),
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    pub(crate) fn trust(&self) -> ServerTrust {
        ServerTrust::anchors([self.der.as_slice()]).unwrap()
    }

    /// A client that trusts this authority alone.
    pub(crate) fn client(&self) -> HttpClient {
        HttpClient::new(self.settings()).unwrap()
    }

    pub(crate) fn settings(&self) -> ConnectSettings {
        ConnectSettings {
            trust: Some(self.trust()),
            ..ConnectSettings::default()
        }
    }

    /// A server's certificate for a name, valid from the start of one year to the start of another.
    pub(crate) fn server_valid(&self, name: &str, years: (i32, i32)) -> Pair {
        self.issue(&PKCS_ECDSA_P256_SHA256, |params| {
            *params = CertificateParams::new([name.to_owned()]).unwrap();
            params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
            params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        })
    }

    /// How a server speaks TLS for `localhost`.
    pub(crate) fn localhost(&self) -> Arc<ServerConfig> {
        config(
            &self.server_valid("localhost", (2000, 3000)),
            rustls::DEFAULT_VERSIONS,
        )
    }

    /// A client's key of a kind.
    pub(crate) fn client_pair(&self, algorithm: &'static SignatureAlgorithm) -> Pair {
        self.issue(algorithm, |params| {
            params
                .distinguished_name
                .push(DnType::CommonName, "Test Oy");
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        })
    }

    fn issue(
        &self,
        algorithm: &'static SignatureAlgorithm,
        edit: impl FnOnce(&mut CertificateParams),
    ) -> Pair {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        edit(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Pair {
            key: key.serialize_pem(),
            pem: certificate.pem(),
            der: certificate.der().to_vec(),
        }
    }
}

impl Pair {
    pub(crate) fn role_key(&self) -> Arc<RoleKey> {
        Arc::new(RoleKey::from_pem(self.key.as_bytes(), self.pem.as_bytes()).unwrap())
    }

    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap()
    }
}

/// How a server speaks TLS as the holder of a certificate, to whoever comes.
pub(crate) fn config(
    pair: &Pair,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<ServerConfig> {
    let config = ServerConfig::builder_with_provider(default_provider().into())
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![pair.der.clone().into()], pair.private_key())
        .unwrap();
    Arc::new(config)
}
