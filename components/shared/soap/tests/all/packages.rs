// SPDX-License-Identifier: Apache-2.0
//! Messages in multipart/related: one part is found wherever it is, several are refused.

use soap::{MediaType, PackageError, root_part};
use xml_testkit::Memory;

fn found<'b>(
    package: &'b [u8],
    boundary: &str,
) -> Result<(&'b [u8], Option<String>), PackageError> {
    let media_type =
        MediaType::parse(&format!("multipart/related; boundary=\"{boundary}\"")).unwrap();
    let root = root_part(&Memory::new(package), &media_type).unwrap()?;
    let at = |offset: u64| usize::try_from(offset).unwrap();
    let content = &package[at(root.content.start)..at(root.content.end)];
    Ok((content, root.media_type.map(|own| own.essence().to_owned())))
}

#[test]
fn the_one_part_is_found() {
    let xop = Some("application/xop+xml".to_owned());
    #[rustfmt::skip]
    let rows = [
        ("--b\r\nContent-Type: application/xop+xml; charset=utf-8\r\n\r\n<a/>\r\n--b--\r\n", "<a/>", &xop),
        ("--b\nContent-Type: application/xop+xml\n\n<a/>\n--b--", "<a/>", &xop),
        ("before\r\n--b  \r\ncontent-type:\r\n application/xop+xml\r\nX: y\r\n\r\n<a/>\r\n--b-- \r\nafter", "<a/>", &xop),
        ("--b\r\n\r\n<a/>\r\n--b--", "<a/>", &None),
        ("--b\r\nContent-Transfer-Encoding: 8BIT\r\n\r\n<a>--b</a>\r\n--bc\r\n\r\n--b--", "<a>--b</a>\r\n--bc\r\n", &None),
    ];
    for (package, content, own) in rows {
        let (found, its_own) = found(package.as_bytes(), "b").unwrap();
        assert_eq!(found, content.as_bytes(), "{package}");
        assert_eq!(its_own, *own, "{package}");
    }
}

#[test]
fn what_is_not_read_is_named() {
    use PackageError::*;
    for (package, error) in [
        ("", NoPart),
        ("<a/>", NoPart),
        ("--b--\r\n", NoPart),
        ("x--b\r\n\r\n<a/>\r\n--b--", NoPart),
        ("--b\r\n\r\n<a/>", CutShort),
        ("--b\r\n\r\n<a/>\r\n--b\r\n\r\nx", Attachments),
        ("--b\r\n\r\n<a/>\r\n--b\r\n\r\nx\r\n--b--", Attachments),
        (
            "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nPGEvPg==\r\n--b--",
            PartHeader,
        ),
        ("--b\r\nContent-Type: text/xml\r\n--b--", PartHeader),
    ] {
        assert_eq!(
            found(package.as_bytes(), "b").unwrap_err(),
            error,
            "{package}"
        );
    }
    assert_eq!(found(b"--\r\n", "").unwrap_err(), NoBoundary);
    assert_eq!(found(b"--\r\n", &"b".repeat(71)).unwrap_err(), NoBoundary);
}

/// Wherever a delimiter falls between two windows, it is seen once.
#[test]
fn delimiters_at_the_border_of_windows() {
    for length in (65_300..65_700).step_by(7).chain(131_000..131_010) {
        let content = "x".repeat(length);
        let package = format!("--b\r\n\r\n{content}\r\n--b--\r\n");
        let (found, _) = found(package.as_bytes(), "b").unwrap();
        assert_eq!(found.len(), length);
    }
    for length in 65_500..65_560 {
        let content = "x".repeat(length);
        let package = format!("--b\r\n\r\n{content}\r\n--b\r\n\r\ny\r\n--b--\r\n");
        assert_eq!(
            found(package.as_bytes(), "b").unwrap_err(),
            PackageError::Attachments,
            "{length}"
        );
    }
}

/// What looks like a delimiter within a line is none, also where a window begins with it.
#[test]
fn a_window_does_not_begin_a_line() {
    const HEAD: &str = "--b\r\n\r\n";
    for offset in 65_360..65_380 {
        let before = "x".repeat(offset - HEAD.len());
        let content = format!("{before}--b--{}", "y".repeat(1000));
        let package = format!("{HEAD}{content}\r\n--b--\r\n");
        let (found, _) = found(package.as_bytes(), "b").unwrap();
        assert_eq!(found.len(), content.len(), "{offset}");
    }
}
