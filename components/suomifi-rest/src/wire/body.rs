// SPDX-License-Identifier: Apache-2.0
//! Bodies of requests (description, version 2). Every property that the service demands is there: it has no defaults.

use serde::Serialize;
use suomifi_messages::PersonId;

use super::{
    Address, Message, MessageId, Paper, Plan, Sending, Settings,
    message::{CustomNotification, Electronic},
    sending::Channel,
    settings::VisibilitySetting,
    vocabulary::{BodyFormat, Reminder, ReplyAllowedBy, SenderDetails, ServiceType, Visibility},
};

/// A body of JSON with a place for a secret, which the host puts in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AroundSecret {
    /// Before the secret.
    pub before: String,
    /// Behind it.
    pub after: String,
}

/// A body of JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// As it is.
    Whole(String),
    /// With the password at Posti.
    WithPassword(AroundSecret),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageBody<'a> {
    external_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<Id<'a>>,
    sender: Service<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    electronic: Option<ElectronicPart<'a>>,
    // Last, because of the password at its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    paper_mail: Option<PaperPart<'a>>,
}

#[derive(Serialize)]
struct Id<'a> {
    id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Service<'a> {
    service_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attached<'a> {
    attachment_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ElectronicPart<'a> {
    title: &'a str,
    body: &'a str,
    body_format: BodyFormat,
    message_service_type: ServiceType,
    reply_allowed_by: ReplyAllowedBy,
    attachments: Vec<Attached<'a>>,
    notifications: NotificationsPart<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_reply_to_message_id: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<Visibility>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NotificationsPart<'a> {
    sender_details_in_notifications: SenderDetails,
    unread_message_notification: Unread,
    #[serde(skip_serializing_if = "Option::is_none")]
    customised_new_message_notification: Option<&'a CustomNotification>,
}

#[derive(Serialize)]
struct Unread {
    reminder: Reminder,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaperPart<'a> {
    attachments: Vec<Attached<'a>>,
    color_printing: bool,
    two_sided_printing: bool,
    rotate_landscape_pages: bool,
    create_address_page: bool,
    message_service_type: ServiceType,
    recipient: Addressed<'a>,
    sender: Addressed<'a>,
    printing_and_enveloping_service: Printing<'a>,
}

#[derive(Serialize)]
struct Addressed<'a> {
    address: &'a Address,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Printing<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_pool: Option<&'a str>,
    posti_messaging: Posti<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Posti<'a> {
    username: &'a str,
    contact_details: Contact<'a>,
    /// Empty here; the host puts it in.
    password: &'static str,
}

#[derive(Serialize)]
struct Contact<'a> {
    email: &'a str,
}

/// How a body ends in which the password at Posti is the last thing.
const BEHIND_PASSWORD: &str = "\"}}}}";

/// The body of a message, with what has gone up. `None` where what was planned is not there.
pub fn body_of(
    settings: &Settings,
    (message, paper): (&Message, Option<&Paper>),
    plan: &Plan,
    sending: &Sending,
) -> Option<Body> {
    let attached = |index: usize| {
        let id = sending.uploaded.get(index)?;
        Some(Attached { attachment_id: id })
    };
    let all = |places: &[usize]| -> Option<Vec<Attached<'_>>> {
        places.iter().map(|index| attached(*index)).collect()
    };
    let paper = match (sending.channel, paper) {
        (Channel::Electronic, _) => None,
        (_, None) => return None,
        (_, Some(paper)) => {
            let printed: Vec<usize> = plan.printed.into_iter().collect();
            Some(paper_part(paper, all(&printed)?))
        }
    };
    let electronic = match (sending.channel, &message.electronic) {
        (Channel::Paper, _) => None,
        (_, None) => return None,
        (_, Some(electronic)) => {
            let part = electronic_part(settings, electronic, all(&plan.electronic)?, sending);
            Some((electronic.recipient.expose(), part))
        }
    };
    let (recipient, electronic) = electronic.unzip();
    let body = MessageBody {
        external_id: &sending.external_id,
        recipient: recipient.map(|id| Id { id }),
        sender: Service {
            service_id: &sending.service_id,
        },
        electronic,
        paper_mail: paper,
    };
    let has_password = body.paper_mail.is_some();
    let text = serde_json::to_string(&body).ok()?;
    if !has_password {
        return Some(Body::Whole(text));
    }
    let before = text.strip_suffix(BEHIND_PASSWORD)?;
    Some(Body::WithPassword(AroundSecret {
        before: before.to_owned(),
        after: BEHIND_PASSWORD.into(),
    }))
}

