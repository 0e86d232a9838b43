//! What holds for every tree and every input.

use canonical_xml::{Limits, read, to_bytes};
use proptest::prelude::*;

use crate::generate::{markup, tree};

proptest! {
    #[test]
    fn what_is_written_reads_back_equal(tree in tree()) {
        let bytes = to_bytes(&tree).unwrap();
        let back = read(&bytes, &Limits::default()).unwrap();
        prop_assert_eq!(&back, &tree);
        prop_assert_eq!(to_bytes(&back).unwrap(), bytes);
    }

    /// What exclusive canonicalisation is for: a subtree has one form, whatever stands around it.
    #[test]
    fn a_subtree_found_in_a_document_has_the_bytes_it_has_alone(tree in tree()) {
        let document = read(&to_bytes(&tree).unwrap(), &Limits::default()).unwrap();
        for (built, found) in tree.descendants().zip(document.descendants()) {
            prop_assert_eq!(to_bytes(built).unwrap(), to_bytes(found).unwrap());
        }
    }

    #[test]
    fn change_of_blob_type_changes_nothing(tree in tree()) {
        let blobbed = tree.clone().into_blobbed::<Vec<u8>>();
        prop_assert_eq!(to_bytes(&blobbed).unwrap(), to_bytes(&tree).unwrap());
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, &Limits::default());
    }

    /// Closer to XML, so that it gets past the first byte. What is accepted has a canonical form that is accepted too,
    /// unless a namespace is relative.
    #[test]
    fn arbitrary_markup_does_not_panic(text in markup(0..20)) {
        if let Ok(tree) = read(text.as_bytes(), &Limits::default())
            && let Ok(bytes) = to_bytes(&tree)
        {
            prop_assert_eq!(read(&bytes, &Limits::default()).unwrap(), tree);
        }
    }

    #[test]
    fn damaged_documents_do_not_panic(tree in tree(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = to_bytes(&tree).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read(&bytes, &Limits::default());
        let _ = read(&bytes[..at], &Limits::default());
    }
}
