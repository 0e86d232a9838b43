// SPDX-License-Identifier: Apache-2.0
use base64::{Engine, engine::general_purpose::STANDARD};
use roxmltree::{Document, Node};

use crate::project::Project;

/// Namespace of the application request.
pub(crate) const APPLICATION: &str = "http://tulli.fi/schema/external/common/dme/v1";

/// Namespace of the SOAP body's elements.
pub(crate) const SERVICE: &str = "http://tulli.fi/schema/corporateservice/v1";

/// A request taken apart: the SOAP message, and the application request that is in it as base64.
pub(crate) struct Message {
    pub(crate) soap: String,
    pub(crate) document: String,
}

impl Message {
    /// Builds the example of a folder.
    pub(crate) fn build(project: &Project) -> Self {
        Self::read(project.build())
    }

    pub(crate) fn read(body: Vec<u8>) -> Self {
        let soap = String::from_utf8(body).unwrap();
        let message = text(&soap, SERVICE, "ApplicationRequestMessage");
        let document = String::from_utf8(STANDARD.decode(message).unwrap()).unwrap();
        Self { soap, document }
    }

    /// Text of the only element of that name in the application request.
    pub(crate) fn text(&self, name: &str) -> String {
        text(&self.document, APPLICATION, name)
    }

    /// The payload that was delivered.
    pub(crate) fn content(&self) -> Vec<u8> {
        STANDARD.decode(self.text("Content")).unwrap()
    }
}

/// Text of the only element of that name; `roxmltree` gives line ends and references as XML means them.
pub(crate) fn text(xml: &str, namespace: &str, name: &str) -> String {
    let document = Document::parse(xml).unwrap();
    let element = only(&document, namespace, name);
    element
        .children()
        .filter_map(|child| child.text())
        .collect()
}

/// The only element of that name.
pub(crate) fn only<'a, 'i>(
    document: &'a Document<'i>,
    namespace: &str,
    name: &str,
) -> Node<'a, 'i> {
    let mut found = document
        .descendants()
        .filter(|node| node.has_tag_name((namespace, name)));
    match (found.next(), found.next()) {
        (Some(element), None) => element,
        _ => panic!("not one element {name}"),
    }
}
