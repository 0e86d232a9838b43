//! What the component says of itself.

use agency_guest::{
    exports::descriptor::{
        AnchorSet, BuildExercise, Description, Direction, Document, Exercise, Expectation,
        Idempotency, KeyRole, Limits, Operation, ParseExercise, SelfTest, Title, Transport,
    },
    json,
};

use crate::{
    convert::{BUILDER, INTERMEDIARY},
    wire::{Parameters, Settings},
};

/// The operation's name.
pub(crate) const UPLOAD: &str = "upload";

/// Largest answer that is read: an acknowledgement has a few kilobytes.
pub(crate) const LARGEST_ANSWER: u32 = 256 * 1024;

/// Largest application message whatever the settings: its three layers stay within what a call may hold.
const LARGEST_PAYLOAD: u64 = 32 << 20;

/// Time to wait unless the settings have a longer one (technical guide 2015 p. 13: at least 120 s).
const TIMEOUT_MILLISECONDS: u32 = 130_000;

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
            coverage: "Operation Upload with signature and acknowledgement. Not yet: DownloadList, Download, CheckConnectivity, Notify, UploadAttachment. \
                       Names, namespaces and signature form that public documents do not give are settings under `wire`."
                .into(),
        }],
        operations: vec![upload()],
        key_roles: vec![
            KeyRole { name: BUILDER.into(), purpose: "signs the application request (muodostaja); certificate from DVV".into(), required: true },
            KeyRole { name: INTERMEDIARY.into(), purpose: "client certificate of the TLS connection (välittäjä); certificate from DVV".into(), required: false },
        ],
        anchor_sets: vec![AnchorSet {
            name: "customs".into(),
            purpose: "issuers of Customs' own certificates, for signed replies and notifications".into(),
            required: false,
        }],
        secret_roles: Vec::new(),
        settings_schema: json::schema::<Settings>(),
        self_tests: self_tests(),
    }
}

fn upload() -> Operation {
    Operation {
        name: UPLOAD.into(),
        summary: "Hands one application message over to Customs. The acknowledgement is technical; Customs' reply comes later.".into(),
        direction: Direction::Outbound,
        parameters: json::schema::<Parameters>(),
        transport: Transport::Https,
        idempotency: Idempotency::ByReference,
        limits: Limits {
            timeout_milliseconds: TIMEOUT_MILLISECONDS,
            rate_limit: None,
            concurrency: None,
            reference_concurrency: None,
            payload_limit: Some(LARGEST_PAYLOAD),
            attachment_limit: 0,
            response_limit: LARGEST_ANSWER.into(),
        },
    }
}

fn title(language: &str, text: &str) -> Title {
    Title {
        language: language.into(),
        text: text.into(),
    }
}

const SETTINGS: &str =
    r#"{"url": "https://customs.example/", "intermediary": "1234567-1", "software": "self-test"}"#;

/// The request that the first self-test must come to, byte for byte.
const REQUEST_SHA256: &[u8; 32] =
    b"\x93\x39\xb9\x9d\x70\xc3\x97\x3a\xdb\xe2\x42\x7d\x93\x7a\xaf\x59\xe2\x29\x1c\xfe\x1d\xa9\x4b\x34\xcb\x62\x4d\xd8\x07\x4b\xb4\x19";

fn self_tests() -> Vec<SelfTest> {
    let acknowledgement = |code: &str| {
        format!(
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><UploadResponse xmlns=\"http://tulli.fi/schema/corporateservice/v1\">\
             <ResponseHeader><ResponseCode>{code}</ResponseCode><ResponseText>OK</ResponseText></ResponseHeader></UploadResponse></e:Body></e:Envelope>"
        )
    };
    vec![
        self_test(
            "an upload is signed and wrapped as ever",
            build(r#"{"declarant": "1234567-1", "application": "A&B", "reference": "R1"}"#),
            Expectation::Request(REQUEST_SHA256.to_vec()),
        ),
        self_test(
            "an invalid business id is refused",
            build(r#"{"declarant": "1234567-2", "application": "A"}"#),
            Expectation::Problem("parameter.invalid".into()),
        ),
        self_test(
            "an acknowledgement is understood",
            parse(acknowledgement("000")),
            Expectation::Outcome("000".into()),
        ),
        self_test(
            "an unknown code survives",
            parse(acknowledgement("777")),
            Expectation::Outcome("777".into()),
        ),
        self_test(
            "garbage is refused",
            parse("<html>".into()),
            Expectation::Problem("answer.not-xml".into()),
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

fn build(parameters: &str) -> Exercise {
    Exercise::Build(BuildExercise {
        operation: UPLOAD.into(),
        parameters: parameters.into(),
        payload: b"<declaration/>".into(),
    })
}

fn parse(body: String) -> Exercise {
    Exercise::Parse(ParseExercise {
        operation: UPLOAD.into(),
        status: 200,
        headers: Vec::new(),
        body: body.into_bytes(),
    })
}