fn electronic_part<'a>(
    settings: &Settings,
    electronic: &'a Electronic,
    attachments: Vec<Attached<'a>>,
    sending: &Sending,
) -> ElectronicPart<'a> {
    let visibility = match settings.visibility {
        VisibilitySetting::Omit => sending.is_visible.then_some(Visibility::Normal),
        VisibilitySetting::Normal => Some(Visibility::Normal),
        VisibilitySetting::RecipientOnly => Some(Visibility::RecipientOnly),
    };
    ElectronicPart {
        title: &electronic.title,
        body: &electronic.body,
        body_format: electronic.body_format,
        message_service_type: electronic.service_type,
        reply_allowed_by: electronic.reply_allowed_by,
        attachments,
        notifications: NotificationsPart {
            sender_details_in_notifications: electronic.sender_details,
            unread_message_notification: Unread {
                reminder: electronic.reminder,
            },
            customised_new_message_notification: electronic.customised.as_ref(),
        },
        in_reply_to_message_id: electronic.in_reply_to.filter(|_| sending.is_reply),
        visibility,
    }
}

fn paper_part<'a>(paper: &'a Paper, attachments: Vec<Attached<'a>>) -> PaperPart<'a> {
    PaperPart {
        attachments,
        color_printing: paper.color_printing,
        two_sided_printing: paper.two_sided_printing,
        rotate_landscape_pages: paper.rotate_landscape_pages,
        create_address_page: paper.create_address_page,
        message_service_type: paper.service_type,
        recipient: Addressed {
            address: &paper.recipient,
        },
        sender: Addressed {
            address: &paper.sender,
        },
        printing_and_enveloping_service: Printing {
            cost_pool: paper.cost_pool.as_deref(),
            posti_messaging: Posti {
                username: &paper.username,
                contact_details: Contact {
                    email: &paper.email,
                },
                password: "",
            },
        },
    }
}

/// The request for a token, around the password. `None` never, for a user name is a text.
pub fn credentials_opened(username: &str) -> Option<AroundSecret> {
    let username = serde_json::to_string(username).ok()?;
    Some(AroundSecret {
        before: format!("{{\"username\":{username},\"password\":\""),
        after: "\"}".into(),
    })
}

/// The request for another password: around the token, the current and the next password, in this order.
pub fn change_opened() -> [&'static str; 4] {
    [
        "{\"accessToken\":\"",
        "\",\"currentPassword\":\"",
        "\",\"newPassword\":\"",
        "\"}",
    ]
}

/// The question who has a mailbox.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndUsers<'a> {
    end_users: Vec<Id<'a>>,
}

