// SPDX-License-Identifier: Apache-2.0
//! `multipart/form-data` (RFC 7578, RFC 2046 §5.1), read as it comes: bytes of a part are handed out where they lie, and nothing is gathered here but the
//! header fields of one part.

mod part_names;

use part_names::{file_name, parameter, unescaped};

/// Why a body is no form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MultipartError {
    #[error("the field `Content-Type` names no boundary of 1 to 70 characters (RFC 2046 §5.1.1)")]
    Boundary,
    #[error("a boundary is followed by something else than the end of its line")]
    AfterBoundary,
    #[error("the header fields of a part are longer than `part-header-bytes`")]
    LongHead,
    #[error("the header fields of a part cannot be read")]
    Head,
    #[error(
        "a part has no field `Content-Disposition: form-data` with a name of its own (RFC 7578 §4.2)"
    )]
    Disposition,
    #[error(
        "a part has a `filename*` that is not `UTF-8''` and the name, percent-encoded (RFC 8187); send the name as `filename`, in UTF-8"
    )]
    ExtendedName,
    #[error("a part has a transfer encoding, which forms do not have (RFC 7578 §4.7)")]
    Encoding,
    #[error("it ends before its last boundary")]
    Truncated,
}

/// What a part says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartHead {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) media_type: Option<String>,
}

/// What comes of a body, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Begin(PartHead),
    Bytes(&'a [u8]),
    End,
}

/// Reads a body.
pub(crate) struct Reader {
    /// What ends a part: a line end, two hyphens, the boundary.
    delimiter: Vec<u8>,
    head_limit: usize,
    state: State,
    /// Bytes of the delimiter that have come.
    matched: usize,
    /// The line after a boundary, or the header fields of a part, as far as they have come.
    gathered: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Preamble,
    AfterBoundary,
    Head,
    Content,
    Epilogue,
}

/// Blanks that may stand between a boundary and the end of its line.
const PADDING: usize = 64;

impl Reader {
    /// For a body of a media type with a parameter `boundary`.
    pub(crate) fn new(content_type: &str, head_limit: usize) -> Result<Self, MultipartError> {
        let (_, parameters) = content_type.split_once(';').unwrap_or_default();
        let boundary = parameter(parameters, "boundary").ok_or(MultipartError::Boundary)?;
        let is_of_boundary =
            |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
        if !(1..=70).contains(&boundary.len())
            || !boundary.bytes().all(is_of_boundary)
            || boundary.ends_with(' ')
        {
            return Err(MultipartError::Boundary);
        }
        Ok(Self {
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            head_limit,
            state: State::Preamble,
            // The first boundary may be the first line.
            matched: 2,
            gathered: Vec::new(),
        })
    }

