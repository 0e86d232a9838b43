// SPDX-License-Identifier: Apache-2.0
//! Messages in another arrangement than the usual one: order, wrappers, attributes, namespaces, constants.

use std::{borrow::Cow, collections::BTreeMap};

use canonical_xml::{Element, Name, Node, Shared};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What messages consist of, where that is another order, or more, than the names alone tell. A list that is left out or empty leaves its message as usual;
/// one that is given is all that is written within the message's element, in its order.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Layouts {
    /// Header blocks of every request: the first step of each place is a block.
    pub soap_header: Vec<Item>,
    /// In the request of Upload. Has the value `application-request`.
    pub upload: Vec<Item>,
    /// In the request of DownloadList. Has the values `start-timestamp` and `end-timestamp`; without `start-date` and `end-date` days cannot be asked for.
    pub download_list: Vec<Item>,
    /// In the request of Download. Has the value `storage-id`.
    pub download: Vec<Item>,
    /// In the request of CheckConnectivity. Has the value `echo`.
    pub check_connectivity: Vec<Item>,
    /// In the application request. Has the values `reference` and `content`. The signature stands at its end if the value `signature` is not among them.
    pub application_request: Vec<Item>,
    /// In the answer to Notify. Has the value `code`.
    pub notify_response: Vec<Item>,
}

setting_tables::table! {
    Layouts: Layouts::default();
    soap_header, upload, download_list, download, check_connectivity, application_request,
    notify_response,
}

/// One element or attribute of a message.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Item {
    /// Where it stands: the elements around it and its name, such as `Sender/BusinessId`, or `Sender/@id` for an attribute. Items that follow each other share the
    /// elements around them. A name with a prefix is in the namespace that `wire.prefixes` has for it, one without in that of the message; attributes without are in none.
    pub at: String,
    /// What it says, of what its message has. Left out where there is nothing to say. Without this and `text` it is empty.
    #[serde(default)]
    pub value: Option<Value>,
    /// What it always says, in place of a value.
    #[serde(default)]
    pub text: Option<String>,
}

/// What a message may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Business id of whoever sends.
    Intermediary,
    /// Business id of whoever signs.
    Builder,
    /// Business id of whoever declares.
    Declarant,
    /// Customs' application.
    Application,
    /// Setting `environment`.
    Environment,
    /// When it is written.
    Timestamp,
    /// On which day it is written, in UTC.
    Date,
    /// Reference of an upload; storage id of what is downloaded; of another request an id that no other has.
    Reference,
    /// Setting `language`.
    Language,
    /// Setting `software`.
    Software,
    /// Media type of the application message.
    ContentFormat,
    /// The application message in base64.
    Content,
    /// The builder's signature, wherever its place says that it stands: directly in the application request.
    Signature,
    /// The application request in base64.
    ApplicationRequest,
    /// Begin of a window of times.
    StartTimestamp,
    /// End of a window of times.
    EndTimestamp,
    /// Begin of a window of days.
    StartDate,
    /// End of a window of days.
    EndDate,
    /// The criterion of that name, if it is asked for by `filters`.
    Filter,
    /// Which message is wanted.
    StorageId,
    /// What is to be sent back.
    Echo,
    /// Code of our answer.
    Code,
    /// Words of our answer.
    Text,
}

/// Namespaces of prefixes; an empty one is none.
pub(super) type Prefixes = BTreeMap<String, String>;

/// Makes the elements of a message in its namespace.
#[derive(Debug, Clone)]
pub(super) struct Maker<'p> {
    prefixes: &'p Prefixes,
    namespace: Shared,
    prefix: Shared,
}

impl<'p> Maker<'p> {
    pub(super) fn new(prefixes: &'p Prefixes, namespace: &str, prefix: &str) -> Self {
        Self {
            prefixes,
            namespace: namespace.to_owned().into(),
            prefix: prefix.to_owned().into(),
        }
    }

    pub(super) fn element<B>(&self, name: Cow<'static, str>) -> Element<B> {
        Element::new(self.namespace.clone(), name).with_prefix(self.prefix.clone())
    }

