// SPDX-License-Identifier: Apache-2.0
//! Which client a request is of, and what that may do.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
};

use super::{
    problem::{self, Problem},
    state::Platform,
    token::{Client, NoClient, Permission},
};

const ASKED: HeaderValue = HeaderValue::from_static(r#"Bearer realm="silta""#);
const UNKNOWN: HeaderValue =
    HeaderValue::from_static(r#"Bearer realm="silta", error="invalid_token""#);
const NOT_ALLOWED: HeaderValue =
    HeaderValue::from_static(r#"Bearer realm="silta", error="insufficient_scope""#);

impl FromRequestParts<Arc<Platform>> for Client {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        platform: &Arc<Platform>,
    ) -> Result<Self, Problem> {
        let refused = |code: &str, detail: &str, challenge: HeaderValue| {
            Problem::new(problem::UNAUTHENTICATED, code, detail)
                .with(header::WWW_AUTHENTICATE, challenge)
        };
        let mut fields = parts.headers.get_all(header::AUTHORIZATION).iter();
        let (Some(field), None) = (fields.next(), fields.next()) else {
            let detail = "the request has no field `Authorization`, or more than one";
            return Err(refused("token.missing", detail, ASKED));
        };
        let Some(token) = bearer(field.as_bytes()) else {
            let detail = "the field `Authorization` has another scheme than Bearer";
            return Err(refused("token.other-scheme", detail, ASKED));
        };
        match platform.tokens.client(token) {
            Ok(client) => Ok(client),
            Err(NoClient::Unknown) => {
                let detail = "the configuration has no such token";
                Err(refused("token.unknown", detail, UNKNOWN))
            }
            Err(NoClient::TooManyRequests(allowed)) => Err(Problem::too_many(
                "platform.tokens.limits.requests",
                allowed.into(),
                "requests of this token",
            )),
        }
    }
}

/// The token of a field: the name of the scheme is the same in capitals (RFC 9110 §11.1).
fn bearer(field: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = field.split_at_checked(b"bearer ".len())?;
    let is_bearer = scheme.eq_ignore_ascii_case(b"bearer ");
    is_bearer.then(|| token.trim_ascii())
}

impl Client {
    /// Refuses what the token may not be used for.
    pub(crate) fn allow(&self, any_of: &[Permission]) -> Result<(), Problem> {
        if any_of.iter().any(|one| self.token().may.contains(one)) {
            return Ok(());
        }
        let names: Vec<&str> = any_of.iter().map(|one| one.name()).collect();
        let detail = format!("the token may not `{}`", names.join("` nor `"));
        Err(
            Problem::new(problem::FORBIDDEN, "token.not-allowed", detail)
                .with(header::WWW_AUTHENTICATE, NOT_ALLOWED),
        )
    }

    /// Refuses an agency that the token is not for, whether there is such an agency or not.
    pub(crate) fn allow_agency(&self, agency: &str) -> Result<(), Problem> {
        if self.token().is_for(agency) {
            return Ok(());
        }
        let detail = "the token is not for this agency";
        Err(
            Problem::new(problem::FORBIDDEN, "token.other-agency", detail)
                .with(header::WWW_AUTHENTICATE, NOT_ALLOWED),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::bearer;

    #[test]
    fn the_scheme_is_bearer_in_any_case() {
        assert_eq!(bearer(b"Bearer silta_x"), Some(&b"silta_x"[..]));
        assert_eq!(bearer(b"bEARER  silta_x "), Some(&b"silta_x"[..]));
        for other in [&b"Basic abc"[..], b"Bearer", b"", b"silta_x"] {
            assert_eq!(bearer(other), None);
        }
    }
}
