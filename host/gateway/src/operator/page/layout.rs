// SPDX-License-Identifier: Apache-2.0
//! The frame of every page, and the small parts that pages are made of.

use std::{
    fmt::{self, Write},
    time::SystemTime,
};

use askama::{Template, filters::HtmlSafe};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use silta::observe::masked;
use silta_store::Timestamp;

use super::{
    facts::NoPage,
    language::{FIELD, Language},
    when::When,
    words::Words,
};

/// Longest text of somebody else's that is shown, in characters.
const LONGEST_TEXT: usize = 300;

/// What a page shows, without its frame.
pub(super) struct Content {
    pub(super) title: String,
    /// Markup.
    pub(super) html: String,
}

impl Content {
    /// A name for what is shown: other words, another name.
    pub(super) fn revision(&self) -> String {
        let digest = digest(&SHA256, self.html.as_bytes());
        let first = digest.as_ref().get(..12).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(first)
    }
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Frame<'a> {
    w: &'static Words,
    other: &'static Words,
    tag: &'static str,
    other_tag: &'static str,
    /// Where the other language is asked for.
    other_href: String,
    /// The path of the page and its query.
    here: &'a str,
    section: &'static str,
    content: &'a Content,
    revision: String,
    /// Whether it keeps itself up to date.
    is_live: bool,
    version: &'static str,
    now: When,
}

impl Frame<'_> {
    fn current(&self, section: &str) -> bool {
        self.section == section
    }
}

/// Puts a page into its frame. `here` is its path with its query, `section` the link of the navigation that it belongs to.
pub(super) fn framed(
    content: &Content,
    language: Language,
    (here, section): (&str, &'static str),
    is_live: bool,
) -> Result<String, NoPage> {
    let other = language.other();
    let at = Timestamp::from(SystemTime::now());
    let sign = if here.contains('?') { '&' } else { '?' };
    let frame = Frame {
        w: language.words(),
        other: other.words(),
        tag: language.tag(),
        other_tag: other.tag(),
        other_href: format!("{here}{sign}{FIELD}={}", other.tag()),
        here,
        section,
        content,
        revision: content.revision(),
        is_live,
        version: env!("CARGO_PKG_VERSION"),
        now: When::new(at, at, language.words()),
    };
    Ok(frame.render()?)
}

/// How something looks, beside the word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Idle,
    Warn,
    Bad,
}

/// A word for a state. The colour says nothing that the word does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Badge {
    pub(super) word: &'static str,
    pub(super) tone: Tone,
}

impl fmt::Display for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tone = match self.tone {
            Tone::Good => "good",
            Tone::Idle => "idle",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
        };
        write!(f, r#"<span class="badge {tone}">"#)?;
        escape(f, self.word)?;
        f.write_str("</span>")
    }
}

impl HtmlSafe for Badge {}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"<time datetime=""#)?;
        escape(f, &self.machine)?;
        f.write_str(r#"">"#)?;
        escape(f, &self.shown)?;
        f.write_str(r#"</time> <span class="relative">"#)?;
        escape(f, &self.relative)?;
        f.write_str("</span>")
    }
}

impl HtmlSafe for When {}

/// A text of ours: what stands between backquotes is code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prose<'a>(pub(super) &'a str);

impl fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, piece) in self.0.split('`').enumerate() {
            match number % 2 {
                0 => escape(f, piece)?,
                _ => {
                    f.write_str("<code>")?;
                    escape(f, piece)?;
                    f.write_str("</code>")?;
                }
            }
        }
        Ok(())
    }
}

impl HtmlSafe for Prose<'_> {}

fn escape(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for character in text.chars() {
        match character {
            '<' => f.write_str("&lt;")?,
            '>' => f.write_str("&gt;")?,
            '&' => f.write_str("&amp;")?,
            '"' => f.write_str("&quot;")?,
            '\'' => f.write_str("&#39;")?,
            other => f.write_char(other)?,
        }
    }
    Ok(())
}

/// A text that may be somebody else's, as it may be shown: without personal identity codes and control characters, and not too long.
pub(super) fn plain(text: &str) -> String {
    let masked = masked(text);
    let visible = |c: &char| !c.is_control() && !is_bidirectional(*c);
    let mut shown: String = masked.chars().filter(visible).take(LONGEST_TEXT).collect();
    if masked.chars().filter(visible).count() > LONGEST_TEXT {
        shown.push('…');
    }
    shown
}

/// Characters that make text around them read in another order.
fn is_bidirectional(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_others_is_masked_and_bounded() {
        assert_eq!(plain("for 010190-900P\u{7}\u{202e}"), "for ******-****");
        let long = "x".repeat(LONGEST_TEXT);
        assert_eq!(plain(&long), long);
        assert_eq!(plain(&(long.clone() + "y")), long + "…");
    }

    #[test]
    fn prose_has_code_and_no_markup_of_its_own() {
        let prose = Prose("see `a <b>` & \"c\"").to_string();
        assert_eq!(prose, "see <code>a &lt;b&gt;</code> &amp; &quot;c&quot;");
    }
}
