// SPDX-License-Identifier: Apache-2.0
//! The document that an input stands for.
//!
//! Almost any input is a document as it is, so that inputs can be read, written by hand and shared with other fuzzers. Two forms
//! stand for something else, because chance alone would not come by it in time:
//!
//! * 0x01, a character and a count stand for a long run of that character. Long runs are what loading leaves in its source, and no
//!   fuzzer writes 16 KiB of one letter.
//! * An input that begins with 0xFF is a sequence of pieces of markup, one or a few bytes each, in which tags are closed as they were
//!   opened. What it makes is well-formed more often than not.

use crate::choices::Choices;

/// Begins a run.
const RUN: u8 = 1;

/// Begins a sequence of pieces.
const PIECES: u8 = 0xFF;

/// Characters in a run, for each one in its count. With 255 it ends far beyond what is fetched at a time.
const RUN_UNIT: usize = 251;

/// No run makes a document longer than this: room for three that are left in a source, and still quick to judge.
const MAXIMUM: usize = 128 << 10;

/// The document that an input stands for.
pub fn of(input: &[u8]) -> Vec<u8> {
    match input.split_first() {
        Some((&PIECES, pieces)) => Pieces::default().document(&mut Choices::new(pieces)),
        _ => expanded(input, MAXIMUM),
    }
}

/// The input with its runs written out, up to a length.
pub(crate) fn expanded(input: &[u8], maximum: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len());
    let mut choices = Choices::new(input);
    while let Some(byte) = choices.byte() {
        match byte {
            RUN => run(&mut choices, maximum, &mut out),
            byte => out.push(byte),
        }
    }
    out
}

fn run(choices: &mut Choices<'_>, maximum: usize, out: &mut Vec<u8>) {
    let (Some(character), Some(count)) = (choices.byte(), choices.byte()) else {
        return;
    };
    let length = usize::from(count) * RUN_UNIT;
    if out.len() + length <= maximum {
        out.resize(out.len() + length, character);
    }
}

/// Few names, so that they meet each other again under other declarations.
const NAMES: [&str; 16] = [
    "a",
    "b",
    "c",
    "p:a",
    "p:b",
    "q:a",
    "q:é",
    "é",
    "xml:a",
    "r.-1",
    "Envelope",
    "p:Envelope",
    "p:Header",
    "p:Body",
    "p:Fault",
    "x:y",
];

const ATTRIBUTES: [&str; 32] = [
    " xmlns='urn:a'",
    " xmlns='urn:b'",
    " xmlns=''",
    " xmlns:p='urn:a'",
    " xmlns:p=\"urn:b\"",
    " xmlns:p='http://schemas.xmlsoap.org/soap/envelope/'",
    " xmlns:p='http://www.w3.org/2003/05/soap-envelope'",
    " xmlns:q='urn:a'",
    " xmlns:q='urn:c'",
    " xmlns:x='urn:x?&amp;y'",
    " xmlns:xml='http://www.w3.org/XML/1998/namespace'",
    " xmlns:q='relative'",
    " xmlns:p=''",
    " a='1'",
    " a=\"1\"",
    " b = '&lt;&#9;&#xA;&#13;&quot;>'",
    " b=\"x\r\n\ty\"",
    " p:a='1'",
    " q:a=''",
    " p:b=\"é\"",
    " xml:lang='fi'",
    " xml:space=\"preserve\"",
    " xml:id='i'",
    " xml:base='http://b/'",
    " xml:a=''",
    " Id=\"i\"",
    " p:mustUnderstand='1'",
    "\n",
    " c='",
    " d=\"",
    " é='&#x10FFFF;'",
    " c='&amp;&apos;'",
];

const CONTENTS: [&str; 32] = [
    "x",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "&amp;",
    "&lt;",
    "&gt;",
    "&quot;",
    "&#13;",
    "&#xD;",
    "&#x41;",
    "&#9;",
    ">",
    "]]",
    "]]&gt;",
    "<![CDATA[]]>",
    "<![CDATA[<&>]]>",
    "<![CDATA[\r\n]]]]>",
    "<!---->",
    "<!-- c\r\n -->",
    "<?t?>",
    "<?t  d \r\n?>",
    "<?xml-t <&>?>",
    "é",
    "\u{10FFFF}\u{85}\u{2028}",
    "\u{FEFF}",
    "'\"",
    "QUJD",
    "p:Server",
    "<!DOCTYPE a>",
];

/// Writes pieces of markup.
#[derive(Default)]
struct Pieces {
    out: Vec<u8>,
    /// Names of the open elements.
    open: Vec<&'static str>,
    /// The last tag still lacks its end.
    in_tag: bool,
}

impl Pieces {
    fn document(mut self, choices: &mut Choices<'_>) -> Vec<u8> {
        while let Some(byte) = choices.byte() {
            let low = usize::from(byte & 0x1F);
            match byte >> 5 {
                0 | 1 => self.start(NAMES.get(low & 0xF).copied().unwrap_or_default()),
                2 | 3 => self.write_in_tag(ATTRIBUTES.get(low).copied().unwrap_or_default()),
                4 | 5 => self.write(CONTENTS.get(low).copied().unwrap_or_default()),
                6 => self.end(low),
                _ if low < 16 => {
                    self.end_tag();
                    run(choices, MAXIMUM, &mut self.out);
                }
                // Anything, anywhere, a whole tag or a part of one.
                _ => self.out.extend_from_slice(choices.take(low - 15)),
            }
        }
        while !self.open.is_empty() {
            self.end(0);
        }
        self.out
    }

    fn start(&mut self, name: &'static str) {
        self.end_tag();
        self.out.extend_from_slice(b"<");
        self.out.extend_from_slice(name.as_bytes());
        self.open.push(name);
        self.in_tag = true;
    }

    fn write_in_tag(&mut self, attribute: &str) {
        if self.in_tag {
            self.out.extend_from_slice(attribute.as_bytes());
        }
    }

    fn write(&mut self, content: &str) {
        self.end_tag();
        self.out.extend_from_slice(content.as_bytes());
    }

    fn end_tag(&mut self) {
        if std::mem::take(&mut self.in_tag) {
            self.out.extend_from_slice(b">");
        }
    }

    fn end(&mut self, manner: usize) {
        let Some(name) = self.open.pop() else {
            return;
        };
        if self.in_tag && manner.is_multiple_of(2) {
            self.in_tag = false;
            return self.out.extend_from_slice(b"/>");
        }
        self.end_tag();
        let (before, behind) = match manner {
            24..=30 => ("", " \n"),
            // Malformed, for once.
            31 => (" ", ""),
            _ => ("", ""),
        };
        for part in ["</", before, name, behind, ">"] {
            self.out.extend_from_slice(part.as_bytes());
        }
    }
}