    /// Takes bytes as they come.
    ///
    /// # Errors
    /// The body is no form; or what `take` says.
    pub(crate) fn feed<E: From<MultipartError>>(
        &mut self,
        mut bytes: &[u8],
        take: &mut impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Preamble => self.content(bytes, &mut |_| Ok(()))?,
                State::Content => {
                    let rest = self.content(bytes, &mut |content| take(Piece::Bytes(content)))?;
                    if self.state == State::AfterBoundary {
                        take(Piece::End)?;
                    }
                    rest
                }
                State::AfterBoundary => self.after_boundary(bytes)?,
                State::Head => self.head(bytes, take)?,
                State::Epilogue => &[],
            };
        }
        Ok(())
    }

    /// Says that nothing more comes.
    pub(crate) fn finish(&self) -> Result<(), MultipartError> {
        match self.state {
            State::Epilogue => Ok(()),
            _ => Err(MultipartError::Truncated),
        }
    }

    /// Content up to the next delimiter. Of that only the first byte is a carriage return, so that what begins it anywhere else ends the match before.
    fn content<'a, E>(
        &mut self,
        mut bytes: &'a [u8],
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<&'a [u8], E> {
        while let Some((first, rest)) = bytes.split_first() {
            if self.delimiter.get(self.matched) == Some(first) {
                self.matched += 1;
                bytes = rest;
                if self.matched == self.delimiter.len() {
                    self.matched = 0;
                    self.state = State::AfterBoundary;
                    return Ok(bytes);
                }
            } else if self.matched > 0 {
                take(self.delimiter.get(..self.matched).unwrap_or_default())?;
                self.matched = 0;
            } else {
                let end = bytes.iter().position(|byte| *byte == b'\r');
                let (content, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
                take(content)?;
                bytes = rest;
            }
        }
        Ok(bytes)
    }

    fn after_boundary<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], MultipartError> {
        let mut rest = bytes;
        while let Some((byte, behind)) = rest.split_first() {
            self.gathered.push(*byte);
            rest = behind;
            let next = match self.gathered.as_slice() {
                b"--" => State::Epilogue,
                [padding @ .., b'\r', b'\n'] if is_padding(padding) => State::Head,
                b"-" => continue,
                [padding @ .., b'\r'] if is_padding(padding) => continue,
                padding if is_padding(padding) => continue,
                _ => return Err(MultipartError::AfterBoundary),
            };
            self.gathered.clear();
            self.state = next;
            return Ok(rest);
        }
        Ok(rest)
    }

    fn head<'a, E: From<MultipartError>>(
        &mut self,
        bytes: &'a [u8],
        take: &mut impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<&'a [u8], E> {
        let mut rest = bytes;
        while let Some((byte, behind)) = rest.split_first() {
            if self.gathered.len() >= self.head_limit {
                return Err(MultipartError::LongHead.into());
            }
            self.gathered.push(*byte);
            rest = behind;
            if self.gathered.ends_with(b"\r\n\r\n") || self.gathered == b"\r\n" {
                let gathered = std::mem::take(&mut self.gathered);
                take(Piece::Begin(part_head(&gathered)?))?;
                self.state = State::Content;
                return Ok(rest);
            }
        }
        Ok(rest)
    }
}

