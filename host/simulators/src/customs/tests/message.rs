// SPDX-License-Identifier: Apache-2.0
//! Uploads written by hand. The signed parts are laid out in their canonical form, so that signing
//! needs a digest and a key and no canonicaliser.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{BUILDER, DECLARANT, INTERMEDIARY};
use crate::peers::authority::Identity;

pub(super) const SERVICE: &str = "http://tulli.fi/schema/corporateservice/v1";
pub(super) const APPLICATION: &str = "http://tulli.fi/schema/external/common/dme/v1";
pub(super) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(super) const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// What goes into an upload; tests spoil one field at a time.
pub(super) struct Upload {
    pub(super) intermediary: String,
    pub(super) header_rest: String,
    pub(super) declarant: String,
    pub(super) builder: String,
    pub(super) application: String,
    pub(super) environment: String,
    pub(super) timestamp: String,
    pub(super) reference: String,
    pub(super) content_format: String,
    pub(super) payload: String,
    /// Instead of the payload's base64.
    pub(super) content: Option<String>,
}

impl Default for Upload {
    fn default() -> Self {
        Self {
            intermediary: INTERMEDIARY.to_owned(),
            header_rest:
                "<t:Timestamp>2026-01-31T12:00:00+02:00</t:Timestamp><t:Language>FI</t:Language>"
                    .to_owned(),
            declarant: DECLARANT.to_owned(),
            builder: BUILDER.to_owned(),
            application: "TESTAPP".to_owned(),
            environment: "TEST".to_owned(),
            timestamp: "2026-01-31T10:00:00.123Z".to_owned(),
            reference: "REF-1".to_owned(),
            content_format: "application/xml".to_owned(),
            payload: "<Declaration xmlns=\"urn:test\"><Goods>ä</Goods></Declaration>".to_owned(),
            content: None,
        }
    }
}

impl Upload {
    /// The application request, `signature` in it.
    pub(super) fn document(&self, signature: &str) -> String {
        format!(
            "<ApplicationRequest xmlns=\"{APPLICATION}\"><DeclarantBusinessId>{}</DeclarantBusinessId>\
             <MessageBuilderBusinessId>{}</MessageBuilderBusinessId>\
             <MessageBuilderSoftwareInfo>Test 1</MessageBuilderSoftwareInfo>\
             <Application>{}</Application><Environment>{}</Environment><Timestamp>{}</Timestamp>\
             <Reference>{}</Reference><ContentFormat>{}</ContentFormat>{}{signature}</ApplicationRequest>",
            self.declarant,
            self.builder,
            self.application,
            self.environment,
            self.timestamp,
            self.reference,
            self.content_format,
            self.content_element(""),
        )
    }

    /// Signed over Content by its Id with ECDSA P-256.
    pub(super) fn signed_by(&self, signer: &Identity) -> String {
        let canonical = self.content_element(&format!(" xmlns=\"{APPLICATION}\""));
        let info = signed_info("#c1", &canonical);
        self.document(&signature(
            &info,
            &ecdsa(signer, &info),
            &[signer.certificate.der()],
        ))
    }

    /// The message around an application request.
    pub(super) fn soap(&self, application_request: &str) -> String {
        self.soap_with(&STANDARD.encode(application_request))
    }

    pub(super) fn soap_with(&self, message: &str) -> String {
        format!(
            "<s:Envelope xmlns:s=\"{SOAP}\"><s:Body><t:UploadRequest xmlns:t=\"{SERVICE}\"><t:RequestHeader>\
             <t:IntermediaryBusinessId>{}</t:IntermediaryBusinessId>{}</t:RequestHeader>\
             <t:ApplicationRequestMessage>{message}</t:ApplicationRequestMessage></t:UploadRequest></s:Body></s:Envelope>",
            self.intermediary, self.header_rest,
        )
    }

    fn content_element(&self, declaration: &str) -> String {
        let text = self
            .content
            .clone()
            .unwrap_or_else(|| STANDARD.encode(&self.payload));
        format!("<Content{declaration} Id=\"c1\">{text}</Content>")
    }
}

/// A request of another operation than Upload, a right header before its content.
pub(super) fn request(element: &str, content: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"{SOAP}\"><s:Body><t:{element} xmlns:t=\"{SERVICE}\"><t:RequestHeader>\
         <t:IntermediaryBusinessId>{INTERMEDIARY}</t:IntermediaryBusinessId>\
         <t:Timestamp>2026-01-31T12:00:00+02:00</t:Timestamp></t:RequestHeader>{content}</t:{element}></s:Body></s:Envelope>"
    )
}

/// A DownloadList over a window of times.
pub(super) fn list(start: &str, end: &str) -> String {
    list_by(&format!(
        "<t:StartTimestamp>{start}</t:StartTimestamp><t:EndTimestamp>{end}</t:EndTimestamp>"
    ))
}

/// A DownloadList by these criteria.
pub(super) fn list_by(criteria: &str) -> String {
    request(
        "DownloadListRequest",
        &format!(
            "<t:DownloadMessageListFilteringCriteria>{criteria}</t:DownloadMessageListFilteringCriteria>"
        ),
    )
}

/// A DownloadList over the last hour.
pub(super) fn list_last_hour() -> String {
    let now = jiff::Timestamp::now();
    let hour = jiff::SignedDuration::from_hours(1);
    list(&(now - hour).to_string(), &now.to_string())
}

/// A Download of one message.
pub(super) fn download(storage_id: &str) -> String {
    request(
        "DownloadRequest",
        &format!(
            "<t:DownloadMessageFilteringCriteria><t:MessageStorageId>{storage_id}</t:MessageStorageId>\
             </t:DownloadMessageFilteringCriteria>"
        ),
    )
}

/// A CheckConnectivity.
pub(super) fn echo(text: &str) -> String {
    request(
        "CheckConnectivityRequest",
        &format!("<t:EchoContent>{text}</t:EchoContent>"),
    )
}

/// A canonical SignedInfo for the form by Id, ECDSA and SHA-256.
pub(super) fn signed_info(uri: &str, covered: &str) -> String {
    let digest = STANDARD.encode(digest(&SHA256, covered.as_bytes()));
    format!(
        "<ds:SignedInfo xmlns:ds=\"{DSIG}\">\
         <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"></ds:SignatureMethod>\
         <ds:Reference URI=\"{uri}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>\
         <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )
}

pub(super) fn ecdsa(signer: &Identity, signed_info: &str) -> Vec<u8> {
    let key = EcdsaKeyPair::from_pkcs8(
        &ECDSA_P256_SHA256_FIXED_SIGNING,
        signer.key.serialized_der(),
    )
    .unwrap();
    key.sign(&SystemRandom::new(), signed_info.as_bytes())
        .unwrap()
        .as_ref()
        .to_vec()
}

/// The Signature element around a SignedInfo.
pub(super) fn signature(signed_info: &str, value: &[u8], certificates: &[&[u8]]) -> String {
    let certificates: String = certificates
        .iter()
        .map(|der| {
            format!(
                "<ds:X509Certificate>{}</ds:X509Certificate>",
                STANDARD.encode(der)
            )
        })
        .collect();
    // Declared on Signature, as everyone does; the canonical form of SignedInfo repeats it.
    let signed_info = signed_info.replacen(&format!(" xmlns:ds=\"{DSIG}\""), "", 1);
    format!(
        "<ds:Signature xmlns:ds=\"{DSIG}\">{signed_info}<ds:SignatureValue>{}</ds:SignatureValue>\
         <ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo></ds:Signature>",
        STANDARD.encode(value),
    )
}
