//! Putting a signature into what it signs.

use canonical_xml::Element;

use crate::error::SignError;

/// Adds `signature` as the last child of `target`, the element that an enveloped reference names: the root for
/// [`Reference::enveloped_root`](crate::Reference::enveloped_root).
///
/// A schema may want the signature elsewhere; any place inside the target will verify.
pub fn insert_enveloped<B>(target: &mut Element<B>, signature: Element<B>) {
    target.push_child(signature);
}

/// Adds `signature` as the last child of the one element at or below `root` whose attribute `attribute`, of any
/// namespace, is `id`: the target of [`Reference::enveloped_by_id`](crate::Reference::enveloped_by_id).
///
/// # Errors
///
/// [`SignError::TargetNotFound`] and [`SignError::TargetNotUnique`]; the document is then unchanged.
pub fn insert_enveloped_by_id<B>(
    root: &mut Element<B>,
    attribute: &str,
    id: &str,
    signature: Element<B>,
) -> Result<(), SignError> {
    let carries = |element: &Element<B>| {
        let mut attributes = element.attributes().iter();
        attributes.any(|candidate| candidate.name().local() == attribute && candidate.value() == id)
    };
    let mut carriers = std::iter::once(&*root)
        .chain(root.descendants())
        .filter(|element| carries(element));
    match (carriers.next(), carriers.next()) {
        (None, _) => return Err(SignError::TargetNotFound),
        (Some(_), Some(_)) => return Err(SignError::TargetNotUnique),
        (Some(_), None) => {}
    }
    drop(carriers);
    let mut pending = vec![root];
    while let Some(element) = pending.pop() {
        if carries(element) {
            insert_enveloped(element, signature);
            break;
        }
        pending.extend(element.children_mut());
    }
    Ok(())
}
