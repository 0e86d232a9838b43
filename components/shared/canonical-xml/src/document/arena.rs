// SPDX-License-Identifier: Apache-2.0
//! How a document lies in memory: flat tables of offsets into its text, in document order.

/// No index: the parent of the root.
pub(crate) const NONE: u32 = u32::MAX;

/// Index of the empty namespace, which stands for none.
pub(crate) const NO_NAMESPACE: u32 = 0;

/// Index of the namespace of `xml:`.
pub(crate) const XML_NAMESPACE_INDEX: u32 = 1;

/// The start tag is written canonically, declarations aside: nothing but one space before each attribute, double quotes, no
/// references in values, attributes in order. The canonical form then repeats it.
pub(crate) const TAG_VERBATIM: u8 = 1;
/// The end tag has no white space.
pub(crate) const END_VERBATIM: u8 = 2;
/// An empty-element tag.
pub(crate) const EMPTY: u8 = 4;
/// Declares namespaces.
pub(crate) const DECLARES: u8 = 8;
/// An attribute has a prefix.
pub(crate) const PREFIXED_ATTRIBUTES: u8 = 16;
/// The element with all that is in it is its own canonical form, whatever the algorithm: no namespace is declared, no prefix is used but the parent's,
/// and nothing stands there that would be written otherwise or left out. Not said of the root.
pub(crate) const VERBATIM: u8 = 32;

/// One element. Elements lie in document order, so that those below one follow it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ElementData {
    /// Offset of `<`.
    pub(crate) start: u32,
    /// Offset behind the start tag.
    pub(crate) content: u32,
    /// Offset of the end tag; of an empty-element tag as `content`.
    pub(crate) close: u32,
    /// Offset behind the end tag.
    pub(crate) end: u32,
    pub(crate) namespace: u32,
    /// Innermost binding in scope.
    pub(crate) scope: u32,
    pub(crate) parent: u32,
    /// Index of the first element that is not below this one.
    pub(crate) next: u32,
    /// Index of the first attribute.
    pub(crate) attributes: u32,
    pub(crate) attribute_count: u16,
    /// Length of the prefix, without colon.
    pub(crate) prefix: u16,
    /// Length of the whole name.
    pub(crate) name: u16,
    pub(crate) flags: u8,
}

impl ElementData {
    pub(crate) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// One attribute that is no declaration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttributeData {
    /// Offset of the name.
    pub(crate) start: u32,
    /// Offset of the value within its quotes.
    pub(crate) value: u32,
    pub(crate) value_length: u32,
    pub(crate) namespace: u32,
    pub(crate) prefix: u16,
    pub(crate) name: u16,
    /// The value needs no normalisation.
    pub(crate) plain: bool,
}

/// One namespace declaration in scope; a list from the innermost outwards, whose tail the elements below share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding {
    /// Offset and length of the prefix; no length is the default namespace.
    pub(crate) prefix: u32,
    pub(crate) prefix_length: u16,
    /// How many declarations are in scope, shadowed ones included.
    pub(crate) count: u32,
    pub(crate) namespace: u32,
    pub(crate) outer: u32,
}

/// What stands between tags and is not simply its own canonical form. All else between tags is plain text, and is not recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Special {
    pub(crate) kind: SpecialKind,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpecialKind {
    Comment,
    Instruction,
    Cdata,
    /// A character or entity reference.
    Reference,
    /// Text with line ends to normalise or a `>` to escape.
    Rough,
}

/// A run of plain text that was left in the source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    /// Where in the text in memory the run is missing.
    pub(crate) at: u32,
    /// Where the run ends in the source.
    pub(crate) source_end: u64,
}

/// Offsets and counts within a document, whose size is bounded so that they fit.
pub(crate) fn short(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(NONE)
}

/// Lengths of names, bounded by [`Limits::name_length`](crate::Limits::name_length).
pub(crate) fn name_short(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// Those of the specials that begin at `offset` or behind it.
pub(crate) fn specials_after(specials: &[Special], offset: u32) -> &[Special] {
    let is_before = |special: &Special| special.start < offset;
    if !specials.first().is_some_and(is_before) {
        return specials;
    }
    let passed = specials.partition_point(is_before);
    specials.get(passed..).unwrap_or_default()
}
