// SPDX-License-Identifier: Apache-2.0
//! Who calls a gateway, as an agency.

use std::sync::Arc;

use ureq::{
    Agent,
    tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider},
};

use crate::project::Project;

/// A client as an agency has it, with the certificate of a role.
pub(crate) fn client(project: &Project, role: &str) -> Agent {
    let own = [format!("pki/{role}.pem"), format!("pki/{role}.key.pem")];
    client_with(project, "pki/ca.pem", [&own[0], &own[1]])
}

/// The same with files of other names: of the authority, of its certificate and of its key.
pub(crate) fn client_with(project: &Project, authority: &str, [own, key]: [&str; 2]) -> Agent {
    let pem = |name: &str| Certificate::from_pem(&project.read(name)).unwrap();
    let key = PrivateKey::from_pem(&project.read(key)).unwrap();
    let own = ClientCert::new_with_certs(&[pem(own)], key);
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .root_certs(RootCerts::from([pem(authority)]))
        .client_cert(Some(own))
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into()
}
