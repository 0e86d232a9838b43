// SPDX-License-Identifier: Apache-2.0
//! Bodies and their parts (RFC 2045, 2046 §5.1).

use super::fields::{Field, fields};
use super::parameters::Parameterised;
use super::transfer;

/// Longest boundary, in characters (RFC 2046 §5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// What a mail or a part of one holds.
#[derive(Debug)]
pub(in crate::suomifi_mail) enum Content {
    /// One thing.
    Single(Part),
    /// Parts, of a subtype such as `mixed`.
    Multipart(String, Vec<Self>),
}

/// One thing, decoded.
#[derive(Debug)]
pub(in crate::suomifi_mail) struct Part {
    /// Type in lower case, such as `text/plain`.
    pub(in crate::suomifi_mail) media_type: String,
    pub(in crate::suomifi_mail) charset: Option<String>,
    /// `attachment`, `inline`, in lower case; none where there is no such field.
    pub(in crate::suomifi_mail) disposition: Option<String>,
    pub(in crate::suomifi_mail) file_name: Option<String>,
    pub(in crate::suomifi_mail) octets: Vec<u8>,
}

/// Depth to which multiparts are followed; a mail of Suomi.fi has one.
const DEEPEST: usize = 8;

/// Of a body with its header fields.
pub(in crate::suomifi_mail) fn content(fields: &[Field], body: &[u8]) -> Result<Content, String> {
    nested(fields, body, DEEPEST)
}

fn nested(header: &[Field], body: &[u8], depth: usize) -> Result<Content, String> {
    let media_type = parameterised(header, "Content-Type")?;
    let encoding = only(header, "Content-Transfer-Encoding")?;
    let unreadable = |what: &str| format!("a part has a {what} that cannot be decoded");
    if let Some(kind) = &media_type
        && let Some(subtype) = kind.value.strip_prefix("multipart/")
    {
        if !encoding
            .is_none_or(|name| matches!(name.trim().to_ascii_lowercase().as_str(), "7bit" | "8bit"))
        {
            return Err("a multipart has a transfer encoding (RFC 2045 §6.4)".to_owned());
        }
        let depth = depth
            .checked_sub(1)
            .ok_or("parts are nested more than eight deep")?;
        let boundary = kind.plain("boundary");
        let boundary = boundary
            .filter(|text| is_boundary(text))
            .ok_or("a multipart has no boundary that is one")?;
        let parts = split(body, boundary)?.into_iter().map(|part| {
            let (header, body) = fields(part)?;
            nested(&header, body, depth)
        });
        return Ok(Content::Multipart(
            subtype.to_owned(),
            parts.collect::<Result<_, _>>()?,
        ));
    }
    let disposition = parameterised(header, "Content-Disposition")?;
    let text = |of: &Option<Parameterised>, name: &str| match of {
        Some(of) => of.text(name).map_err(|()| unreadable(name)),
        None => Ok(None),
    };
    let file_name = match text(&disposition, "filename")? {
        Some(name) => Some(name),
        None => text(&media_type, "name")?,
    };
    Ok(Content::Single(Part {
        charset: text(&media_type, "charset")?,
        media_type: media_type.map_or_else(|| "text/plain".to_owned(), |kind| kind.value),
        disposition: disposition.map(|of| of.value),
        file_name,
        octets: transfer::decoded(encoding, body).map_err(|error| format!("a part {error}"))?,
    }))
}

/// The value of a field that may stand once.
fn only<'a>(header: &'a [Field], name: &str) -> Result<Option<&'a str>, String> {
    let mut found = header.iter().filter(|field| field.is(name));
    let first = found.next();
    match found.next() {
        Some(_) => Err(format!("{name} is there twice")),
        None => Ok(first.map(|field| field.value.as_str())),
    }
}

fn parameterised(header: &[Field], name: &str) -> Result<Option<Parameterised>, String> {
    let value = only(header, name)?;
    let read = value
        .map(|value| Parameterised::read(value).ok_or_else(|| format!("{name} cannot be read")));
    read.transpose()
}

