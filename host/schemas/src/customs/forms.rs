// SPDX-License-Identifier: Apache-2.0
//! Messages as a package has them: what is said where. It comes of the same findings as the settings, for whoever speaks by the package, as the simulator does.

use xml_schema::{Declared, QName};

use super::{
    Certainty, Work,
    matching::matches,
    operations::{Kind, Known},
    slots::{Form as SlotForm, Slot, Slots},
    values as v,
    values::Value,
};

/// A message as the package has it.
#[derive(Debug, Clone)]
pub struct Form {
    /// The setting below `names` that has the name of its element, such as `upload-request`.
    pub name: String,
    /// Its element.
    pub element: QName,
    /// What is said where.
    pub places: Vec<Place>,
    /// The way to what is there once for each entry: of a list, or of the contents of a reply. None where one is all there can be.
    pub entries: Option<Vec<QName>>,
    /// Header blocks that the binding demands of it.
    pub headers: Vec<QName>,
    /// SOAP version by which it is bound, such as `1.1`; empty where nothing binds it.
    pub soap_version: &'static str,
    /// SOAPAction of the binding, often empty.
    pub soap_action: String,
}

/// Where in a message something is said.
#[derive(Debug, Clone)]
pub struct Place {
    /// What, by its name in layouts.
    pub value: &'static str,
    /// The way from below the message's element.
    pub way: Vec<QName>,
    /// Whether the way ends in an attribute.
    pub is_attribute: bool,
}

/// What answers may say beside what is read of them.
const ASIDE: [&Value; 13] = [
    &v::TIMESTAMP,
    &v::INTERMEDIARY,
    &v::STORAGE_ID,
    &v::REFERENCE,
    &v::DECLARANT,
    &v::BUILDER,
    &v::APPLICATION,
    &v::ENVIRONMENT,
    &v::CONTENT_FORMAT,
    &v::START_TIMESTAMP,
    &v::END_TIMESTAMP,
    &v::START_DATE,
    &v::END_DATE,
];

impl<'s> Work<'s> {
    /// The two messages of an operation.
    pub(super) fn forms(
        &mut self,
        known: &Known<'s>,
        (request, response): (&Slots<'s>, &Slots<'s>),
        written: &[&Value],
    ) {
        let (name, _) = known.kind.names();
        let code: &[&Value] = &[&v::CODE, &v::TEXT];
        let message: &[&Value] = &[&v::STORAGE_ID, &v::REFERENCE];
        let (asked, answered): (Vec<&[&Value]>, Vec<&[&Value]>) = match known.kind {
            Kind::Upload => (vec![written], vec![code]),
            Kind::DownloadList => (vec![written], vec![code, message]),
            Kind::Download => (vec![written], vec![code, &[&v::APPLICATION_RESPONSE]]),
            Kind::CheckConnectivity => (vec![written], vec![code, &[&v::ECHO]]),
            Kind::Notify => (vec![message], vec![written]),
        };
        let bound = known.operation.binding();
        let (soap_version, soap_action) =
            bound.map_or(("", ""), |(version, action)| (version.number(), action));
        let headers = known.operation.headers.iter();
        let headers = headers.map(|used| used.element.clone()).collect();
        let request = form(format!("{name}-request"), known.request, request, &asked);
        let response = form(
            format!("{name}-response"),
            known.response,
            response,
            &answered,
        );
        let request = Form {
            headers,
            soap_action: soap_action.to_owned(),
            ..request
        };
        for one in [request, response] {
            let bound = Form {
                soap_version,
                ..one
            };
            self.comparison.forms.push(bound);
        }
    }

    /// A document that is within messages.
    pub(super) fn document_form(
        &mut self,
        name: &str,
        element: Declared<'s>,
        (slots, values): (&Slots<'s>, &[&Value]),
    ) {
        let form = form(name.to_owned(), element, slots, &[values]);
        self.comparison.forms.push(form);
    }
}

/// What is in `groups` is looked for first, a group at a time; then what else may be said, by names alone.
fn form(name: String, element: Declared<'_>, slots: &Slots<'_>, groups: &[&[&Value]]) -> Form {
    let mut places = Vec::new();
    let mut entries = None;
    let mut free: Vec<Slot<'_>> = slots.all.clone();
    for (number, group) in groups.iter().copied().chain([ASIDE.as_slice()]).enumerate() {
        let is_aside = number == groups.len();
        let wanted: Vec<&Value> = group
            .iter()
            .copied()
            .filter(|value| !places.iter().any(|place: &Place| place.value == value.name))
            .collect();
        let mut taken = Vec::new();
        for found in matches(&wanted, &free) {
            let is_named = found.slot.local() == found.value.usual;
            if is_aside && !(is_named && found.certainty == Certainty::Sure) {
                continue;
            }
            let is_entry = matches!(found.value.name, "storage-id" | "content");
            if let Some(depth) = found.slot.repeated.last().filter(|_| is_entry && !is_aside) {
                entries = Some(owned(found.slot.way.get(..*depth).unwrap_or_default()));
            }
            places.push(Place {
                value: found.value.name,
                way: owned(&found.slot.way),
                is_attribute: found.slot.is_attribute,
            });
            taken.push((found.slot.way.clone(), found.slot.is_attribute));
        }
        free.retain(|slot| {
            slot.form == SlotForm::Text && !taken.contains(&(slot.way.clone(), slot.is_attribute))
        });
    }
    Form {
        name,
        element: element.name().clone(),
        places,
        entries,
        headers: Vec::new(),
        soap_version: "",
        soap_action: String::new(),
    }
}

fn owned(way: &[&QName]) -> Vec<QName> {
    way.iter().map(|step| (*step).clone()).collect()
}
