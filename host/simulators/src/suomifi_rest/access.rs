// SPDX-License-Identifier: Apache-2.0
//! Who may call.

use std::net::IpAddr;

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderMap};

use super::refusal::Refusal;

/// Whether an address is on the list; everybody is on an empty one.
pub(super) fn is_allowed(list: &[IpAddr], caller: Option<IpAddr>) -> bool {
    let own = |caller: IpAddr| list.iter().any(|allowed| allowed.to_canonical() == caller);
    list.is_empty() || caller.is_some_and(|caller| own(caller.to_canonical()))
}

/// The token in the header, after `Bearer` or bare: clients of both kinds are in use.
pub(super) fn token(headers: &HeaderMap) -> Result<&str, Refusal> {
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(|| unauthorized("there is no access token in the header Authorization"))?;
    let bearer = header.split_once(' ');
    match bearer {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Ok(header.trim()),
    }
}

/// 401.
pub(super) fn unauthorized(error: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, error)
}
