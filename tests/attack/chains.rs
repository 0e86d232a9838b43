// SPDX-License-Identifier: Apache-2.0
//! What a stranger's call costs, whatever certificates it shows.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use rustls::pki_types::CertificateDer;

use crate::{
    Scale,
    client::{Client, stranger},
    honest::notification,
    program::Program,
};

pub(crate) fn run(scale: &Scale) {
    println!("processor time of a stranger's call");
    let program = Program::start("");
    let key = KeyPair::generate().unwrap();
    for (name, number) in [
        ("no certificate", 0),
        ("one certificate", 1),
        ("as many as are let through", 10),
    ] {
        let key_pem = key.serialize_pem();
        let client = Client::new(
            &program,
            chain(&key, number),
            (number > 0).then_some(&*key_pem),
        );
        calls(&program, scale, name, &client);
    }
    let too_many = Client::new(&program, chain(&key, 11), Some(&key.serialize_pem()));
    // In TLS 1.3 a client hears of it after its own part of the handshake.
    let connected = too_many.connect(stranger(0), program.address);
    let answered = connected.and_then(|mut connection| connection.call(&notification(&program)));
    assert!(answered.is_err(), "{answered:?}");
}

/// Certificates all of one name and one key, each of which may have issued each other.
fn chain(key: &KeyPair, number: usize) -> Vec<CertificateDer<'static>> {
    let certificate = |_| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "Stranger");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.self_signed(key).unwrap().der().clone()
    };
    (0..number).map(certificate).collect()
}

/// Calls on a few connections, so that handshakes hardly count.
fn calls(program: &Program, scale: &Scale, name: &str, client: &Client) {
    let call = notification(program);
    let mut connection = client.connect(stranger(0), program.address).unwrap();
    assert_eq!(connection.call(&call).unwrap(), 403);
    let before = program.processor_time();
    for _ in 0..scale.calls {
        assert_eq!(connection.call(&call).unwrap(), 403);
    }
    let each = (program.processor_time() - before) / scale.calls as u32;
    println!("  {name}: {each:.1?}, TLS and HTTP included");
}
