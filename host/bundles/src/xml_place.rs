// SPDX-License-Identifier: Apache-2.0
//! Which element of a document a byte is in.

use std::collections::BTreeMap;

use quick_xml::{Reader, events::Event};

/// An element that is further in is not told: whoever wrote the document chose how many there are.
const DEEPEST: usize = 256;

/// An element that is open, its name and number in the one around it, and how many there were in it of each name.
struct Open {
    step: String,
    children: BTreeMap<String, usize>,
}

/// The path of the element that a byte of a document is in, such as `/Envelope[1]/Body[1]`; `None` where the bytes are no XML up to there, or too many are around it.
pub(crate) fn element_at(document: &[u8], offset: usize) -> Option<String> {
    if !document.trim_ascii_start().starts_with(b"<") {
        return None;
    }
    let mut reader = Reader::from_reader(document);
    let mut open = vec![Open::new(String::new())];
    loop {
        let event = reader.read_event().ok()?;
        let is_there = reader.buffer_position() > offset as u64;
        match event {
            Event::Start(start) => {
                let step = child(open.last_mut()?, start.name().as_ref());
                if open.len() > DEEPEST {
                    return None;
                }
                open.push(Open::new(step));
            }
            Event::Empty(empty) => {
                let step = child(open.last_mut()?, empty.name().as_ref());
                if is_there {
                    open.push(Open::new(step));
                    return path(&open);
                }
            }
            Event::End(_) if !is_there => drop(open.pop()?),
            Event::Eof => return None,
            _ => {}
        }
        if is_there {
            return path(&open);
        }
    }
}

impl Open {
    fn new(step: String) -> Self {
        Self {
            step,
            children: BTreeMap::new(),
        }
    }
}

/// Of the innermost of the open elements; `None` where none is.
fn path(open: &[Open]) -> Option<String> {
    let steps = open.iter().map(|it| it.step.as_str());
    let path: String = steps.collect();
    (!path.is_empty()).then_some(path)
}

/// The step to the next child of that name.
fn child(parent: &mut Open, name: &str) -> String {
    let number = parent.children.entry(name.to_owned()).or_default();
    *number += 1;
    format!("/{name}[{number}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_in_the_innermost_element_around_it() {
        let document = b"<?xml version='1.0'?><a><b>x</b><b i='1'>yy<c/></b>z</a>";
        let at = |byte: &str| {
            let text = str::from_utf8(document).unwrap();
            element_at(document, text.find(byte).unwrap())
        };
        assert_eq!(at("x</b>").unwrap(), "/a[1]/b[1]");
        assert_eq!(at("1'>yy").unwrap(), "/a[1]/b[2]");
        assert_eq!(at("yy").unwrap(), "/a[1]/b[2]");
        assert_eq!(at("c/>").unwrap(), "/a[1]/b[2]/c[1]");
        assert_eq!(at("z<").unwrap(), "/a[1]");
        assert_eq!(at("?xml"), None);
    }

    #[test]
    fn what_is_no_xml_has_no_elements() {
        for document in ["{}", "", "plain", "<a", "<a></b>x"] {
            assert_eq!(element_at(document.as_bytes(), 50), None, "{document}");
        }
    }

    #[test]
    fn a_byte_that_is_too_far_in_has_no_element() {
        let at = |depth: usize| {
            let document = format!("{}x", "<a>".repeat(depth));
            element_at(document.as_bytes(), document.len() - 1)
        };
        assert_eq!(at(DEEPEST).unwrap(), "/a[1]".repeat(DEEPEST));
        assert_eq!(at(DEEPEST + 1), None);
        assert_eq!(at(1_000_000), None);
    }
}
