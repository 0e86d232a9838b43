// SPDX-License-Identifier: Apache-2.0
//! Electronic messages: what a caller says of one, and what is sent of it.

use finnish_ids::mask_personal_codes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use suomifi_messages::PersonId;

use super::{
    Flaw, MessageId, PaperParameters, Settings,
    settings::LengthUnit,
    vocabulary::{BodyFormat, Reminder, ReplyAllowedBy, SenderDetails, ServiceType},
};

/// Most characters of texts (description).
const LONGEST_EXTERNAL_ID: usize = 256;
const LONGEST_SERVICE_ID: usize = 64;
const LONGEST_TITLE: usize = 256;
const LONGEST_BODY: usize = 40_000;
const LONGEST_NOTIFICATION: usize = 1500;

/// Parameters of an electronic message, with what differs between operations.
macro_rules! parameters {
    ($(#[$about:meta])* $name:ident { $($(#[$own_about:meta])* $own:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Clone, Deserialize, Serialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "camelCase")]
        pub struct $name {
            /// Our id of the message, 1 to 256 characters, by which the service knows it when it comes again and which answers and events name. Nothing personal. One is made where
            /// it is left out. Never the same for two messages.
            #[serde(default)]
            pub external_id: Option<String>,
            /// Service of the authority that sends; the setting `service-id` where left out.
            #[serde(default)]
            pub service_id: Option<String>,
            /// Whose mailbox it is for: a personal identity code or a Business ID.
            #[schemars(extend("x-personal" = true))]
            pub recipient: String,
            /// Title, 1 to 256 characters.
            #[schemars(extend("x-personal" = true))]
            pub title: String,
            /// Text, 1 to 40,000 characters.
            #[schemars(extend("x-personal" = true))]
            pub body: String,
            /// How the text is written; the setting `message.body-format` where left out.
            #[serde(default)]
            pub body_format: Option<BodyFormat>,
            /// Whether delivery is proved; the setting where left out.
            #[serde(default)]
            pub message_service_type: Option<ServiceType>,
            /// Who may answer; the setting where left out.
            #[serde(default)]
            pub reply_allowed_by: Option<ReplyAllowedBy>,
            /// What the recipient is notified of; the settings where left out.
            #[serde(default)]
            pub notifications: Option<Notifications>,
            $($(#[$own_about])* pub $own: $type,)*
        }

        impl $name {
            fn common(&self) -> Common<'_> {
                Common {
                    external_id: self.external_id.as_deref(),
                    service_id: self.service_id.as_deref(),
                    recipient: &self.recipient,
                    title: &self.title,
                    body: &self.body,
                    body_format: self.body_format,
                    service_type: self.message_service_type,
                    reply_allowed_by: self.reply_allowed_by,
                    notifications: self.notifications.as_ref(),
                }
            }
        }
    };
}

parameters! {
    /// A message that goes to a mailbox.
    MessageParameters {
        /// The letter that it becomes where the recipient has no active mailbox and the setting `on-mailbox-not-in-use` is `multichannel`.
        #[serde(default)]
        paper: Option<PaperParameters>,
    }
}

parameters! {
    /// A message that goes to a mailbox, or on paper where there is none.
    MultichannelParameters {
        /// The letter that it becomes where the recipient has no active mailbox.
        paper: PaperParameters,
    }
}

parameters! {
    /// An answer to a message of a citizen. Its recipient is the owner of the mailbox, not who has written on their behalf.
    ReplyParameters {
        /// The service's number of the message that is answered.
        in_reply_to_message_id: MessageId,
    }
}

/// A letter to somebody whose id is not known.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PaperOnlyParameters {
    /// Our id of the message; see the other operations that send.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Service of the authority that sends; the setting `service-id` where left out.
    #[serde(default)]
    pub service_id: Option<String>,
    /// The letter.
    pub paper: PaperParameters,
}

/// What the recipient is notified of.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Notifications {
    /// What notifications say of the sender; the setting where left out.
    pub sender_details: Option<SenderDetails>,
    /// Whether the service reminds of an unread message; the setting where left out.
    pub reminder: Option<Reminder>,
    /// Words of one's own for the mail that tells of the message. No content of the message: the mail is not protected.
    pub customised: Option<CustomNotification>,
}

/// A notification in words of one's own, in all three languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomNotification {
    /// Subject, 1 to 256 characters each.
    pub title: Texts,
    /// Text, at most 1,500 characters each.
    pub content: Texts,
}

/// The same in three languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// In Finnish.
    pub fi: String,
    /// In Swedish.
    pub sv: String,
    /// In English.
    pub en: String,
}

