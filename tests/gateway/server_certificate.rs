// SPDX-License-Identifier: Apache-2.0
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use silta::keys::KeyError;
use silta_gateway::{ListenerError, ListenerSetup};
use silta_store::MemoryStore;

use super::{
    client::{Client, post},
    scene::{Listening, listen, setup},
};
use crate::support::keys::Pair;

/// An authority, each certificate of it valid from the start of one year to the start of another.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Authority {
    fn new(years: (i32, i32)) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = valid(CertificateParams::new(Vec::new()).unwrap(), years);
        params
            .distinguished_name
            .push(DnType::CommonName, "Test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    /// A server's certificate and key.
    fn issue(&self, years: (i32, i32)) -> Pair {
        let key = KeyPair::generate().unwrap();
        let names = ["localhost".to_owned()];
        let params = valid(CertificateParams::new(names).unwrap(), years);
        Pair {
            certificate: params.signed_by(&key, &self.issuer).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }
}

fn valid(mut params: CertificateParams, (from, to): (i32, i32)) -> CertificateParams {
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(to, 1, 1);
    params
}

fn started(certificates: &[&str], key: &str) -> Result<Listening, ListenerError> {
    listen(ListenerSetup {
        certificates: certificates.concat().into(),
        private_key: key.into(),
        ..setup(Arc::new(MemoryStore::default()))
    })
}

const VALID: (i32, i32) = (2000, 3000);
const EXPIRED: (i32, i32) = (2000, 2001);

#[test]
fn the_certificate_of_the_key_is_shown_first_wherever_it_stands_in_its_file() {
    let (authority, unrelated) = (Authority::new(VALID), Authority::new(VALID));
    let own = authority.issue(VALID);
    let issuer = authority.certificate.as_str();
    let trusting = Client::trusting(&Pair {
        certificate: issuer.to_owned(),
        key: String::new(),
    });
    for file in [
        vec![own.certificate.as_str(), issuer],
        vec![issuer, &own.certificate],
        vec![issuer, &unrelated.certificate, &own.certificate],
        vec![&unrelated.certificate, &own.certificate, issuer],
    ] {
        let listener = started(&file, &own.key).unwrap();
        let answer = trusting.call(listener.address(), &post("/nobody", ""));
        assert_eq!(answer.status, 404);
        let validities = listener.validities();
        assert_eq!(validities.len(), file.len());
        assert!(!validities[0].subject.contains("Test authority"));
    }
}

#[test]
fn the_certificate_of_the_key_is_the_one_whose_validity_counts() {
    let (authority, expired) = (Authority::new(VALID), Authority::new(EXPIRED));
    let own = authority.issue(VALID);
    assert!(started(&[&expired.certificate, &own.certificate], &own.key).is_ok());
    let own = authority.issue(EXPIRED);
    let error = started(&[&authority.certificate, &own.certificate], &own.key).unwrap_err();
    assert!(
        matches!(error, ListenerError::Key(KeyError::Expired { .. })),
        "{error}"
    );
}

#[test]
fn a_file_without_the_certificate_of_the_key_is_refused() {
    let authority = Authority::new(VALID);
    let (own, other) = (authority.issue(VALID), authority.issue(VALID));
    let file = [authority.certificate.as_str(), &other.certificate];
    let error = started(&file, &own.key).unwrap_err();
    assert!(
        matches!(error, ListenerError::Key(KeyError::KeyMismatch { .. })),
        "{error}"
    );
}
