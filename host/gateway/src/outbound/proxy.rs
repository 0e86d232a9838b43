// SPDX-License-Identifier: Apache-2.0
//! A way through an HTTP proxy: CONNECT (RFC 9110 §9.3.6).

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{client_key::Asked, reason::Reason, settings::Proxy, tls_reason::of_connection};

/// Largest head of a proxy's answer in bytes; those of usual proxies, with their pages of refusal left out, have some hundred.
const MOST_HEAD_BYTES: usize = 16 << 10;

/// Asks for a way to `host:port`. What comes after a consent is the server's.
pub(super) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    proxy: &Proxy,
    (host, port): (&str, u16),
    stream: &mut S,
) -> Result<(), Reason> {
    let broken = |error| of_connection(&error, Asked::No);
    let request = request(proxy, host, port);
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let mut head = Vec::new();
    // Byte by byte: the next one may belong to TLS.
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MOST_HEAD_BYTES {
            return Err(Reason::ProxyUnusable {
                detail: "the head of its answer has more than 16 KiB",
            });
        }
        head.push(stream.read_u8().await.map_err(broken)?);
        if !is_http(&head) {
            return Err(Reason::ProxyUnusable {
                detail: "the answer does not begin with HTTP/1",
            });
        }
    }
    match status(&head) {
        Some(200..300) => Ok(()),
        Some(status) => Err(Reason::ProxyRefused { status }),
        None => Err(Reason::ProxyUnusable {
            detail: "the answer has no status",
        }),
    }
}

fn request(proxy: &Proxy, host: &str, port: u16) -> String {
    let authority = match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    };
    let credentials = proxy.credentials.as_ref().map_or_else(String::new, |own| {
        let pair = format!("{}:{}", own.user, own.password.reveal());
        let pair = BASE64_STANDARD.encode(pair);
        format!("Proxy-Authorization: Basic {pair}\r\n")
    });
    format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{credentials}\r\n")
}

/// Whether it is the beginning of an answer, as far as it goes.
fn is_http(head: &[u8]) -> bool {
    b"HTTP/1."
        .iter()
        .zip(head)
        .all(|(expected, byte)| expected == byte)
}

/// The status of a head: `HTTP/1.x SSS …` (RFC 9112 §4).
fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let code = line.split(|byte| *byte == b' ').nth(1)?;
    let digits = std::str::from_utf8(code).ok()?;
    let status = digits.parse().ok()?;
    (digits.len() == 3 && (100..600).contains(&status)).then_some(status)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_status_has_three_digits() {
        for (head, expected) in [
            (
                &b"HTTP/1.1 200 Connection established\r\n\r\n"[..],
                Some(200),
            ),
            (b"HTTP/1.0 407\r\n\r\n", Some(407)),
            (b"HTTP/1.1 +20 x\r\n\r\n", None),
            (b"HTTP/1.1 0200 x\r\n\r\n", None),
            (b"HTTP/1.1\r\n\r\n", None),
            (b"HTTP/1.1 600 x\r\n\r\n", None),
            (b"", None),
        ] {
            assert_eq!(status(head), expected, "{head:?}");
        }
    }

    #[test]
    fn an_address_of_ipv6_stands_in_brackets() {
        let proxy = Proxy::new("proxy.example:3128").unwrap();
        let asked = request(&proxy, "::1", 8443);
        assert_eq!(
            asked,
            "CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n"
        );
    }
    proptest! {
        /// Whatever a proxy says, a way is only there after a whole head with a status of success, and nothing behind it is taken.
        #[test]
        fn whatever_comes_is_a_consent_or_a_reason(
            status in prop_oneof!["[0-9]{0,4}", "200"],
            rest in "[ -~\r\n]{0,40}",
        ) {
            let said = format!("HTTP/1.1 {status} x\r\n\r\n{rest}");
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            let (consents, left) = runtime.unwrap().block_on(async {
                let (mut own, mut other) = tokio::io::duplex(1 << 10);
                other.write_all(said.as_bytes()).await.unwrap();
                let proxy = Proxy::new("proxy.example:3128").unwrap();
                let way = connect(&proxy, ("a.example", 443), &mut own).await;
                drop(other);
                let mut left = String::new();
                own.read_to_string(&mut left).await.unwrap();
                (way.is_ok(), left)
            });
            let is_success = status.len() == 3 && status.starts_with('2');
            prop_assert_eq!(consents, is_success);
            prop_assert_eq!(left, rest);
        }
    }
}
