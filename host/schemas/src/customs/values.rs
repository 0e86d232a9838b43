// SPDX-License-Identifier: Apache-2.0
//! What our messages say: by what name it goes, by which words it is known, and what it looks like.

use super::words::Stems;

/// Something that a message says, or that is read of one.
pub(super) struct Value {
    /// Its name in layouts.
    pub(super) name: &'static str,
    /// The setting with the name of its element.
    pub(super) setting: &'static str,
    /// The default of that.
    pub(super) usual: &'static str,
    pub(super) stems: Stems,
    /// Texts of which its type has to accept one; none if a caller chooses what it says.
    pub(super) samples: &'static [&'static str],
    /// The built-in type that tells it from others, if one does.
    pub(super) type_name: &'static str,
}

const fn value(
    (name, setting, usual): (&'static str, &'static str, &'static str),
    stems: Stems,
    (samples, type_name): (&'static [&'static str], &'static str),
) -> Value {
    Value {
        name,
        setting,
        usual,
        stems,
        samples,
        type_name,
    }
}

const BUSINESS_ID: &[&str] = &["1234567-1"];
const TIME: &[&str] = &["2026-01-31T12:00:00Z"];
const DAY: &[&str] = &["2026-01-31"];
const WORDS: &[&str] = &["1a2b3c4d5e6f7g", "000", "OK"];
const BASE64: &[&str] = &["PGEvPg=="];

pub(super) const INTERMEDIARY: Value = value(
    (
        "intermediary",
        "intermediary-business-id",
        "IntermediaryBusinessId",
    ),
    Stems(
        &[
            &["intermediary"],
            &["valittaja"],
            &["sender"],
            &["lahettaja"],
            &["formedlare"],
        ],
        &["software", "ohjelmi", "time", "aika"],
    ),
    (BUSINESS_ID, ""),
);
pub(super) const TIMESTAMP: Value = value(
    ("timestamp", "timestamp", "Timestamp"),
    Stems(
        &[
            &["timestamp"],
            &["aikaleima"],
            &["created"],
            &["sent"],
            &["luontiaika"],
            &["time"],
            &["ajankohta"],
            &["muodostusaika"],
            &["lahetysaika"],
        ],
        &["start", "begin", "end", "alku", "loppu"],
    ),
    (TIME, "dateTime"),
);
pub(super) const DATE: Value = value(
    ("date", "", ""),
    Stems(
        &[&["date"], &["paiva"]],
        &["start", "begin", "end", "alku", "loppu"],
    ),
    (DAY, "date"),
);
pub(super) const LANGUAGE: Value = value(
    ("language", "language", "Language"),
    Stems(
        &[
            &["language"],
            &["lang"],
            &["kieli"],
            &["kielen"],
            &["kielikoodi"],
            &["sprak"],
        ],
        &[],
    ),
    (&["FI"], "language"),
);
pub(super) const SOFTWARE: Value = value(
    (
        "software",
        "intermediary-software-info",
        "IntermediarySoftwareInfo",
    ),
    Stems(
        &[&["software"], &["ohjelmi"], &["agent"], &["program"]],
        &[],
    ),
    (&["Silta 0.1.0"], ""),
);
pub(super) const BUILDER_SOFTWARE: Value = Value {
    setting: "message-builder-software-info",
    usual: "MessageBuilderSoftwareInfo",
    ..SOFTWARE
};
pub(super) const BUILDER: Value = value(
    (
        "builder",
        "message-builder-business-id",
        "MessageBuilderBusinessId",
    ),
    Stems(
        &[
            &["builder"],
            &["muodostaja"],
            &["signer"],
            &["allekirjoittaja"],
        ],
        &["software", "ohjelmi"],
    ),
    (BUSINESS_ID, ""),
);
pub(super) const DECLARANT: Value = value(
    ("declarant", "declarant-business-id", "DeclarantBusinessId"),
    Stems(
        &[
            &["declarant"],
            &["ilmoittaja"],
            &["sanomailmoittaja"],
            &["anmalare"],
        ],
        &["software", "ohjelmi"],
    ),
    (BUSINESS_ID, ""),
);
pub(super) const APPLICATION: Value = value(
    ("application", "application", "Application"),
    Stems(
        &[
            &["application"],
            &["sovellu"],
            &["system"],
            &["jarjestelma"],
        ],
        &["request", "response", "message", "content", "software"],
    ),
    (&[], ""),
);
pub(super) const ENVIRONMENT: Value = value(
    ("environment", "environment", "Environment"),
    Stems(
        &[&["environment"], &["ymparisto"], &["miljo"], &["env"]],
        &[],
    ),
    (&["TEST"], ""),
);
pub(super) const REFERENCE: Value = value(
    ("reference", "reference", "Reference"),
    Stems(
        &[
            &["reference"],
            &["viite"],
            &["lahetyskerra"],
            &["control", "ref"],
            &["message", "id"],
            &["transmission", "id"],
            &["sanomatunnus"],
        ],
        &["storage", "tallen"],
    ),
    (&["1a2b3c4d5e6f7g"], ""),
);
pub(super) const CONTENT_FORMAT: Value = value(
    ("content-format", "content-format", "ContentFormat"),
    Stems(
        &[
            &["format"],
            &["muoto"],
            &["muodo"],
            &["mime"],
            &["media", "type"],
        ],
        &["muodostaja"],
    ),
    (&[], ""),
);
pub(super) const CONTENT: Value = value(
    ("content", "content", "Content"),
    Stems(
        &[
            &["content"],
            &["sisalto"],
            &["sisallo"],
            &["payload"],
            &["data"],
            &["innehall"],
        ],
        &["format", "muoto"],
    ),
    (BASE64, "base64Binary"),
);
pub(super) const SIGNATURE: Value = value(("signature", "", ""), Stems(&[], &[]), (&[], ""));
pub(super) const APPLICATION_REQUEST: Value = value(
    (
        "application-request",
        "application-request-message",
        "ApplicationRequestMessage",
    ),
    Stems(
        &[
            &["application", "request"],
            &["sanoma"],
            &["message"],
            &["payload"],
            &["data"],
        ],
        &["id", "tunnus"],
    ),
    (BASE64, "base64Binary"),
);
pub(super) const APPLICATION_RESPONSE: Value = value(
    (
        "application-response",
        "application-response-message",
        "ApplicationResponseMessage",
    ),
    Stems(
        &[
            &["application", "response"],
            &["sanoma"],
            &["message"],
            &["payload"],
            &["data"],
        ],
        &["id", "tunnus"],
    ),
    (BASE64, "base64Binary"),
);
pub(super) const START_TIMESTAMP: Value = value(
    ("start-timestamp", "start-timestamp", "StartTimestamp"),
    Stems(
        &[&["start"], &["from"], &["begin"], &["alku"], &["alkaen"]],
        &[],
    ),
    (TIME, "dateTime"),
);
pub(super) const END_TIMESTAMP: Value = value(
    ("end-timestamp", "end-timestamp", "EndTimestamp"),
    Stems(
        &[
            &["end"],
            &["to"],
            &["until"],
            &["loppu"],
            &["paatt"],
            &["asti"],
        ],
        &[],
    ),
    (TIME, "dateTime"),
);
pub(super) const START_DATE: Value = Value {
    name: "start-date",
    setting: "start-date",
    usual: "StartDate",
    samples: DAY,
    type_name: "date",
    ..START_TIMESTAMP
};
pub(super) const END_DATE: Value = Value {
    name: "end-date",
    setting: "end-date",
    usual: "EndDate",
    samples: DAY,
    type_name: "date",
    ..END_TIMESTAMP
};
pub(super) const STORAGE_ID: Value = value(
    ("storage-id", "message-storage-id", "MessageStorageId"),
    Stems(
        &[
            &["storage"],
            &["tallen"],
            &["message", "id"],
            &["sanomatunnus"],
            &["lagring"],
        ],
        &[],
    ),
    (
        &[
            "{9fb38fad-1c2d-4e5f-8a9b-0c1d2e3f4a5b}",
            "1a2b3c4d5e6f7g",
            "123456",
        ],
        "",
    ),
);
pub(super) const ECHO: Value = value(
    ("echo", "echo-content", "EchoContent"),
    Stems(
        &[
            &["echo"],
            &["kaiku"],
            &["content"],
            &["teksti"],
            &["text"],
            &["ping"],
        ],
        &[],
    ),
    (&["Terve"], ""),
);
pub(super) const CODE: Value = value(
    ("code", "response-code", "ResponseCode"),
    Stems(
        &[&["code"], &["koodi"], &["paluukoodi"], &["kod"]],
        &["kieli", "lang"],
    ),
    (&["000"], ""),
);
pub(super) const TEXT: Value = value(
    ("text", "response-text", "ResponseText"),
    Stems(
        &[
            &["text"],
            &["teksti"],
            &["selite"],
            &["description"],
            &["kuvaus"],
            &["sanallinen"],
        ],
        &[],
    ),
    (WORDS, ""),
);