fn is_padding(bytes: &[u8]) -> bool {
    bytes.len() <= PADDING && bytes.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

fn part_head(head: &[u8]) -> Result<PartHead, MultipartError> {
    let head = std::str::from_utf8(head).map_err(|_| MultipartError::Head)?;
    let (mut disposition, mut media_type) = (None, None);
    for line in head.split("\r\n").filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or(MultipartError::Head)?;
        let value = value.trim_matches([' ', '\t']);
        let place = match name.to_ascii_lowercase().as_str() {
            "content-disposition" => &mut disposition,
            "content-type" => &mut media_type,
            "content-transfer-encoding" => match value.to_ascii_lowercase().as_str() {
                "7bit" | "8bit" | "binary" => continue,
                _ => return Err(MultipartError::Encoding),
            },
            _ => continue,
        };
        if value.contains(char::is_control) || place.replace(value).is_some() {
            return Err(MultipartError::Head);
        }
    }
    let (kind, parameters) = disposition
        .and_then(|disposition| disposition.split_once(';'))
        .ok_or(MultipartError::Disposition)?;
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Err(MultipartError::Disposition);
    }
    let name = parameter(parameters, "name").ok_or(MultipartError::Disposition)?;
    Ok(PartHead {
        name: unescaped(name),
        file_name: file_name(parameters)?,
        media_type: media_type.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=\"b o\"; charset=x";

    /// The parts of a body that comes in pieces of a size.
    fn parts(body: &[u8], size: usize) -> Result<Vec<(PartHead, Vec<u8>, bool)>, MultipartError> {
        let mut reader = Reader::new(TYPE, 100)?;
        let mut parts = Vec::new();
        for piece in body.chunks(size) {
            reader.feed(piece, &mut |piece| {
                match piece {
                    Piece::Begin(head) => parts.push((head, Vec::new(), false)),
                    Piece::Bytes(bytes) => parts.last_mut().unwrap().1.extend_from_slice(bytes),
                    Piece::End => parts.last_mut().unwrap().2 = true,
                }
                Ok::<_, MultipartError>(())
            })?;
        }
        reader.finish()?;
        Ok(parts)
    }

    fn head(name: &str) -> PartHead {
        PartHead {
            name: name.into(),
            file_name: None,
            media_type: None,
        }
    }

    const FORM: &[u8] = b"before\r\n--b o \t\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x%22\\\"y\\z.txt\"\r\ncontent-type: text/plain\r\n\r\none\r\n--b\r\ntwo\r\n--b o\r\nContent-Disposition: form-data; name=b\r\n\r\n\r\n--b o--\r\nbehind";

    #[test]
    fn parts_come_out_whatever_pieces_they_come_in() {
        for size in 1..FORM.len() {
            let parts = parts(FORM, size).unwrap();
            assert_eq!(parts.len(), 2);
            let (first, content, is_over) = &parts[0];
            assert_eq!(first.file_name.as_deref(), Some("x\"\"y\\z.txt"));
            assert_eq!(first.media_type.as_deref(), Some("text/plain"));
            assert_eq!(
                (content.as_slice(), *is_over),
                (&b"one\r\n--b\r\ntwo"[..], true)
            );
            assert_eq!(parts[1], (head("b"), Vec::new(), true));
        }
    }

    #[test]
    fn what_is_no_form_is_refused() {
        let body = |head: &str| format!("--b o\r\n{head}\r\n\r\nx\r\n--b o--");
        let long = format!("Content-Disposition: form-data; name={}", "x".repeat(100));
        for (body, error) in [
            (
                body("Content-Disposition: form-data"),
                MultipartError::Disposition,
            ),
            (
                body("Content-Disposition: form-data; x=y"),
                MultipartError::Disposition,
            ),
            (
                body("Content-Disposition: attachment; name=a"),
                MultipartError::Disposition,
            ),
            (body("X: y"), MultipartError::Disposition),
            (body("no field"), MultipartError::Head),
            (
                body("Content-Type: a\r\nContent-Type: b"),
                MultipartError::Head,
            ),
            (body(&long), MultipartError::LongHead),
            (
                body("Content-Disposition: form-data; name=a; filename*=UTF-8''%C3"),
                MultipartError::ExtendedName,
            ),
            (
                body("Content-Transfer-Encoding: base64"),
                MultipartError::Encoding,
            ),
            ("--b ox\r\n".into(), MultipartError::AfterBoundary),
            (
                format!("--b o{}", " ".repeat(PADDING + 1)),
                MultipartError::AfterBoundary,
            ),
            ("--b o\r\n\r\n".into(), MultipartError::Disposition),
            (String::new(), MultipartError::Truncated),
            (
                "--b o\r\nContent-Disposition: form-data; name=a\r\n\r\nx".into(),
                MultipartError::Truncated,
            ),
            ("nothing of the kind".into(), MultipartError::Truncated),
        ] {
            for size in [1, 7, 1_000] {
                assert_eq!(
                    parts(body.as_bytes(), size).map(|_| ()),
                    Err(error),
                    "{body:?}"
                );
            }
        }
        for boundary in [
            "",
            "boundary=",
            "boundary=\"x ",
            "boundary=\"x \"",
            "boundary=ä",
        ] {
            let content_type = format!("multipart/form-data; {boundary}");
            let refused = Reader::new(&content_type, 100).err();
            assert_eq!(refused, Some(MultipartError::Boundary), "{boundary}");
        }
    }

    proptest! {
        #[test]
        fn any_content_comes_out_as_it_was(
            contents in prop::collection::vec("([\r\n-]|--b o|b|\r\n--|.){0,20}", 1..4),
            size in 1_usize..40,
        ) {
            prop_assume!(contents.iter().all(|content| !format!("\r\n{content}").contains("\r\n--b o")));
            let mut body = String::new();
            for content in &contents {
                body += &format!("\r\n--b o\r\nContent-Disposition: form-data; name=a\r\n\r\n{content}");
            }
            body += "\r\n--b o--\r\n";
            let parts = parts(body.as_bytes(), size).unwrap();
            let found: Vec<_> = parts.into_iter().map(|(_, content, _)| content).collect();
            let given: Vec<_> = contents.into_iter().map(String::into_bytes).collect();
            prop_assert_eq!(found, given);
        }

        #[test]
        fn nothing_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..300), size in 1_usize..40) {
            let _ = parts(&body, size);
            let _ = Reader::new(&String::from_utf8_lossy(&body), 100);
        }
    }
}