    /// The same for a name that may say as well where an answer has it: its last step.
    pub(super) fn leaf<B>(&self, name: Cow<'static, str>) -> Element<B> {
        match name.rsplit_once(['/', '@']) {
            Some((_, last)) => self.element(last.to_owned().into()),
            None => self.element(name),
        }
    }

    /// An element of a place, by its name with or without a prefix.
    fn step<B>(&self, step: &str) -> Element<B> {
        match step.split_once(':') {
            Some((prefix, local)) => match self.namespace_of(prefix) {
                "" => Element::new("", local.to_owned()),
                namespace => Element::new(namespace.to_owned(), local.to_owned())
                    .with_prefix(prefix.to_owned()),
            },
            None => self.element(step.to_owned().into()),
        }
    }

    fn namespace_of(&self, prefix: &str) -> &str {
        let found = self.prefixes.get(prefix);
        found.map_or("", String::as_str)
    }

    /// Puts what a layout has into `root`. `fill` gets the empty element of a value and says what is in it, if anything is. The result says before which child the
    /// signature stands.
    pub(super) fn arrange<B>(
        &self,
        root: Element<B>,
        items: &[Item],
        mut fill: impl FnMut(Value, &str, Element<B>) -> Option<Element<B>>,
    ) -> (Element<B>, Option<usize>) {
        let mut signature = None;
        // The root, then the elements around the last item.
        let mut open: Vec<(&str, Element<B>)> = vec![("", root)];
        for item in items {
            let (around, name) = item.at.rsplit_once('/').unwrap_or(("", &item.at));
            if item.value == Some(Value::Signature) {
                close(&mut open, 1);
                signature = open.first().map(|(_, root)| root.children().count());
                continue;
            }
            let attribute = name.strip_prefix('@');
            let leaf = self.step(attribute.unwrap_or(name));
            let local = name.rsplit([':', '@']).next().unwrap_or(name);
            let leaf = match (item.value, &item.text) {
                (Some(value), _) => fill(value, local, leaf),
                (None, Some(text)) => Some(leaf.with_text(text)),
                (None, None) => Some(leaf),
            };
            let Some(leaf) = leaf else { continue };
            self.enter(&mut open, around);
            match (attribute, open.last_mut()) {
                (Some(name), Some((_, parent))) => {
                    push_attribute(parent, self.attribute(name), &leaf);
                }
                // Open for attributes of its own that may follow.
                _ => open.push((name, leaf)),
            }
        }
        close(&mut open, 1);
        let root = open.pop().map(|(_, root)| root);
        (root.unwrap_or_else(|| self.step("")), signature)
    }

    /// Closes the elements that are not around the next item, and opens those that are.
    fn enter<'i, B>(&self, open: &mut Vec<(&'i str, Element<B>)>, around: &'i str) {
        let wanted: Vec<&str> = around.split('/').filter(|step| !step.is_empty()).collect();
        let is_shared = |((step, _), wanted): &(&(&str, _), &&str)| step == *wanted;
        let shared = open
            .iter()
            .skip(1)
            .zip(&wanted)
            .take_while(is_shared)
            .count();
        close(open, shared + 1);
        for step in wanted.into_iter().skip(shared) {
            open.push((step, self.step(step)));
        }
    }

    fn attribute(&self, name: &str) -> Name {
        match name.split_once(':') {
            Some((prefix, local)) => {
                Name::new(self.namespace_of(prefix).to_owned(), local.to_owned())
                    .with_prefix(prefix.to_owned())
            }
            None => Name::local_only(name.to_owned()),
        }
    }
}

/// Closes all but the outermost `kept`.
fn close<B>(open: &mut Vec<(&str, Element<B>)>, kept: usize) {
    while open.len() > kept {
        let Some((_, child)) = open.pop() else { return };
        if let Some((_, parent)) = open.last_mut() {
            parent.push_child(child);
        }
    }
}

/// Bytes never stand in one: settings that would have it so are refused.
fn push_attribute<B>(parent: &mut Element<B>, name: Name, leaf: &Element<B>) {
    let text = match leaf.nodes().first() {
        Some(Node::Text(text)) => text.clone(),
        _ => String::new(),
    };
    parent.push_qualified_attribute(name, text);
}
