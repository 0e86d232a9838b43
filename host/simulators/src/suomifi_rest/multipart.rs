// SPDX-License-Identifier: Apache-2.0
//! Uploads: multipart/form-data (RFC 7578) of exactly one part.

use super::refusal::Refusal;

/// The part `file`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct File<'a> {
    pub(super) filename: String,
    /// As the part says, in lower case and without parameters.
    pub(super) media_type: String,
    pub(super) content: &'a [u8],
}

/// Longest boundary, in characters (RFC 2046, §5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// Reads a body by the Content-Type that it came with.
pub(super) fn read<'a>(content_type: &str, body: &'a [u8]) -> Result<File<'a>, Refusal> {
    let wrong = |what: &str| Refusal::bad_request(format!("the upload {what}"));
    let boundary = boundary(content_type).ok_or_else(|| wrong("has no usable boundary"))?;
    let start = format!("--{boundary}\r\n");
    let rest = body
        .strip_prefix(start.as_bytes())
        .ok_or_else(|| wrong("does not begin with its boundary"))?;
    let (head, rest) =
        split(rest, b"\r\n\r\n").ok_or_else(|| wrong("has a part whose headers do not end"))?;
    let delimiter = format!("\r\n--{boundary}");
    let (content, rest) =
        split(rest, delimiter.as_bytes()).ok_or_else(|| wrong("has a part that does not end"))?;
    match rest {
        b"--" | b"--\r\n" => {}
        rest if rest.starts_with(b"\r\n") => return Err(wrong("has more than one part")),
        _ => return Err(wrong("does not end with its boundary")),
    }
    let head = std::str::from_utf8(head).map_err(|_| wrong("has headers that are not UTF-8"))?;
    let (filename, media_type) = headers(head)?;
    Ok(File {
        filename,
        media_type,
        content,
    })
}

/// The boundary in a Content-Type.
fn boundary(content_type: &str) -> Option<&str> {
    let parameters = content_type.split_once(';')?.1;
    let mut found = parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().split_once('='))
        .filter(|(name, _)| name.eq_ignore_ascii_case("boundary"));
    let (_, value) = found.next()?;
    let quoted = value.strip_prefix('"');
    let value = match quoted {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => value,
    };
    let is_character = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    let is_right = (1..=LONGEST_BOUNDARY).contains(&value.len())
        && value.bytes().all(is_character)
        && !value.ends_with(' ');
    (is_right && found.next().is_none()).then_some(value)
}

/// What stands before the first of these, and what after.
fn split<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes
        .windows(separator.len())
        .position(|window| window == separator)?;
    let (before, rest) = bytes.split_at_checked(at)?;
    Some((before, rest.get(separator.len()..)?))
}

/// File name and type of a part named `file`.
fn headers(head: &str) -> Result<(String, String), Refusal> {
    let wrong = |what: &str| Refusal::bad_request(format!("the part of the upload {what}"));
    let (mut disposition, mut media_type) = (None, None);
    for line in head.split("\r\n") {
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| wrong("has a line that is no header"))?;
        let place = match name.to_ascii_lowercase().as_str() {
            "content-disposition" => &mut disposition,
            "content-type" => &mut media_type,
            _ => return Err(wrong("has a header that RFC 7578 does not allow")),
        };
        if place.replace(value.trim()).is_some() {
            return Err(wrong("has a header twice"));
        }
    }
    let disposition = disposition.ok_or_else(|| wrong("has no Content-Disposition"))?;
    let filename = filename(disposition).map_err(wrong)?;
    let media_type = media_type.ok_or_else(|| wrong("has no Content-Type"))?;
    let media_type = media_type.split(';').next().unwrap_or_default();
    Ok((filename, media_type.trim().to_ascii_lowercase()))
}

