// SPDX-License-Identifier: Apache-2.0
//! Results of looking for paths, kept: a caller shows the same certificates on every call.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use super::{
    identity::Identity,
    path::{IdentifyError, Purpose},
};
use crate::digest::ChainDigest;

/// How many results of a kind one set keeps; an identity has some 500 bytes.
const MOST: usize = 1024;

/// A result, and the seconds since 1970 in which it is the same: from the first up to before the second.
pub(super) struct PathResult {
    pub(super) result: Result<Identity, IdentifyError>,
    pub(super) from: i64,
    pub(super) until: i64,
}

/// Results for chains by what was shown, all of it.
///
/// Those that accept are kept apart from those that refuse, so that no number of strangers drives out a caller.
#[derive(Debug, Default)]
pub(super) struct PathCache {
    accepted: Mutex<Kept<Identity>>,
    refused: Mutex<Kept<IdentifyError>>,
}

impl PathCache {
    /// The result for the same chain that counts at this time, or the one that `find` gives.
    pub(super) fn remember(
        &self,
        name: Name,
        at: i64,
        find: impl FnOnce() -> PathResult,
    ) -> Result<Identity, IdentifyError> {
        if let Some(identity) = get(&self.accepted, &name, at) {
            return Ok(identity);
        }
        if let Some(error) = get(&self.refused, &name, at) {
            return Err(error);
        }
        let PathResult {
            result,
            from,
            until,
        } = find();
        match &result {
            Ok(identity) => put(&self.accepted, name, (from, until, identity.clone())),
            Err(error) => put(&self.refused, name, (from, until, error.clone())),
        }
        result
    }
}

/// What a result is remembered by.
pub(super) type Name = (ChainDigest, Purpose);

/// The oldest goes when there are too many.
#[derive(Debug)]
struct Kept<T> {
    results: HashMap<Name, (i64, i64, T)>,
    in_order: VecDeque<Name>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self {
            results: HashMap::new(),
            in_order: VecDeque::new(),
        }
    }
}

fn get<T: Clone>(kept: &Mutex<Kept<T>>, name: &Name, at: i64) -> Option<T> {
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let (from, until, result) = kept.results.get(name)?;
    (*from <= at && at < *until).then(|| result.clone())
}

fn put<T>(kept: &Mutex<Kept<T>>, name: Name, result: (i64, i64, T)) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.results.insert(name, result).is_some() {
        return;
    }
    kept.in_order.push_back(name);
    if kept.in_order.len() > MOST
        && let Some(oldest) = kept.in_order.pop_front()
    {
        kept.results.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn chain(number: usize) -> Vec<Vec<u8>> {
        vec![number.to_be_bytes().to_vec()]
    }

    /// Whether it had to be judged.
    fn judged(
        cache: &PathCache,
        chain: &[Vec<u8>],
        purpose: Purpose,
        at: i64,
        result: &Result<Identity, IdentifyError>,
    ) -> bool {
        let asked = Cell::new(false);
        let found = cache.remember((ChainDigest::of(chain), purpose), at, || {
            asked.set(true);
            PathResult {
                result: result.clone(),
                from: 10,
                until: 20,
            }
        });
        assert_eq!(found, *result);
        asked.get()
    }

    #[test]
    fn a_result_counts_for_what_was_shown_and_while_it_is_the_same() {
        let cache = PathCache::default();
        let accepted = Ok(Identity::of_bare_key(b"key"));
        let (client, signer) = (Purpose::TlsClient, Purpose::DocumentSigner);
        let ask = |chain: &[Vec<u8>], purpose, at| judged(&cache, chain, purpose, at, &accepted);
        assert!(ask(&chain(1), client, 10));
        assert!(!ask(&chain(1), client, 19));
        assert!(ask(&chain(1), client, 20));
        assert!(ask(&chain(1), client, 9));
        assert!(ask(&chain(1), signer, 10));
        assert!(ask(&chain(2), client, 10));
        // Where one certificate ends and the next begins counts.
        let split = vec![chain(1)[0][..3].to_vec(), chain(1)[0][3..].to_vec()];
        assert!(ask(&split, client, 10));
    }

    #[test]
    fn strangers_do_not_drive_out_callers() {
        let cache = PathCache::default();
        let accepted = Ok(Identity::of_bare_key(b"key"));
        let refused = Err(IdentifyError::NoPath);
        let client = Purpose::TlsClient;
        assert!(judged(&cache, &chain(0), client, 10, &accepted));
        for stranger in 1..=2 * MOST {
            assert!(judged(&cache, &chain(stranger), client, 10, &refused));
        }
        assert!(!judged(&cache, &chain(0), client, 10, &accepted));
        assert!(!judged(&cache, &chain(2 * MOST), client, 10, &refused));
        assert!(judged(&cache, &chain(1), client, 10, &refused));
        let kept = cache.refused.lock().unwrap();
        assert_eq!((kept.results.len(), kept.in_order.len()), (MOST, MOST));
    }
}