fn is_boundary(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "'()+_,-./:=? ".contains(c);
    (1..=LONGEST_BOUNDARY).contains(&text.len())
        && text.chars().all(is_plain)
        && !text.ends_with(' ')
}

/// The parts between the delimiters; each without the line end before its delimiter.
fn split<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<&'a [u8]>, String> {
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut begun: Option<usize> = None;
    let mut place = 0;
    while place < body.len() {
        let rest = body.get(place..).unwrap_or_default();
        let end = rest
            .windows(2)
            .position(|pair| pair == b"\r\n")
            .unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or_default();
        let next = (place + end + 2).min(body.len());
        let after = line
            .strip_prefix(delimiter.as_bytes())
            .map(<[u8]>::trim_ascii_end);
        if let Some(b"" | b"--") = after {
            if let Some(begun) = begun {
                // Right after one another they have nothing in between.
                parts.push(body.get(begun..place.saturating_sub(2)).unwrap_or_default());
            }
            if after == Some(b"--") {
                return match parts.is_empty() {
                    true => Err("a multipart has no part".to_owned()),
                    false => Ok(parts),
                };
            }
            begun = Some(next);
        }
        place = next;
    }
    Err("a multipart has no last delimiter".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mail: &str) -> Result<Content, String> {
        let mail = mail.replace('\n', "\r\n");
        let (header, body) = fields(mail.as_bytes())?;
        content(&header, body)
    }

    #[test]
    fn parts_are_split_and_decoded() {
        let mail = "Content-Type: multipart/mixed; boundary=\"b 1\"\n\npreamble\n--b 1\n\nbody\n\n--b 1 \n\
                    Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment\n\
                    Content-Transfer-Encoding: base64\n\nYWI=\n--b 1--\nepilogue\n";
        let Content::Multipart(subtype, parts) = read(mail).unwrap() else {
            panic!()
        };
        assert_eq!(subtype, "mixed");
        let [Content::Single(body), Content::Single(pdf)] = &parts[..] else {
            panic!()
        };
        assert_eq!(
            (body.media_type.as_str(), &body.octets[..]),
            ("text/plain", &b"body\r\n"[..])
        );
        assert_eq!(
            (pdf.file_name.as_deref(), &pdf.octets[..]),
            (Some("a.pdf"), &b"ab"[..])
        );
        assert_eq!(pdf.disposition.as_deref(), Some("attachment"));
    }

    #[test]
    fn parts_keep_their_rules() {
        let nested: String = (0..9)
            .map(|depth| format!("Content-Type: multipart/mixed; boundary={depth}\n\n--{depth}\n"))
            .collect();
        let twice = "Content-Type: text/plain\nContent-Type: text/plain\n\n";
        for (mail, says) in [
            ("Content-Type: multipart/mixed\n\n", "no boundary"),
            (
                "Content-Type: multipart/mixed; boundary=\"a \"\n\n",
                "no boundary",
            ),
            (
                "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n",
                "no last delimiter",
            ),
            (
                "Content-Type: multipart/mixed; boundary=a\n\n--a--\n",
                "no part",
            ),
            (
                "Content-Type: multipart/mixed; boundary=a\nContent-Transfer-Encoding: base64\n\n",
                "transfer encoding",
            ),
            (
                "Content-Type: text\\plain\n\n",
                "Content-Type cannot be read",
            ),
            (
                "Content-Type: text/plain; charset*=x''a\n\n",
                "charset that cannot be decoded",
            ),
            (twice, "twice"),
            ("Content-Transfer-Encoding: base64\n\n*", "base64"),
        ] {
            let error = read(mail).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        let mut deep = nested;
        deep.extend((0..9).rev().map(|depth| format!("\n--{depth}--\n")));
        assert!(read(&deep).unwrap_err().contains("eight deep"));
    }
}
