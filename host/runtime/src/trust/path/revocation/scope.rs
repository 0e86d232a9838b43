// SPDX-License-Identifier: Apache-2.0
//! For which certificates and reasons a list is (RFC 5280 §5.2.5), and whether that meets a certificate (§6.3.3 b, d).

use super::super::{
    certificate::Certificate,
    extensions::{DistributionPoint, PointName},
    general_name::GeneralName,
    name::Name,
};
use super::list::{ListError, RevocationList, unsupported};
use crate::trust::der::{self, Fields, SEQUENCE, constructed, primitive};

/// All reasons for which certificates are revoked: bits 1 to 8 of ReasonFlags.
pub(super) const ALL_REASONS: u16 = 0x7F80;

/// IssuingDistributionPoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scope {
    only_ends: bool,
    only_authorities: bool,
    pub(super) is_indirect: bool,
    reasons: u16,
    /// Names of its distribution point; empty for a list without one.
    points: Vec<Point>,
}

impl Default for Scope {
    fn default() -> Self {
        Self {
            only_ends: false,
            only_authorities: false,
            is_indirect: false,
            reasons: ALL_REASONS,
            points: Vec::new(),
        }
    }
}

/// A name of a distribution point.
#[derive(Debug, PartialEq, Eq)]
enum Point {
    Uri(String),
    Directory(Name),
}

/// Those of a distribution point by which lists are known; a relative one is below the name of the list's issuer.
fn points(name: &PointName<'_>, list_issuer: &Name) -> Option<Vec<Point>> {
    match name {
        PointName::Full(names) => Some(
            names
                .iter()
                .filter_map(|name| match name {
                    GeneralName::Uri(uri) => Some(Point::Uri((*uri).to_owned())),
                    GeneralName::Directory(name) => Some(Point::Directory(name.clone())),
                    _ => None,
                })
                .collect(),
        ),
        PointName::Relative(set) => Some(vec![Point::Directory(list_issuer.with(set)?)]),
    }
}

impl Scope {
    /// Reads the extension's value to the end: what a reader passes over would widen the scope.
    pub(super) fn read(value: &[u8], issuer: &Name) -> Result<Self, ListError> {
        let (scope, only_attributes) =
            Self::parts(value, issuer).ok_or(ListError::Unreadable)??;
        match only_attributes {
            true => Err(unsupported("it is a list of attribute certificates")),
            false => Ok(scope),
        }
    }

    /// What it says, and whether the list is of attribute certificates only.
    fn parts(value: &[u8], issuer: &Name) -> Option<Result<(Self, bool), ListError>> {
        let mut scope = Self::default();
        let mut fields = Fields::within(value, SEQUENCE)?;
        if let Some(name) = fields.next_if(constructed(0)) {
            scope.points = points(&PointName::read(name.content)?, issuer)?;
            if scope.points.is_empty() {
                let what = "its distribution point has neither a URI nor a directory name";
                return Some(Err(unsupported(what)));
            }
        }
        scope.only_ends = switch(&mut fields, 1)?;
        scope.only_authorities = switch(&mut fields, 2)?;
        if let Some(reasons) = fields.next_if(primitive(3)) {
            scope.reasons = der::bits(reasons.content)? & ALL_REASONS;
        }
        scope.is_indirect = switch(&mut fields, 4)?;
        let only_attributes = switch(&mut fields, 5)?;
        fields.end()?;
        Some(Ok((scope, only_attributes)))
    }
}

/// An implicitly tagged BOOLEAN, FALSE when it is not there.
fn switch(fields: &mut Fields<'_>, number: u8) -> Option<bool> {
    match fields.next_if(primitive(number)) {
        Some(switch) => der::boolean(switch.content),
        None => Some(false),
    }
}

impl RevocationList {
    /// The reasons for which it would name this certificate if it were revoked.
    pub(super) fn reasons_for(
        &self,
        certificate: &Certificate<'_>,
        points: &[DistributionPoint<'_>],
    ) -> u16 {
        let scope = &self.scope;
        let is_authority = certificate.is_authority();
        if scope.only_ends && is_authority || scope.only_authorities && !is_authority {
            return 0;
        }
        let mut reasons = 0;
        for point in points {
            if self.is_at(certificate, point) {
                reasons |= scope.reasons & point.reasons.unwrap_or(ALL_REASONS);
            }
        }
        // "Assume a distribution point name of the certificate issuer" (end of §6.3.3).
        if self.is_of(&certificate.issuer) && self.is_by_issuer(certificate) {
            reasons |= scope.reasons;
        }
        reasons & ALL_REASONS
    }

    fn is_by_issuer(&self, certificate: &Certificate<'_>) -> bool {
        let points = &self.scope.points;
        let is_issuer = |point: &Point| match point {
            Point::Directory(name) => certificate.issuer.name() == Some(name),
            Point::Uri(_) => false,
        };
        points.is_empty() || points.iter().any(is_issuer)
    }

    /// Whether it is published at a distribution point of a certificate.
    fn is_at(&self, certificate: &Certificate<'_>, point: &DistributionPoint<'_>) -> bool {
        let is_of_signer = match point.list_issuers.is_empty() {
            true => self.is_of(&certificate.issuer),
            false => self.scope.is_indirect && self.is_of_any(&point.list_issuers),
        };
        if !is_of_signer {
            return false;
        }
        let own = &self.scope.points;
        match &point.name {
            _ if own.is_empty() => true,
            Some(name) => {
                let issuer = point
                    .list_issuers
                    .first()
                    .or_else(|| certificate.issuer.name());
                let names = issuer.and_then(|issuer| points(name, issuer));
                names.is_some_and(|names| names.iter().any(|name| own.contains(name)))
            }
            None => own.iter().any(|own| match own {
                Point::Directory(name) => point.list_issuers.contains(name),
                Point::Uri(_) => false,
            }),
        }
    }
}
