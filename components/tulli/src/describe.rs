//! What the component says of itself.

use agency_guest::{
    Problem,
    exports::descriptor::{
        AdjustedLimits, AnchorSet, BuildExercise, Description, Direction, Document, Exercise,
        Expectation, Idempotency, KeyRole, Limits, Operation, ParseExercise, RateLimit, Resending,
        SelfTest, Title, Transport, ValidateExercise,
    },
    imports::types::Header,
    json, unknown_operation,
};

use crate::{
    convert::{BUILDER, CUSTOMS, INTERMEDIARY},
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
        key_roles: vec![
            KeyRole { name: BUILDER.into(), purpose: "signs the application request (muodostaja); certificate from DVV".into(), required: true },
            KeyRole { name: INTERMEDIARY.into(), purpose: "client certificate of the TLS connection (välittäjä); certificate from DVV".into(), required: false },
        ],
        anchor_sets: vec![AnchorSet {
            name: CUSTOMS.into(),
            purpose: "issuers of Customs' own certificates, for signed replies and notifications".into(),
            required: false,
        }],
        secret_roles: Vec::new(),
        settings_schema: json::schema::<Settings>(),
        self_tests: self_tests(),
    }
}

/// The limits of all operations under these settings.
pub(crate) fn adjusted_limits(settings: &Settings) -> Vec<AdjustedLimits> {
    let adjusted = limits(settings).map(|(operation, limits)| AdjustedLimits {
        operation: operation.into(),
        limits,
    });
    adjusted.into()
}

/// The operations with their limits under the settings that nobody has changed.
fn operations() -> Vec<Operation> {
    let [upload, list, download, check, notify] = limits(&Settings::usual());
    let upload = Operation {
        summary: "Hands one application message over to Customs. The acknowledgement is technical; Customs' reply comes later.".into(),
        parameters: json::schema::<UploadParameters>(),
        idempotency: Idempotency::ByReference,
        empty_payload: false,
        ..reading(upload)
    };
    let list = Operation {
        summary: "Lists the messages that wait at Customs and has each of them downloaded.".into(),
        parameters: json::schema::<ListParameters>(),
        ..reading(list)
    };
    let download = Operation {
        summary: "Fetches a message that waits: Customs' reply in XML, and a PDF or ZIP where there is one.".into(),
        parameters: json::schema::<DownloadParameters>(),
        ..reading(download)
    };
    let check = Operation {
        summary: "Has Customs send a text back: connection, certificate and envelope are right."
            .into(),
        parameters: json::schema::<EchoParameters>(),
        ..reading(check)
    };
    let notify = Operation {
        summary: "Customs tells that a message waits, which is then downloaded. It does so once."
            .into(),
        direction: Direction::Inbound,
        ..reading(notify)
    };
    vec![upload, list, download, check, notify]
}

/// What operations that change nothing at Customs have in common.
fn reading((name, limits): (&str, Limits)) -> Operation {
    Operation {
        name: name.into(),
        summary: String::new(),
        direction: Direction::Outbound,
        parameters: String::new(),
        transport: Transport::Https,
        idempotency: Idempotency::ReadOnly,
        empty_payload: false,
        limits,
    }
}

