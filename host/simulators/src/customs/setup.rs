//! What a simulator is started with.

use std::net::{Ipv4Addr, SocketAddr};

/// Everything a simulated Customs needs. [`CustomsSetup::new`] fills in the rest.
///
/// Not `Debug`, since it holds a private key.
#[derive(Clone)]
pub struct CustomsSetup {
    /// Where to listen. Default: a free port of 127.0.0.1.
    pub address: SocketAddr,
    /// The server's certificate chain, leaf first; the leaf should name `localhost`.
    pub server_certificates_pem: String,
    /// The private key of the leaf.
    pub server_key_pem: String,
    /// Issuers of the client certificates that may connect.
    pub client_anchors_pem: String,
    /// Issuers of the certificates that builders sign with.
    pub builder_anchors_pem: String,
    /// What the Environment element must say. Default `TEST`.
    pub environment: String,
    /// Largest HTTP body in bytes. Default 16 MiB: room for a payload of about 9 MiB after base64
    /// twice (technical guide 2015, §6.3 [seed p14]); the real limit is not known.
    pub body_limit: usize,
    /// Names on the wire.
    pub wire: WireNames,
    /// Codes and texts of the answers.
    pub codes: ResponseCodes,
}

impl CustomsSetup {
    /// A setup with these certificates, PEM throughout, and the defaults for everything else.
    pub fn new(
        server_certificates_pem: impl Into<String>,
        server_key_pem: impl Into<String>,
        client_anchors_pem: impl Into<String>,
        builder_anchors_pem: impl Into<String>,
    ) -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            server_certificates_pem: server_certificates_pem.into(),
            server_key_pem: server_key_pem.into(),
            client_anchors_pem: client_anchors_pem.into(),
            builder_anchors_pem: builder_anchors_pem.into(),
            environment: "TEST".to_owned(),
            body_limit: 16 * 1024 * 1024,
            wire: WireNames::default(),
            codes: ResponseCodes::default(),
        }
    }
}

/// The names that the technical guide at hand does not settle (its chapter 7 is missing). The
/// defaults are guesses after Tulli's other interfaces and the banks' service of the same design.
///
/// Elements are matched by namespace and local name, and must come in the order in which the fields
/// stand here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireNames {
    /// Namespace of the SOAP-level elements.
    pub service_namespace: String,
    /// Namespace of ApplicationRequest and its children.
    pub application_namespace: String,
    /// Path of the service.
    pub path: String,
    /// What the SOAPAction header must hold between its quotes; `None` to leave it unchecked.
    pub soap_action: Option<String>,
    /// RequestHeader: Business ID of the intermediary, required.
    pub intermediary_business_id: String,
    /// RequestHeader, ApplicationRequest and answers: time with offset, required.
    pub timestamp: String,
    /// RequestHeader: language of texts, optional.
    pub language: String,
    /// RequestHeader: the intermediary's software, optional.
    pub intermediary_software_info: String,
    /// ApplicationRequest: Business ID of the declarant, required.
    pub declarant_business_id: String,
    /// ApplicationRequest: Business ID of the builder, who signs; required.
    pub message_builder_business_id: String,
    /// ApplicationRequest: the builder's software, optional.
    pub message_builder_software_info: String,
    /// ApplicationRequest: the Customs application addressed, required.
    pub application: String,
    /// ApplicationRequest: TEST or PRODUCTION, required.
    pub environment: String,
    /// ApplicationRequest: the sender's reference, unique per builder, required.
    pub reference: String,
    /// ApplicationRequest: media type of the content, required.
    pub content_format: String,
    /// ApplicationRequest: the content in base64, required.
    pub content: String,
    /// MessageInformation: the id under which Customs stored the message.
    pub message_storage_id: String,
    /// MessageInformation: the state of the message.
    pub message_status: String,
    /// The state of a message that was just accepted.
    pub accepted_status: String,
}

impl Default for WireNames {
    fn default() -> Self {
        Self {
            service_namespace: "http://tulli.fi/schema/corporateservice/v1".to_owned(),
            application_namespace: "http://tulli.fi/schema/external/common/dme/v1".to_owned(),
            path: "/dme".to_owned(),
            soap_action: Some(String::new()),
            intermediary_business_id: "IntermediaryBusinessId".to_owned(),
            timestamp: "Timestamp".to_owned(),
            language: "Language".to_owned(),
            intermediary_software_info: "IntermediarySoftwareInfo".to_owned(),
            declarant_business_id: "DeclarantBusinessId".to_owned(),
            message_builder_business_id: "MessageBuilderBusinessId".to_owned(),
            message_builder_software_info: "MessageBuilderSoftwareInfo".to_owned(),
            application: "Application".to_owned(),
            environment: "Environment".to_owned(),
            reference: "Reference".to_owned(),
            content_format: "ContentFormat".to_owned(),
            content: "Content".to_owned(),
            message_storage_id: "MessageStorageId".to_owned(),
            message_status: "MessageStatus".to_owned(),
            accepted_status: "RECEIVED".to_owned(),
        }
    }
}

/// A code with its text, as ResponseCode and ResponseText carry them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseCode {
    /// Three digits.
    pub code: String,
    /// A human sentence.
    pub text: String,
}

impl ResponseCode {
    fn new(code: &str, text: &str) -> Self {
        Self {
            code: code.to_owned(),
            text: text.to_owned(),
        }
    }
}

/// The code for each verdict. Annex 1 of the guide is missing; 000, 500 and the range 450–700 for
/// errors in the message come from its figure 6 [seed p12–13], 450 for connection set-up from
/// Customs' checklist of 2014. **451–456 are this simulator's own choice** within the range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseCodes {
    /// The message was received for processing.
    pub accepted: ResponseCode,
    /// The connection's certificate is not the intermediary's.
    pub connection: ResponseCode,
    /// The request around the application request is wrong.
    pub request_header: ResponseCode,
    /// Base64 is wrong, outside or inside.
    pub encoding: ResponseCode,
    /// The application request is wrong.
    pub application_request: ResponseCode,
    /// The signature is wrong.
    pub signature: ResponseCode,
    /// The signer is not the builder, or nobody Customs knows.
    pub signer: ResponseCode,
    /// The payload is wrong.
    pub payload: ResponseCode,
    /// The builder has used the reference before.
    pub duplicate: ResponseCode,
}

impl Default for ResponseCodes {
    fn default() -> Self {
        Self {
            accepted: ResponseCode::new("000", "OK"),
            connection: ResponseCode::new("450", "Certificate does not match the intermediary"),
            request_header: ResponseCode::new("451", "Request header is not valid"),
            encoding: ResponseCode::new("452", "Base64 is not valid"),
            application_request: ResponseCode::new("453", "Application request is not valid"),
            signature: ResponseCode::new("454", "Signature is not valid"),
            signer: ResponseCode::new("455", "Signer is not accepted"),
            payload: ResponseCode::new("456", "Content is not valid"),
            duplicate: ResponseCode::new("500", "Reference has been used already"),
        }
    }
}
