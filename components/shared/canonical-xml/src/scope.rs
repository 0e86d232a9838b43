//! Which prefix means which namespace, at one place of a document.

use std::sync::Arc;

use crate::name::XML_NAMESPACE;

/// The bindings in scope: a list from the innermost outwards, whose tail all elements below share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope(Option<Arc<Binding>>);

#[derive(Debug)]
struct Binding {
    prefix: Arc<str>,
    namespace: Arc<str>,
    /// How many declarations lead here, shadowed ones included.
    count: usize,
    outer: Scope,
}

impl Scope {
    /// What holds before any declaration: `xml` (Namespaces in XML 1.0 §3) and no default namespace.
    pub(crate) fn initial() -> Self {
        Self(Some(Arc::new(Binding {
            prefix: "xml".into(),
            namespace: XML_NAMESPACE.into(),
            count: 0,
            outer: Self(None),
        })))
    }

    /// This scope plus one declaration; the empty prefix is the default namespace.
    pub(crate) fn bind(self, prefix: &str, namespace: &str) -> Self {
        Self(Some(Arc::new(Binding {
            prefix: prefix.into(),
            namespace: namespace.into(),
            count: self.count() + 1,
            outer: self,
        })))
    }

    /// Number of declarations in scope, shadowed ones included.
    pub(crate) fn count(&self) -> usize {
        self.0.as_ref().map_or(0, |binding| binding.count)
    }

    /// The bindings from the innermost outwards, shadowed ones included.
    pub(crate) fn bindings(&self) -> impl Iterator<Item = (&str, &str)> {
        let bindings =
            std::iter::successors(self.0.as_deref(), |binding| binding.outer.0.as_deref());
        bindings.map(|binding| (&*binding.prefix, &*binding.namespace))
    }

    /// Prefix and namespace as this scope holds them, so that names can share both.
    /// `None` for a prefix that is not bound; the default namespace always resolves, to the empty name if need be.
    pub(crate) fn resolve(&self, prefix: &str) -> Option<(Arc<str>, Arc<str>)> {
        let mut scope = self;
        while let Some(binding) = &scope.0 {
            if *binding.prefix == *prefix {
                return Some((binding.prefix.clone(), binding.namespace.clone()));
            }
            scope = &binding.outer;
        }
        prefix.is_empty().then(Default::default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn namespace(scope: &Scope, prefix: &str) -> Option<String> {
        Some(scope.resolve(prefix)?.1.to_string())
    }

    #[test]
    fn inner_binding_shadows_outer_one() {
        let outer = Scope::initial().bind("p", "urn:a").bind("", "urn:d");
        let inner = outer.clone().bind("p", "urn:b").bind("", "");
        assert_eq!(namespace(&inner, "p").as_deref(), Some("urn:b"));
        assert_eq!(namespace(&inner, "").as_deref(), Some(""));
        assert_eq!(namespace(&outer, "p").as_deref(), Some("urn:a"));
        assert_eq!(namespace(&outer, "q"), None);
        assert_eq!(namespace(&outer, "xml").as_deref(), Some(XML_NAMESPACE));
        assert_eq!(inner.count(), 4);
    }
}