/// The operations by their names, each with its limits under these settings.
fn limits(settings: &Settings) -> [(&'static str, Limits); 5] {
    let usual = |response_limit| Limits {
        timeout_milliseconds: settings.timeout_seconds.saturating_mul(1000),
        rate_limit: Some(RateLimit {
            calls: settings.calls_per_minute,
            window_seconds: 60,
        }),
        concurrency: Some(settings.calls_at_once),
        reference_concurrency: None,
        payload_limit: None,
        attachment_limit: 0,
        response_limit,
        response_advice: String::new(),
        resending: None,
    };
    let upload = Limits {
        resending: Some(Resending {
            sendings: settings.resending.most_sendings,
            seconds: settings.resending.longest_minutes.saturating_mul(60),
        }),
        // Two sendings of one reference at once: the second would be told that it is a duplicate of the first, whatever becomes of that.
        reference_concurrency: Some(1),
        payload_limit: Some(LARGEST_PAYLOAD),
        ..usual(LARGEST_ACKNOWLEDGEMENT)
    };
    let list = Limits {
        rate_limit: Some(RateLimit {
            calls: 1,
            window_seconds: settings.list_interval(),
        }),
        concurrency: Some(1),
        response_advice: "raise the setting list.largest-list-bytes, or shorten list.longest-window-minutes (list.window-minutes as long as no list has been read): the next list asks for no longer a window".into(),
        ..usual(settings.list.largest_list_bytes)
    };
    let notify = Limits {
        timeout_milliseconds: ANSWER_MILLISECONDS,
        rate_limit: None,
        concurrency: None,
        ..usual(LARGEST_CALL)
    };
    [
        (UPLOAD, upload),
        (DOWNLOAD_LIST, list),
        (DOWNLOAD, usual(LARGEST_MESSAGE)),
        (CHECK_CONNECTIVITY, usual(LARGEST_ACKNOWLEDGEMENT)),
        (NOTIFY, notify),
    ]
}

fn title(language: &str, text: &str) -> Title {
    Title {
        language: language.into(),
        text: text.into(),
    }
}

const SETTINGS: &str = r#"{"url": "https://customs.example/", "intermediary": "1234567-1", "software": "self-test", "notification": {"client-certificate": false}}"#;

/// The request that the first self-test must come to, byte for byte.
const REQUEST_SHA256: &[u8; 32] =
    b"\x93\x39\xb9\x9d\x70\xc3\x97\x3a\xdb\xe2\x42\x7d\x93\x7a\xaf\x59\xe2\x29\x1c\xfe\x1d\xa9\x4b\x34\xcb\x62\x4d\xd8\x07\x4b\xb4\x19";

fn self_tests() -> Vec<SelfTest> {
    let answer = |operation: &str, content: &str| {
        format!(
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><{operation}Response xmlns=\"http://tulli.fi/schema/corporateservice/v1\">\
             {content}</{operation}Response></e:Body></e:Envelope>"
        )
    };
    let header = |code: &str| {
        format!(
            "<ResponseHeader><ResponseCode>{code}</ResponseCode><ResponseText>OK</ResponseText></ResponseHeader>"
        )
    };
    let notify = |content: &str| {
        format!(
            "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body><NotifyRequest xmlns=\"http://tulli.fi/schema/notificationservice/v1\">\
             <RequestHeader/><MessageInformation>{content}</MessageInformation></NotifyRequest></e:Body></e:Envelope>"
        )
    };
    let waiting = "<MessageStorageId>S1</MessageStorageId>";
    let outcome = |code: &str| Expectation::Outcome(code.into());
    let refused = |code: &str| Expectation::Problem(code.into());
    vec![
        self_test(
            "an upload is signed and wrapped as ever",
            build(
                UPLOAD,
                r#"{"declarant": "1234567-1", "application": "A&B", "reference": "R1"}"#,
            ),
            Expectation::Request(REQUEST_SHA256.to_vec()),
        ),
        self_test(
            "an invalid business id is refused",
            build(UPLOAD, r#"{"declarant": "1234567-2", "application": "A"}"#),
            refused("parameter.invalid"),
        ),
        self_test(
            "an acknowledgement is understood",
            parse(UPLOAD, answer("Upload", &header("000"))),
            outcome("000"),
        ),
        self_test(
            "an unknown code survives",
            parse(UPLOAD, answer("Upload", &header("777"))),
            outcome("777"),
        ),
        self_test(
            "garbage says nothing of what happened",
            parse(UPLOAD, "<html>".into()),
            outcome("http-200"),
        ),
        self_test(
            "a list is asked for",
            build(DOWNLOAD_LIST, "{}"),
            Expectation::Request(Vec::new()),
        ),
        self_test(
            "a list is understood",
            parse(
                DOWNLOAD_LIST,
                answer(
                    "DownloadList",
                    &format!(
                        "{}<MessageInformation>{waiting}</MessageInformation>",
                        header("000")
                    ),
                ),
            ),
            outcome("000"),
        ),
        self_test(
            "a download without a message is refused",
            parse(DOWNLOAD, answer("Download", &header("000"))),
            refused("answer.incomplete"),
        ),
        self_test(
            "a notification is let in",
            call(notify(waiting)),
            Expectation::Accepted(NOTIFY.into()),
        ),
        self_test(
            "a notification of nothing is not",
            call(notify("")),
            refused("call.incomplete"),
        ),
    ]
}

fn self_test(name: &str, exercise: Exercise, expectation: Expectation) -> SelfTest {
    SelfTest {
        name: name.into(),
        settings: SETTINGS.into(),
        exercise,
        expectation,
    }
}

fn build(operation: &str, parameters: &str) -> Exercise {
    Exercise::Build(BuildExercise {
        operation: operation.into(),
        parameters: parameters.into(),
        payload: b"<declaration/>".into(),
    })
}

fn parse(operation: &str, body: String) -> Exercise {
    Exercise::Parse(ParseExercise {
        operation: operation.into(),
        status: 200,
        headers: Vec::new(),
        body: body.into_bytes(),
    })
}

fn call(body: String) -> Exercise {
    Exercise::Validate(ValidateExercise {
        method: "POST".into(),
        target: "/tulli/notify".into(),
        headers: vec![Header {
            name: "Content-Type".into(),
            value: "application/soap+xml".into(),
        }],
        body: body.into_bytes(),
    })
}
