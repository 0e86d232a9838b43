// SPDX-License-Identifier: Apache-2.0
//! `trust`: what others signed, checked against what the operator trusts.

use serde_json::Value;
use wasmtime::component::{HasData, Resource, ResourceTable};

use super::View;
use crate::{
    bindings::{
        IdentifyRefused,
        silta::agency::trust::{self, Host, HostPeer, Instant, VerificationAlgorithm},
    },
    call::{refused::Reason, state::CallState},
    convert,
    exchange::CertificateChain,
    form::{self, sizes},
    time,
    trust::{AnchorSet, IdentifyError, Identity, VerifyError},
};

/// What a call may have checked against the anchors of its agency.
pub(super) struct Trust<'a> {
    view: View<'a>,
    table: &'a mut ResourceTable,
}

impl HasData for Trust<'static> {
    type Data<'a> = Trust<'a>;
}

impl<'a> Trust<'a> {
    pub(super) fn of(state: &'a mut CallState) -> Self {
        Self {
            view: View::new(&state.environment, &mut state.trace),
            table: &mut state.table,
        }
    }

    fn set(&self, name: &str) -> Result<&'a AnchorSet, trust::IdentifyError> {
        let set = self.view.environment.trust.set(name);
        set.ok_or(trust::IdentifyError::UnknownAnchorSet)
    }
}

impl Host for Trust<'_> {
    fn verify(
        &mut self,
        algorithm: VerificationAlgorithm,
        key: Vec<u8>,
        bytes: Vec<u8>,
        signature: Vec<u8>,
    ) -> wasmtime::Result<Result<(), trust::VerifyError>> {
        self.view.enter("trust.verify");
        let algorithm = convert::verification_algorithm(algorithm);
        let asked = || {
            let bytes = [&key, &bytes, &signature].map(|it| form::bytes(it));
            let arguments = [algorithm.name().into()].into_iter().chain(bytes);
            arguments.collect::<Vec<Value>>()
        };
        let read = |it: &_| form::read_result(it, |_| Some(()), form::read_verify_error);
        if let Some(recorded) = self.view.scripted(asked, read)? {
            return Ok(recorded);
        }
        let trust = &self.view.environment.trust;
        let verified = trust.verify(algorithm, &key, &bytes, &signature);
        let verified = verified.map_err(wire_verify_error);
        let size = || {
            [&key, &bytes, &signature]
                .map(|it| sizes::bytes(it))
                .iter()
                .sum()
        };
        self.view.answered(size, || {
            let answer = form::result(&verified, |()| Value::Null, form::verify_error);
            (asked(), answer)
        });
        Ok(verified)
    }

    fn pinned(&mut self, anchor_set: String) -> Result<Vec<Vec<u8>>, IdentifyRefused> {
        self.view.enter("trust.pinned");
        let read = |it: &_| form::read_result(it, form::read_pieces, form::read_identify_error);
        let asked = || vec![anchor_set.as_str().into()];
        if let Some(recorded) = self.view.scripted(asked, read)? {
            return Ok(recorded?);
        }
        let set = self.set(&anchor_set);
        let pinned = set.map(|set| set.pinned().map(<[u8]>::to_vec).collect::<Vec<_>>());
        let size = || {
            let pinned = pinned.as_ref().map_or(0, |it| sizes::pieces(it));
            sizes::name(&anchor_set) + pinned
        };
        self.view.answered(size, || {
            let answer = form::result(&pinned, |it| form::pieces(it), form::identify_error);
            (vec![anchor_set.as_str().into()], answer)
        });
        Ok(pinned?)
    }

    fn identify(
        &mut self,
        anchor_set: String,
        chain: Vec<Vec<u8>>,
        purpose: trust::Purpose,
        at: Instant,
    ) -> Result<trust::Identity, IdentifyRefused> {
        self.view.enter("trust.identify");
        let purpose = convert::purpose(purpose);
        let asked = || {
            let (chain, purpose) = (form::pieces(&chain), form::purpose(purpose));
            vec![
                anchor_set.as_str().into(),
                chain,
                purpose,
                form::instant(at),
            ]
        };
        if let Some(recorded) = self.view.scripted(asked, identification)? {
            return Ok(recorded?);
        }
        let identified = self.set(&anchor_set).and_then(|set| {
            let at = time::from_parts(at.seconds, at.nanoseconds);
            let at = at.ok_or(trust::IdentifyError::Expired)?;
            let identity = set.identify(&chain, purpose, at).map_err(wire_error)?;
            Ok(wire_identity(identity))
        });
        let size = || sizes::name(&anchor_set) + sizes::pieces(&chain);
        self.view.answered(size, || {
            (
                asked(),
                form::result(&identified, form::identity, form::identify_error),
            )
        });
        Ok(identified?)
    }

    fn convert_identify_error(
        &mut self,
        refused: IdentifyRefused,
    ) -> wasmtime::Result<trust::IdentifyError> {
        self.view.report(refused)
    }
}

