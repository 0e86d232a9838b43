// SPDX-License-Identifier: Apache-2.0
//! Who may ask for a page, and who may decide.

use std::net::IpAddr;

use aws_lc_rs::{
    hmac::{self, HMAC_SHA256},
    rand::SystemRandom,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hyper::{
    HeaderMap, header,
    http::uri::{Authority, Uri},
};
use silta_store::record::OperationId;

use super::{
    layout::plain,
    route::Act,
    setup::{UserField, WrongPage},
};

/// By what it is told whether a request may be answered.
pub(super) struct Guard {
    hosts: Vec<String>,
    user: Option<UserField>,
    /// Of this process: a form of an earlier one is looked at again before it counts.
    key: hmac::Key,
}

/// The proxy has not said who asks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoUser;

impl Guard {
    pub(super) fn new(hosts: Vec<String>, user: Option<UserField>) -> Result<Self, WrongPage> {
        let key = hmac::Key::generate(HMAC_SHA256, &SystemRandom::new());
        Ok(Self {
            hosts,
            user,
            key: key.map_err(|_| WrongPage::NoRandomness)?,
        })
    }

    /// Whether the name that is asked for is ours. `local` is the address that the connection came to.
    pub(super) fn is_asked_for_us(&self, headers: &HeaderMap, local: IpAddr) -> bool {
        let Some(authority) = authority(headers) else {
            return false;
        };
        let host = authority.host();
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        if let Ok(address) = bare.unwrap_or(host).parse::<IpAddr>() {
            let address = address.to_canonical();
            let is_ours = address.is_loopback() || address == local.to_canonical();
            return is_ours || self.is_configured(bare.unwrap_or(host));
        }
        host.eq_ignore_ascii_case("localhost") || self.is_configured(host)
    }

    fn is_configured(&self, host: &str) -> bool {
        let mut hosts = self.hosts.iter();
        hosts.any(|known| known.eq_ignore_ascii_case(host))
    }

    /// A token for deciding so on an operation that has come so far.
    pub(super) fn token(&self, id: OperationId, epoch: u64, act: Act) -> String {
        let tag = hmac::sign(&self.key, &meaning(id, epoch, act));
        URL_SAFE_NO_PAD.encode(tag)
    }

    /// Whether a token is for that. Compared in constant time.
    pub(super) fn is_token(&self, token: &str, id: OperationId, epoch: u64, act: Act) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(token) else {
            return false;
        };
        hmac::verify(&self.key, &meaning(id, epoch, act), &tag).is_ok()
    }

    /// A token for what a text says.
    pub(super) fn token_of(&self, meaning: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, meaning.as_bytes()))
    }

    /// Whether a token is for that. Compared in constant time.
    pub(super) fn is_token_of(&self, token: &str, meaning: &str) -> bool {
        let tag = URL_SAFE_NO_PAD.decode(token);
        tag.is_ok_and(|tag| hmac::verify(&self.key, meaning.as_bytes(), &tag).is_ok())
    }

    /// Whom the proxy names; nobody, where no proxy has to.
    pub(super) fn user(
        &self,
        headers: &HeaderMap,
        remote: IpAddr,
    ) -> Result<Option<String>, NoUser> {
        let Some(UserField { name, proxies }) = &self.user else {
            return Ok(None);
        };
        if !proxies.iter().any(|proxy| proxy.contains(remote)) {
            return Err(NoUser);
        }
        let mut named = headers.get_all(name).iter();
        match (named.next(), named.next()) {
            (Some(user), None) => {
                let user = String::from_utf8_lossy(user.as_bytes());
                let user = plain(user.trim());
                match user.is_empty() {
                    true => Err(NoUser),
                    false => Ok(Some(user)),
                }
            }
            // Two names are none.
            _ => Err(NoUser),
        }
    }
}

/// Whether a request came from a page of ours, by what browsers say of it and pages cannot change.
pub(super) fn is_from_us(headers: &HeaderMap) -> bool {
    let one = |name: &str| {
        let mut all = headers.get_all(name).iter();
        let first = all.next()?.to_str().ok();
        all.next().is_none().then_some(first)?
    };
    // Browsers send it over HTTPS, and to loopback.
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = one("origin").and_then(|origin| origin.parse::<Uri>().ok());
    let origin = origin.as_ref().and_then(Uri::authority);
    match (origin, authority(headers)) {
        (Some(origin), Some(host)) => origin.as_str().eq_ignore_ascii_case(host.as_str()),
        _ => false,
    }
}

