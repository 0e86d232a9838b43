// SPDX-License-Identifier: Apache-2.0
//! Callers behind a proxy that ends their TLS and says who they are.

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::HeaderMap;
use rustls_pki_types::CertificateDer;
use silta::{exchange::CertificateChain, pem};

use crate::{
    inbound::{limits::ListenerLimits, network::IpNetwork, peer::Origin},
    percent,
};

mod envoy;

/// Proxies that are believed what they say of callers: of which certificate a caller has proved to have the key, and from which address it calls.
///
/// From all others, a call with one of these fields is refused: who calls directly has no proxy to speak for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedProxies {
    /// Where they connect from, by TLS.
    pub networks: Vec<IpNetwork>,
    /// Socket in the file system at which they connect, without TLS; whoever may write to it is believed. `None`: there is none.
    pub socket: Option<PathBuf>,
    /// Field with the caller's certificate, in lower case: as RFC 9440 §2.2 has it (`:base64:`); PEM, with `%` escapes as nginx has it in
    /// `$ssl_client_escaped_cert` or with blanks in the place of ends of lines as Apache writes it; or base64 alone, with `,` between certificates, as Traefik writes it; or Envoy's
    /// `x-forwarded-client-cert` with `Cert` or `Chain`, of whose elements the last counts. Without the field,
    /// or with nothing in it or Apache's `(null)`, the caller has shown none.
    pub certificate_field: String,
    /// Field with the caller's address, in lower case; the last one in it is what the proxy has seen. `None`: the caller's address is the proxy's. A proxy at
    /// the socket has none: the listener does not start with `socket` and without this.
    pub address_field: Option<String>,
}

/// Field with the issuers of the caller's certificate (RFC 9440 §2.3).
const CHAIN: &str = "client-cert-chain";

/// What Apache writes for a variable that is not set.
const NONE: &str = "(null)";

/// Tag of a sequence in DER.
const SEQUENCE: u8 = 0x30;

/// Who a call is from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The peer of the connection.
    Peer,
    /// Somebody behind it.
    Behind {
        certificates: Option<CertificateChain>,
        address: Option<String>,
    },
}

/// Why it is not known who a call is from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// The caller says what only a proxy may say, or shows more than it may: the code.
    ByCaller(&'static str),
    /// A proxy that is believed says nothing that can be read. The caller has no part in that: who operates this host and the proxy has to know.
    ByProxy {
        code: &'static str,
        /// Which field, and what to do; without what stands in it.
        detail: String,
    },
}

impl TrustedProxies {
    /// Takes what a proxy says of a caller out of a head.
    pub(crate) fn take(
        &self,
        peer: &Origin,
        headers: &mut HeaderMap,
        limits: &ListenerLimits,
    ) -> Result<Told, Unknown> {
        let fields = [self.certificate_field.as_str(), CHAIN];
        let is_told = |headers: &HeaderMap| fields.iter().any(|field| headers.contains_key(*field));
        let is_proxy = match peer {
            Origin::Socket => true,
            Origin::Address(address) => {
                let mut networks = self.networks.iter();
                networks.any(|network| network.contains(*address))
            }
        };
        if !is_proxy {
            return match is_told(headers) {
                true => Err(Unknown::ByCaller("call.not-a-proxy")),
                false => Ok(Told::Peer),
            };
        }
        let certificates = self.certificates(headers);
        let certificates = certificates.ok_or_else(|| self.unreadable_certificate(peer))?;
        let address = self.address(headers);
        let address = address.ok_or_else(|| self.unreadable_address(peer))?;
        if !is_within(&certificates, limits) {
            return Err(Unknown::ByCaller("call.proxy-certificate"));
        }
        for field in fields {
            headers.remove(field);
        }
        Ok(Told::Behind {
            certificates: CertificateChain::new(certificates),
            address,
        })
    }

    fn unreadable_certificate(&self, peer: &Origin) -> Unknown {
        let detail = format!(
            "{peer} is a proxy by [listener.proxies], and no caller's certificate can be read in its field {} (certificate-field): have it write that field once, as a whole certificate in a form that the setting knows, leave it empty where a caller has shown none, and delete it and {CHAIN} where callers send them",
            self.certificate_field
        );
        let code = "call.proxy-certificate";
        Unknown::ByProxy { code, detail }
    }

