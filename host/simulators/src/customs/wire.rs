// SPDX-License-Identifier: Apache-2.0
//! Names on the wire.

use crate::signature::SignatureForm;

/// The names that the technical guide at hand does not settle (its chapter 7 is missing). The
/// defaults are guesses after Tulli's other interfaces and the banks' service of the same design.
///
/// Elements are matched by namespace and local name, and must come in the order in which the fields
/// stand here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireNames {
    /// Namespace of the SOAP-level elements.
    pub service_namespace: String,
    /// Namespace of ApplicationRequest, ApplicationResponse and their children.
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
    /// The state of a reply that nobody has fetched yet.
    pub waiting_status: String,
    /// The state of a reply that has been fetched.
    pub downloaded_status: String,
    /// DownloadList: start of the window, a time with offset.
    pub start_timestamp: String,
    /// DownloadList: end of the window, a time with offset.
    pub end_timestamp: String,
    /// DownloadList: start of the window, a day.
    pub start_date: String,
    /// DownloadList: end of the window, a day.
    pub end_date: String,
    /// DownloadList: elements that may follow the window, in this order, each the name of a field of
    /// MessageInformation that has to have the value given. Default: none, since none are known.
    pub list_filters: Vec<String>,
    /// CheckConnectivity: the text to be echoed.
    pub echo_content: String,
    /// ApplicationResponse: one block of content, a format and the content in base64.
    pub application_content: String,
    /// What the signature of an upload has to cover. Default: any of the three forms.
    pub signature_form: Option<SignatureForm>,
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
            waiting_status: "WAITING".to_owned(),
            downloaded_status: "DOWNLOADED".to_owned(),
            start_timestamp: "StartTimestamp".to_owned(),
            end_timestamp: "EndTimestamp".to_owned(),
            start_date: "StartDate".to_owned(),
            end_date: "EndDate".to_owned(),
            list_filters: Vec::new(),
            echo_content: "EchoContent".to_owned(),
            application_content: "ApplicationContent".to_owned(),
            signature_form: None,
        }
    }
}
