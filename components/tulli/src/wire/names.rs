// SPDX-License-Identifier: Apache-2.0
use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

/// Element names of the interface, as in the current schema package.
///
/// Confirmed by public documents are `RequestHeader`, `ResponseHeader`, `ResponseCode`, `ResponseText`, `MessageInformation`,
/// `UploadRequest`, `DownloadListRequest`, `DownloadRequest`, `NotifyRequest`, their answers and criteria, `StartDate`, `EndDate`, `StartTimestamp`,
/// `EndTimestamp`, `ApplicationRequestMessage`, `ApplicationResponseMessage`, `ApplicationRequest`, `ApplicationResponse`, `Content`, `EchoContent` (guide 2015 pp. 12–27 and its
/// contents), `Reference` and `ContentFormat` (change note of schemas 1.5). The others are guesses to be replaced from the schema package.
///
/// Names of what answers have beside their header may say where it stands, as `Status/Code` or, for what is no element, `Status/@code`: `response-code`, `response-text`,
/// `message-storage-id`, `reference`; and, as elements, `message-information`, `echo-content`. What is written of them is the last step.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Names {
    /// Request of the operation Upload.
    pub upload_request: Cow<'static, str>,
    /// Answer of the operation Upload.
    pub upload_response: Cow<'static, str>,
    /// Header of every request.
    pub request_header: Cow<'static, str>,
    /// Header of every answer; `.` where code and text stand in the answer itself.
    pub response_header: Cow<'static, str>,
    /// Code in the header of an answer, and nothing else of that name anywhere.
    pub response_code: Cow<'static, str>,
    /// Words for the code.
    pub response_text: Cow<'static, str>,
    /// What Customs has noted of a message.
    pub message_information: Cow<'static, str>,
    /// Request of the operation DownloadList.
    pub download_list_request: Cow<'static, str>,
    /// Answer of the operation DownloadList.
    pub download_list_response: Cow<'static, str>,
    /// What a list is narrowed by.
    pub list_criteria: Cow<'static, str>,
    /// Begin of the window of a list, as a date.
    pub start_date: Cow<'static, str>,
    /// End of the window of a list, as a date.
    pub end_date: Cow<'static, str>,
    /// Begin of the window of a list, as a time.
    pub start_timestamp: Cow<'static, str>,
    /// End of the window of a list, as a time.
    pub end_timestamp: Cow<'static, str>,
    /// Request of the operation Download.
    pub download_request: Cow<'static, str>,
    /// Answer of the operation Download.
    pub download_response: Cow<'static, str>,
    /// Which message is to be downloaded.
    pub download_criteria: Cow<'static, str>,
    /// Key of a message that waits at Customs (a guess).
    pub message_storage_id: Cow<'static, str>,
    /// What Customs has noted of the message in the answer of Download.
    pub download_information: Cow<'static, str>,
    /// Base64 of the application response.
    pub application_response_message: Cow<'static, str>,
    /// Request of the operation CheckConnectivity (a guess).
    pub check_connectivity_request: Cow<'static, str>,
    /// Answer of the operation CheckConnectivity (a guess).
    pub check_connectivity_response: Cow<'static, str>,
    /// What CheckConnectivity sends to and fro.
    pub echo_content: Cow<'static, str>,
    /// Call of the operation Notify, by Customs.
    pub notify_request: Cow<'static, str>,
    /// Our answer to Notify.
    pub notify_response: Cow<'static, str>,
    /// Root of Customs' reply.
    pub application_response: Cow<'static, str>,
    /// Base64 of the application request.
    pub application_request_message: Cow<'static, str>,
    /// Business id of whoever sends (a guess).
    pub intermediary_business_id: Cow<'static, str>,
    /// When it was written; in the header and in the application request (a guess).
    pub timestamp: Cow<'static, str>,
    /// Language of the texts wanted (a guess).
    pub language: Cow<'static, str>,
    /// Software of the sender (a guess).
    pub intermediary_software_info: Cow<'static, str>,
    /// Root of the signed document.
    pub application_request: Cow<'static, str>,
    /// Business id of whoever declares (a guess).
    pub declarant_business_id: Cow<'static, str>,
    /// Business id of whoever builds and signs (a guess).
    pub message_builder_business_id: Cow<'static, str>,
    /// Software of the builder (a guess).
    pub message_builder_software_info: Cow<'static, str>,
    /// Customs' application that the message is for (a guess).
    pub application: Cow<'static, str>,
    /// Test or production (a guess).
    pub environment: Cow<'static, str>,
    /// Control reference of the transmission.
    pub reference: Cow<'static, str>,
    /// Kind of the content.
    pub content_format: Cow<'static, str>,
    /// Base64 of the application message.
    pub content: Cow<'static, str>,
}

