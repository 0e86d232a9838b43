// SPDX-License-Identifier: Apache-2.0
//! The files that a schema may consist of, and nothing else: no location leads out of them.

use std::collections::BTreeMap;

use crate::doctype;

/// Files by name. A name is a path with `/`, relative to a root that all share.
#[derive(Clone, Debug, Default)]
pub struct Files {
    files: BTreeMap<String, Vec<u8>>,
    /// Other names of these files.
    copies: BTreeMap<String, String>,
}

impl Files {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file: a schema, or any document with schemas in it, such as a WSDL. A document type declaration is ignored, as that of
    /// `xmldsig-core-schema.xsd` has to be: what it declares is not there.
    pub fn add(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        let mut bytes = bytes.into();
        doctype::blank(&mut bytes);
        self.files.insert(name.into(), bytes);
    }

    /// Adds another name of a file that was added: locations lead by it to that one, whose declarations are there once.
    pub fn add_copy(&mut self, name: impl Into<String>, of: impl Into<String>) {
        self.copies.insert(name.into(), of.into());
    }

    /// Names and bytes, in the order of the names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let files = self.files.iter();
        files.map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// The file that a location in another one leads to.
    pub(crate) fn resolve(&self, base: &str, location: &str) -> Option<&str> {
        let path = location.split(['?', '#']).next().unwrap_or_default();
        let written = follow(base, path).and_then(|name| self.named(&name));
        written.or_else(|| follow(base, &unescape(path)?).and_then(|name| self.named(&name)))
    }

    /// The file of that name; or the only one whose name differs in capitals alone: where schemas are written on Windows, nobody notices that.
    fn named(&self, name: &str) -> Option<&str> {
        if let Some((name, _)) = self.files.get_key_value(name) {
            return Some(name);
        }
        if let Some(of) = self.copies.get(name) {
            return Some(of);
        }
        let own = self.files.keys().map(|name| (name, name));
        let all = own.chain(&self.copies);
        let mut alike = all.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        match (alike.next(), alike.next()) {
            (Some((_, found)), None) => Some(found),
            _ => None,
        }
    }
}

/// A path followed from the folder of a file; `None` where it leads out of the root. Schemas written on Windows have `\`.
fn follow(base: &str, path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    let mut steps: Vec<&str> = base.split('/').collect();
    steps.pop();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop()?;
            }
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
}

/// `%20` and the like.
fn unescape(path: &str) -> Option<String> {
    let (first, rest) = path.split_once('%')?;
    let mut bytes = first.as_bytes().to_vec();
    for part in rest.split('%') {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_lead_to_files_and_nowhere_else() {
        let mut files = Files::new();
        for name in [
            "a.xsd",
            "sub/b.xsd",
            "sub/c d.xsd",
            "100%.xsd",
            "Sub/Types.XSD",
            "two.xsd",
            "Two.xsd",
        ] {
            files.add(name, "<a/>");
        }
        files.add_copy("copies/b.xsd", "sub/b.xsd");
        for (base, location, found) in [
            ("a.xsd", "sub/b.xsd", Some("sub/b.xsd")),
            ("sub/b.xsd", "../a.xsd", Some("a.xsd")),
            ("sub/b.xsd", "..\\a.xsd", Some("a.xsd")),
            ("sub/b.xsd", "./c%20d.xsd", Some("sub/c d.xsd")),
            ("sub/b.xsd", "c d.xsd#x", Some("sub/c d.xsd")),
            ("a.xsd", "100%.xsd", Some("100%.xsd")),
            ("copies/c.xsd", "b.xsd", Some("sub/b.xsd")),
            ("copies/c.xsd", "B.xsd", Some("sub/b.xsd")),
            ("a.xsd", "sub/types.xsd", Some("Sub/Types.XSD")),
            ("Sub/Types.XSD", "TYPES.xsd", Some("Sub/Types.XSD")),
            ("Sub/Types.XSD", "../A.XSD", Some("a.xsd")),
            ("a.xsd", "Two.xsd", Some("Two.xsd")),
            ("a.xsd", "TWO.xsd", None),
            ("a.xsd", "../a.xsd", None),
            ("a.xsd", "sub/../../a.xsd", None),
            ("a.xsd", "http://host/a.xsd", None),
            ("a.xsd", "b.xsd", None),
            ("a.xsd", "%2", None),
        ] {
            assert_eq!(files.resolve(base, location), found, "{base} {location}");
        }
    }
}
