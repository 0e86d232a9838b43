// SPDX-License-Identifier: Apache-2.0
//! Reading what Customs writes, by the names and namespaces of the profile.

use agency_http::AnswerError;
use canonical_xml::{ElementRef, ReadError, ReadErrorKind};
use soap::{HeaderFault, SoapError};

use super::{Names, Settings, list::is_storage_id};

/// What Customs noted of a message (guide 2015, table 9).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageInformation {
    /// Key by which it is downloaded.
    pub storage_id: Option<String>,
    /// Control reference of the transmission, if Customs named it.
    pub reference: Option<String>,
    /// Local name and content of each child in order, whatever it is called: its text, or its markup when it has children of its own.
    pub fields: Vec<(String, String)>,
}

/// Finds elements by their names. Prefixes may change at any time (Customs' notice of 8.9.2017), so that only names count, and the namespace where it
/// is configured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'s> {
    names: &'s Names,
    namespace: Option<&'s str>,
}

impl<'s> Reader<'s> {
    /// Reads the answers of Customs' service.
    pub(super) fn of_service(settings: &'s Settings) -> Self {
        Self {
            names: &settings.wire.names,
            namespace: namespace(settings, &settings.wire.service_namespace),
        }
    }

    /// Reads Customs' notifications.
    pub(super) fn of_notification(settings: &'s Settings) -> Self {
        Self {
            names: &settings.wire.names,
            namespace: namespace(settings, &settings.wire.notification_namespace),
        }
    }

    /// Reads application responses.
    pub(super) fn of_application(settings: &'s Settings) -> Self {
        Self {
            names: &settings.wire.names,
            namespace: namespace(settings, &settings.wire.application_namespace),
        }
    }

    pub(super) fn is_named(&self, element: ElementRef<'_>, local: &str) -> bool {
        match self.namespace {
            Some(namespace) => element.is(namespace, local),
            None => element.local() == local,
        }
    }

    /// The children of that name.
    pub(super) fn named<'d>(
        self,
        parent: ElementRef<'d>,
        local: &str,
    ) -> impl Iterator<Item = ElementRef<'d>> {
        let children = parent.children();
        children.filter(move |element| self.is_named(*element, local))
    }

    /// The one child of that name, or what is at the end of a way down such as `Status/Code`.
    pub(super) fn child<'d>(
        &self,
        parent: ElementRef<'d>,
        local: &str,
    ) -> Result<ElementRef<'d>, AnswerError> {
        let missing = || incomplete(format!("{}/{local}", parent.path()));
        self.optional(parent, local)?.ok_or_else(missing)
    }

    /// The same, if there is one.
    pub(super) fn optional<'d>(
        &self,
        parent: ElementRef<'d>,
        local: &str,
    ) -> Result<Option<ElementRef<'d>>, AnswerError> {
        match self.parent_of(parent, local)? {
            Some((parent, local)) => at_most_one(self.named(parent, local)),
            None => Ok(None),
        }
    }

    /// The element around the end of a way down, and the last step; nothing where that element is not there.
    pub(super) fn parent_of<'d, 'n>(
        &self,
        mut parent: ElementRef<'d>,
        way: &'n str,
    ) -> Result<Option<(ElementRef<'d>, &'n str)>, AnswerError> {
        let Some((around, last)) = way.rsplit_once('/') else {
            return Ok(Some((parent, way)));
        };
        for step in around.split('/') {
            match at_most_one(self.named(parent, step))? {
                Some(element) => parent = element,
                None => return Ok(None),
            }
        }
        Ok(Some((parent, last)))
    }

    /// The text at the end of a way down, which may be an attribute, as in `Status/@code`.
    pub(super) fn text(
        &self,
        parent: ElementRef<'_>,
        way: &str,
    ) -> Result<Option<String>, AnswerError> {
        let Some((parent, last)) = self.parent_of(parent, way)? else {
            return Ok(None);
        };
        let Some(name) = last.strip_prefix('@') else {
            let found = at_most_one(self.named(parent, last))?;
            return found.map(short_text).transpose();
        };
        let mut attributes = parent.attributes();
        let found = attributes.find(|attribute| attribute.local() == name);
        Ok(found.map(|attribute| attribute.value().trim().to_owned()))
    }

    /// The one of that name among the children of `parent`.
    pub(super) fn only<'d>(
        &self,
        parent: ElementRef<'d>,
        elements: impl Iterator<Item = ElementRef<'d>>,
        local: &str,
    ) -> Result<ElementRef<'d>, AnswerError> {
        let named = elements.filter(|element| self.is_named(*element, local));
        at_most_one(named)?.ok_or_else(|| incomplete(format!("{}/{local}", parent.path())))
    }

    /// What Customs noted of a message.
    pub(super) fn information(
        &self,
        element: ElementRef<'_>,
    ) -> Result<MessageInformation, AnswerError> {
        let text = |name: &str| {
            let text = self.text(element, name)?;
            Ok(text.filter(|text| !text.is_empty()))
        };
        Ok(MessageInformation {
            storage_id: text(&self.names.message_storage_id)?,
            reference: text(&self.names.reference)?,
            fields: element.children().map(field).collect::<Result<_, _>>()?,
        })
    }

    /// What Customs noted of a message that waits: it has a storage id.
    pub(super) fn waiting(
        &self,
        element: ElementRef<'_>,
    ) -> Result<MessageInformation, AnswerError> {
        self.with_key(element, self.information(element)?)
    }

    /// The key alone of a message that waits, where what Customs noted of it besides cannot be read.
    pub(super) fn waiting_key(
        &self,
        element: ElementRef<'_>,
    ) -> Result<MessageInformation, AnswerError> {
        let name = &self.names.message_storage_id;
        let key = self.text(element, name)?.unwrap_or_default();
        let last = name.rsplit(['/', '@']).next().unwrap_or(name);
        let information = MessageInformation {
            fields: vec![(last.to_owned(), key.clone())],
            storage_id: Some(key).filter(|id| !id.is_empty()),
            reference: None,
        };
        self.with_key(element, information)
    }

    fn with_key(
        &self,
        element: ElementRef<'_>,
        information: MessageInformation,
    ) -> Result<MessageInformation, AnswerError> {
        let path = || format!("{}/{}", element.path(), self.names.message_storage_id);
        match &information.storage_id {
            Some(id) if is_storage_id(id) => Ok(information),
            Some(_) => Err(AnswerError {
                code: "storage-id.invalid",
                path: path(),
                message: "the storage id is longer than any can be, or has white space in it"
                    .into(),
            }),
            None => Err(incomplete(path())),
        }
    }
}

