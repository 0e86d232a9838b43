//! A guest has a small stack; the deepest document it accepts must not overflow it.

use std::thread;

use canonical_xml::{Element, Limits, read, to_bytes};

const GUEST_STACK: usize = 64 << 10;

#[test]
fn deepest_document_is_read_converted_written_and_dropped_on_a_guest_stack() {
    let depth = Limits::default().depth;
    let document = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let work = move || {
        let tree = read(document.as_bytes(), &Limits::default()).unwrap();
        let blobbed: Element<Vec<u8>> = tree.into_blobbed();
        assert_eq!(blobbed.descendants().count(), depth - 1);
        assert_eq!(to_bytes(&blobbed).unwrap(), document.as_bytes());
    };
    thread::Builder::new()
        .stack_size(GUEST_STACK)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap();
}
