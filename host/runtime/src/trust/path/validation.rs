// SPDX-License-Identifier: Apache-2.0
//! One path, judged from its anchor down (RFC 5280 §6.1).

use super::{
    anchor::{Judges, Tolerance},
    certificate::Certificate,
    constraints::Constraints,
    error::{IdentifyError, rule},
    extensions::Extensions,
    policies::{Policies, PolicyDemands},
    pool::{Path, Pool},
    purpose::Purpose,
};

/// What the certificate at the end of a path is to be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role {
    /// That of an end, accepted for a purpose.
    End(Purpose),
    /// That of one who signs revocation lists.
    ListSigner,
}

/// Judges all of a path but revocation, at a time in seconds since 1970.
pub(super) fn check(
    pool: &Pool<'_>,
    path: &Path,
    judges: &Judges,
    role: Role,
    at: i64,
) -> Result<(), IdentifyError> {
    let certificates = path.certificates.iter();
    let certificates: Option<Vec<_>> = certificates.map(|place| pool.certificate(*place)).collect();
    let anchor = pool.anchor(path.anchor);
    let (Some(anchor), Some((end, issuers))) = (
        anchor,
        certificates.as_ref().and_then(|all| all.split_last()),
    ) else {
        return Err(IdentifyError::NoPath);
    };
    // What has run out is told before anything else, of the end first.
    for certificate in certificates.iter().flatten().rev() {
        check_dates(certificate, judges.tolerance, at)?;
    }
    // Whose lists count does not depend on policies.
    let no_demands = PolicyDemands::default();
    let demands = match role {
        Role::End(_) => &judges.demands,
        Role::ListSigner => &no_demands,
    };
    let mut state = State::below(anchor, issuers.len() + 1, demands)?;
    for issuer in issuers {
        state.issuer(issuer, role)?;
    }
    state.end(end, role, demands)
}

fn check_dates(
    certificate: &Certificate<'_>,
    tolerance: Tolerance,
    at: i64,
) -> Result<(), IdentifyError> {
    let (first, last) = certificate.validity;
    if at > last.saturating_add(tolerance.certificates) {
        return Err(IdentifyError::Expired);
    }
    if at < first.saturating_sub(tolerance.certificates) {
        return Err(IdentifyError::NotYetValid);
    }
    Ok(())
}

/// State variables of §6.1.2.
struct State<'c, 'a> {
    /// Issuers that may follow, those that one name issued to itself not counted (max_path_length).
    length: usize,
    constraints: Constraints<'c, 'a>,
    policies: Policies<'a>,
}

impl<'c, 'a> State<'c, 'a> {
    /// At the anchor, whose own limits count.
    fn below(
        anchor: &'c Certificate<'a>,
        length: usize,
        demands: &PolicyDemands,
    ) -> Result<Self, IdentifyError> {
        let mut state = Self {
            length,
            constraints: Constraints::default(),
            policies: Policies::new(demands, length),
        };
        state.limit(anchor.extensions()?);
        Ok(state)
    }

    /// Goes over one that is not the last (§6.1.3 and §6.1.4).
    fn issuer(&mut self, issuer: &'c Certificate<'a>, role: Role) -> Result<(), IdentifyError> {
        let extensions = issuer.check_form()?;
        let is_self_issued = issuer.is_self_issued();
        if !is_self_issued {
            self.constraints.check(issuer, extensions)?;
        }
        self.policies.enter(extensions, is_self_issued, false)?;
        self.policies.leave(extensions, is_self_issued)?;
        if !extensions.is_authority {
            return Err(rule(
                "an issuer does not say that it is an authority (basicConstraints)",
            ));
        }
        if !is_self_issued {
            let left = self.length.checked_sub(1);
            self.length =
                left.ok_or_else(|| rule("more issuers than an issuer allows (pathLenConstraint)"))?;
        }
        self.limit(extensions);
        if !issuer.may_issue() {
            return Err(rule("the key usage of an issuer does not have keyCertSign"));
        }
        match role {
            Role::End(purpose) => purpose.check_issuer(extensions),
            Role::ListSigner => Ok(()),
        }
    }

    fn limit(&mut self, issuer: &'c Extensions<'a>) {
        self.constraints.add(issuer.name_constraints.as_ref());
        if let Some(length) = issuer.path_length {
            self.length = self
                .length
                .min(usize::try_from(length).unwrap_or(usize::MAX));
        }
    }

    /// Ends with the last (§6.1.3 and §6.1.5).
    fn end(
        mut self,
        end: &'c Certificate<'a>,
        role: Role,
        demands: &PolicyDemands,
    ) -> Result<(), IdentifyError> {
        let extensions = end.check_form()?;
        self.constraints.check(end, extensions)?;
        self.policies
            .enter(extensions, end.is_self_issued(), true)?;
        self.policies.finish(extensions, demands)?;
        match role {
            Role::End(purpose) => purpose.check_end(extensions),
            // Whoever asks for one tells that its list does not count.
            Role::ListSigner if end.may_sign_lists() => Ok(()),
            Role::ListSigner => Err(rule(
                "the key usage of one who signs revocation lists does not have cRLSign",
            )),
        }
    }
}
