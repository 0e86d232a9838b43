// SPDX-License-Identifier: Apache-2.0
//! A guest has a small stack; the deepest document it accepts must not overflow it.

use std::thread;

use canonical_xml::{Document, Element, Limits, to_bytes};

const GUEST_STACK: usize = 64 << 10;

#[test]
fn deepest_document_is_read_written_and_dropped_on_a_guest_stack() {
    let depth = Limits::default().depth;
    let text = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let work = move || {
        let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(document.root().descendants().count(), depth - 1);
        assert_eq!(document.root().markup().unwrap().unwrap(), text);
        let nest = |inside: Element, _| Element::new("", "a").with_child(inside);
        let tree = (1..depth).fold(Element::new("", "a"), nest);
        assert_eq!(tree.descendants().count(), depth - 1);
        assert_eq!(to_bytes(&tree).unwrap(), text.as_bytes());
    };
    thread::Builder::new()
        .stack_size(GUEST_STACK)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap();
}
