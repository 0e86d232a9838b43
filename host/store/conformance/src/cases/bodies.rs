// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use silta_store::{
    Content,
    record::{Arrival, BodyId, Retention},
};

use crate::{
    bed::Bed,
    given::{arrival, document, entries},
};

/// Sizes around those that a backend may treat in another way.
const SIZES: [usize; 6] = [0, 1, 4_095, 65_536, 65_537, 3_000_000];

pub(super) fn contents(bed: &mut dyn Bed) {
    let content = |size: usize| -> Vec<u8> { (0..size).map(|at| (at % 251) as u8).collect() };
    for (number, size) in SIZES.into_iter().enumerate() {
        let documents = vec![
            document("same", &content(size)),
            document("same", &content(size)),
        ];
        let arrival = Arrival {
            documents,
            ..arrival(&[&number.to_string()])
        };
        bed.store().commit(&arrival).unwrap();
    }
    bed.reopen();
    let store = bed.store();
    for (entry, size) in entries(store).iter().zip(SIZES) {
        for document in &entry.received.documents {
            let given = Content::from(content(size));
            assert_eq!(
                (document.size, document.sha256),
                (size as u64, given.digest())
            );
            assert_eq!(
                store.body(document.body).unwrap().unwrap().to_vec(),
                content(size)
            );
        }
    }
    assert_eq!(store.body(BodyId(1_000_000)), Ok(None));
    // The last again in another entry; when the first of them is removed, the second keeps it.
    let last = SIZES[5];
    store
        .commit(&Arrival {
            documents: vec![document("again", &content(last))],
            ..arrival(&["again"])
        })
        .unwrap();
    let all = entries(store);
    for entry in &all[..SIZES.len()] {
        store.acknowledge(entry.position, None).unwrap();
    }
    let retention = Retention {
        acknowledged_age: Some(Duration::ZERO),
        limit: 100,
        ..Retention::default()
    };
    store.prune(&retention).unwrap();
    let left = entries(store);
    assert_eq!(left.len(), 1);
    let body = left[0].received.documents[0].body;
    assert_eq!(store.body(body).unwrap().unwrap().to_vec(), content(last));
    assert_eq!(store.body(all[5].received.documents[0].body), Ok(None));
    assert_eq!(store.status().unwrap().body_bytes, last as u64);
}
