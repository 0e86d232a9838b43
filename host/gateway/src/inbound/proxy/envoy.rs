// SPDX-License-Identifier: Apache-2.0
//! The field `x-forwarded-client-cert`, as Envoy and what is built on it (Istio, Contour) write it.

use rustls_pki_types::CertificateDer;
use silta::pem;

use crate::percent;

/// What an element may have (Envoy, "x-forwarded-client-cert"), in lower case.
const NAMES: [&str; 7] = ["by", "hash", "cert", "chain", "subject", "uri", "dns"];

/// Whether a value of a field has this form. Certificates in base64 begin with another letter than these names.
pub(super) fn is_so_written(value: &str) -> bool {
    let (name, _) = value.split_once('=').unwrap_or_default();
    is_name(name)
}

/// The caller's certificate, and its issuers where they are there. Of several elements the last counts: that is what the proxy that is believed has seen, and
/// those before it are what it was told. `None` where no certificate can be read; a digest or a name alone is none.
pub(super) fn certificates(value: &str) -> Option<Vec<CertificateDer<'static>>> {
    let element = outside_of_quotes(value, ',')?.pop()?;
    let pairs = outside_of_quotes(element, ';')?;
    let pairs: Option<Vec<(&str, &str)>> =
        pairs.into_iter().map(|pair| pair.split_once('=')).collect();
    let pairs = pairs?;
    if !pairs.iter().all(|(name, _)| is_name(name)) {
        return None;
    }
    let read = |wanted: &str| {
        let mut all = pairs
            .iter()
            .filter(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        let found = all.next().map(|(_, value)| *value);
        match all.next() {
            Some(_) => None,
            None => Some(found),
        }
    };
    let end = read("cert")?.map(decoded);
    let chain = read("chain")?.map(decoded);
    match (end, chain) {
        (Some(end), None) => end.filter(|end| end.len() == 1),
        (None, Some(chain)) => chain,
        // The chain begins with the certificate.
        (Some(end), Some(chain)) => chain.zip(end).and_then(|(chain, end)| {
            let is_one = end.len() == 1 && end.first() == chain.first();
            is_one.then_some(chain)
        }),
        (None, None) => None,
    }
}

fn is_name(text: &str) -> bool {
    NAMES.contains(&text.trim().to_ascii_lowercase().as_str())
}

/// Certificates of a value: PEM with `%` escapes, in quotes or without.
fn decoded(value: &str) -> Option<Vec<CertificateDer<'static>>> {
    let value = value.trim();
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => value,
    };
    let found = pem::certificates(&percent::decoded(value)?).ok()?;
    (!found.is_empty()).then_some(found)
}

/// The pieces between separators that stand in no quotes; `None` where quotes do not end.
fn outside_of_quotes(text: &str, separator: char) -> Option<Vec<&str>> {
    let mut pieces = Vec::new();
    let (mut begin, mut is_quoted, mut is_escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if c == separator && !is_quoted => {
                pieces.push(text.get(begin..at)?);
                begin = at + c.len_utf8();
            }
            _ => {}
        }
    }
    pieces.push(text.get(begin..)?);
    (!is_quoted).then_some(pieces)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// "one" and "two" in PEM with escapes.
    const ONE: &str = "-----BEGIN%20CERTIFICATE-----%0Ab25l%0A-----END%20CERTIFICATE-----%0A";
    const TWO: &str = "-----BEGIN%20CERTIFICATE-----%0AdHdv%0A-----END%20CERTIFICATE-----%0A";

    fn read(value: &str) -> Option<Vec<String>> {
        assert!(is_so_written(value), "{value}");
        let found = certificates(value)?;
        let text = |der: &CertificateDer<'_>| String::from_utf8(der.to_vec()).unwrap();
        Some(found.iter().map(text).collect())
    }

    fn some(names: &[&str]) -> Option<Vec<String>> {
        Some(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn the_certificate_of_the_last_element_counts() {
        for (value, found) in [
            (format!("Cert=\"{ONE}\""), some(&["one"])),
            (format!("cert={ONE}"), some(&["one"])),
            (
                format!(
                    "By=spiffe://a/b;Hash=00ff;Cert=\"{ONE}\";Subject=\"CN=\\\"x, y\\\";O=z\";URI=;DNS=a.fi;DNS=b.fi"
                ),
                some(&["one"]),
            ),
            (
                format!("Hash=00;Cert=\"{ONE}\",By=b;Hash=11;Cert=\"{TWO}\""),
                some(&["two"]),
            ),
            (format!("Chain=\"{ONE}{TWO}\""), some(&["one", "two"])),
            (
                format!("Cert=\"{ONE}\";Chain=\"{ONE}{TWO}\""),
                some(&["one", "two"]),
            ),
        ] {
            assert_eq!(read(&value), found, "{value}");
        }
    }

    #[test]
    fn what_names_no_certificate_is_none() {
        for value in [
            "Hash=00ff;Subject=\"CN=a\"".to_owned(),
            "Cert=\"\"".to_owned(),
            format!("Cert=\"{ONE}"),
            format!("Cert=\"{ONE}\",Hash=00"),
            format!("Cert=\"{ONE}\";Cert=\"{TWO}\""),
            format!("Cert=\"{ONE}{TWO}\""),
            format!("Cert=\"{TWO}\";Chain=\"{ONE}{TWO}\""),
            format!("Cert=\"{ONE}\";x=y"),
            format!("Cert=\"{ONE}\","),
            "Cert=b25l".to_owned(),
            "Cert=%zz".to_owned(),
        ] {
            assert_eq!(read(&value), None, "{value}");
        }
        for other in [":b25l:", "MD4/", "MD4=", "-----BEGIN", "(null)", "x=y"] {
            assert!(!is_so_written(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(value in "(Cert|By|Hash)=[-\"\\\\;,=%a-zA-Z0-9]{0,60}") {
            let _ = certificates(&value);
            prop_assert!(is_so_written(&value));
        }
    }
}
