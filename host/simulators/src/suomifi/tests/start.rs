// SPDX-License-Identifier: Apache-2.0
//! Setups that cannot work.

use rcgen::KeyPair;

use super::super::{Credential, ReturnChannelCaller, SuomifiSetup};
use super::world::rsa_key;
use super::{setup, signed_setup, world};
use crate::SimulatorError;

#[test]
fn a_setup_that_cannot_work_is_an_error() {
    let error = |url: &str, mut setup: SuomifiSetup, adjust: fn(&mut SuomifiSetup)| {
        adjust(&mut setup);
        ReturnChannelCaller::start(url, setup).err().unwrap()
    };
    let url = "https://localhost/suomifi";
    assert!(matches!(
        error("http://localhost/suomifi", setup(), |_| {}),
        SimulatorError::Url("url")
    ));
    assert!(matches!(
        error(url, setup(), |setup| setup.receiver_anchors_pem.clear()),
        SimulatorError::Pem("receiver_anchors_pem")
    ));
    assert!(matches!(
        error(url, setup(), |setup| {
            setup.client = Some(Credential {
                certificates_pem: world().client.certificate_pem(),
                key_pem: world().signer.key_pem(),
            });
        }),
        SimulatorError::Credential {
            field: "client.certificates_pem",
            ..
        }
    ));
    // Another key, and a key of another kind.
    for key in [rsa_key(), KeyPair::generate().unwrap()] {
        let mut setup = signed_setup();
        setup.signing.as_mut().unwrap().credential.key_pem = key.serialize_pem();
        assert!(matches!(
            ReturnChannelCaller::start(url, setup).err().unwrap(),
            SimulatorError::Credential {
                field: "signing.credential.certificates_pem",
                ..
            }
        ));
    }
}
