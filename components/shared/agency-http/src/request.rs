// SPDX-License-Identifier: Apache-2.0
//! Which requests are for an endpoint: what can be judged without the body and the caller's certificate.

use std::net::IpAddr;

use crate::Fields;

/// The media type of JSON (RFC 8259 §11).
pub const JSON: &str = "application/json";

/// What HTTP says of a call.
#[derive(Debug, Clone)]
pub struct Head<'a> {
    /// Method.
    pub method: &'a str,
    /// Path, and query if there is one.
    pub target: &'a str,
    /// Address of the peer.
    pub address: &'a str,
    /// Header fields.
    pub fields: Fields<'a>,
}

impl<'a> Head<'a> {
    /// The path without a query.
    pub fn path(&self) -> &'a str {
        match self.target.split_once('?') {
            Some((path, _)) => path,
            None => self.target,
        }
    }

    /// The value of Content-Type; empty without one.
    pub fn content_type(&self) -> &'a str {
        self.fields.first("Content-Type").unwrap_or_default()
    }
}

/// Which paths are those of an endpoint.
#[derive(Debug, Clone, Copy)]
pub enum Path<'a> {
    /// This one, by the setting `notification.path`.
    Set(&'a str),
    /// Those with this end, by the agency's rule.
    EndsWith(&'a str),
}

/// Where an agency calls.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint<'a> {
    /// Which paths.
    pub path: Path<'a>,
    /// Which method.
    pub method: &'static str,
    /// Addresses that the agency calls from, by the setting `notification.source-addresses`; none: any.
    pub addresses: &'a [IpAddr],
}

/// A request that is not for an endpoint, and how it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestMismatch {
    /// HTTP status.
    pub status: u16,
    /// Stable code.
    pub code: &'static str,
    /// What does not match.
    pub message: String,
    /// The method that the endpoint has, for the field Allow (RFC 9110 §15.5.6).
    pub allow: Option<&'static str>,
}

impl RequestMismatch {
    /// A media type that is not read (RFC 9110 §15.5.16).
    pub fn media_type(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(415, code, message)
    }

    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            allow: None,
        }
    }
}

impl Endpoint<'_> {
    /// Judges path, method, media type and address, in this order. `media_type` judges the value of Content-Type and tells what is in it.
    ///
    /// # Errors
    /// The first that does not match.
    pub fn check<T>(
        &self,
        head: &Head<'_>,
        media_type: impl FnOnce(&str) -> Result<T, RequestMismatch>,
    ) -> Result<T, RequestMismatch> {
        self.check_path(head.path())?;
        if head.method != self.method {
            let message = format!(
                "notifications come by {}, and the call does not",
                self.method
            );
            return Err(RequestMismatch {
                allow: Some(self.method),
                ..RequestMismatch::new(405, "call.other-method", message)
            });
        }
        let told = media_type(head.content_type())?;
        match self.is_caller(head.address) {
            true => Ok(told),
            false => Err(RequestMismatch::new(
                403,
                "caller.other-address",
                "the call comes from an address that is not listed in the setting notification.source-addresses",
            )),
        }
    }

    fn check_path(&self, path: &str) -> Result<(), RequestMismatch> {
        let message = match self.path {
            Path::Set(own) if path == own => return Ok(()),
            Path::Set(_) => {
                "the call is for another path than the setting notification.path".into()
            }
            Path::EndsWith(end) if path.ends_with(end) => return Ok(()),
            Path::EndsWith(end) => format!("the path does not end with {end}"),
        };
        Err(RequestMismatch::new(404, "call.other-path", message))
    }

    /// Addresses of IPv4 may come as such of IPv6 (RFC 4291 §2.5.5.2).
    fn is_caller(&self, address: &str) -> bool {
        let mut known = self.addresses.iter().map(IpAddr::to_canonical);
        match address.parse::<IpAddr>() {
            _ if self.addresses.is_empty() => true,
            Ok(address) => known.any(|known| known == address.to_canonical()),
            Err(_) => false,
        }
    }
}

/// Whether a value of Content-Type names a media type, whatever its parameters.
pub fn is_of_media_type(content_type: &str, media_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(
        (method, target): (&str, &str),
        (content_type, address): (&str, &str),
    ) -> Result<(), (u16, &'static str)> {
        let addresses = ["192.0.2.1".parse().unwrap()];
        let endpoint = Endpoint {
            path: Path::Set("/a"),
            method: "POST",
            addresses: &addresses,
        };
        let head = Head {
            method,
            target,
            address,
            fields: Fields::from_iter([("content-type", content_type)]),
        };
        let media_type = |value: &str| match is_of_media_type(value, JSON) {
            true => Ok(()),
            false => Err(RequestMismatch::media_type("call.not-json", "no")),
        };
        let judged = endpoint.check(&head, media_type);
        judged.map_err(|mismatch| (mismatch.status, mismatch.code))
    }

    #[test]
    fn a_request_matches_in_all_or_is_told_the_first_that_does_not() {
        let (post, json, own) = (("POST", "/a?b"), JSON, "192.0.2.1");
        assert_eq!(
            judge(post, ("Application/JSON ; charset=utf-8", own)),
            Ok(())
        );
        assert_eq!(judge(post, (json, "::ffff:192.0.2.1")), Ok(()));
        for (call, rest, mismatch) in [
            (("GET", "/b"), ("", ""), (404, "call.other-path")),
            (("POST", "/b?/a"), (json, own), (404, "call.other-path")),
            (("GET", "/a"), ("", ""), (405, "call.other-method")),
            (("post", "/a"), (json, own), (405, "call.other-method")),
            (post, ("", ""), (415, "call.not-json")),
            (post, ("application/jsonp", own), (415, "call.not-json")),
            (post, (json, "192.0.2.2"), (403, "caller.other-address")),
            (post, (json, "somebody"), (403, "caller.other-address")),
        ] {
            assert_eq!(judge(call, rest), Err(mismatch), "{call:?} {rest:?}");
        }
    }

    #[test]
    fn a_path_may_be_known_by_its_end_and_any_address_may_call() {
        let endpoint = Endpoint {
            path: Path::EndsWith("/v1"),
            method: "POST",
            addresses: &[],
        };
        let judge = |method, target| {
            let head = Head {
                method,
                target,
                address: "anybody",
                fields: Fields::default(),
            };
            endpoint.check(&head, |_| Ok(()))
        };
        assert_eq!(judge("POST", "/x/v1"), Ok(()));
        let path = judge("POST", "/x/v1/").unwrap_err();
        assert_eq!(path.message, "the path does not end with /v1");
        assert_eq!(judge("GET", "/v1").unwrap_err().allow, Some("POST"));
    }
}
