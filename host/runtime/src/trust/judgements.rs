//! Judgements of paths, kept: a caller shows the same certificates on every call.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::digest;

use super::{error::IdentifyError, identity::Identity, purpose::Purpose};

/// How many judgements of a kind one set keeps; an identity has some 500 bytes.
const MOST: usize = 1024;

/// A judgement, and the seconds since 1970 in which it is the same: from the first up to before the second.
pub(super) struct Judgement {
    pub(super) result: Result<Identity, IdentifyError>,
    pub(super) from: i64,
    pub(super) until: i64,
}

/// Judgements of chains by what was shown, all of it.
///
/// Those that accept are kept apart from those that refuse, so that no number of strangers drives out a caller.
#[derive(Debug, Default)]
pub(super) struct Judgements {
    accepted: Mutex<Kept<Identity>>,
    refused: Mutex<Kept<IdentifyError>>,
}

impl Judgements {
    /// The judgement that was made of the same chain and counts at this time, or the one that `judge` makes.
    pub(super) fn remember(
        &self,
        chain: &[Vec<u8>],
        purpose: Purpose,
        at: i64,
        judge: impl FnOnce() -> Judgement,
    ) -> Result<Identity, IdentifyError> {
        let name = name(chain, purpose);
        if let Some(identity) = get(&self.accepted, &name, at) {
            return Ok(identity);
        }
        if let Some(error) = get(&self.refused, &name, at) {
            return Err(error);
        }
        let Judgement {
            result,
            from,
            until,
        } = judge();
        match &result {
            Ok(identity) => put(&self.accepted, name, (from, until, identity.clone())),
            Err(error) => put(&self.refused, name, (from, until, error.clone())),
        }
        result
    }
}

type Name = [u8; 32];

/// The oldest goes when there are too many.
#[derive(Debug)]
struct Kept<T> {
    judgements: HashMap<Name, (i64, i64, T)>,
    in_order: VecDeque<Name>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self {
            judgements: HashMap::new(),
            in_order: VecDeque::new(),
        }
    }
}

fn get<T: Clone>(kept: &Mutex<Kept<T>>, name: &Name, at: i64) -> Option<T> {
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let (from, until, judgement) = kept.judgements.get(name)?;
    (*from <= at && at < *until).then(|| judgement.clone())
}

fn put<T>(kept: &Mutex<Kept<T>>, name: Name, judgement: (i64, i64, T)) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.judgements.insert(name, judgement).is_some() {
        return;
    }
    kept.in_order.push_back(name);
    if kept.in_order.len() > MOST
        && let Some(oldest) = kept.in_order.pop_front()
    {
        kept.judgements.remove(&oldest);
    }
}

/// SHA-256 of purpose and certificates, each with its length.
fn name(chain: &[Vec<u8>], purpose: Purpose) -> Name {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(match purpose {
        Purpose::TlsClient => b"tls-client",
        Purpose::DocumentSigner => b"document-signer",
    });
    for der in chain {
        let length = u64::try_from(der.len()).unwrap_or(u64::MAX);
        context.update(&length.to_be_bytes());
        context.update(der);
    }
    let mut name = [0; 32];
    name.copy_from_slice(context.finish().as_ref());
    name
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
        judgements: &Judgements,
        chain: &[Vec<u8>],
        purpose: Purpose,
        at: i64,
        result: &Result<Identity, IdentifyError>,
    ) -> bool {
        let asked = Cell::new(false);
        let found = judgements.remember(chain, purpose, at, || {
            asked.set(true);
            Judgement {
                result: result.clone(),
                from: 10,
                until: 20,
            }
        });
        assert_eq!(found, *result);
        asked.get()
    }

    #[test]
    fn a_judgement_counts_for_what_was_shown_and_while_it_is_the_same() {
        let judgements = Judgements::default();
        let accepted = Ok(Identity::of_bare_key(b"key"));
        let (client, signer) = (Purpose::TlsClient, Purpose::DocumentSigner);
        let ask =
            |chain: &[Vec<u8>], purpose, at| judged(&judgements, chain, purpose, at, &accepted);
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
        let judgements = Judgements::default();
        let accepted = Ok(Identity::of_bare_key(b"key"));
        let refused = Err(IdentifyError::NoPath);
        let client = Purpose::TlsClient;
        assert!(judged(&judgements, &chain(0), client, 10, &accepted));
        for stranger in 1..=2 * MOST {
            assert!(judged(&judgements, &chain(stranger), client, 10, &refused));
        }
        assert!(!judged(&judgements, &chain(0), client, 10, &accepted));
        assert!(!judged(&judgements, &chain(2 * MOST), client, 10, &refused));
        assert!(judged(&judgements, &chain(1), client, 10, &refused));
        let kept = judgements.refused.lock().unwrap();
        assert_eq!((kept.judgements.len(), kept.in_order.len()), (MOST, MOST));
    }
}