/// The namespace in which names count, where one does.
fn namespace<'s>(settings: &Settings, namespace: &'s Option<String>) -> Option<&'s str> {
    let set = namespace.as_deref();
    set.filter(|_| !settings.wire.any_namespace)
}

/// A child as it stands: its text, or its markup when it has children of its own.
pub(super) fn field(element: ElementRef<'_>) -> Result<(String, String), AnswerError> {
    let content = if element.children().next().is_none() {
        short_text(element)?
    } else {
        // Namespaces that are no absolute URIs are read, for whoever does not care, and never written.
        let markup = element.markup().map_err(|_| AnswerError {
            code: "answer.namespace-invalid",
            path: element.path(),
            message: "this element, or one in it, is in a namespace that is no absolute URI, so that it cannot be handed on as it is".into(),
        })?;
        markup.ok_or_else(|| too_long(element))?
    };
    Ok((element.local().to_owned(), content))
}

/// Of two that contradict each other the first is no better than the second, so neither is taken.
fn at_most_one<'d>(
    mut named: impl Iterator<Item = ElementRef<'d>>,
) -> Result<Option<ElementRef<'d>>, AnswerError> {
    let first = named.next();
    match named.next() {
        None => Ok(first),
        Some(second) => Err(AnswerError {
            code: "answer.ambiguous",
            path: second.path(),
            message: "this element is there more than once, so that it says nothing".into(),
        }),
    }
}

pub(super) fn incomplete(path: String) -> AnswerError {
    AnswerError {
        code: "answer.incomplete",
        message: format!(
            "there is no {path} where one belongs, or it is empty; if the names have changed, set them in wire.names"
        ),
        path,
    }
}

/// A text that is short where Customs means no harm.
pub(super) fn short_text(element: ElementRef<'_>) -> Result<String, AnswerError> {
    let text = element.text().to_str().ok_or_else(|| too_long(element))?;
    Ok(text.trim().to_owned())
}

fn too_long(element: ElementRef<'_>) -> AnswerError {
    AnswerError {
        code: "answer.too-long",
        path: element.path(),
        message: "this element holds a text that is longer than any that belongs here".into(),
    }
}

/// A message that is no XML.
pub fn not_xml(error: &ReadError) -> AnswerError {
    AnswerError {
        code: "answer.not-xml",
        path: format!("{}:{}", error.line, error.column),
        message: match error.kind {
            ReadErrorKind::Limit { .. } => format!("Customs' message is not read: {error}"),
            _ => format!("Customs' message is not XML as it should be: {error}"),
        },
    }
}

/// A header block that must be understood and is not, in a `call` or an `answer`.
pub(super) fn misunderstood(which: &str, fault: &HeaderFault<'_>) -> AnswerError {
    match fault {
        HeaderFault::NotUnderstood(blocks) => {
            let names = blocks
                .iter()
                .map(|block| format!("{{{}}}{}", block.namespace(), block.local()));
            let names: Vec<String> = names.take(NAMED_BLOCKS).collect();
            let more = blocks.len().saturating_sub(names.len());
            let more = if more == 0 {
                String::new()
            } else {
                format!(" and {more} more")
            };
            AnswerError {
                code: if which == "call" {
                    "call.must-understand"
                } else {
                    "answer.must-understand"
                },
                path: blocks.first().map(|block| block.path()).unwrap_or_default(),
                message: format!(
                    "the {which} demands that header blocks are understood which are not: {}{more}; if what they say may be passed over, name them in the setting understood-headers",
                    names.join(", ")
                ),
            }
        }
        HeaderFault::Addressing(fault, block) => AnswerError {
            code: if which == "call" {
                "call.addressing"
            } else {
                "answer.addressing"
            },
            path: block.path(),
            message: format!(
                "{fault}; if it may be passed over, name the block as {{{}}}{} in the setting understood-headers",
                block.namespace(),
                block.local()
            ),
        },
    }
}

/// How many header blocks a message names.
const NAMED_BLOCKS: usize = 5;

pub(super) fn not_soap(error: &SoapError) -> AnswerError {
    AnswerError {
        code: "answer.not-soap",
        path: error.path.clone(),
        message: format!("Customs' message is not SOAP as it should be: {error}"),
    }
}
