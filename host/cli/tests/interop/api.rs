// SPDX-License-Identifier: Apache-2.0
//! The platform's API, by inputs that schemathesis makes of the description that it serves.

use std::sync::Arc;

use silta::{Deployment, Runtime, Secrets};
use silta_gateway::{
    Gateway, ServedAgency,
    platform::{
        NewToken, Permission, PlatformConfig, PlatformLimits, PlatformSetup, PlatformToken,
        TokenLimits,
    },
};
use silta_store::{
    MemoryStore, Store,
    record::{Arrival, Document, Event, Submission},
};

use crate::peers;

/// Entries with a document each, and operations that nobody carries out.
fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    for number in 0..50 {
        let event = Event {
            kind: "k".into(),
            data: "{}".into(),
            deduplication_key: number.to_string(),
            about: None,
        };
        let arrival = Arrival {
            agency: "courier".into(),
            operation: "notify".into(),
            events: vec![event],
            documents: vec![Document {
                name: "päätös.pdf".into(),
                media_type: "application/pdf".into(),
                content: b"%PDF-1.7".as_slice().into(),
            }],
            ..Arrival::default()
        };
        store.commit(&arrival).unwrap();
        let wish = Submission {
            agency: "courier".into(),
            operation: "list".into(),
            parameters: "{}".into(),
            ..Submission::default()
        };
        store.submit(&wish).unwrap();
    }
    store
}

#[test]
fn every_answer_of_the_platforms_api_is_as_described() {
    if !peers::are_prepared() {
        return;
    }
    let runtime = Runtime::builder()
        .concurrent_calls(8)
        .keep_compiled_in(concat!(env!("CARGO_TARGET_TMPDIR"), "/silta"))
        .build()
        .unwrap();
    let deployment = Deployment::from_bytes(artifacts::COURIER.bytes)
        .with_settings(r#"{"url": "https://localhost:1", "user": "tester"}"#)
        .with_secrets(Secrets::new().with("password", vec![b"Zmlyc3QtcGFzc3dvcmQtMQ==".to_vec()]));
    let courier = runtime.deploy("courier", deployment).unwrap();
    let token = NewToken::draw().unwrap();
    let setup = PlatformSetup {
        config: PlatformConfig {
            address: ([127, 0, 0, 1], 0).into(),
            identity: None,
            tokens: vec![PlatformToken {
                id: "fuzzer".into(),
                sha256: token.sha256(),
                agencies: vec!["*".into()],
                may: Permission::ALL.into(),
                limits: TokenLimits::default(),
            }],
            limits: PlatformLimits {
                // Nobody brings anything, so that there is nothing to wait for.
                wait_seconds: 0,
                ..PlatformLimits::default()
            },
        },
        agencies: vec![ServedAgency::new("courier", courier, 8)],
        store: Arc::new(filled()),
        pushed: Vec::new(),
        deployer: None,
    };
    let gateway = Gateway::new().unwrap();
    let listener = gateway.listen_for_platform(setup).unwrap();
    let output = peers::python("platform/api.py")
        .arg(format!("http://{}", listener.address()))
        .arg(format!("token={}", token.reveal()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(output.status.success());
}
