// SPDX-License-Identifier: Apache-2.0
//! What Customs says of an upload, written without a simulator that runs: files to try a reader with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::answer::{Spelling, Writer};
use super::application_response;
use super::download;
use super::mailbox::{Message, storage_id};
use super::notify::{NotifySetup, SoapVersion};
use super::notify_client::{self, Party};
use super::operation::Operation;
use super::reply::{Receipt, Reply};
use super::setup::CustomsSetup;
use super::upload;
use crate::business_id::BusinessId;
use crate::error::SimulatorError;
use crate::tls::Identity;

/// An upload to make samples of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleUpload {
    /// Business ID of the intermediary who sent it, as `1234567-8`.
    pub intermediary: String,
    /// Business ID of the builder.
    pub builder: String,
    /// Business ID of the declarant.
    pub declarant: String,
    /// Customs' application that it was for.
    pub application: String,
    /// Its reference.
    pub reference: String,
}

/// What Customs says of an upload that it has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Samples {
    /// Storage id of the reply, by which it is fetched.
    pub storage_id: String,
    /// Body of the answer to Upload.
    pub upload_answer: Vec<u8>,
    /// Body of the answer to Download of the reply, which is signed if the setup says so.
    pub download_answer: Vec<u8>,
    /// Body of the NotifyRequest that tells of the reply, in SOAP 1.2.
    pub notify_request: Vec<u8>,
}

/// Where [`Samples::write`] is at fault itself: the field of the setup that signs.
const SIGNING: &str = "reply_signing.certificates_pem";

impl Samples {
    /// Writes them, with the names, codes, plan of replies and signature of a setup. Times are now.
    ///
    /// # Errors
    /// What the setup is to sign with cannot sign; or it plans no reply to such an upload, or one to nobody.
    pub fn write(setup: &CustomsSetup, of: &SampleUpload) -> Result<Self, SimulatorError> {
        let writer = Writer {
            wire: &setup.wire,
            spelling: Spelling::ORDINARY,
        };
        let accepted = &setup.codes.accepted;
        let receipt = Receipt {
            storage_id: storage_id(&format!("upload {}", of.reference)),
            declarant: of.declarant.clone(),
            builder: of.builder.clone(),
            application: of.application.clone(),
            reference: of.reference.clone(),
            content_format: "application/xml".to_owned(),
        };
        let message = message(setup, of, &receipt)?;
        let document = application_response::write(&setup.wire, &setup.environment, &message);
        let document = match &setup.reply_signing {
            Some(identity) => download::signer(identity)?
                .envelop(&document)
                .map_err(|error| Identity::unusable(SIGNING, error))?,
            None => document,
        };
        let found = download::found(&writer, &message, &STANDARD.encode(document));
        let acknowledged = upload::acknowledge(&writer, &receipt);
        let answer = |operation, rest: &str| {
            let answer = writer.operation(operation, accepted, rest);
            answer.body.to_vec()
        };
        Ok(Self {
            upload_answer: answer(Operation::Upload, &acknowledged),
            download_answer: answer(Operation::Download, &found),
            notify_request: notify_request(setup, &message),
            storage_id: message.storage_id,
        })
    }
}

fn message(
    setup: &CustomsSetup,
    of: &SampleUpload,
    receipt: &Receipt,
) -> Result<Message, SimulatorError> {
    let recipient = BusinessId::parse(&of.intermediary);
    let reply = recipient.and_then(|to| Reply::planned(&setup.replies, &to, receipt));
    Ok(Message {
        storage_id: storage_id(&format!("reply {}", of.reference)),
        stored: Timestamp::now(),
        is_downloaded: false,
        reply: reply.ok_or(SimulatorError::NoReply)?,
    })
}

fn notify_request(setup: &CustomsSetup, message: &Message) -> Vec<u8> {
    // Who would be called, and how, is not in a request.
    let usual = || NotifySetup::new("", "", "", "");
    let notify = setup.notify.clone().unwrap_or_else(usual);
    let party = Party {
        wire: &setup.wire,
        soap_version: SoapVersion::V1_2,
        business_id: &notify.business_id,
        namespace: &notify.namespace,
    };
    notify_client::request(party, message).into_bytes()
}