    fn unreadable_address(&self, peer: &Origin) -> Unknown {
        let field = self.address_field.as_deref().unwrap_or_default();
        let detail = format!(
            "{peer} is a proxy by [listener.proxies], and no caller's IP address can be read in its field {field} (address-field): have it write the address at the end of that field, or leave the setting out"
        );
        let code = "call.proxy-address";
        Unknown::ByProxy { code, detail }
    }

    /// What a caller has shown, nothing if it has shown none; `None` if that cannot be read.
    fn certificates(&self, headers: &HeaderMap) -> Option<Vec<CertificateDer<'static>>> {
        let mut shown = headers.get_all(&self.certificate_field).iter();
        let Some(end) = shown.next() else {
            // Issuers of nobody.
            return (!headers.contains_key(CHAIN)).then(Vec::new);
        };
        let end = end.to_str().ok()?.trim();
        if shown.next().is_some() {
            return None;
        }
        let mut chain = match end.starts_with(':') {
            true => vec![byte_sequence(end)?],
            // How a proxy says that there is none.
            false if end.is_empty() || end == NONE => return Some(Vec::new()),
            false if envoy::is_so_written(end) => envoy::certificates(end)?,
            false => unmarked(&percent::decoded(end)?)?,
        };
        for value in headers.get_all(CHAIN) {
            for issuer in value.to_str().ok()?.split(',') {
                chain.push(byte_sequence(issuer.trim())?);
            }
        }
        Some(chain)
    }

    /// Where a caller calls from, if that can be read.
    fn address(&self, headers: &HeaderMap) -> Option<Option<String>> {
        let Some(field) = &self.address_field else {
            return Some(None);
        };
        let last = headers.get_all(field).iter().next_back()?;
        let last = last.to_str().ok()?.rsplit(',').next()?.trim();
        Some(Some(address(last)?.to_canonical().to_string()))
    }
}

/// Whether a caller may show so much.
fn is_within(chain: &[CertificateDer<'_>], limits: &ListenerLimits) -> bool {
    let bytes: usize = chain.iter().map(|certificate| certificate.len()).sum();
    chain.len() <= limits.chain_certificates as usize && bytes <= limits.chain_bytes as usize
}

/// An address, also with a port, as Azure's gateways write it, and in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.parse().ok();
    let with_port = || text.parse().ok().map(|socket: SocketAddr| socket.ip());
    let in_brackets = || {
        let text = text.strip_prefix('[')?.strip_suffix(']')?;
        text.parse().ok().map(IpAddr::V6)
    };
    bare().or_else(with_port).or_else(in_brackets)
}

/// Certificates in PEM, or in base64 alone: then each has to be what ASN.1 calls a sequence, so that not everything is one.
fn unmarked(text: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    if text.starts_with(b"-----") {
        return pem::certificates(&with_lines(text)).ok();
    }
    let each = text.split(|byte| *byte == b',');
    each.map(|encoded| {
        let der = STANDARD.decode(encoded.trim_ascii()).ok()?;
        der.starts_with(&[SEQUENCE]).then(|| der.into())
    })
    .collect()
}

/// PEM with the ends of its lines, where blanks are in their place.
fn with_lines(text: &[u8]) -> Cow<'_, [u8]> {
    if text.contains(&b'\n') {
        return text.into();
    }
    let mut lines = text.to_vec();
    for (at, byte) in text.iter().enumerate() {
        let is_in_label = [&b"-----BEGIN"[..], b"-----END"]
            .iter()
            .any(|label| text.get(..at).is_some_and(|before| before.ends_with(label)));
        if *byte == b' '
            && !is_in_label
            && let Some(end) = lines.get_mut(at)
        {
            *end = b'\n';
        }
    }
    lines.into()
}