/// The file name of `form-data; name="file"; filename="…"`. `filename*` must not be used (RFC 7578, §4.2).
fn filename(disposition: &str) -> Result<String, &'static str> {
    let (kind, mut rest) = disposition.split_once(';').unwrap_or((disposition, ""));
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Err("is not form-data");
    }
    let (mut name, mut filename) = (None, None);
    while !rest.trim().is_empty() {
        let unreadable = "has a Content-Disposition that cannot be read";
        let (parameter, value) = rest.split_once('=').ok_or(unreadable)?;
        let (value, after) = quoted(value).ok_or(unreadable)?;
        let place = match parameter.trim().to_ascii_lowercase().as_str() {
            "name" => &mut name,
            "filename" => &mut filename,
            _ => return Err("has a parameter beside name and filename"),
        };
        if place.replace(value).is_some() {
            return Err("has a parameter twice");
        }
        let after = after.trim_start();
        rest = match after.strip_prefix(';') {
            Some(after) => after,
            None if after.is_empty() => after,
            None => return Err(unreadable),
        };
    }
    if name.as_deref() != Some("file") {
        return Err("is not named file");
    }
    filename
        .filter(|filename| !filename.is_empty())
        .ok_or("has no filename")
}

/// A text in quotes, with `\"` and `\\` as what they stand for, and what comes after it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start().strip_prefix('"')?;
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(letters.next()?.1),
            letter if letter.is_control() => return None,
            letter => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=xyz";

    fn part(disposition: &str) -> String {
        format!(
            "--xyz\r\nContent-Disposition: {disposition}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhei\r\n--xyz--\r\n"
        )
    }

    #[test]
    fn the_part_is_read_as_it_is() {
        let body = part("form-data; name=\"file\"; filename=\"Päätös \\\"1\\\".txt\"");
        let file = read(TYPE, body.as_bytes()).unwrap();
        assert_eq!(file.filename, "Päätös \"1\".txt");
        assert_eq!(
            (file.media_type.as_str(), file.content),
            ("text/plain", &b"hei"[..])
        );
        let quoted = "multipart/form-data; Boundary=\"xyz\"";
        assert!(read(quoted, body.as_bytes()).is_ok());
    }

    #[test]
    fn everything_else_is_refused() {
        let right = part("form-data; name=\"file\"; filename=\"a\"");
        let refused = |content_type: &str, body: &str, says: &str| {
            let reason = read(content_type, body.as_bytes()).unwrap_err().reason();
            assert!(reason.contains(says), "{says}: {reason}");
        };
        for content_type in [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=xyz; boundary=xyz",
            "multipart/form-data; boundary=\"x",
            &format!("multipart/form-data; boundary={}", "x".repeat(71)),
        ] {
            refused(content_type, &right, "boundary");
        }
        refused("multipart/form-data; boundary=abc", &right, "begin");
        refused(TYPE, &format!("preamble{right}"), "begin");
        refused(TYPE, &format!("{right}more"), "end with its boundary");
        refused(TYPE, right.trim_end_matches("--\r\n"), "end with");
        refused(TYPE, "--xyz\r\nContent-Type: text/plain\r\n", "headers");
        refused(
            TYPE,
            "--xyz\r\nContent-Type: text/plain\r\n\r\n",
            "does not end",
        );
        let two = right.replace("--xyz--", &right.replace("--xyz--\r\n", "--xyz--"));
        refused(TYPE, &two, "more than one");
        let other = |from: &str, to: &str| right.replace(from, to);
        refused(
            TYPE,
            &other("Content-Type: text/plain; charset=utf-8\r\n", ""),
            "no Content-Type",
        );
        refused(TYPE, &other("Content-Type", "Content-Disposition"), "twice");
        refused(TYPE, &other("Content-Type", "Content-Length"), "RFC 7578");
        for (disposition, says) in [
            ("attachment; name=\"file\"; filename=\"a\"", "form-data"),
            ("form-data; filename=\"a\"", "named file"),
            ("form-data; name=\"a\"; filename=\"file\"", "named file"),
            ("form-data; name=\"file\"", "no filename"),
            ("form-data; name=\"file\"; filename=\"\"", "no filename"),
            (
                "form-data; name=\"file\"; filename*=UTF-8''a",
                "cannot be read",
            ),
            ("form-data; name=\"file\"; filename=a", "cannot be read"),
            (
                "form-data; name=\"file\"; name=\"file\"; filename=\"a\"",
                "twice",
            ),
            (
                "form-data; name=\"file\"; filename=\"a\"; size=\"3\"",
                "beside",
            ),
        ] {
            refused(TYPE, &part(disposition), says);
        }
    }
}
