// SPDX-License-Identifier: Apache-2.0
//! Certificates that a path may be made of, who signed which, and the paths there are.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
};

use super::{
    anchor::Judges,
    certificate::Certificate,
    signed::{KeptKey, NotSigned},
};

/// Most signatures under certificates shown that are verified for one judgement. A path has one or two; each costs some 50 µs, on
/// large keys more.
const MOST_SIGNATURES: u32 = 10;

/// Most paths that are tried.
const MOST_PATHS: u32 = 16;

/// Most chains that are begun in search of them, those not yet at an anchor too. An operator may name many certificates of one
/// name and key among those who sign lists, and each leads to each.
const MOST_CHAINS: usize = 64;

/// Most certificates of a path, the anchor not counted.
const LONGEST: usize = 5;

/// The certificates, by their places: the end first, then those that were shown with it, then those of signers of lists.
pub(super) struct Pool<'a> {
    certificates: Vec<Certificate<'a>>,
    /// How many were shown.
    shown: usize,
    /// Those that some certificate names as its issuer.
    anchors: Vec<(Certificate<'a>, &'a KeptKey)>,
    /// Whether the second signed the first.
    signatures: RefCell<BTreeMap<(usize, Issuer), Result<(), NotSigned>>>,
    budget: Cell<u32>,
    /// Of those shown beside the end, which somebody trusted issued.
    issued: Vec<bool>,
}

/// Who may have issued a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Issuer {
    Anchor(usize),
    Certificate(usize),
}

/// A path from an anchor down.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) anchor: usize,
    /// Places of the certificates below it, the end last.
    pub(super) certificates: Vec<usize>,
}

impl<'a> Pool<'a> {
    pub(super) fn new(judges: &'a Judges, shown: Vec<Certificate<'a>>) -> Self {
        let signers = judges.list_signers.iter();
        let signers = signers.filter_map(|der| Certificate::read(der));
        let mut certificates: Vec<Certificate<'a>> = Vec::new();
        // One that is shown twice makes no more paths.
        for certificate in shown {
            if certificates
                .iter()
                .all(|known| known.der != certificate.der)
            {
                certificates.push(certificate);
            }
        }
        let count = certificates.len();
        certificates.extend(signers);
        let named = judges.anchors.iter().filter_map(|anchor| {
            let mut certificates = certificates.iter();
            let named = certificates.find_map(|certificate| anchor.named(&certificate.issuer));
            Some((named?, &anchor.key))
        });
        let anchors = named.collect();
        let mut pool = Self {
            issued: vec![false; count],
            certificates,
            shown: count,
            anchors,
            signatures: RefCell::default(),
            budget: Cell::new(MOST_SIGNATURES),
        };
        pool.find_issued();
        pool
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Certificate<'a>> {
        self.certificates.iter()
    }

