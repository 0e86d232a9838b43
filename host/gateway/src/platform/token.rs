// SPDX-License-Identifier: Apache-2.0
//! Who may do what: bearer tokens (RFC 6750), of which only digests are kept.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest, rand};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use silta_store::Digest;
use silta_store::record::Actor;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits::TokenLimits;
use crate::generations::Wanted;

/// What every token begins with, so that a scanner for secrets can find it.
const PREFIX: &str = "silta_";

/// Random bytes of a token: nobody guesses them, so that a digest without salt and without work is enough.
const RANDOM: usize = 32;

/// What stands for all agencies.
pub(crate) const ALL_AGENCIES: &str = "*";

/// A new token, to be shown once. `Debug` does not show it.
pub struct NewToken(String);

impl NewToken {
    /// Draws one.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn draw() -> Result<Self, NoRandomness> {
        let mut random = [0; RANDOM];
        rand::fill(&mut random).map_err(|_| NoRandomness)?;
        Ok(Self(format!(
            "{PREFIX}{}",
            BASE64_URL_SAFE_NO_PAD.encode(random)
        )))
    }

    /// The token: what a client sends.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its SHA-256: what the configuration has.
    pub fn sha256(&self) -> Digest {
        sha256(self.0.as_bytes())
    }
}

impl fmt::Debug for NewToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewToken").finish_non_exhaustive()
    }
}

/// The system has no random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers, of which a token is made; look at the system")]
pub struct NoRandomness;

fn sha256(bytes: &[u8]) -> Digest {
    let mut value = [0; 32];
    for (to, from) in value
        .iter_mut()
        .zip(digest::digest(&digest::SHA256, bytes).as_ref())
    {
        *to = *from;
    }
    Digest(value)
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// Submit operations.
    Submit,
    /// Read operations, events, entries and documents.
    Read,
    /// Take entries of the inbox out, and acknowledge them; read these and their documents.
    Inbox,
    /// Decide on operations: resume them, cancel them.
    Decide,
    /// Deploy components, and roll back.
    Deploy,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Submit,
        Self::Read,
        Self::Inbox,
        Self::Decide,
        Self::Deploy,
    ];

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Read => "read",
            Self::Inbox => "inbox",
            Self::Decide => "decide",
            Self::Deploy => "deploy",
        }
    }
}

/// A token as the configuration knows it: without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformToken {
    /// Its name in logs and as the owner of leases. Idempotency keys are those of one name: a token that is replaced keeps its name.
    pub id: String,
    /// SHA-256 of the token.
    pub sha256: Digest,
    /// Agencies by the names that they are deployed under; `*` for all.
    pub agencies: Vec<String>,
    /// What it may be used for.
    pub may: BTreeSet<Permission>,
    /// What it may use at once.
    pub limits: TokenLimits,
}

impl PlatformToken {
    /// Whether it may be used for an agency.
    pub fn is_for(&self, agency: &str) -> bool {
        self.agencies
            .iter()
            .any(|known| known == ALL_AGENCIES || known == agency)
    }
}

/// All tokens.
pub(crate) struct Tokens(Vec<Arc<Known>>);

/// A token, and what is used of it.
struct Known {
    token: PlatformToken,
    requests: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// At which of its agencies the next look for entries begins.
    turn: AtomicUsize,
}

/// A client that has shown a token. While this is there, one of its requests is under way.
pub(crate) struct Client {
    known: Arc<Known>,
    _request: OwnedSemaphorePermit,
}

/// Why somebody is no client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoClient {
    Unknown,
    TooManyRequests(u32),
}

impl Tokens {
    pub(crate) fn new(tokens: impl IntoIterator<Item = PlatformToken>) -> Self {
        let known = |token: PlatformToken| {
            Arc::new(Known {
                requests: Arc::new(Semaphore::new(token.limits.requests as usize)),
                waiting: Arc::new(Semaphore::new(token.limits.waiting as usize)),
                turn: AtomicUsize::new(0),
                token,
            })
        };
        Self(tokens.into_iter().map(known).collect())
    }

