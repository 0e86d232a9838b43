// SPDX-License-Identifier: Apache-2.0
//! A schema package as the simulated Customs speaks it. It finds in the package what `silta wire` finds, and speaks by nothing else.

use std::{path::Path, sync::Arc};

use silta_schemas::{
    Package, Said,
    customs::{self, Comparison, Form},
};
use silta_simulators::customs::{
    Dialect, Message, MessageForm, Name, Operation, Place, Said as Told, SignatureForm,
};

use super::super::super::wire;
use crate::failure::Failure;

/// A package whose messages are known.
pub(super) struct Spoken {
    package: Package,
    forms: Vec<(Message, Form, MessageForm)>,
    pub(super) signature_form: Option<SignatureForm>,
}

/// Messages that the simulator sends or reads.
const MESSAGES: [Message; 12] = [
    Message::Request(Operation::Upload),
    Message::Request(Operation::DownloadList),
    Message::Request(Operation::Download),
    Message::Request(Operation::CheckConnectivity),
    Message::Response(Operation::Upload),
    Message::Response(Operation::DownloadList),
    Message::Response(Operation::Download),
    Message::Response(Operation::CheckConnectivity),
    Message::ApplicationRequest,
    Message::ApplicationResponse,
    Message::NotifyRequest,
    Message::NotifyResponse,
];

/// Reads a package. What it leaves open is refused, and so is one by which not all can be said.
pub(super) fn read(path: &Path) -> Result<Arc<Spoken>, Failure> {
    let package = wire::open(path)?;
    let comparison = customs::compare(&package);
    let at = path.display().to_string();
    let refused =
        |code: &str, why: String| Failure::caller(code, at.clone(), &format!("{at}: {why}"));
    let open: Vec<String> = comparison.unsettled().map(wire::told).collect();
    if !open.is_empty() {
        let why = format!(
            "not settled by the package, so that the simulator cannot speak by it: {}",
            open.join("; ")
        );
        return Err(refused("schemas.not-settled", why));
    }
    let version = comparison
        .forms
        .iter()
        .find(|form| form.name == "upload-request");
    let version = version.map_or("", |form| form.soap_version);
    if version != "1.1" {
        let why = match version {
            "" => "it binds the service to no SOAP, and the simulator speaks SOAP 1.1".to_owned(),
            version => {
                format!("it binds the service to SOAP {version}, and the simulator speaks SOAP 1.1")
            }
        };
        return Err(refused("schemas.soap-version", why));
    }
    for sample in customs::samples(&package, &comparison, "Terve") {
        let why = match sample.written {
            Err(why) => Some(why),
            Ok(_) if sample.violations.is_empty() => None,
            Ok(_) => Some(sample.violations.join("; ")),
        };
        if let Some(why) = why {
            let why = format!("{} cannot be said by the package: {why}", sample.name);
            return Err(refused("schemas.not-spoken", why));
        }
    }
    Ok(Arc::new(Spoken::of(package, &comparison)))
}

impl Spoken {
    fn of(package: Package, comparison: &Comparison) -> Self {
        let forms = MESSAGES.iter().filter_map(|message| {
            let mut forms = comparison.forms.iter();
            let form = forms.find(|form| form.name == message.name())?;
            Some((*message, form.clone(), message_form(form)))
        });
        let signature_form = comparison.wire.get("signature-form");
        let signature_form = match signature_form.and_then(|form| form.as_str()) {
            Some("enveloped-root") => SignatureForm::EnvelopedRoot,
            Some("enveloped-by-id") => SignatureForm::EnvelopedById,
            _ => SignatureForm::ContentById,
        };
        Self {
            forms: forms.collect(),
            package,
            signature_form: Some(signature_form),
        }
    }

    fn find(&self, message: Message) -> Option<&(Message, Form, MessageForm)> {
        self.forms.iter().find(|(known, ..)| *known == message)
    }
}

impl Dialect for Spoken {
    fn form(&self, message: Message) -> Option<&MessageForm> {
        self.find(message).map(|(.., form)| form)
    }

    fn violations(&self, message: &[u8], documents: usize) -> Vec<String> {
        let judged = match self.package.judge(message) {
            Ok(judged) => judged,
            Err(unjudged) => return vec![unjudged.to_string()],
        };
        let mut violations = judged.violations;
        if judged.documents < documents {
            violations.push(match judged.not_judged.as_slice() {
                [] => "no document in base64 is in it".to_owned(),
                documents => documents.join("; "),
            });
        }
        violations
    }

    fn write(&self, message: Message, said: &Told, prefix: &str) -> Result<String, String> {
        let (_, form, _) = self
            .find(message)
            .ok_or_else(|| format!("{} is not in the package", message.name()))?;
        let said = Said {
            values: said.values.clone(),
            entries: said.entries.clone(),
            is_careless: said.is_careless,
            is_signed_later: message == Message::ApplicationResponse,
            ..Said::default()
        };
        let written = self.package.compose(form, &said, prefix);
        written.map_err(|error| error.to_string())
    }
}

fn message_form(form: &Form) -> MessageForm {
    let name = |name: &silta_schemas::QName| -> Name {
        (name.namespace().to_owned(), name.local().to_owned())
    };
    let places = form.places.iter().map(|place| Place {
        value: place.value.to_owned(),
        way: place.way.iter().map(name).collect(),
        is_attribute: place.is_attribute,
    });
    MessageForm {
        element: name(&form.element),
        places: places.collect(),
        has_entries: form.entries.is_some(),
        headers: form.headers.iter().map(name).collect(),
        soap_action: form.soap_action.clone(),
    }
}
