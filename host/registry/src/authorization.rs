// SPDX-License-Identifier: Apache-2.0
//! What a registry is shown so that it does something: a name and a password, or a token that a token service gives for them.

use serde::Deserialize;
use ureq::http::Method;

use crate::{
    access::{Access, unexpected},
    challenge::Challenge,
    error::RegistryError,
    location::Location,
    transport::{Answer, Asking},
};

/// Most bytes of an answer of a token service, and of a token.
const ANSWER_BYTES: u64 = 256 << 10;
const TOKEN_BYTES: usize = 32 << 10;

#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
}

/// The value of `Authorization` that an answer of status 401 asks for.
pub(crate) fn authorization(
    access: &Access<'_>,
    refused: &Answer,
    what: &str,
) -> Result<String, RegistryError> {
    let fields = refused.fields.get_all("www-authenticate").iter();
    let challenge = Challenge::of(fields.filter_map(|field| field.to_str().ok()));
    let denied = |reason| access.denied(what, refused.status, reason);
    let credentials = access.credentials();
    match challenge {
        Some(Challenge::Basic) => match credentials {
            Some(credentials) => Ok(credentials.basic()),
            None => Err(denied(
                "it wants a name and a password; put them into a file of the form of docker's config.json, and name that (`credentials`)",
            )),
        },
        Some(Challenge::Bearer { realm, service }) => token(access, &realm, service.as_deref()),
        None => Err(denied(
            "it says neither Basic nor Bearer in `WWW-Authenticate`, and nothing else is known here",
        )),
    }
}

/// Asks the token service that the registry names: for what is to be done and no more, whatever scope the registry names.
fn token(access: &Access<'_>, realm: &str, service: Option<&str>) -> Result<String, RegistryError> {
    let what = "a token".to_owned();
    let malformed = |reason: &str| RegistryError::Malformed {
        what: format!("{}: what it says of its token service", access.host()),
        reason: reason.to_owned(),
    };
    let at = Location::read(realm);
    let mut at = at.ok_or_else(|| malformed("is no URL of http or https"))?;
    access.check_leaves(&at)?;
    if let Some(service) = service {
        at = at.with_parameter("service", service);
    }
    let at = at.with_parameter("scope", &access.scope);
    let asking = Asking {
        method: Method::GET,
        fields: vec![("Accept", "application/json".to_owned())],
        body: None,
        what: what.clone(),
        at,
    };
    let basic = access.credentials().map(|credentials| credentials.basic());
    let answer = access.send(&asking, basic.as_deref())?;
    match (answer.status, basic.is_some()) {
        (200, _) => {}
        (status @ (401 | 403), true) => {
            let reason = "the token service does not take the name and the password";
            return Err(access.denied(&what, status, reason));
        }
        (status @ (401 | 403), false) => {
            let reason = "the token service wants a name and a password; put them into a file of the form of docker's config.json, and name that (`credentials`)";
            return Err(access.denied(&what, status, reason));
        }
        _ => return Err(unexpected(answer, &what)),
    }
    let answer = answer.read(ANSWER_BYTES, "")?;
    // What came is not repeated: it is a secret.
    let answer: TokenAnswer = serde_json::from_slice(&answer)
        .map_err(|_| malformed("is no JSON with `token` or `access_token` in it"))?;
    let is_token = |token: &String| {
        !token.is_empty()
            && token.len() <= TOKEN_BYTES
            && token.bytes().all(|byte| byte.is_ascii_graphic())
    };
    // Both may be there, and one of them empty.
    let given = [answer.token, answer.access_token];
    let token = given.into_iter().flatten().find(is_token);
    let token = token.ok_or_else(|| malformed("has no token that could be sent"))?;
    Ok(format!("Bearer {token}"))
}