setting_tables::table! {
    Names: Names::default();
    upload_request, upload_response, request_header, response_header, response_code, response_text,
    message_information, download_list_request, download_list_response, list_criteria, start_date,
    end_date, start_timestamp, end_timestamp, download_request, download_response,
    download_criteria, message_storage_id, download_information, application_response_message,
    check_connectivity_request, check_connectivity_response, echo_content, notify_request,
    notify_response, application_response, application_request_message, intermediary_business_id,
    timestamp, language, intermediary_software_info, application_request, declarant_business_id,
    message_builder_business_id, message_builder_software_info, application, environment, reference,
    content_format, content,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            upload_request: "UploadRequest".into(),
            upload_response: "UploadResponse".into(),
            request_header: "RequestHeader".into(),
            response_header: "ResponseHeader".into(),
            response_code: "ResponseCode".into(),
            response_text: "ResponseText".into(),
            message_information: "MessageInformation".into(),
            download_list_request: "DownloadListRequest".into(),
            download_list_response: "DownloadListResponse".into(),
            list_criteria: "DownloadMessageListFilteringCriteria".into(),
            start_date: "StartDate".into(),
            end_date: "EndDate".into(),
            start_timestamp: "StartTimestamp".into(),
            end_timestamp: "EndTimestamp".into(),
            download_request: "DownloadRequest".into(),
            download_response: "DownloadResponse".into(),
            download_criteria: "DownloadMessageFilteringCriteria".into(),
            message_storage_id: "MessageStorageId".into(),
            download_information: "ApplicationResponseMessageInformation".into(),
            application_response_message: "ApplicationResponseMessage".into(),
            check_connectivity_request: "CheckConnectivityRequest".into(),
            check_connectivity_response: "CheckConnectivityResponse".into(),
            echo_content: "EchoContent".into(),
            notify_request: "NotifyRequest".into(),
            notify_response: "NotifyResponse".into(),
            application_response: "ApplicationResponse".into(),
            application_request_message: "ApplicationRequestMessage".into(),
            intermediary_business_id: "IntermediaryBusinessId".into(),
            timestamp: "Timestamp".into(),
            language: "Language".into(),
            intermediary_software_info: "IntermediarySoftwareInfo".into(),
            application_request: "ApplicationRequest".into(),
            declarant_business_id: "DeclarantBusinessId".into(),
            message_builder_business_id: "MessageBuilderBusinessId".into(),
            message_builder_software_info: "MessageBuilderSoftwareInfo".into(),
            application: "Application".into(),
            environment: "Environment".into(),
            reference: "Reference".into(),
            content_format: "ContentFormat".into(),
            content: "Content".into(),
        }
    }
}

impl Names {
    /// Whether answers have code and text in themselves, and no header.
    pub(super) fn have_no_header(&self) -> bool {
        self.response_header == "."
    }

    /// What may stand beside the entries of a list: header and criteria, or what a header has where there is none.
    pub(super) fn beside_entries(&self) -> impl Iterator<Item = &str> {
        let own = [&self.response_code, &self.response_text, &self.timestamp];
        let own = own.into_iter().filter(|_| self.have_no_header());
        let own = own.map(|place| place.split('/').next().unwrap_or_default());
        let usual = [&*self.response_header, &*self.list_criteria];
        usual.into_iter().chain(own)
    }

    /// The names that requests are written with.
    pub(super) fn written(&self) -> [&Cow<'static, str>; 25] {
        [
            &self.upload_request,
            &self.download_list_request,
            &self.list_criteria,
            &self.start_date,
            &self.end_date,
            &self.start_timestamp,
            &self.end_timestamp,
            &self.download_request,
            &self.download_criteria,
            &self.check_connectivity_request,
            &self.notify_response,
            &self.request_header,
            &self.application_request_message,
            &self.intermediary_business_id,
            &self.timestamp,
            &self.language,
            &self.intermediary_software_info,
            &self.application_request,
            &self.declarant_business_id,
            &self.message_builder_business_id,
            &self.message_builder_software_info,
            &self.application,
            &self.environment,
            &self.content_format,
            &self.content,
        ]
    }

    /// The names that are looked for in answers and may be places with elements around them: the pointer to each, and whether it may be an attribute, as
    /// `Status/@code`.
    pub(super) fn read(&self) -> [(&'static str, &str, bool); 6] {
        [
            ("/wire/names/response-code", &self.response_code, true),
            ("/wire/names/response-text", &self.response_text, true),
            (
                "/wire/names/message-information",
                &self.message_information,
                false,
            ),
            (
                "/wire/names/message-storage-id",
                &self.message_storage_id,
                true,
            ),
            ("/wire/names/reference", &self.reference, true),
            ("/wire/names/echo-content", &self.echo_content, false),
        ]
    }
}
