// SPDX-License-Identifier: Apache-2.0
//! The operation Download (technical guide 2015, table 3 [seed p24–26]).

use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Node;

use super::answer::Writer;
use super::application_response;
use super::call::Call;
use super::codes::Finding;
use super::delivery_queue::DeliveryQueue;
use super::dialect::{self, Dialect, ReplyDocument};
use super::fields::{FieldError, filled};
use super::inspection::{Inspection, Refusal};
use super::mailbox::Message;
use super::misbehaviour::Misbehaviour;
use super::setup::{CustomsSetup, SigningIdentity};
use super::untrusted_identity;
use super::wire::WireNames;
use crate::error::SimulatorError;
use crate::signature::{Signer, SigningError};
use crate::tls::Identity;
use crate::xml::Children;

/// Hands messages out.
pub(super) struct Downloads {
    environment: String,
    dialect: Option<Arc<dyn Dialect>>,
    /// Whether a message that has been fetched is gone.
    remove: bool,
    signer: Option<Signer>,
    /// Somebody else to sign replies; `None` when he has no key, for want of randomness. An RSA key takes its time, and
    /// is seldom needed.
    untrusted_signer: OnceLock<Option<Signer>>,
    queue: Arc<DeliveryQueue>,
}

impl Downloads {
    pub(super) fn new(
        setup: &CustomsSetup,
        queue: Arc<DeliveryQueue>,
    ) -> Result<Self, SimulatorError> {
        Ok(Self {
            environment: setup.environment.clone(),
            dialect: setup.dialect.clone(),
            remove: setup.remove_downloaded,
            signer: setup.reply_signing.as_ref().map(signer).transpose()?,
            untrusted_signer: OnceLock::new(),
            queue,
        })
    }

    /// Checks the request and hands out the message.
    pub(super) fn answer(
        &self,
        call: &Call<'_, '_>,
        inspection: &mut Inspection,
    ) -> Result<String, Refusal> {
        let writer = call.writer;
        let parts = call.parts("DownloadMessageFilteringCriteria");
        let (header, criteria) = parts.map_err(Refusal::because(Finding::RequestHeader))?;
        let customer = call.check_header(header, inspection)?;
        let storage_id = read_criteria(writer.wire, criteria);
        let storage_id = storage_id.map_err(Refusal::because(Finding::Criteria))?;
        inspection.record.storage_id = Some(storage_id.to_owned());
        inspection.passed("search-criteria");
        let message = self
            .queue
            .mailboxes
            .fetch(&customer, storage_id, false)
            .ok_or_else(|| {
                Refusal::message(
                    Finding::UnknownMessage,
                    "the caller has no message with this storage id",
                )
            })?;
        let reference = &message.reply.reference;
        inspection.record.reference.clone_from(reference);
        inspection.passed("message-found");
        let misbehaviour = inspection.record.misbehaviour.as_ref();
        let document = self
            .document(writer.wire, &message, misbehaviour)
            .map_err(|error| Refusal::Own {
                reason: format!("the reply cannot be made: {error}"),
            })?;
        if self.remove {
            // What cannot be handed out stays.
            self.queue.mailboxes.fetch(&customer, storage_id, true);
        }
        if !document.is_signed && self.signer.is_some() {
            let wrong = match misbehaviour {
                Some(Misbehaviour::WrongSigner | Misbehaviour::TamperedReply) => {
                    ", so that no signature of it is wrong"
                }
                _ => "",
            };
            let told = format!("the package has no place for a signature in a reply{wrong}");
            inspection.record.reason = Some(told);
        }
        let misbehaviour = inspection.record.misbehaviour.as_ref();
        let mut document = STANDARD.encode(document.text);
        if misbehaviour == Some(&Misbehaviour::TruncatedBase64) {
            // Whatever the length was, what is left is not whole groups of four.
            document.truncate(document.len() / 8 * 4 + 1);
        }
        Ok(found(&writer, &message, &document))
    }

    /// The ApplicationResponse, as right or as wrong as it is to be.
    fn document(
        &self,
        wire: &WireNames,
        message: &Message,
        misbehaviour: Option<&Misbehaviour>,
    ) -> Result<ReplyDocument, String> {
        let signer = match misbehaviour {
            Some(Misbehaviour::WrongSigner) => {
                let signer = self
                    .untrusted_signer
                    .get_or_init(untrusted_identity::signer);
                Some(
                    signer
                        .as_ref()
                        .ok_or_else(|| SigningError::Key.to_string())?,
                )
            }
            _ => self.signer.as_ref(),
        };
        let document = match self.dialect.as_deref() {
            Some(dialect) => dialect::reply_document(dialect, &self.environment, message, signer)?,
            None => {
                let document = application_response::write(wire, &self.environment, message);
                let signed = signer.map(|signer| signer.envelop(&document)).transpose();
                let signed = signed.map_err(|error| error.to_string())?;
                ReplyDocument {
                    is_signed: signed.is_some(),
                    text: signed.unwrap_or(document),
                }
            }
        };
        Ok(match misbehaviour {
            Some(Misbehaviour::TamperedReply) => ReplyDocument {
                text: application_response::tampered(&document.text, message),
                ..document
            },
            _ => document,
        })
    }
}

/// The message as it is handed out: what it is, and its document in base64.
pub(super) fn found(writer: &Writer<'_>, message: &Message, document: &str) -> String {
    let information = message.information(writer.wire);
    writer.record("ApplicationResponseMessageInformation", &information)
        + &writer.element("ApplicationResponseMessage", document)
}

pub(super) fn signer(identity: &SigningIdentity) -> Result<Signer, SimulatorError> {
    let identity = Identity::read(
        (&identity.certificates_pem, "reply_signing.certificates_pem"),
        (&identity.key_pem, "reply_signing.key_pem"),
    )?;
    Signer::new(identity.chain, &identity.key)
        .map_err(|error| Identity::unusable(identity.field, error))
}

fn read_criteria<'a>(wire: &WireNames, criteria: Node<'a, '_>) -> Result<&'a str, FieldError> {
    let mut fields = Children::of(criteria)?;
    let storage_id = fields.required(&wire.service_namespace, &wire.message_storage_id)?;
    fields.end()?;
    filled(storage_id)
}
