// SPDX-License-Identifier: Apache-2.0
//! Documents made at random, to differ wherever XML lets two spellings mean the same, and where canonical forms differ by method.

use crate::random::Random;

/// Prefixes that elements declare; the empty one is the default namespace.
pub(crate) const PREFIXES: [&str; 6] = ["", "a", "b", "B", "long-prefix.1", "ä"];

/// Namespaces as written in a declaration. All are URIs in ASCII, for libxml2 gives no canonical form to anything else, and none holds
/// an ampersand, which libxml2 writes as `&#38;`. Their order by code point is not that of the alphabet.
const NAMESPACES: [&str; 6] = [
    "urn:two",
    "urn:one",
    "http://example.org/Z",
    "http://example.org/z?x=1;y=2",
    "&#x75;rn:it&apos;s",
    "URN:_%C3%A4~",
];

const LOCALS: [&str; 6] = ["Item", "item", "_x", "a", "b-1", "ö\u{10400}"];

/// Pieces of text and of values alike.
const PIECES: [&str; 18] = [
    "plain",
    " ",
    "  two ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "&amp;",
    "&lt;",
    "&gt;",
    ">",
    "&quot;",
    "&apos;",
    "&#13;",
    "&#x9;",
    "&#xA;",
    "ä€\u{1f600}\u{85}\u{2028}",
    "&#x1F600;&#x10FFFF;&#xE000;",
];

/// What may stand between the tags of an element besides.
const MARKUP: [&str; 9] = [
    "<![CDATA[<&>\"'&amp;]]>",
    "<![CDATA[]]>",
    "<![CDATA[a]]]]><![CDATA[>\r\nb]]>",
    "<!-- a comment\r\nwith <markup> & more -->",
    "<!---->",
    "<?target?>",
    "<?target   with data & <more> ?>",
    "<?a \r\n\t b?>",
    "'\"",
];

/// What may stand around the root.
const AROUND: [&str; 7] = [
    "\n",
    " \t\r\n",
    "<!-- around -->",
    "<?around the root?>",
    "<?around?>",
    "<!--a\rb-->",
    "\r",
];

const DECLARATIONS: [&str; 4] = [
    "",
    "<?xml version=\"1.0\"?>",
    "<?xml version='1.0' encoding='utf-8' ?>",
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n",
];

/// Most elements that a document has.
const ELEMENTS: usize = 24;

/// A document, well-formed, without a document type declaration, every namespace an absolute URI.
pub(crate) fn document(random: &mut Random) -> String {
    let mut writer = Writer {
        random,
        text: String::new(),
        scope: Vec::new(),
        left: 0,
        ids: 0,
    };
    writer.left = 1 + writer.random.below(ELEMENTS);
    if writer.random.chance(10) {
        writer.text.push('\u{feff}');
    }
    writer.push_one(&DECLARATIONS);
    writer.around();
    writer.element(0);
    writer.around();
    writer.text
}

struct Writer<'r> {
    random: &'r mut Random,
    text: String,
    /// Declarations in scope, innermost last.
    scope: Vec<(&'static str, &'static str)>,
    /// Elements that may still be made.
    left: usize,
    /// Values of `xml:id` given so far.
    ids: usize,
}

