// SPDX-License-Identifier: Apache-2.0
//! Whether a text is an `https` URL that a request can be sent to (RFC 3986, RFC 9110 §4.2.2).
//!
//! ```
//! assert!(https_url::check("https://customs.example/dme").is_ok());
//! assert_eq!(
//!     https_url::check("https://customs.example:0/").unwrap_err().to_string(),
//!     "the port has to be a number from 1 to 65535"
//! );
//! ```

use std::net::{Ipv4Addr, Ipv6Addr};

/// Longest name of a host, and of a label in it, in characters (RFC 1035 §2.3.4, in text).
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// What is wrong with a URL. The text says what to do, and repeats nothing of the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// There is nothing.
    #[error("the URL is empty; give one such as https://host/path")]
    Empty,
    /// The scheme is `http`.
    #[error("the URL begins with http://, and only https:// is spoken; change it")]
    NotEncrypted,
    /// It has another scheme, or none.
    #[error("the URL has to begin with https://, in lower case")]
    Scheme,
    /// White space or a control character, anywhere.
    #[error(
        "the URL has white space or a control character in it; remove it, or write it as %20 and the like"
    )]
    Blank,
    /// A user or a password before the host.
    #[error(
        "the URL has a user or a password before an @; remove it, it would be visible on the way"
    )]
    UserInformation,
    /// No host.
    #[error("the URL has no host after https://")]
    NoHost,
    /// The host is neither a name nor an address.
    #[error(
        "the host of the URL is neither a DNS name nor an IP address; an IPv6 address stands in brackets"
    )]
    Host,
    /// The host is a name in letters beyond ASCII.
    #[error(
        "the host of the URL has letters beyond ASCII; write it in the form that begins with xn--"
    )]
    InternationalHost,
    /// The port is none.
    #[error("the port has to be a number from 1 to 65535")]
    Port,
    /// A fragment.
    #[error("the URL has a fragment after a #, which is never sent; remove it")]
    Fragment,
    /// A character that no path or query has.
    #[error(
        "the path or query of the URL has a character that has to be written with % and two hexadecimal digits, or a % without them"
    )]
    Path,
    /// A query where none can be.
    #[error("the URL has a query after a ?, and paths are put behind it; remove it")]
    Query,
}

/// Judges an absolute URL.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(url: &str) -> Result<(), UrlError> {
    if url.is_empty() {
        return Err(UrlError::Empty);
    }
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(UrlError::Blank);
    }
    let Some(rest) = url.strip_prefix("https://") else {
        let scheme = url.split(':').next().unwrap_or_default();
        return Err(match scheme.eq_ignore_ascii_case("http") {
            true => UrlError::NotEncrypted,
            false => UrlError::Scheme,
        });
    };
    if rest.contains('#') {
        return Err(UrlError::Fragment);
    }
    // RFC 3986 §3.2: the authority ends at the next slash or question mark. Some readers end it at a backslash, so that one stands nowhere.
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    check_authority(authority)?;
    check_characters(path)
}

/// Judges a URL that paths are put behind: it has no query.
///
/// # Errors
/// As [`check`].
pub fn check_base(url: &str) -> Result<(), UrlError> {
    check(url)?;
    match url.contains('?') {
        true => Err(UrlError::Query),
        false => Ok(()),
    }
}

/// Judges a path, with a query if it has one: it begins with `/`.
///
/// # Errors
/// [`UrlError::Path`], [`UrlError::Blank`] or [`UrlError::Fragment`].
pub fn check_path(path: &str) -> Result<(), UrlError> {
    if path.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(UrlError::Blank);
    }
    if path.contains('#') {
        return Err(UrlError::Fragment);
    }
    match path.starts_with('/') {
        true => check_characters(path),
        false => Err(UrlError::Path),
    }
}

fn check_authority(authority: &str) -> Result<(), UrlError> {
    if authority.contains('@') {
        return Err(UrlError::UserInformation);
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(address) => {
            let (address, rest) = address.split_once(']').ok_or(UrlError::Host)?;
            address.parse::<Ipv6Addr>().map_err(|_| UrlError::Host)?;
            match rest {
                "" => (None, None),
                rest => (None, Some(rest.strip_prefix(':').ok_or(UrlError::Host)?)),
            }
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(authority), None),
        },
    };
    host.map_or(Ok(()), check_host)?;
    port.map_or(Ok(()), check_port)
}

fn check_host(host: &str) -> Result<(), UrlError> {
    if host.is_empty() {
        return Err(UrlError::NoHost);
    }
    if !host.is_ascii() {
        return Err(UrlError::InternationalHost);
    }
    // The dot behind makes a name absolute (RFC 1034 §3.1).
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if name.len() > LONGEST_NAME || !name.split('.').all(is_label) {
        return Err(UrlError::Host);
    }
    // What ends with a number is read as an address everywhere (WHATWG URL, "ends in a number"); only the plain form is one.
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || (last.starts_with("0x") || last.starts_with("0X"))
            && last.bytes().skip(2).all(|byte| byte.is_ascii_hexdigit());
    match is_number && host.parse::<Ipv4Addr>().is_err() {
        true => Err(UrlError::Host),
        false => Ok(()),
    }
}

