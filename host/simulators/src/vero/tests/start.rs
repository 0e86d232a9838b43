// SPDX-License-Identifier: Apache-2.0
//! Starting and stopping.

use std::net::{TcpListener, TcpStream};

use super::super::{VeroPusher, VeroSimulator};
use super::{PushSetup, VeroSetup, push_setup, secret, setup, vero, world};
use crate::peers::reserved::Reserved;
use crate::{Simulator, SimulatorError};

#[test]
fn a_setup_that_cannot_work_is_an_error() {
    let error = |adjust: fn(&mut VeroSetup)| {
        let mut setup = setup();
        adjust(&mut setup);
        VeroSimulator::start(setup).err().unwrap()
    };
    assert!(matches!(
        error(|setup| setup.client_anchors_pem.clear()),
        SimulatorError::Pem("client_anchors_pem")
    ));
    assert!(matches!(
        error(|setup| setup.server.key_pem.clear()),
        SimulatorError::Pem("server.key_pem")
    ));
    assert!(matches!(
        error(|setup| setup.server.key_pem = world().customer.key_pem.clone()),
        SimulatorError::Credential {
            field: "server.certificates_pem",
            ..
        }
    ));
    assert!(matches!(
        error(|setup| setup.push.client.certificates_pem.clear()),
        SimulatorError::Pem("push.client.certificates_pem")
    ));
    let taken = vero();
    let mut same_address = setup();
    same_address.address = taken.address();
    assert!(matches!(
        VeroSimulator::start(same_address),
        Err(SimulatorError::Listen(_))
    ));
}

#[test]
fn a_pusher_that_cannot_push_is_an_error() {
    let error = |url: &str, adjust: fn(&mut PushSetup)| {
        let mut setup = push_setup();
        adjust(&mut setup);
        VeroPusher::start(url, secret(), setup).err().unwrap()
    };
    let url = "https://localhost/Notify/v1";
    assert!(matches!(
        error("http://localhost/Notify/v1", |_| {}),
        SimulatorError::Url("url")
    ));
    assert!(matches!(
        error(url, |setup| setup.receiver_anchors_pem.clear()),
        SimulatorError::Pem("push.receiver_anchors_pem")
    ));
    assert!(matches!(
        error(url, |setup| setup.client.key_pem =
            world().customer.key_pem.clone()),
        SimulatorError::Credential {
            field: "push.client.certificates_pem",
            ..
        }
    ));
    assert!(matches!(
        error(url, |setup| setup.issuer.as_mut().unwrap().key_pem.clear()),
        SimulatorError::Issuer("push.issuer")
    ));
}

#[test]
fn dropping_it_frees_the_address() {
    let reserved = Reserved::new();
    let address = reserved.address;
    let mut setup = setup();
    setup.address = address;
    let vero = VeroSimulator::start(setup).unwrap();
    let _idle = TcpStream::connect(address).unwrap();
    assert!(TcpListener::bind(address).is_err());
    drop(vero);
    TcpListener::bind(address).unwrap();
}