impl<'a> EndUsers<'a> {
    /// About these.
    pub fn of(people: impl Iterator<Item = &'a PersonId>) -> Self {
        let end_users = people.map(|person| Id {
            id: person.expose(),
        });
        Self {
            end_users: end_users.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::wire::{MessageParameters, MultichannelParameters, ReplyParameters};

    fn settings() -> Settings {
        let settings = json!({
            "url": "https://messages.example", "username": "u", "service-id": "svc-1",
            "paper": {"posti-username": "123456", "contact-email": "a@b.fi", "cost-pool": "AB1", "sender": address()},
        });
        serde_json::from_value(settings).unwrap()
    }

    fn address() -> Value {
        json!({"name": "Ääkkönen", "streetAddress": "Katu 1", "zipCode": "00100", "city": "Åbo", "countryCode": "FI"})
    }

    fn text(body: Body) -> Value {
        let text = match body {
            Body::Whole(text) => text,
            Body::WithPassword(around) => format!("{}hush{}", around.before, around.after),
        };
        serde_json::from_str(&text).unwrap()
    }

    fn plan() -> Plan {
        Plan {
            electronic: vec![0, 1],
            printed: Some(1),
        }
    }

    fn sending(channel: Channel) -> Sending {
        Sending::new("e-1".into(), "svc-1".into(), channel, 2)
            .with_uploaded("a".into(), 0)
            .with_uploaded("b".into(), 0)
    }

    #[test]
    fn an_electronic_message_has_all_that_is_demanded() {
        let parameters =
            json!({"recipient": "010190-900p", "title": "Päätös", "body": "Hyvää päivää"});
        let parameters: MessageParameters = serde_json::from_value(parameters).unwrap();
        let message = parameters.checked(&settings()).unwrap();
        let body = body_of(
            &settings(),
            (&message, None),
            &plan(),
            &sending(Channel::Electronic),
        );
        assert_eq!(
            text(body.unwrap()),
            json!({
                "externalId": "e-1", "recipient": {"id": "010190-900P"}, "sender": {"serviceId": "svc-1"},
                "electronic": {
                    "title": "Päätös", "body": "Hyvää päivää", "bodyFormat": "Text", "messageServiceType": "Normal", "replyAllowedBy": "No one",
                    "attachments": [{"attachmentId": "a"}, {"attachmentId": "b"}],
                    "notifications": {
                        "senderDetailsInNotifications": "Organisation and service name",
                        "unreadMessageNotification": {"reminder": "Default reminder"},
                    },
                },
            })
        );
    }

    #[test]
    fn the_same_upload_is_in_both_parts_and_the_password_goes_in_last() {
        let parameters = json!({
            "recipient": "2574261-7", "title": "t", "body": "b",
            "paper": {"recipient": address(), "attachment": "b.pdf", "colorPrinting": false},
        });
        let parameters: MultichannelParameters = serde_json::from_value(parameters).unwrap();
        let message = parameters.checked(&settings()).unwrap();
        let paper = message
            .paper
            .as_ref()
            .unwrap()
            .checked(&settings())
            .unwrap();
        let sending = sending(Channel::Multichannel);
        let body = body_of(&settings(), (&message, Some(&paper)), &plan(), &sending).unwrap();
        let body = text(body);
        assert_eq!(body["electronic"]["attachments"][1]["attachmentId"], "b");
        assert_eq!(
            body["paperMail"],
            json!({
                "attachments": [{"attachmentId": "b"}], "colorPrinting": false, "twoSidedPrinting": true,
                "rotateLandscapePages": false, "createAddressPage": true, "messageServiceType": "Normal",
                "recipient": {"address": address()}, "sender": {"address": address()},
                "printingAndEnvelopingService": {
                    "costPool": "AB1",
                    "postiMessaging": {"username": "123456", "contactDetails": {"email": "a@b.fi"}, "password": "hush"},
                },
            })
        );
        // Without the letter there is nothing to send this way.
        assert_eq!(
            body_of(&settings(), (&message, None), &plan(), &sending),
            None
        );
    }

    #[test]
    fn what_is_added_after_a_refusal_is_there() {
        let parameters = json!({"recipient": "2574261-7", "title": "t", "body": "b", "inReplyToMessageId": 4_294_967_297_i64});
        let parameters: ReplyParameters = serde_json::from_value(parameters).unwrap();
        let message = parameters.checked(&settings()).unwrap();
        let with = |change: fn(&mut Sending)| {
            let mut sending = sending(Channel::Electronic);
            change(&mut sending);
            text(body_of(&settings(), (&message, None), &plan(), &sending).unwrap())["electronic"]
                .clone()
        };
        let first = with(|it| it.is_reply = true);
        assert_eq!(first["inReplyToMessageId"], 4_294_967_297_i64);
        assert_eq!(first.get("visibility"), None);
        let later = with(|it| it.is_visible = true);
        assert_eq!(
            (later.get("inReplyToMessageId"), &later["visibility"]),
            (None, &json!("Normal"))
        );
    }
}