    /// The client of a token, within its limit on requests.
    pub(crate) fn client(&self, presented: &[u8]) -> Result<Client, NoClient> {
        let digest = sha256(presented);
        let mut found = None;
        // All are looked at, each in the same time: how long it takes tells nothing.
        for known in &self.0 {
            if verify_slices_are_equal(&known.token.sha256.0, &digest.0).is_ok() {
                found = Some(known);
            }
        }
        let known = found.ok_or(NoClient::Unknown)?;
        let requests = known.token.limits.requests;
        match Arc::clone(&known.requests).try_acquire_owned() {
            Ok(request) => Ok(Client {
                known: Arc::clone(known),
                _request: request,
            }),
            Err(_) => Err(NoClient::TooManyRequests(requests)),
        }
    }
}

impl Client {
    pub(crate) fn token(&self) -> &PlatformToken {
        &self.known.token
    }

    /// Who does what it asks for, in records.
    pub(crate) fn actor(&self) -> Actor {
        Actor::token(&self.known.token.id)
    }

    /// A generation that it wants, and why.
    pub(crate) fn wants(&self, why: &str) -> Wanted {
        Wanted::new(&format!("token {}", self.known.token.id), why)
    }

    /// One more request that waits for entries; `None` when there are as many as may be.
    pub(crate) fn wait(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.known.waiting).try_acquire_owned().ok()
    }

    /// Agencies that it is for, beginning with another each time; none when it is for all.
    pub(crate) fn agencies_in_turn(&self) -> Vec<String> {
        let mut agencies = self.known.token.agencies.clone();
        if agencies.iter().any(|agency| agency == ALL_AGENCIES) {
            return Vec::new();
        }
        let turn = self.known.turn.fetch_add(1, Ordering::Relaxed);
        if !agencies.is_empty() {
            let first = turn % agencies.len();
            agencies.rotate_left(first);
        }
        agencies
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(secret: &NewToken, agencies: &[&str]) -> PlatformToken {
        PlatformToken {
            id: "erp".into(),
            sha256: secret.sha256(),
            agencies: agencies.iter().map(|agency| (*agency).into()).collect(),
            may: Permission::ALL.into(),
            limits: TokenLimits {
                requests: 1,
                ..TokenLimits::default()
            },
        }
    }

    #[test]
    fn a_token_is_known_by_its_digest_within_its_limit() {
        let (secret, other) = (NewToken::draw().unwrap(), NewToken::draw().unwrap());
        assert_eq!(secret.reveal().len(), PREFIX.len() + 43);
        assert!(!format!("{secret:?}").contains(secret.reveal()));
        let tokens = Tokens::new([token(&secret, &["tulli"])]);
        let client = tokens.client(secret.reveal().as_bytes()).ok().unwrap();
        assert!(client.token().is_for("tulli") && !client.token().is_for("vero"));
        let second = tokens.client(secret.reveal().as_bytes()).err();
        assert_eq!(second, Some(NoClient::TooManyRequests(1)));
        drop(client);
        assert!(tokens.client(secret.reveal().as_bytes()).is_ok());
        for wrong in [other.reveal(), "", &secret.reveal()[1..]] {
            let refused = tokens.client(wrong.as_bytes()).err();
            assert_eq!(refused, Some(NoClient::Unknown));
        }
    }

    #[test]
    fn agencies_take_turns() {
        let secret = NewToken::draw().unwrap();
        let of = |agencies: &[&str]| {
            let tokens = Tokens::new([token(&secret, agencies)]);
            let client = tokens.client(secret.reveal().as_bytes()).ok().unwrap();
            (client.agencies_in_turn(), client.agencies_in_turn())
        };
        let (first, second) = of(&["tulli", "vero"]);
        assert_eq!(first, ["tulli", "vero"]);
        assert_eq!(second, ["vero", "tulli"]);
        assert_eq!(of(&["*"]), (vec![], vec![]));
    }
}
