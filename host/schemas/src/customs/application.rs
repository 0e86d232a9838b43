// SPDX-License-Identifier: Apache-2.0
//! The signed document and Customs' reply.

use xml_schema::Declared;

use super::{
    Certainty, Work,
    layouts::Written,
    matching::matches,
    operations::Known,
    slots::{Form, SIGNATURES, Slots},
    values as v, words,
};

/// A document, and how sure that is.
type Document<'s> = Option<(Declared<'s>, Certainty)>;

impl<'s> Work<'s> {
    /// The signed document and Customs' reply: global elements that are in no message.
    pub(super) fn application(&mut self, known: &[Known<'s>]) {
        let (request, response) = self.documents(known);
        for (setting, usual, found) in [
            ("application-request", "ApplicationRequest", request),
            ("application-response", "ApplicationResponse", response),
        ] {
            let certainty = found.map_or(Certainty::NotFound, |(_, certainty)| certainty);
            let of = (setting.to_owned(), usual.to_owned());
            let element = found.map(|(declared, _)| declared);
            self.element(of, element, (certainty, true));
        }
        // What is read of a reply is a setting besides what is written.
        if let Some((request, certainty)) = request {
            self.application_request(request, certainty);
            if let Some((response, _)) = response {
                self.application_response(response);
            }
        }
    }

    /// The best of the elements that have bytes in them: by name, then by a signature.
    fn documents(&self, known: &[Known<'s>]) -> (Document<'s>, Document<'s>) {
        let schema = self.source.package.schema();
        let (mut requests, mut responses) = (Vec::new(), Vec::new());
        for (name, ..) in schema.elements() {
            let is_message = known
                .iter()
                .any(|one| one.request.name() == name || one.response.name() == name);
            let Some(declared) = schema
                .declared(name.namespace(), name.local())
                .filter(|_| !is_message && name.namespace() != SIGNATURES)
            else {
                continue;
            };
            let slots = Slots::of(self.source, declared);
            let has_content = slots.all.iter().any(|slot| {
                slot.text
                    .is_some_and(|text| text.built_in() == "base64Binary")
            });
            if !has_content {
                continue;
            }
            let is_signed = slots.all.iter().any(|slot| slot.form == Form::Signature);
            let answers = words::Stems(&[&["response"], &["vastau"], &["reply"], &["svar"]], &[]);
            match answers.are_in(name.local()) {
                true => responses.push((name.local() == "ApplicationResponse", true, declared)),
                false => requests.push((name.local() == "ApplicationRequest", is_signed, declared)),
            }
        }
        (best(requests), best(responses))
    }

    fn application_request(&mut self, request: Declared<'s>, certainty: Certainty) {
        let slots = Slots::of(self.source, request);
        let values = [
            &v::DECLARANT,
            &v::BUILDER,
            &v::INTERMEDIARY,
            &v::BUILDER_SOFTWARE,
            &v::APPLICATION,
            &v::ENVIRONMENT,
            &v::TIMESTAMP,
            &v::DATE,
            &v::REFERENCE,
            &v::LANGUAGE,
            &v::CONTENT_FORMAT,
            &v::CONTENT,
            &v::SIGNATURE,
        ];
        let needed = ["reference", "content", "signature"];
        let namespace = request.name().namespace();
        let place = format!("{}:{}", request.place().0, request.place().1.line);
        self.written(&Written {
            layout: "application-request",
            namespace,
            slots: &slots,
            values: &values,
            needed: &needed,
        });
        self.set(
            "application-namespace",
            (
                "http://tulli.fi/schema/external/common/dme/v1",
                Some(namespace),
            ),
            (place, certainty),
        );
        self.identified(&slots);
        self.document_form("application-request", request, (&slots, &values));
    }

    fn application_response(&mut self, response: Declared<'s>) {
        let slots = Slots::of(self.source, response);
        self.note_namespaces(&slots);
        let read = [&v::CONTENT, &v::CONTENT_FORMAT];
        self.document_form("application-response", response, (&slots, &read));
        let found = matches(&read, &slots.all);
        for value in read {
            let one = found.iter().find(|one| one.value.name == value.name);
            let of = (value.setting.to_owned(), value.usual.to_owned());
            let facts = (
                one.map(|one| one.slot.place()),
                one.map_or(Certainty::NotFound, |one| one.certainty),
                value.name == "content",
            );
            self.name(of, one.map(|one| one.slot.local().to_owned()), facts);
        }
    }

    /// What is signed: Content, if it may have an Id; otherwise the whole. A guess, but where the Id is the usual one; none where no signature may stand.
    fn identified(&mut self, slots: &Slots<'_>) {
        let ids = slots.all.iter().filter(|slot| {
            slot.is_attribute && slot.text.is_some_and(|text| text.built_in() == "ID")
        });
        let content = matches(&[&v::CONTENT], &slots.all);
        let content = content
            .first()
            .map(|one| one.slot.way.clone())
            .unwrap_or_default();
        let is_signed = slots.all.iter().any(|slot| slot.form == Form::Signature);
        let mut form = (is_signed.then_some("enveloped-root"), None);
        for id in ids {
            match id.way.split_last() {
                Some((_, around)) if !around.is_empty() && *around == *content => {
                    form = (Some("content-by-id"), Some(id));
                }
                Some((_, [])) if form.1.is_none() => form = (Some("enveloped-by-id"), Some(id)),
                _ => {}
            }
        }
        let (form, id) = form;
        let is_usual = form == Some("content-by-id") && id.is_some_and(|id| id.local() == "Id");
        let certainty = match (form, is_usual) {
            (None, _) => Certainty::NotFound,
            (Some(_), true) => Certainty::Sure,
            (Some(_), false) => Certainty::Likely,
        };
        let place = id.map_or_else(String::new, |id| id.place());
        let facts = (place, certainty);
        self.set("signature-form", ("content-by-id", form), facts.clone());
        if let Some(id) = id {
            self.set("id-attribute", ("Id", Some(id.local())), facts);
        }
    }
}

/// Of several the one by our name, then one with a signature.
fn best<'s>(mut found: Vec<(bool, bool, Declared<'s>)>) -> Document<'s> {
    found.sort_by_key(|(is_named, is_signed, _)| (!is_named, !is_signed));
    let (is_named, _, declared) = found.first()?;
    let certainty = match *is_named || found.len() == 1 {
        true => Certainty::Sure,
        false => Certainty::Likely,
    };
    Some((*declared, certainty))
}
