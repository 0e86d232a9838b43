// SPDX-License-Identifier: Apache-2.0
//! Certificates that `silta init` does not make.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, DnValue, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SignatureAlgorithm, date_time_ymd,
};

use crate::project::Project;

/// Business id of the company in the folder that `silta init` makes.
pub(crate) const COMPANY: &str = "9000001-1";

/// Another company's.
pub(crate) const OTHER_COMPANY: &str = "9000003-8";

/// An issuer of certificates.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
}

/// PEM of a certificate and of its private key.
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) private_key: String,
}

impl Authority {
    /// The one of the folder.
    pub(crate) fn of(project: &Project) -> Self {
        let key = KeyPair::from_pem(&project.text("pki/ca.key.pem")).unwrap();
        let issuer = Issuer::from_ca_cert_pem(&project.text("pki/ca.pem"), key).unwrap();
        Self { issuer }
    }

    /// One that nobody knows.
    pub(crate) fn foreign() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self {
            issuer: Issuer::new(params, KeyPair::generate().unwrap()),
        }
    }

    /// A revocation list in PEM.
    pub(crate) fn list(&self, params: CertificateRevocationListParams) -> String {
        params.signed_by(&self.issuer).unwrap().pem().unwrap()
    }

    /// A certificate for a company, valid from the start of one year to the start of another.
    pub(crate) fn issue(
        &self,
        algorithm: &'static SignatureAlgorithm,
        business_id: &str,
        (from, to): (i32, i32),
    ) -> Identity {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "Test Oy");
        // X.520 §6.2.9, serialNumber.
        params.distinguished_name.push(
            DnType::CustomDnType(vec![2, 5, 4, 5]),
            DnValue::PrintableString(business_id.try_into().unwrap()),
        );
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        Identity {
            certificate: params.signed_by(&key, &self.issuer).unwrap().pem(),
            private_key: key.serialize_pem(),
        }
    }
}

impl Identity {
    /// Puts it in the place of a role's.
    pub(crate) fn replace(&self, project: &Project, role: &str) {
        project.write(format!("pki/{role}.pem"), &self.certificate);
        project.write(format!("pki/{role}.key.pem"), &self.private_key);
    }
}
