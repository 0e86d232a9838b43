// SPDX-License-Identifier: Apache-2.0
//! Each limit just below and just above.

use canonical_xml::{Document, Limit, Limits, LoadError, ReadErrorKind};

use crate::memory::Memory;

/// Accepts `fits` and refuses `exceeds` on account of `limit`, whichever way they are read.
fn check(limits: Limits, limit: Limit, maximum: usize, fits: &str, exceeds: &str) {
    assert!(Document::parse(fits.as_bytes(), &limits).is_ok(), "{fits}");
    assert!(Document::load(&Memory::new(fits), &limits).is_ok());
    let refusal = Document::parse(exceeds.as_bytes(), &limits).unwrap_err();
    let kind = ReadErrorKind::Limit { limit, maximum };
    assert_eq!(refusal.kind, kind, "{exceeds}");
    // A long run of text, which `check` has none of elsewhere, would be left in the source and not be counted.
    if limit != Limit::Bytes || exceeds.len() < 1000 {
        let loaded = Document::load(&Memory::new(exceeds), &limits).map(|_| ());
        assert_eq!(loaded, Err(LoadError::Read(refusal)), "{exceeds}");
    }
}

/// Who reads the message knows whose limit it is, how much it is, and what raises it.
#[test]
fn a_limit_is_told_as_one_of_the_receiver() {
    let limits = Limits {
        depth: 2,
        ..Limits::default()
    };
    let error = Document::parse(b"<a><b><c/></b></a>", &limits).unwrap_err();
    assert_eq!(error.kind.code(), "xml.limit");
    assert_eq!(
        error.to_string(),
        "line 1, column 7: more than 2 levels of nesting: that is a limit of the receiver, not a mistake in the document. \
         Whoever runs the receiver can raise it (`depth` of its XML reader), or the sender can split the document"
    );
}

#[test]
fn bytes() {
    let limits = Limits {
        bytes: 5,
        ..Limits::default()
    };
    check(limits, Limit::Bytes, 5, "<ab/>", "<abc/>");
}

#[test]
fn depth() {
    let limits = Limits {
        depth: 2,
        ..Limits::default()
    };
    check(
        limits,
        Limit::Depth,
        2,
        "<a><b/><b></b></a>",
        "<a><b><c/></b></a>",
    );
}

#[test]
fn attributes() {
    let limits = Limits {
        attributes: 2,
        ..Limits::default()
    };
    check(
        limits,
        Limit::Attributes,
        2,
        "<a b='' xmlns='urn:a'/>",
        "<a b='' xmlns='urn:a' c=''/>",
    );
}

#[test]
fn name_length() {
    let limits = Limits {
        name_length: 4,
        ..Limits::default()
    };
    check(limits, Limit::NameLength, 4, "<abcd/>", "<abcde/>");
    let limits = Limits {
        name_length: 7,
        ..Limits::default()
    };
    check(
        limits,
        Limit::NameLength,
        7,
        "<a xmlns:b='urn:b'/>",
        "<a xmlns:bc='urn:b'/>",
    );
    check(
        limits,
        Limit::NameLength,
        7,
        "<?abcdefg?><a/>",
        "<?abcdefgh?><a/>",
    );
}

#[test]
fn value_length() {
    let limits = Limits {
        value_length: 3,
        ..Limits::default()
    };
    check(
        limits,
        Limit::ValueLength,
        3,
        "<a b='x&amp;y'/>",
        "<a b='x&amp;yz'/>",
    );
    check(
        limits,
        Limit::ValueLength,
        3,
        "<a b='\r\n\r\n '/>",
        "<a b='é é'/>",
    );
}

#[test]
fn text_length() {
    let limits = Limits {
        text_length: 4,
        ..Limits::default()
    };
    check(
        limits,
        Limit::TextLength,
        4,
        "<a>x&lt;<!-- -->\r\n<![CDATA[y]]></a>",
        "<a>x&lt;<!-- -->\r\n<![CDATA[yz]]></a>",
    );
    check(
        limits,
        Limit::TextLength,
        4,
        "<a>1234<b/>1234</a>",
        "<a>1234<b/>12345</a>",
    );
    check(
        limits,
        Limit::TextLength,
        4,
        "<a>123&#65;</a>",
        "<a>1234&#65;</a>",
    );
}

#[test]
fn events() {
    let limits = Limits {
        events: 5,
        ..Limits::default()
    };
    check(
        limits,
        Limit::Events,
        5,
        "<a><b/>x<!-- --></a>",
        "<a><b/>x<!-- -->y</a>",
    );
}

#[test]
fn namespaces() {
    let limits = Limits {
        namespaces: 2,
        ..Limits::default()
    };
    check(
        limits,
        Limit::Namespaces,
        2,
        "<a xmlns='urn:a'><b xmlns='urn:a'/><c xmlns:p='urn:p'/></a>",
        "<a xmlns='urn:a'><b xmlns='urn:a'><c xmlns=''/></b></a>",
    );
}

#[test]
fn defaults_at_their_bounds() {
    let limits = Limits::default();
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    check(limits, Limit::Depth, 256, &nested(256), &nested(257));
    let wide = |count: usize| {
        let attributes: String = (0..count).map(|index| format!(" a{index}=''")).collect();
        format!("<a{attributes}/>")
    };
    check(limits, Limit::Attributes, 256, &wide(256), &wide(257));
    let named = |length: usize| format!("<{}/>", "a".repeat(length));
    check(limits, Limit::NameLength, 1024, &named(1024), &named(1025));
    let valued = |length: usize| format!("<a b='{}'/>", "x".repeat(length));
    let most = 64 << 10;
    check(
        limits,
        Limit::ValueLength,
        most,
        &valued(most),
        &valued(most + 1),
    );
    let children = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count));
    check(
        limits,
        Limit::Events,
        65_536,
        &children(65_534),
        &children(65_535),
    );
    let declaring = |count: usize| {
        let inner = "<a xmlns='urn:a'>".repeat(count);
        format!("{inner}{}", "</a>".repeat(count))
    };
    check(
        limits,
        Limit::Namespaces,
        128,
        &declaring(128),
        &declaring(129),
    );
    let texts = |length: usize| format!("<a>{}</a>", "x".repeat(length));
    let roomy = Limits {
        bytes: 2 << 20,
        ..limits
    };
    let parsed = |text: String| Document::parse(text.as_bytes(), &roomy).map(|_| ());
    assert_eq!(parsed(texts(1 << 20)), Ok(()));
    let kind = ReadErrorKind::Limit {
        limit: Limit::TextLength,
        maximum: 1 << 20,
    };
    assert_eq!(parsed(texts((1 << 20) + 1)).unwrap_err().kind, kind);
    let long = |length: usize| format!("<a>{}</a>", "x".repeat(length - 7));
    check(
        limits,
        Limit::Bytes,
        1 << 20,
        &long(1 << 20),
        &long((1 << 20) + 1),
    );
}