    pub(super) fn certificate(&self, place: usize) -> Option<&Certificate<'a>> {
        self.certificates.get(place)
    }

    pub(super) fn anchor(&self, place: usize) -> Option<&Certificate<'a>> {
        self.anchors.get(place).map(|(certificate, _)| certificate)
    }

    pub(super) fn issuer(&self, issuer: Issuer) -> Option<&Certificate<'a>> {
        match issuer {
            Issuer::Anchor(place) => self.anchor(place),
            Issuer::Certificate(place) => self.certificate(place),
        }
    }

    /// Places of certificates that may sign lists, or be above one that does.
    pub(super) fn signers(&self) -> impl Iterator<Item = usize> {
        (1..self.certificates.len()).filter(|place| self.may_be_above(*place, true))
    }

    /// Whether a certificate, that of an end excepted, counts at all: somebody trusted issued it, or the operator named it.
    fn may_be_above(&self, place: usize, of_signer: bool) -> bool {
        match self.issued.get(place) {
            Some(issued) => *issued && place != 0,
            None => of_signer,
        }
    }

    /// From the anchors down, so that no signature by the key of a stranger is verified.
    fn find_issued(&mut self) {
        loop {
            let known: Vec<usize> = (1..self.shown)
                .filter(|place| self.is_issued(*place))
                .collect();
            let next = (0..self.shown).find(|place| {
                !self.is_issued(*place) && self.issuers_of(*place, &known).next().is_some()
            });
            let Some(issued) = next.and_then(|place| self.issued.get_mut(place)) else {
                return;
            };
            *issued = true;
        }
    }

    fn is_issued(&self, place: usize) -> bool {
        self.issued.get(place).copied().unwrap_or(false)
    }

    /// Whether somebody trusted issued the end; if nobody can tell, why.
    pub(super) fn end_is_issued(&self) -> Result<(), NotSigned> {
        if self.is_issued(0) {
            return Ok(());
        }
        let signatures = self.signatures.borrow();
        let mut failures = signatures
            .values()
            .filter_map(|result| result.as_ref().err());
        let worst = failures.find(|failure| **failure != NotSigned::ByAnother);
        Err(worst.cloned().unwrap_or(NotSigned::ByAnother))
    }

    /// Those who signed a certificate, of the anchors and of these.
    fn issuers_of(&self, place: usize, among: &[usize]) -> impl Iterator<Item = Issuer> {
        let anchors = (0..self.anchors.len()).map(Issuer::Anchor);
        let certificates = among.iter().copied().map(Issuer::Certificate);
        let all = anchors.chain(certificates);
        all.filter(move |issuer| self.is_signed_by(place, *issuer))
    }

    fn is_signed_by(&self, place: usize, issuer: Issuer) -> bool {
        let (Some(certificate), Some(above)) = (self.certificate(place), self.issuer(issuer))
        else {
            return false;
        };
        if issuer == Issuer::Certificate(place)
            || !certificate.names_issuer(&above.subject, above.key_identifier())
        {
            return false;
        }
        let key = (place, issuer);
        if let Some(known) = self.signatures.borrow().get(&key) {
            return known.is_ok();
        }
        let result = match place < self.shown && !self.spend() {
            true => Err(NotSigned::OutOfBudget),
            false => match self.kept_key(issuer) {
                Some(kept) => certificate.signed.check_by(above.key_info, kept),
                None => certificate.signed.check(above.key_info),
            },
        };
        let is_ok = result.is_ok();
        self.signatures.borrow_mut().insert(key, result);
        is_ok
    }

    fn kept_key(&self, issuer: Issuer) -> Option<&'a KeptKey> {
        match issuer {
            Issuer::Anchor(place) => self.anchors.get(place).map(|(_, key)| *key),
            Issuer::Certificate(_) => None,
        }
    }

    fn spend(&self) -> bool {
        let left = self.budget.get().checked_sub(1);
        self.budget.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Tries the paths that end in a certificate until `is_good` says so; `None` when it never did, and there were more than are
    /// looked for.
    pub(super) fn find_path(
        &self,
        end: usize,
        mut is_good: impl FnMut(&Path) -> bool,
    ) -> Option<bool> {
        let of_signer = end != 0;
        let above: Vec<usize> = (1..self.certificates.len())
            .filter(|place| self.may_be_above(*place, of_signer))
            .collect();
        // Not yet at an anchor; the shortest come first.
        let mut unfinished = VecDeque::from([vec![end]]);
        let (mut tried, mut begun) = (0, 1);
        while let Some(chain) = unfinished.pop_front() {
            let Some(top) = chain.last() else { continue };
            for issuer in self.issuers_of(*top, &above) {
                match issuer {
                    Issuer::Anchor(anchor) => {
                        tried += 1;
                        if tried > MOST_PATHS {
                            return None;
                        }
                        let certificates = chain.iter().rev().copied().collect();
                        if is_good(&Path {
                            anchor,
                            certificates,
                        }) {
                            return Some(true);
                        }
                    }
                    Issuer::Certificate(place) => {
                        if !chain.contains(&place) && chain.len() < LONGEST {
                            begun += 1;
                            if begun > MOST_CHAINS {
                                return None;
                            }
                            unfinished.push_back([chain.as_slice(), &[place]].concat());
                        }
                    }
                }
            }
        }
        Some(false)
    }
}