/// A message that the service would take.
pub struct Message {
    /// Our id, where the caller gave one.
    pub external_id: Option<String>,
    /// Service that sends.
    pub service_id: String,
    /// What goes to a mailbox; none for a letter alone.
    pub(super) electronic: Option<Electronic>,
    /// The letter, as the caller gave it.
    pub paper: Option<PaperParameters>,
}

/// Shows nothing of what somebody wrote.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("external_id", &self.external_id)
            .finish_non_exhaustive()
    }
}

pub(super) struct Electronic {
    pub(super) recipient: PersonId,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) body_format: BodyFormat,
    pub(super) service_type: ServiceType,
    pub(super) reply_allowed_by: ReplyAllowedBy,
    pub(super) sender_details: SenderDetails,
    pub(super) reminder: Reminder,
    pub(super) customised: Option<CustomNotification>,
    pub(super) in_reply_to: Option<MessageId>,
}

/// What all parameters of electronic messages have.
struct Common<'a> {
    external_id: Option<&'a str>,
    service_id: Option<&'a str>,
    recipient: &'a str,
    title: &'a str,
    body: &'a str,
    body_format: Option<BodyFormat>,
    service_type: Option<ServiceType>,
    reply_allowed_by: Option<ReplyAllowedBy>,
    notifications: Option<&'a Notifications>,
}

impl MessageParameters {
    /// The message as it is sent.
    ///
    /// # Errors
    /// What the service would refuse.
    pub fn checked(self, settings: &Settings) -> Result<Message, Flaw> {
        let message = self.common().checked(settings, None)?;
        let paper = self.paper;
        Ok(Message { paper, ..message })
    }
}

impl MultichannelParameters {
    /// The message as it is sent.
    ///
    /// # Errors
    /// What the service would refuse.
    pub fn checked(self, settings: &Settings) -> Result<Message, Flaw> {
        let message = self.common().checked(settings, None)?;
        let paper = Some(self.paper);
        Ok(Message { paper, ..message })
    }
}

impl ReplyParameters {
    /// The message as it is sent.
    ///
    /// # Errors
    /// What the service would refuse.
    pub fn checked(&self, settings: &Settings) -> Result<Message, Flaw> {
        self.common()
            .checked(settings, Some(self.in_reply_to_message_id))
    }
}

impl PaperOnlyParameters {
    /// The message as it is sent.
    ///
    /// # Errors
    /// What the service would refuse.
    pub fn checked(self, settings: &Settings) -> Result<Message, Flaw> {
        Ok(Message {
            external_id: external_id(self.external_id.as_deref())?,
            service_id: service_id(self.service_id.as_deref(), settings)?,
            electronic: None,
            paper: Some(self.paper),
        })
    }
}

impl Common<'_> {
    fn checked(self, settings: &Settings, in_reply_to: Option<MessageId>) -> Result<Message, Flaw> {
        let (unit, usual) = (settings.length_unit, &settings.message);
        let recipient = PersonId::parse(self.recipient).ok_or_else(|| {
            Flaw::invalid(
                "/recipient",
                "this is neither a personal identity code nor a Business ID; correct it",
            )
        })?;
        length("/title", self.title, 1..=LONGEST_TITLE, unit)?;
        length("/body", self.body, 1..=LONGEST_BODY, unit)?;
        let notifications = self.notifications.cloned().unwrap_or_default();
        if let Some(custom) = &notifications.customised {
            check_notification(custom, unit)?;
        }
        Ok(Message {
            external_id: external_id(self.external_id)?,
            service_id: service_id(self.service_id, settings)?,
            electronic: Some(Electronic {
                recipient,
                title: self.title.to_owned(),
                body: self.body.to_owned(),
                body_format: self.body_format.unwrap_or(usual.body_format),
                service_type: self.service_type.unwrap_or(usual.message_service_type),
                reply_allowed_by: self.reply_allowed_by.unwrap_or(usual.reply_allowed_by),
                sender_details: notifications.sender_details.unwrap_or(usual.sender_details),
                reminder: notifications.reminder.unwrap_or(usual.reminder),
                customised: notifications.customised,
                in_reply_to,
            }),
            paper: None,
        })
    }
}

fn check_notification(custom: &CustomNotification, unit: LengthUnit) -> Result<(), Flaw> {
    for (what, texts, least, most) in [
        ("title", &custom.title, 1, LONGEST_TITLE),
        ("content", &custom.content, 0, LONGEST_NOTIFICATION),
    ] {
        for (language, text) in [("fi", &texts.fi), ("sv", &texts.sv), ("en", &texts.en)] {
            let pointer = format!("/notifications/customised/{what}/{language}");
            length(&pointer, text, least..=most, unit)?;
        }
    }
    Ok(())
}