fn check_port(port: &str) -> Result<(), UrlError> {
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse::<u16>() {
        Ok(1..) if is_number => Ok(()),
        _ => Err(UrlError::Port),
    }
}

/// Unreserved, sub-delims, `:`, `@`, `/` and `?` (RFC 3986 §3.3, §3.4), and octets in percent-encoding (§2.1).
fn check_characters(text: &str) -> Result<(), UrlError> {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte);
        let mut is_hex = || bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit());
        let is_octet = byte == b'%' && is_hex() && is_hex();
        if !is_plain && !is_octet {
            return Err(UrlError::Path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn urls_that_can_be_called() {
        for url in [
            "https://customs.example",
            "https://customs.example/",
            "https://customs.example./dme",
            "https://customs.example:443/dme?a=b&c=%20d",
            "https://customs.example?x",
            "https://localhost:65535/a;b=c/(d)!",
            "https://10.0.0.1:8443/",
            "https://[::1]:1/",
            "https://[2001:db8::1]",
            "https://a_b.example/x@y:z",
            "https://xn--tyt-0na.example/~t",
            "https://1a.2b/",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn what_cannot_be_called_is_named() {
        use UrlError::*;
        let long_label = format!("https://{}.example/", "a".repeat(64));
        let long_name = format!("https://{}example/", "a.".repeat(130));
        for (url, error) in [
            ("", Empty),
            ("http://customs.example/", NotEncrypted),
            ("HTTP://customs.example/", NotEncrypted),
            ("HTTPS://customs.example/", Scheme),
            ("ftp://customs.example/", Scheme),
            ("customs.example/dme", Scheme),
            ("//customs.example", Scheme),
            ("https:/customs.example", Scheme),
            ("https:customs.example", Scheme),
            (" https://customs.example", Blank),
            ("https://customs.example ", Blank),
            ("https://customs .example", Blank),
            ("https://customs.example/a b", Blank),
            ("https://customs.example/\n", Blank),
            ("https://customs.example/\u{a0}", Blank),
            ("https://", NoHost),
            ("https:///dme", NoHost),
            ("https://:443/", NoHost),
            ("https://?x", NoHost),
            ("https://user@customs.example/", UserInformation),
            ("https://user:word@customs.example/", UserInformation),
            ("https://@customs.example/", UserInformation),
            ("https://customs.example:/", Port),
            ("https://customs.example:0/", Port),
            ("https://customs.example:65536/", Port),
            ("https://customs.example:99999999999/", Port),
            ("https://customs.example:+443/", Port),
            ("https://customs.example:https/", Port),
            ("https://customs.example:443:1/", Port),
            ("https://[::1]:/", Port),
            ("https://[::1]443", Host),
            ("https://[::1", Host),
            ("https://[1.2.3.4]/", Host),
            ("https://[fe80::1%25eth0]/", Host),
            ("https://::1/", NoHost),
            ("https://1.2.3.256/", Host),
            ("https://1.2.3/", Host),
            ("https://0x7f000001/", Host),
            ("https://01.2.3.4/", Host),
            ("https://customs..example/", Host),
            ("https://.example/", Host),
            ("https://-a.example/", Host),
            ("https://a-.example/", Host),
            ("https://cus%74oms.example/", Host),
            ("https://customs.example\\@other.example/", UserInformation),
            ("https://customs.example\\dme", Host),
            ("https://työ.example/", InternationalHost),
            (&long_label, Host),
            (&long_name, Host),
            ("https://customs.example/dme#top", Fragment),
            ("https://customs.example#", Fragment),
            ("https://customs.example/ä", Path),
            ("https://customs.example/<a>", Path),
            ("https://customs.example/a%2", Path),
            ("https://customs.example/%zz", Path),
            ("https://customs.example/a\\b", Path),
            ("https://customs.example/{id}", Path),
        ] {
            assert_eq!(check(url), Err(error), "{url}");
        }
    }

    #[test]
    fn bases_have_no_query_and_paths_begin_with_a_slash() {
        assert_eq!(check_base("https://vero.example/FIS"), Ok(()));
        assert_eq!(
            check_base("https://vero.example/FIS?a"),
            Err(UrlError::Query)
        );
        assert_eq!(check_path("/a/b?c=d"), Ok(()));
        for (path, error) in [
            ("a", UrlError::Path),
            ("", UrlError::Path),
            ("/ä", UrlError::Path),
            ("/a b", UrlError::Blank),
            ("/a#b", UrlError::Fragment),
        ] {
            assert_eq!(check_path(path), Err(error), "{path}");
        }
    }

    proptest! {
        #[test]
        fn whatever_passes_is_plain(text in "https://[ -~äß\u{202e}]{0,40}") {
            if check(&text).is_ok() {
                prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
                let never = ['#', '\\', '<', '>', '"', '{', '}', '|', '^', '`'];
                prop_assert!(!text.contains(never), "{}", text);
            }
        }
    }
}
