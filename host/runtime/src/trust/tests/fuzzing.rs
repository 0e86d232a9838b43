// SPDX-License-Identifier: Apache-2.0
//! Damaged certificates, keys and signatures: never a panic, and never accepted.

use std::sync::LazyLock;

use proptest::prelude::*;
use rcgen::{PKCS_RSA_SHA256, PublicKeyData};

use super::*;
use crate::keys::{RoleKey, SignatureAlgorithm};

/// One change of one place, which is taken modulo the length.
#[derive(Debug, Clone)]
enum Damage {
    Flip(usize, u8),
    Replace(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Truncate(usize),
    Extend(Vec<u8>),
}

impl Damage {
    fn of(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let size = bytes.len();
        match self {
            Self::Flip(place, bit) => bytes[place % size] ^= 1 << bit,
            Self::Replace(place, byte) => bytes[place % size] = *byte,
            Self::Insert(place, byte) => bytes.insert(place % size, *byte),
            Self::Remove(place) => drop(bytes.remove(place % size)),
            Self::Truncate(place) => bytes.truncate(place % size),
            Self::Extend(more) => bytes.extend_from_slice(more),
        }
        bytes
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = 0..100_000_usize;
    prop_oneof![
        4 => (place.clone(), 0..8_u8).prop_map(|(place, bit)| Damage::Flip(place, bit)),
        4 => (place.clone(), any::<u8>()).prop_map(|(place, byte)| Damage::Replace(place, byte)),
        1 => (place.clone(), any::<u8>()).prop_map(|(place, byte)| Damage::Insert(place, byte)),
        1 => place.clone().prop_map(Damage::Remove),
        1 => place.prop_map(Damage::Truncate),
        1 => proptest::collection::vec(any::<u8>(), 1..20).prop_map(Damage::Extend),
    ]
}

/// A certificate that an authority issued, one that is pinned, a set that believes both, and a signature by the latter.
struct World {
    set: AnchorSet,
    certified: Vec<u8>,
    pinned: Vec<u8>,
    bare: Vec<u8>,
    signature: Vec<u8>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let authority = Authority::new();
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let pinned = params("Pinned signer").self_signed(&key).unwrap();
    let list = authority.revocation_list(&[SerialNumber::from(8_u64)]);
    let set = authority.anchors();
    let set = set.with_pins_pem(pinned.pem().as_bytes()).unwrap();
    let role = RoleKey::from_pem(key.serialize_pem().as_bytes(), pinned.pem().as_bytes());
    let signature = role
        .unwrap()
        .sign(SignatureAlgorithm::RsaSha256, &b"bytes".as_slice().into());
    World {
        set: set.with_revocation_lists(list.as_bytes()).unwrap(),
        certified: authority.certify(|_| ()).der().to_vec(),
        pinned: pinned.der().to_vec(),
        bare: key.subject_public_key_info(),
        signature: signature.unwrap(),
    }
});

fn verify(key: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    TrustStore::new().verify(VerificationAlgorithm::RsaSha256, key, b"bytes", signature)
}

#[test]
fn undamaged_all_is_accepted() {
    let World { set, .. } = &*WORLD;
    for first in [&WORLD.certified, &WORLD.pinned] {
        set.identify(std::slice::from_ref(first), CLIENT, at(IN_2026))
            .unwrap();
    }
    for key in [&WORLD.pinned, &WORLD.bare] {
        verify(key, &WORLD.signature).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_damaged_certificate_is_not_accepted(damage in damage(), garbage in proptest::collection::vec(any::<u8>(), 0..80)) {
        for whole in [&WORLD.certified, &WORLD.pinned] {
            let damaged = damage.of(whole);
            if damaged != *whole {
                prop_assert!(WORLD.set.identify(std::slice::from_ref(&damaged), CLIENT, at(IN_2026)).is_err());
            }
            // Further down the chain it does not matter.
            let chain = [whole.clone(), damaged, garbage.clone()];
            prop_assert!(WORLD.set.identify(&chain, CLIENT, at(IN_2026)).is_ok());
        }
        prop_assert!(WORLD.set.identify(&[garbage], CLIENT, at(IN_2026)).is_err());
    }

    #[test]
    fn a_damaged_signature_does_not_verify(damage in damage()) {
        let damaged = damage.of(&WORLD.signature);
        if damaged != WORLD.signature {
            prop_assert_eq!(verify(&WORLD.pinned, &damaged), Err(VerifyError::Mismatch));
        }
    }

    #[test]
    fn a_damaged_key_does_not_panic(damage in damage(), garbage in proptest::collection::vec(any::<u8>(), 0..80)) {
        for whole in [&WORLD.pinned, &WORLD.bare] {
            let damaged = damage.of(whole);
            // Damage outside the key leaves a certificate that verifies the same signatures.
            let verified = verify(&damaged, &WORLD.signature);
            prop_assert!(verified.is_err() || key::read(&damaged).map(|key| key.octets.to_vec()) == key::read(whole).map(|key| key.octets.to_vec()));
        }
        prop_assert_eq!(verify(&garbage, &WORLD.signature), Err(VerifyError::KeyUnreadable));
    }
}