fn external_id(given: Option<&str>) -> Result<Option<String>, Flaw> {
    let Some(id) = given else {
        return Ok(None);
    };
    let refused = |message: &str| Err(Flaw::invalid("/externalId", message));
    length(
        "/externalId",
        id,
        1..=LONGEST_EXTERNAL_ID,
        LengthUnit::Utf16,
    )?;
    if id.contains(char::is_control) {
        return refused("an id has no control characters; take them out");
    }
    // It goes into logs, and comes back in events and in answers of citizens.
    if mask_personal_codes(id) != id {
        return refused("an id must not have a personal identity code in it; make another");
    }
    Ok(Some(id.to_owned()))
}

fn service_id(given: Option<&str>, settings: &Settings) -> Result<String, Flaw> {
    let Some(id) = given.or(settings.service_id.as_deref()) else {
        return Err(Flaw::missing(
            "/serviceId",
            "the message has to say which service of the authority sends it; give it here or in the setting service-id",
        ));
    };
    length("/serviceId", id, 1..=LONGEST_SERVICE_ID, LengthUnit::Utf16)?;
    Ok(id.to_owned())
}

fn length(
    pointer: &str,
    text: &str,
    allowed: std::ops::RangeInclusive<usize>,
    unit: LengthUnit,
) -> Result<(), Flaw> {
    if allowed.contains(&unit.count(text)) {
        return Ok(());
    }
    let message = match text.is_empty() {
        true => "this is empty; give at least one character".to_owned(),
        false => format!(
            "this has more than {} characters ({}); shorten it",
            allowed.end(),
            match unit {
                LengthUnit::Utf16 => "units of UTF-16",
                LengthUnit::CodePoints => "code points",
            }
        ),
    };
    Err(Flaw::invalid(pointer, message))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn settings() -> Settings {
        Settings {
            service_id: Some("svc".into()),
            ..Settings::usual()
        }
    }

    fn refused(change: Value) -> Option<String> {
        let mut parameters = json!({"recipient": "010190-900P", "title": "t", "body": "b"});
        for (name, value) in change.as_object().unwrap() {
            parameters[name] = value.clone();
        }
        let parameters: MessageParameters = serde_json::from_value(parameters).unwrap();
        let checked = parameters.checked(&settings());
        checked.err().map(|flaw| flaw.pointer)
    }

    #[test]
    fn limits_are_met_and_not_passed() {
        let texts = |text: &str| json!({"fi": text, "sv": text, "en": text});
        let custom = |title: &str, content: &str| json!({"notifications": {"customised": {"title": texts(title), "content": texts(content)}}});
        for (change, pointer) in [
            (json!({}), None),
            (json!({"title": "ä".repeat(256)}), None),
            (json!({"title": "ä".repeat(257)}), Some("/title")),
            (json!({"title": ""}), Some("/title")),
            // Two units of UTF-16 each.
            (json!({"title": "😀".repeat(128)}), None),
            (json!({"title": "😀".repeat(129)}), Some("/title")),
            (json!({"body": "å".repeat(40_000)}), None),
            (json!({"body": "å".repeat(40_001)}), Some("/body")),
            (json!({"body": ""}), Some("/body")),
            (json!({"externalId": "e".repeat(256)}), None),
            (json!({"externalId": "e".repeat(257)}), Some("/externalId")),
            (json!({"externalId": ""}), Some("/externalId")),
            (json!({"externalId": "a\nb"}), Some("/externalId")),
            (
                json!({"externalId": "case-010190-900P"}),
                Some("/externalId"),
            ),
            (json!({"serviceId": "s".repeat(65)}), Some("/serviceId")),
            (json!({"recipient": "010190-900Q"}), Some("/recipient")),
            (json!({"recipient": "2574261-7"}), None),
            (custom(&"t".repeat(256), &"c".repeat(1500)), None),
            (custom("t", ""), None),
            (custom("", "c"), Some("/notifications/customised/title/fi")),
            (
                custom("t", &"c".repeat(1501)),
                Some("/notifications/customised/content/fi"),
            ),
        ] {
            assert_eq!(refused(change.clone()).as_deref(), pointer, "{change}");
        }
    }

    #[test]
    fn a_notification_has_all_languages_or_none() {
        let json =
            r#"{"title": {"fi": "t", "sv": "t"}, "content": {"fi": "", "sv": "", "en": ""}}"#;
        let error = serde_json::from_str::<CustomNotification>(json).unwrap_err();
        assert!(error.to_string().contains("`en`"));
    }

    #[test]
    fn the_unit_of_lengths_is_a_setting() {
        let text = "😀".repeat(200);
        assert_eq!(LengthUnit::Utf16.count(&text), 400);
        assert_eq!(LengthUnit::CodePoints.count(&text), 200);
    }
}
