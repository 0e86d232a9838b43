// SPDX-License-Identifier: Apache-2.0
//! Document type declarations of schemas, put out of the way.

/// Overwrites the document type declaration with blanks, but for line ends, so that places stay what they are. Nothing it declares is looked at: a
/// reference to an entity of it is refused as any other, and what is no whole declaration is left to the reader of the document to refuse.
pub(crate) fn blank(bytes: &mut [u8]) {
    let Some(start) = start(bytes) else {
        return;
    };
    let Some(end) = end(bytes, start) else {
        return;
    };
    for byte in bytes.get_mut(start..end).into_iter().flatten() {
        if !matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// Where it begins: behind nothing but declaration, comments, instructions and white space.
fn start(bytes: &[u8]) -> Option<usize> {
    let mut at = if bytes.starts_with(b"\xEF\xBB\xBF") {
        3
    } else {
        0
    };
    loop {
        let rest = bytes.get(at..)?;
        if rest.starts_with(b"<!DOCTYPE") {
            return Some(at);
        }
        at += if rest.starts_with(b"<!--") {
            past(rest, 4, b"-->")?
        } else if rest.starts_with(b"<?") {
            past(rest, 2, b"?>")?
        } else if rest.first()?.is_ascii_whitespace() {
            1
        } else {
            return None;
        };
    }
}

/// Where it ends: at a `>` outside of brackets, literals, comments and instructions.
fn end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + b"<!DOCTYPE".len();
    let mut is_inside = false;
    loop {
        let rest = bytes.get(at..)?;
        at += match rest.first()? {
            b'"' => past(rest, 1, b"\"")?,
            b'\'' => past(rest, 1, b"'")?,
            b'<' if rest.starts_with(b"<!--") => past(rest, 4, b"-->")?,
            b'<' if rest.starts_with(b"<?") => past(rest, 2, b"?>")?,
            b'[' => {
                is_inside = true;
                1
            }
            b']' => {
                is_inside = false;
                1
            }
            b'>' if !is_inside => return Some(at + 1),
            _ => 1,
        };
    }
}

/// Behind the first `what` from `from` on.
fn past(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let found = rest.windows(what.len()).position(|window| window == what)?;
    Some(from + found + what.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_become_blanks_and_nothing_else_does() {
        let declaration =
            "<!DOCTYPE a PUBLIC \"x>\" 'y' [\n<!ENTITY b '>]'>\n<!-- ]> -->\n<?p ]>?>\n]>";
        let document = format!("<?xml version='1.0'?>\n<!-- <!DOCTYPE --> {declaration}<a>]></a>");
        let mut bytes = document.clone().into_bytes();
        blank(&mut bytes);
        let blanks: String = declaration
            .chars()
            .map(|c| if c == '\n' { c } else { ' ' })
            .collect();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            document.replace(declaration, &blanks)
        );
        for document in [
            "<a><!DOCTYPE b></a>",
            "<!DOCTYPE a [",
            "<!DOCTYPE",
            "",
            "<a/>",
            "<!-- <!DOCTYPE a>",
        ] {
            let mut bytes = document.as_bytes().to_vec();
            blank(&mut bytes);
            assert_eq!(bytes, document.as_bytes());
        }
    }
}
