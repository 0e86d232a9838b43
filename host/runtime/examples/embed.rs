// SPDX-License-Identifier: Apache-2.0
//! Builds a signed upload, asks what silence means, swaps the component and swaps back. The README shows the first half.
//!
//! ```sh
//! silta init customs
//! silta export tulli --out tulli.wasm
//! cargo run -p silta --example embed
//! ```

use std::{error::Error, fs};

use silta::exchange::{Response, Sending};
use silta::{Blob, BuildInput, Deployment, Keyring, RoleKey, Runtime};

fn main() -> Result<(), Box<dyn Error>> {
    let key_pem = fs::read("customs/pki/builder.key.pem")?;
    let certificate_pem = fs::read("customs/pki/builder.pem")?;
    let declaration = fs::read("customs/examples/declaration.xml")?;

    let runtime = Runtime::builder().build()?;
    let builder = RoleKey::from_pem(&key_pem, &certificate_pem)?;
    let deployment = Deployment::from_file("tulli.wasm")
        .with_settings(r#"{"url": "https://localhost:8443/dme", "intermediary": "1234567-1"}"#)
        .with_keyring(Keyring::new().with("builder", builder));
    let update = deployment.clone();
    let agency = runtime.deploy("tulli", deployment)?;
    let request = agency.build(BuildInput {
        operation: "upload".into(),
        parameters: r#"{"declarant": "1234567-1", "application": "INTRASTAT"}"#.into(),
        payload: Some(Blob::from(declaration)),
        ..BuildInput::default()
    })?;
    println!("{} bytes for {:?}", request.body.size(), request.target);

    // Whoever sends it hands in what came back; here, nothing did. In an asynchronous program, calls belong into `spawn_blocking`: they compute.
    let sending = Sending {
        memo: request.memo,
        ..Sending::default()
    };
    let outcome = agency.parse("upload", Response::Unanswered, sending)?;
    println!("{:?}: {}", outcome.class, outcome.text);

    // Another component, other settings, other keys: calls under way keep the old ones.
    runtime.deploy("tulli", update)?;
    agency.roll_back()?;
    Ok(())
}
