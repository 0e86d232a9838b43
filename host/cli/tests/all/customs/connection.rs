// SPDX-License-Identifier: Apache-2.0
use std::{fs, sync::Arc};

use silta::{
    Blob,
    exchange::{Answer, Request, Target},
};
use silta_config::Config;
use ureq::{
    Agent, http,
    tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider},
};

/// Sends a request with the key that it asks for, and gives the answer.
pub(super) fn exchange(config: &Config, request: &Request) -> Result<Answer, ureq::Error> {
    let Target::Http(target) = &request.target else {
        panic!("not HTTP");
    };
    let mut message = http::Request::builder()
        .method(target.method.as_str())
        .uri(&target.url);
    for (name, value) in &request.headers {
        message = message.header(name, value);
    }
    let response = agent(config, request).run(message.body(request.body.to_vec()).unwrap())?;
    let (head, mut body) = response.into_parts();
    Ok(Answer {
        status: head.status.as_u16(),
        headers: Vec::new(),
        body: Blob::from(body.read_to_vec()?),
    })
}

fn agent(config: &Config, request: &Request) -> Agent {
    let parts = config.parts("tulli").unwrap();
    let files = parts.tls_files(request.tls_role.as_deref().unwrap());
    let files = files.unwrap();
    let key = fs::read(files.private_key).unwrap();
    let certificate = Certificate::from_pem(&fs::read(files.certificates).unwrap()).unwrap();
    let anchors = config.server_anchors("tulli").unwrap().unwrap();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .root_certs(RootCerts::from([Certificate::from_pem(&anchors).unwrap()]))
        .client_cert(Some(ClientCert::new_with_certs(
            &[certificate],
            PrivateKey::from_pem(&key).unwrap(),
        )))
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .timeout_global(Some(request.timeout))
        .build()
        .into()
}