/// A Byte Sequence (RFC 9651 §3.3.5).
fn byte_sequence(text: &str) -> Option<CertificateDer<'static>> {
    let encoded = text.strip_prefix(':')?.strip_suffix(':')?;
    let der = STANDARD.decode(encoded).ok()?;
    (!der.is_empty()).then(|| der.into())
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    const PROXY: &str = "192.0.2.7";

    fn proxies() -> TrustedProxies {
        TrustedProxies {
            networks: vec!["192.0.2.0/24".parse().unwrap()],
            socket: None,
            certificate_field: "client-cert".into(),
            address_field: Some("x-forwarded-for".into()),
        }
    }

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let fields = fields.iter();
        let fields = fields.map(|(name, value)| {
            let value = HeaderValue::from_str(value).unwrap();
            (HeaderName::from_static(name), value)
        });
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(name, value);
        }
        map
    }

    fn told(peer: &str, fields: &[(&'static str, &str)]) -> Result<Told, Unknown> {
        let mut headers = headers(fields);
        let peer = Origin::Address(peer.parse().unwrap());
        let told = proxies().take(&peer, &mut headers, &ListenerLimits::default());
        if matches!(told, Ok(Told::Behind { .. })) {
            assert!(!headers.contains_key("client-cert") && !headers.contains_key(CHAIN));
        }
        told
    }

    fn behind(chain: &[&[u8]], address: &str) -> Result<Told, Unknown> {
        let chain = chain.iter().map(|der| CertificateDer::from(der.to_vec()));
        Ok(Told::Behind {
            certificates: CertificateChain::new(chain),
            address: Some(address.to_owned()),
        })
    }

    #[test]
    fn a_proxy_is_believed() {
        let from = ("x-forwarded-for", "203.0.113.9, 198.51.100.4");
        // "one", "two" and "three" in base64.
        let (one, chain) = (("client-cert", ":b25l:"), "client-cert-chain");
        for (fields, expected) in [
            (&[from][..], behind(&[], "198.51.100.4")),
            (&[from, one], behind(&[b"one"], "198.51.100.4")),
            (&[from, ("client-cert", "")], behind(&[], "198.51.100.4")),
            (
                &[from, one, (chain, ":dHdv:, :dGhyZWU=:")],
                behind(&[b"one", b"two", b"three"], "198.51.100.4"),
            ),
            (
                &[from, ("x-forwarded-for", "::ffff:198.51.100.5"), one],
                behind(&[b"one"], "198.51.100.5"),
            ),
            (
                &[
                    from,
                    (
                        "client-cert",
                        "-----BEGIN%20CERTIFICATE-----%0Ab25l%0A-----END%20CERTIFICATE-----%0A",
                    ),
                ],
                behind(&[b"one"], "198.51.100.4"),
            ),
        ] {
            assert_eq!(told(PROXY, fields), expected, "{fields:?}");
        }
    }

    #[test]
    fn proxies_write_in_their_own_ways() {
        for (written, read) in [
            ("198.51.100.4:51008", "198.51.100.4"),
            ("[2001:db8::4]:51008", "2001:db8::4"),
            ("[2001:db8::4]", "2001:db8::4"),
            ("2001:DB8::4", "2001:db8::4"),
        ] {
            let from = ("x-forwarded-for", written);
            assert_eq!(told(PROXY, &[from]), behind(&[], read), "{written}");
        }
        let from = ("x-forwarded-for", "198.51.100.4");
        // "0>?" in base64 is "MD4/"; "0>>" is "MD4+".
        let shown: [(_, &[&[u8]]); 8] = [
            ("(null)", &[]),
            (
                "-----BEGIN CERTIFICATE----- MD4/ -----END CERTIFICATE-----",
                &[b"0>?"],
            ),
            (
                "-----BEGIN CERTIFICATE----- MD4/ MD4+ -----END CERTIFICATE----- ",
                &[b"0>?0>>"],
            ),
            (
                "-----BEGIN%20CERTIFICATE-----%0AMD4+%0A-----END%20CERTIFICATE-----%0A",
                &[b"0>>"],
            ),
            ("MD4/", &[b"0>?"]),
            ("MD4%2F,MD4%2B", &[b"0>?", b"0>>"]),
            ("MD4+, MD4/", &[b"0>>", b"0>?"]),
            (
                "By=a;Hash=00;Cert=\"-----BEGIN%20CERTIFICATE-----%0AMD4+%0A-----END%20CERTIFICATE-----%0A\";Subject=\"CN=a, b\"",
                &[b"0>>"],
            ),
        ];
        for (written, read) in shown {
            let shown = told(PROXY, &[from, ("client-cert", written)]);
            assert_eq!(shown, behind(read, "198.51.100.4"), "{written}");
        }
    }

    /// The code, and the detail, of what a proxy says and cannot be read.
    fn fault_of_the_proxy(fields: &[(&'static str, &str)]) -> (&'static str, String) {
        match told(PROXY, fields) {
            Err(Unknown::ByProxy { code, detail }) => (code, detail),
            other => panic!("{fields:?}: {other:?}"),
        }
    }

    #[test]
    fn what_cannot_be_read_is_the_fault_of_the_proxy() {
        let from = ("x-forwarded-for", "198.51.100.4");
        let one = ("client-cert", ":b25l:");
        for fields in [
            &[("client-cert", "b25l")][..],
            &[("client-cert", ":b25l")],
            &[("client-cert", ":b25l:;x")],
            &[("client-cert", "::")],
            &[("client-cert", "MD4/,")],
            &[("client-cert", "MD4/,b25l")],
            &[("client-cert", "%zz")],
            &[("client-cert", "Hash=00ff;Subject=\"CN=a\"")],
            &[("client-cert", "%")],
            &[("client-cert-chain", ":b25l:")],
            &[one, one],
        ] {
            let (code, detail) = fault_of_the_proxy(&[&[from], fields].concat());
            assert_eq!(code, "call.proxy-certificate", "{fields:?}");
            for named in ["192.0.2.7", "client-cert", "certificate-field"] {
                assert!(detail.contains(named), "{detail}");
            }
            assert!(!detail.contains("b25l"), "{detail}");
        }
        assert_eq!(fault_of_the_proxy(&[one]).0, "call.proxy-address");
        for from in ["unknown", "198.51.100.4:", ":80", "[198.51.100.4]", ""] {
            let (code, detail) = fault_of_the_proxy(&[one, ("x-forwarded-for", from)]);
            assert_eq!(code, "call.proxy-address", "{from}");
            assert!(
                detail.contains("x-forwarded-for (address-field)"),
                "{detail}"
            );
        }
    }

    #[test]
    fn a_caller_shows_so_much_and_no_more() {
        let from = ("x-forwarded-for", "198.51.100.4");
        let one = ("client-cert", ":b25l:");
        let most = ListenerLimits::default().chain_certificates as usize;
        let with_issuers = |number: usize| {
            let issuers = vec![":b25l:"; number].join(",");
            told(PROXY, &[from, one, ("client-cert-chain", &issuers)])
        };
        assert_eq!(
            with_issuers(most - 1),
            behind(&vec![&b"one"[..]; most], "198.51.100.4")
        );
        let beyond = Err(Unknown::ByCaller("call.proxy-certificate"));
        assert_eq!(with_issuers(most), beyond);
    }

    #[test]
    fn nobody_else_speaks_for_a_caller() {
        for peer in ["198.51.100.4", "::1"] {
            assert_eq!(told(peer, &[]), Ok(Told::Peer));
            let from = ("x-forwarded-for", "203.0.113.9");
            assert_eq!(told(peer, &[from]), Ok(Told::Peer));
            for field in ["client-cert", "client-cert-chain"] {
                let refused = Err(Unknown::ByCaller("call.not-a-proxy"));
                assert_eq!(told(peer, &[(field, ":b25l:")]), refused);
            }
        }
        // Who has come to the socket is a proxy, wherever proxies connect from.
        let mut headers = headers(&[("x-forwarded-for", "203.0.113.9")]);
        let limits = ListenerLimits::default();
        let told_by_socket = proxies().take(&Origin::Socket, &mut headers, &limits);
        assert_eq!(told_by_socket, behind(&[], "203.0.113.9"));
        assert_eq!(
            told("::ffff:192.0.2.9", &[("x-forwarded-for", "203.0.113.9")]),
            behind(&[], "203.0.113.9")
        );
    }
}