impl HostPeer for Trust<'_> {
    fn identify(
        &mut self,
        peer: Resource<CertificateChain>,
        anchor_set: String,
        purpose: trust::Purpose,
    ) -> Result<trust::Identity, IdentifyRefused> {
        self.view.enter("trust.peer.identify");
        let (purpose, at) = (convert::purpose(purpose), self.view.trace.now);
        let chain = self.table.get(&peer)?;
        let asked = || {
            let set = anchor_set.as_str().into();
            vec![form::peer(chain), set, form::purpose(purpose)]
        };
        if let Some(recorded) = self.view.scripted(asked, identification)? {
            return Ok(recorded?);
        }
        let identified = self.set(&anchor_set).and_then(|set| {
            let identity = set.identify_peer(chain, purpose, at).map_err(wire_error)?;
            Ok(wire_identity(identity))
        });
        let size = || sizes::name(&anchor_set) + sizes::peer(chain);
        self.view.answered(size, || {
            (
                asked(),
                form::result(&identified, form::identity, form::identify_error),
            )
        });
        Ok(identified?)
    }

    fn drop(&mut self, peer: Resource<CertificateChain>) -> wasmtime::Result<()> {
        self.table.delete(peer)?;
        Ok(())
    }
}

/// That a certificate is not to be trusted is an answer. Only a name that nobody configured is a refusal.
impl Reason for trust::IdentifyError {
    fn name(&self) -> Option<&'static str> {
        matches!(self, Self::UnknownAnchorSet).then_some("unknown-anchor-set")
    }
}

/// A judgement of certificates that was recorded.
fn identification(value: &Value) -> Option<Result<trust::Identity, trust::IdentifyError>> {
    form::read_result(value, form::read_identity, form::read_identify_error)
}

fn wire_identity(identity: Identity) -> trust::Identity {
    trust::Identity {
        subject: identity.subject,
        serial_number: identity.serial_number,
        common_name: identity.common_name,
        issuer: identity.issuer,
        not_before: convert::instant(identity.not_before),
        not_after: identity.not_after.map(convert::instant),
        fingerprint: identity.fingerprint,
        pinned: identity.pinned,
    }
}

fn wire_verify_error(error: VerifyError) -> trust::VerifyError {
    match error {
        VerifyError::Mismatch => trust::VerifyError::Mismatch,
        VerifyError::KeyUnsuitable => trust::VerifyError::KeyUnsuitable,
        VerifyError::KeyTooShort => trust::VerifyError::KeyTooShort,
        VerifyError::KeyUnreadable => trust::VerifyError::KeyUnreadable,
        VerifyError::AlgorithmNotAllowed => trust::VerifyError::AlgorithmNotAllowed,
        VerifyError::Unsupported(feature) => trust::VerifyError::Unsupported(feature),
    }
}

fn wire_error(error: IdentifyError) -> trust::IdentifyError {
    match error {
        IdentifyError::CertificateUnreadable(position) => {
            trust::IdentifyError::CertificateUnreadable(position)
        }
        IdentifyError::TooManyCertificates => trust::IdentifyError::TooManyCertificates,
        IdentifyError::NoPath => trust::IdentifyError::NoPath,
        IdentifyError::NotYetValid => trust::IdentifyError::NotYetValid,
        IdentifyError::Expired => trust::IdentifyError::Expired,
        IdentifyError::Revoked => trust::IdentifyError::Revoked,
        IdentifyError::RevocationUnknown(gap) => trust::IdentifyError::RevocationUnknown(gap),
        IdentifyError::WrongUsage(usage) => trust::IdentifyError::WrongUsage(usage),
        IdentifyError::NotAcceptable(rule) => trust::IdentifyError::NotAcceptable(rule),
        IdentifyError::Unsupported(feature) => trust::IdentifyError::Unsupported(feature),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        call::{
            environment::tests::{Told, environment},
            state::CallState,
        },
        trust::TrustStore,
    };

    #[test]
    fn an_unknown_set_is_reported_and_an_unknown_certificate_is_not() {
        let told = Arc::new(Told::default());
        let mut environment = environment(&told);
        environment.trust = TrustStore::new().with("callers", AnchorSet::new());
        let now = environment.clock.now();
        let mut state = CallState::new(
            &Arc::new(environment.clone()),
            environment.call_id("validate"),
        );
        let mut trust = Trust::of(&mut state);
        let mut identify = |set: &str| {
            let at = convert::instant(now);
            let chain = vec![b"no certificate".to_vec()];
            let purpose = trust::Purpose::TlsClient;
            let refused = Host::identify(&mut trust, set.into(), chain, purpose, at);
            trust.convert_identify_error(refused.unwrap_err()).unwrap()
        };
        assert!(matches!(
            identify("callers"),
            trust::IdentifyError::CertificateUnreadable(1)
        ));
        assert!(matches!(
            identify("servers"),
            trust::IdentifyError::UnknownAnchorSet
        ));
        assert_eq!(
            *told.refusals.lock().unwrap(),
            [("trust.identify", "unknown-anchor-set")]
        );
    }
}
