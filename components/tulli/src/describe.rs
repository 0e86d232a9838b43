// SPDX-License-Identifier: Apache-2.0
//! What the component says of itself.

use agency_guest::{
    Problem,
    describe::{
        SelfTests, accepted, adjusted_limits, anchor_set, any_request, build, inbound_operation,
        key_role, limits as usual, outcome, parse, polling_operation, problem, reading_operation,
        title, validate,
    },
    exports::descriptor::{
        AdjustedLimits, Description, Document, Exercise, Expectation, Idempotency, KeyRole, Limits,
        Operation, RateLimit, SelfTest,
    },
    json,
    schemars::JsonSchema,
    unknown_operation,
};

use crate::{
    convert::{BUILDER, CUSTOMS, INTERMEDIARY},
    events,
    wire::{self, DownloadParameters, EchoParameters, ListParameters, Settings, UploadParameters},
};

/// Hands a message over.
pub(crate) const UPLOAD: &str = "upload";

/// Lists the messages that wait.
pub(crate) const DOWNLOAD_LIST: &str = "download-list";

/// Fetches a message.
pub(crate) const DOWNLOAD: &str = "download";

/// Has a text sent back.
pub(crate) const CHECK_CONNECTIVITY: &str = "check-connectivity";

/// Customs calls: a message waits.
pub(crate) const NOTIFY: &str = "notify";

/// Largest call that is read, in bytes: a notification has a few kilobytes.
const LARGEST_CALL: u64 = 256 * 1024;

/// Largest acknowledgement, in bytes: it has a few kilobytes.
const LARGEST_ACKNOWLEDGEMENT: u64 = 256 * 1024;

/// Largest message, in bytes: an XML reply and 2 MiB of PDF or ZIP (guide 2015 p. 16), twice in base64, several times over.
const LARGEST_MESSAGE: u64 = 32 << 20;

/// Largest application message whatever the settings, in bytes: its three layers stay within what a call may hold.
const LARGEST_PAYLOAD: u64 = 32 << 20;

/// How soon Customs is answered, in milliseconds. A guess: its own limit is not public.
const ANSWER_MILLISECONDS: u32 = 5_000;

/// The operation of a name.
pub(crate) fn operation_of(name: &str) -> Result<wire::Operation, Problem> {
    match name {
        UPLOAD => Ok(wire::Operation::Upload),
        DOWNLOAD_LIST => Ok(wire::Operation::DownloadList),
        DOWNLOAD => Ok(wire::Operation::Download),
        CHECK_CONNECTIVITY => Ok(wire::Operation::CheckConnectivity),
        _ => Err(unknown_operation(name)),
    }
}

pub(crate) fn description() -> Description {
    Description {
        agency: "tulli".into(),
        titles: vec![
            title("en", "Finnish Customs: direct message exchange"),
            title("fi", "Tulli: suora sanoma-asiointi"),
            title("sv", "Tullen: direkt meddelandedeklarering"),
        ],
        version: env!("CARGO_PKG_VERSION").into(),
        documents: vec![Document {
            title: "Suora sanoma-asiointi, tekninen opas (technical guide of direct message exchange)".into(),
            version: "20.8.2015".into(),
            coverage: "Operations Upload, DownloadList, Download, CheckConnectivity and Notify. Not: UploadAttachment. \
                       Names, namespaces and signature form that public documents do not give are settings under `wire`."
                .into(),
        }],
        operations: operations(),
        events: events::kinds(),
        key_roles: vec![
            KeyRole {
                required: true,
                ..key_role(BUILDER, "signs the application request (muodostaja); certificate from DVV")
            },
            key_role(
                INTERMEDIARY,
                "client certificate of the TLS connection (välittäjä); certificate from DVV",
            ),
        ],
        anchor_sets: vec![anchor_set(
            CUSTOMS,
            "issuers of Customs' own certificates, for signed replies and notifications",
        )],
        secret_roles: Vec::new(),
        settings_schema: json::schema::<Settings>(),
        self_tests: self_tests(),
    }
}

/// The limits of all operations under these settings.
pub(crate) fn adjusted(settings: &Settings) -> Vec<AdjustedLimits> {
    adjusted_limits(limits(settings))
}

/// The operations with their limits under the settings that nobody has changed.
fn operations() -> Vec<Operation> {
    let settings = Settings::usual();
    let [upload, list, download, check, notify] = limits(&settings);
    let upload = Operation {
        idempotency: Idempotency::ByReference,
        ..reading::<UploadParameters>(
            upload,
            "Hands one application message over to Customs. The acknowledgement is technical; Customs' reply comes later.",
        )
    };
    let list = reading::<ListParameters>(
        list,
        "Lists the messages that wait at Customs and has each of them downloaded.",
    );
    // As often as Customs allows. Where the settings have another interval, the rate limit follows them.
    let list = polling_operation(settings.list_interval(), list);
    let download = reading::<DownloadParameters>(
        download,
        "Fetches a message that waits: Customs' reply in XML, and a PDF or ZIP where there is one.",
    );
    let check = reading::<EchoParameters>(
        check,
        "Has Customs send a text back: connection, certificate and envelope are right.",
    );
    let (name, limits) = notify;
    let notify = inbound_operation(
        name,
        "Customs tells that a message waits, which is then downloaded. It does so once.",
        limits,
    );
    vec![upload, list, download, check, notify]
}