impl Writer<'_> {
    fn push_one(&mut self, from: &[&str]) {
        let piece = *self.random.choose(from);
        self.text.push_str(piece);
    }

    fn around(&mut self) {
        while self.random.chance(40) {
            self.push_one(&AROUND);
        }
    }

    fn element(&mut self, depth: usize) {
        self.left = self.left.saturating_sub(1);
        let outer = self.scope.len();
        let declared = self.declarations();
        let name = self.name();
        self.text.push('<');
        self.text.push_str(&name);
        let mut attributes = declared;
        self.attributes(&mut attributes);
        while !attributes.is_empty() {
            let index = self.random.below(attributes.len());
            let attribute = attributes.swap_remove(index);
            self.push_one(&[" ", "  ", "\n\t", "\r\n"]);
            self.text.push_str(&attribute);
        }
        self.push_one(&["", "", " ", "\n"]);
        if self.random.chance(15) {
            self.text.push_str("/>");
        } else {
            self.text.push('>');
            self.content(depth);
            self.text.push_str("</");
            self.text.push_str(&name);
            self.push_one(&["", "", " ", "\r\n"]);
            self.text.push('>');
        }
        self.scope.truncate(outer);
    }

    fn content(&mut self, depth: usize) {
        for _ in 0..self.random.below(8) {
            match self.random.below(4) {
                0 => self.push_one(&MARKUP),
                1 => self.push_one(&PIECES),
                _ if self.left > 0 && depth < 12 => self.element(depth + 1),
                _ => {}
            }
        }
    }

    /// Declares some prefixes, perhaps as they are declared already, perhaps no default namespace. Gives them as written.
    fn declarations(&mut self) -> Vec<String> {
        let mut written = Vec::new();
        let mut prefixes = PREFIXES.to_vec();
        while !prefixes.is_empty() && self.random.chance(35) {
            let index = self.random.below(prefixes.len());
            let prefix = prefixes.swap_remove(index);
            let mut namespace = *self.random.choose(&NAMESPACES);
            if prefix.is_empty() {
                if self.random.chance(40) {
                    namespace = "";
                }
                written.push(format!("xmlns='{namespace}'"));
            } else {
                written.push(format!("xmlns:{prefix} = \"{namespace}\""));
            }
            self.scope.push((prefix, namespace));
        }
        written
    }

    /// The namespace that a prefix stands for; `None` when it is not declared or says that there is none.
    fn namespace(&self, prefix: &str) -> Option<&'static str> {
        let found = self.scope.iter().rev().find(|(known, _)| *known == prefix);
        found
            .map(|(_, namespace)| *namespace)
            .filter(|namespace| !namespace.is_empty())
    }

    /// A prefix that is declared, with a colon, or none.
    fn prefix(&mut self) -> String {
        let prefix = *self.random.choose(&PREFIXES);
        match self.namespace(prefix) {
            Some(_) if !prefix.is_empty() => format!("{prefix}:"),
            _ => String::new(),
        }
    }

    fn name(&mut self) -> String {
        let prefix = self.prefix();
        format!("{prefix}{}", self.random.choose(&LOCALS))
    }

    /// Adds attributes of different expanded names to the declarations.
    fn attributes(&mut self, written: &mut Vec<String>) {
        let mut expanded = Vec::new();
        while self.random.chance(50) && expanded.len() < 8 {
            let name = self.name();
            let (prefix, local) = name.split_once(':').unwrap_or(("", &name));
            let namespace = self.namespace(prefix).filter(|_| !prefix.is_empty());
            let key = (namespace, local.to_owned());
            if !expanded.contains(&key) {
                expanded.push(key);
                let value = self.value();
                written.push(format!("{name}={value}"));
            }
        }
        for (name, value) in [
            ("xml:lang", "fi"),
            ("xml:space", "preserve"),
            ("xml:base", "http://example.org/"),
            ("xml:other", "&#13;\t"),
        ] {
            if self.random.chance(8) {
                written.push(format!("{name}='{value}'"));
            }
        }
        if self.random.chance(8) {
            self.ids += 1;
            written.push(format!("xml:id='id-{}'", self.ids));
        }
    }

    /// A value with its quotes, which may hold the other ones.
    fn value(&mut self) -> String {
        let (quote, other) = *self.random.choose(&[('"', "'"), ('\'', "\"")]);
        let mut value = String::from(quote);
        while self.random.chance(60) {
            let piece = if self.random.chance(10) {
                other
            } else {
                self.random.choose(&PIECES)
            };
            value.push_str(piece);
        }
        value.push(quote);
        value
    }
}
