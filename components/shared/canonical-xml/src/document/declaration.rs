//! The XML declaration.

use crate::checks::is_space;

use crate::read::ReadErrorKind;

/// Checks what stands between `<?xml` and `?>` (XML 1.0 §2.8, productions 23 to 26 and 32; §4.3.3, production 80):
/// a version, then perhaps an encoding, then perhaps `standalone`, in this order.
///
/// The encoding has to be what the bytes are: UTF-8, or, where they are ASCII only, one that agrees with UTF-8 on those.
pub(super) fn check(content: &str, is_ascii: impl Fn() -> bool) -> Result<(), ReadErrorKind> {
    let (version, rest) = item(content, "version")?.ok_or(ReadErrorKind::MalformedDeclaration)?;
    if version != "1.0" {
        return Err(ReadErrorKind::UnsupportedVersion);
    }
    let (encoding, rest) = item(rest, "encoding")?.unwrap_or(("UTF-8", rest));
    let is_true =
        encoding.eq_ignore_ascii_case("UTF-8") || (agrees_on_ascii(encoding) && is_ascii());
    if !is_true {
        return Err(ReadErrorKind::UnsupportedEncoding);
    }
    let (standalone, rest) = item(rest, "standalone")?.unwrap_or(("no", rest));
    if !matches!(standalone, "yes" | "no") || !rest.chars().all(is_space) {
        return Err(ReadErrorKind::MalformedDeclaration);
    }
    Ok(())
}

fn agrees_on_ascii(encoding: &str) -> bool {
    let encoding = encoding.to_ascii_lowercase();
    matches!(encoding.as_str(), "us-ascii" | "ascii" | "windows-1252")
        || encoding.starts_with("iso-8859-")
}

/// The value of `name` and what follows it; `None` if something else, or nothing, comes next.
fn item<'a>(text: &'a str, name: &str) -> Result<Option<(&'a str, &'a str)>, ReadErrorKind> {
    let trimmed = text.trim_start_matches(is_space);
    let Some(rest) = trimmed
        .strip_prefix(name)
        .filter(|_| trimmed.len() < text.len())
    else {
        return Ok(None);
    };
    let quoted = || {
        let rest = rest.trim_start_matches(is_space).strip_prefix('=')?;
        let rest = rest.trim_start_matches(is_space);
        let quote = rest
            .chars()
            .next()
            .filter(|first| matches!(first, '"' | '\''))?;
        rest.strip_prefix(quote)?.split_once(quote)
    };
    quoted()
        .map(Some)
        .ok_or(ReadErrorKind::MalformedDeclaration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted() {
        for good in [
            " version=\"1.0\"",
            " version='1.0' encoding='utf-8'",
            "\n version = \"1.0\" encoding=\"UTF-8\" standalone=\"yes\" ",
            " version=\"1.0\" standalone='no'",
        ] {
            assert_eq!(check(good, || false), Ok(()), "{good}");
        }
    }

    #[test]
    fn refused() {
        use ReadErrorKind::{MalformedDeclaration, UnsupportedEncoding, UnsupportedVersion};
        for (bad, kind) in [
            ("", MalformedDeclaration),
            (" encoding=\"UTF-8\"", MalformedDeclaration),
            (" version=1.0", MalformedDeclaration),
            (" version=\"1.0'", MalformedDeclaration),
            (" version=\"1.1\"", UnsupportedVersion),
            (" version=\"1.0\"encoding=\"UTF-8\"", MalformedDeclaration),
            (
                " version=\"1.0\" encoding=\"ISO-8859-1\"",
                UnsupportedEncoding,
            ),
            (" version=\"1.0\" encoding=\"UTF-16\"", UnsupportedEncoding),
            (
                " version=\"1.0\" standalone=\"maybe\"",
                MalformedDeclaration,
            ),
            (
                " version=\"1.0\" standalone=\"no\" encoding=\"UTF-8\"",
                MalformedDeclaration,
            ),
            (" version=\"1.0\" extra=\"1\"", MalformedDeclaration),
        ] {
            assert_eq!(check(bad, || false), Err(kind), "{bad}");
        }
    }
    #[test]
    fn another_label_is_true_of_ascii_only() {
        let label = " version=\"1.0\" encoding=\"ISO-8859-1\"";
        assert_eq!(check(label, || true), Ok(()));
        assert_eq!(
            check(label, || false),
            Err(ReadErrorKind::UnsupportedEncoding)
        );
        let wide = " version=\"1.0\" encoding=\"UTF-16\"";
        assert_eq!(
            check(wide, || true),
            Err(ReadErrorKind::UnsupportedEncoding)
        );
    }
}