fn reading<P: JsonSchema>((name, limits): (&str, Limits), summary: &str) -> Operation {
    reading_operation(name, summary, json::schema::<P>(), limits)
}

/// The operations by their names, each with its limits under these settings.
fn limits(settings: &Settings) -> [(&'static str, Limits); 5] {
    let timeout = settings.timeout_seconds.saturating_mul(1000);
    let outbound = |response_limit| Limits {
        rate_limit: Some(RateLimit {
            calls: settings.calls_per_minute,
            window_seconds: 60,
        }),
        concurrency: Some(settings.calls_at_once),
        ..usual(timeout, response_limit)
    };
    let upload = Limits {
        resending: Some((&settings.resending).into()),
        // Two sendings of one reference at once: the second would be told that it is a duplicate of the first, whatever becomes of that.
        reference_concurrency: Some(1),
        payload_limit: Some(LARGEST_PAYLOAD),
        ..outbound(LARGEST_ACKNOWLEDGEMENT)
    };
    let list = Limits {
        rate_limit: Some(RateLimit {
            calls: 1,
            window_seconds: settings.list_interval(),
        }),
        concurrency: Some(1),
        response_advice: "raise the setting list.largest-list-bytes, or shorten list.longest-window-minutes (list.window-minutes as long as no list has been read): the next list asks for no longer a window".into(),
        ..outbound(settings.list.largest_list_bytes)
    };
    [
        (UPLOAD, upload),
        (DOWNLOAD_LIST, list),
        (DOWNLOAD, outbound(LARGEST_MESSAGE)),
        (CHECK_CONNECTIVITY, outbound(LARGEST_ACKNOWLEDGEMENT)),
        (NOTIFY, usual(ANSWER_MILLISECONDS, LARGEST_CALL)),
    ]
}

const SETTINGS: &str = r#"{"url": "https://customs.example/", "intermediary": "1234567-1", "software": "self-test", "notification": {"client-certificate": false}}"#;

/// The request that the first self-test must come to, byte for byte.
const REQUEST_SHA256: &[u8; 32] =
    b"\x93\x39\xb9\x9d\x70\xc3\x97\x3a\xdb\xe2\x42\x7d\x93\x7a\xaf\x59\xe2\x29\x1c\xfe\x1d\xa9\x4b\x34\xcb\x62\x4d\xd8\x07\x4b\xb4\x19";

fn self_tests() -> Vec<SelfTest> {
    notifications(messages(uploads(SelfTests::new(SETTINGS)))).into_tests()
}

fn uploads(tests: SelfTests) -> SelfTests {
    tests
        .test(
            "an upload is signed and wrapped as ever",
            build(
                UPLOAD,
                r#"{"declarant": "1234567-1", "application": "A&B", "reference": "R1"}"#,
                PAYLOAD,
            ),
            Expectation::Request(REQUEST_SHA256.to_vec()),
        )
        .test(
            "an invalid business id is refused",
            build(
                UPLOAD,
                r#"{"declarant": "1234567-2", "application": "A"}"#,
                PAYLOAD,
            ),
            problem("parameter.invalid"),
        )
        .test(
            "an acknowledgement is understood",
            parse(UPLOAD, answer("Upload", "000", "")),
            outcome("000"),
        )
        .test(
            "an unknown code survives",
            parse(UPLOAD, answer("Upload", "777", "")),
            outcome("777"),
        )
        .test(
            "garbage says nothing of what happened",
            parse(UPLOAD, "<html>"),
            outcome("http-200"),
        )
}

fn messages(tests: SelfTests) -> SelfTests {
    let information = format!("<MessageInformation>{WAITING}</MessageInformation>");
    tests
        .test(
            "a list is asked for",
            build(DOWNLOAD_LIST, "{}", PAYLOAD),
            any_request(),
        )
        .test(
            "a list is understood",
            parse(DOWNLOAD_LIST, answer("DownloadList", "000", &information)),
            outcome("000"),
        )
        .test(
            "a download without a message is refused",
            parse(DOWNLOAD, answer("Download", "000", "")),
            problem("answer.incomplete"),
        )
}

fn notifications(tests: SelfTests) -> SelfTests {
    tests
        .test(
            "a notification is accepted",
            notification(WAITING),
            accepted(NOTIFY),
        )
        .test(
            "a notification of nothing is not",
            notification(""),
            problem("call.incomplete"),
        )
}

/// What is known of a message that waits.
const WAITING: &str = "<MessageStorageId>S1</MessageStorageId>";

const PAYLOAD: &[u8] = b"<declaration/>";

/// Customs' answer to an operation: a code, and what follows it.
fn answer(operation: &str, code: &str, content: &str) -> String {
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><{operation}Response xmlns=\"http://tulli.fi/schema/corporateservice/v1\">\
         <ResponseHeader><ResponseCode>{code}</ResponseCode><ResponseText>OK</ResponseText></ResponseHeader>{content}</{operation}Response></e:Body></e:Envelope>"
    )
}

/// A call of Customs about a message.
fn notification(information: &str) -> Exercise {
    let call = format!(
        "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body><NotifyRequest xmlns=\"http://tulli.fi/schema/notificationservice/v1\">\
         <RequestHeader/><MessageInformation>{information}</MessageInformation></NotifyRequest></e:Body></e:Envelope>"
    );
    validate("POST", "/tulli/notify", "application/soap+xml", call)
}