/// Host and port that a request asks for.
fn authority(headers: &HeaderMap) -> Option<Authority> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    let authority: Authority = host.parse().ok()?;
    // A name of a user stands in no field Host.
    let is_plain = hosts.next().is_none() && !host.contains('@');
    is_plain.then_some(authority)
}

fn meaning(id: OperationId, epoch: u64, act: Act) -> Vec<u8> {
    format!("{} {id} {epoch}", act.name()).into_bytes()
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            let name = HeaderName::from_static(name);
            map.append(name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn only_names_of_ours_are_answered() {
        let guard = Guard::new(vec!["ops.virasto.example".into()], None).unwrap();
        let local: IpAddr = "192.0.2.7".parse().unwrap();
        for (host, expected) in [
            ("localhost:9464", true),
            ("LOCALHOST", true),
            ("127.0.0.1:1", true),
            ("127.9.9.9", true),
            ("[::1]:9464", true),
            ("192.0.2.7:9464", true),
            ("192.0.2.8:9464", false),
            ("ops.virasto.example", true),
            ("OPS.virasto.example:443", true),
            ("ops.virasto.example.attacker.example", false),
            ("attacker.example", false),
            ("attacker.example@localhost", false),
            ("", false),
        ] {
            let headers = headers(&[("host", host)]);
            assert_eq!(guard.is_asked_for_us(&headers, local), expected, "{host}");
        }
        let twice = headers(&[("host", "localhost"), ("host", "localhost")]);
        assert!(!guard.is_asked_for_us(&twice, local));
        assert!(!guard.is_asked_for_us(&HeaderMap::new(), local));
    }

    #[test]
    fn what_another_page_sends_is_not_ours() {
        for (fields, expected) in [
            (
                &[("host", "a:1"), ("sec-fetch-site", "same-origin")][..],
                true,
            ),
            (&[("host", "a:1"), ("sec-fetch-site", "same-site")], false),
            (&[("host", "a:1"), ("sec-fetch-site", "cross-site")], false),
            (&[("host", "a:1"), ("sec-fetch-site", "none")], false),
            (
                &[
                    ("host", "a:1"),
                    ("origin", "http://a:1"),
                    ("sec-fetch-site", "cross-site"),
                ],
                false,
            ),
            (&[("host", "a:1"), ("origin", "http://a:1")], true),
            (&[("host", "a"), ("origin", "https://a")], true),
            (&[("host", "a:1"), ("origin", "http://a:2")], false),
            (&[("host", "a:1"), ("origin", "http://b:1")], false),
            (&[("host", "a:1"), ("origin", "null")], false),
            (&[("host", "a:1")], false),
        ] {
            assert_eq!(is_from_us(&headers(fields)), expected, "{fields:?}");
        }
    }

    #[test]
    fn a_token_is_for_one_decision_of_one_process() {
        let guard = Guard::new(Vec::new(), None).unwrap();
        let id = OperationId(17);
        let token = guard.token(id, 3, Act::Cancel);
        assert!(guard.is_token(&token, id, 3, Act::Cancel));
        assert!(!guard.is_token(&token, id, 4, Act::Cancel));
        assert!(!guard.is_token(&token, id, 3, Act::Resume));
        assert!(!guard.is_token(&token, id, 3, Act::Replay));
        assert!(!guard.is_token(&token, OperationId(18), 3, Act::Cancel));
        assert!(!guard.is_token("", id, 3, Act::Cancel));
        let other = Guard::new(Vec::new(), None).unwrap();
        assert!(!other.is_token(&token, id, 3, Act::Cancel));
    }

    #[test]
    fn only_a_proxy_names_a_user() {
        let user = UserField {
            name: "x-user".into(),
            proxies: vec!["192.0.2.0/24".parse().unwrap()],
        };
        let guard = Guard::new(Vec::new(), Some(user)).unwrap();
        let (proxy, other) = (
            "192.0.2.1".parse().unwrap(),
            "198.51.100.1".parse().unwrap(),
        );
        let named = headers(&[("x-user", "maija")]);
        assert_eq!(guard.user(&named, proxy), Ok(Some("maija".into())));
        assert_eq!(guard.user(&named, other), Err(NoUser));
        assert_eq!(guard.user(&HeaderMap::new(), proxy), Err(NoUser));
        let twice = headers(&[("x-user", "maija"), ("x-user", "matti")]);
        assert_eq!(guard.user(&twice, proxy), Err(NoUser));
        let open = Guard::new(Vec::new(), None).unwrap();
        assert_eq!(open.user(&named, other), Ok(None));
    }
}
