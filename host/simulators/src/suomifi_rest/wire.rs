// SPDX-License-Identifier: Apache-2.0
//! The bodies of requests, property by property, with the limits that the service declares for its version 2.

use super::shape::{Need, Property, Shape};

const fn text(shortest: usize, longest: usize) -> Shape {
    Shape::Text { shortest, longest }
}

const fn required(name: &'static str, shape: Shape) -> Property {
    Property {
        name,
        need: Need::Required,
        shape,
    }
}

const fn optional(name: &'static str, shape: Shape) -> Property {
    Property {
        need: Need::Optional,
        ..required(name, shape)
    }
}

/// `POST /v1/token`. Lengths are not declared; longer ones are nobody's.
pub(super) const TOKEN: Shape = Shape::Object(&[
    required("username", text(0, 1_000)),
    required("password", text(0, 1_000)),
]);

/// `POST /v1/change-password`.
pub(super) const CHANGE_PASSWORD: Shape = Shape::Object(&[
    required("accessToken", text(0, 10_000)),
    required("currentPassword", text(0, 1_000)),
    required("newPassword", text(0, 1_000)),
]);

/// `POST /v1/mailboxes/active`.
pub(super) const ACTIVE_MAILBOXES: Shape = Shape::Object(&[required(
    "endUsers",
    Shape::List {
        fewest: 1,
        most: 10_000,
        of: &RECIPIENT,
    },
)]);

/// `POST /v2/messages`.
pub(super) const MULTICHANNEL: Shape = Shape::Object(&[
    required("externalId", EXTERNAL_ID),
    required("recipient", RECIPIENT),
    required("sender", SENDER),
    required("electronic", ELECTRONIC_PART),
    required("paperMail", PAPER_MAIL_PART),
]);

/// `POST /v2/messages/electronic`.
pub(super) const ELECTRONIC: Shape = Shape::Object(&[
    required("externalId", EXTERNAL_ID),
    required("recipient", RECIPIENT),
    required("sender", SENDER),
    required("electronic", ELECTRONIC_PART),
]);

/// `POST /v2/paper-mail-without-id`.
pub(super) const PAPER: Shape = Shape::Object(&[
    required("externalId", EXTERNAL_ID),
    required("sender", SENDER),
    required("paperMail", PAPER_MAIL_PART),
]);

/// The longest externalId, in characters; the shortest has one.
pub(super) const LONGEST_EXTERNAL_ID: usize = 256;

const EXTERNAL_ID: Shape = text(1, LONGEST_EXTERNAL_ID);

/// A personal identity code has 11 characters, a business id 9; nothing more is declared.
const RECIPIENT: Shape = Shape::Object(&[required("id", text(9, 11))]);

const SENDER: Shape = Shape::Object(&[required("serviceId", text(1, 64))]);

const ATTACHMENT: Shape = Shape::Object(&[required("attachmentId", Shape::AttachmentId)]);

const MESSAGE_SERVICE_TYPE: Shape = Shape::OneOf(&["Normal", "Verifiable"]);

const ELECTRONIC_PART: Shape = Shape::Object(&[
    required("title", text(1, 256)),
    required("body", text(1, 40_000)),
    required("bodyFormat", Shape::OneOf(&["Text", "Markdown"])),
    required("messageServiceType", MESSAGE_SERVICE_TYPE),
    required("replyAllowedBy", Shape::OneOf(&["Anyone", "No one"])),
    required(
        "attachments",
        Shape::List {
            fewest: 0,
            most: 50,
            of: &ATTACHMENT,
        },
    ),
    required("notifications", NOTIFICATIONS),
    optional("inReplyToMessageId", Shape::Integer),
    Property {
        name: "visibility",
        need: Need::Visibility,
        shape: Shape::OneOf(&["Normal", "Recipient only"]),
    },
]);

const NOTIFICATIONS: Shape = Shape::Object(&[
    required(
        "senderDetailsInNotifications",
        Shape::OneOf(&["Organisation and service name", "None"]),
    ),
    required(
        "unreadMessageNotification",
        Shape::Object(&[required(
            "reminder",
            Shape::OneOf(&["Default reminder", "No reminders"]),
        )]),
    ),
    optional(
        "customisedNewMessageNotification",
        Shape::Object(&[
            required("title", IN_THREE_LANGUAGES_TITLE),
            required("content", IN_THREE_LANGUAGES_CONTENT),
        ]),
    ),
]);

const IN_THREE_LANGUAGES_TITLE: Shape = Shape::Object(&[
    required("fi", text(1, 256)),
    required("sv", text(1, 256)),
    required("en", text(1, 256)),
]);

const IN_THREE_LANGUAGES_CONTENT: Shape = Shape::Object(&[
    required("fi", text(0, 1_500)),
    required("sv", text(0, 1_500)),
    required("en", text(0, 1_500)),
]);

const PAPER_MAIL_PART: Shape = Shape::Object(&[
    required(
        "attachments",
        Shape::List {
            fewest: 1,
            most: 1,
            of: &ATTACHMENT,
        },
    ),
    required("colorPrinting", Shape::Flag),
    required("twoSidedPrinting", Shape::Flag),
    required("rotateLandscapePages", Shape::Flag),
    required("createAddressPage", Shape::Flag),
    required("messageServiceType", MESSAGE_SERVICE_TYPE),
    required(
        "printingAndEnvelopingService",
        Shape::Object(&[
            required("postiMessaging", POSTI_MESSAGING),
            optional("costPool", Shape::CostPool),
        ]),
    ),
    required("recipient", ADDRESSEE),
    required("sender", ADDRESSEE),
]);

const POSTI_MESSAGING: Shape = Shape::Object(&[
    required("username", text(6, 6)),
    required("password", text(4, 4)),
    required(
        "contactDetails",
        Shape::Object(&[required("email", text(5, 256))]),
    ),
]);

const ADDRESSEE: Shape = Shape::Object(&[required(
    "address",
    Shape::Object(&[
        required("name", text(1, 256)),
        optional("additionalName", text(1, 256)),
        required("streetAddress", text(1, 256)),
        required("zipCode", text(1, 64)),
        required("city", text(1, 256)),
        required("countryCode", Shape::Country),
    ]),
)]);
