//! A notification that is pushed (requirements, "Request").

use std::net::IpAddr;

use rfc3339::Moment;

use super::{
    ExtraProperties, Settings,
    json::{self, Members, place},
};

/// What the path of a receiver ends with (requirements).
const PATH_END: &str = "/Notify/v1";

/// Type of the notification that only asks whether somebody is there (requirements).
const HEALTH_CHECK: &str = "HEALTHCHECK";

/// Longest type, in characters. A guess: the types are listed behind a login only.
const LONGEST_TYPE: usize = 128;

/// The properties of a notification, and no others (requirements).
const PROPERTIES: [&str; 5] = [
    "Environment",
    "NotificationKey",
    "NotificationType",
    "SubscriptionId",
    "Timestamp",
];

/// What HTTP says of a call.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Method.
    pub method: &'a str,
    /// Path, and query if there is one.
    pub target: &'a str,
    /// Value of the field Content-Type.
    pub content_type: Option<&'a str>,
    /// Address of the peer.
    pub address: &'a str,
}

/// A call that is turned away before anything secret is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misdirected {
    /// It is for another path.
    Path,
    /// It is not POST.
    Method,
    /// It is not JSON by its media type.
    MediaType,
    /// It comes from an address that the Tax Administration does not call from.
    Address,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its key.
    pub key: i64,
    /// Its type, whatever it is.
    pub kind: String,
    /// The subscription it belongs to.
    pub subscription: i64,
    /// When it was made, as it stands.
    pub timestamp: String,
    /// Number of properties beyond the documented ones.
    pub extra: usize,
}

/// What is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Stable code.
    pub code: &'static str,
    /// JSON pointer, or line and column.
    pub path: String,
    /// What it should be.
    pub message: String,
}

impl Notification {
    /// Whether it only asks whether somebody is there. Nothing is to be done about it.
    pub fn is_health_check(&self) -> bool {
        self.kind == HEALTH_CHECK
    }
}

/// Judges what can be judged without certificate, secret and body.
///
/// # Errors
/// Why the call is turned away.
pub fn check_head(settings: &Settings, head: Head<'_>) -> Result<(), Misdirected> {
    let path = head.target.split('?').next().unwrap_or_default();
    if !path.ends_with(PATH_END) {
        return Err(Misdirected::Path);
    }
    if head.method != "POST" {
        return Err(Misdirected::Method);
    }
    let media_type = head.content_type.unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Misdirected::MediaType);
    }
    let address: Option<IpAddr> = head.address.parse().ok();
    let address = address.map(|address| address.to_canonical());
    let addresses = &settings.notification.source_addresses;
    let is_known = |address| {
        addresses
            .iter()
            .any(|known| known.to_canonical() == address)
    };
    if !addresses.is_empty() && !address.is_some_and(is_known) {
        return Err(Misdirected::Address);
    }
    Ok(())
}

/// Reads a body.
///
/// # Errors
/// [`Wrong`]; no value of the body is repeated in it.
pub fn read_notification(settings: &Settings, body: &[u8]) -> Result<Notification, Wrong> {
    let not_json = |path| Wrong {
        code: "body.not-json",
        path,
        message: "the body is not one JSON object in UTF-8 (RFC 8259)".into(),
    };
    let text = json::text(body).map_err(not_json)?;
    let members = Members::read(&PROPERTIES, text).map_err(|error| not_json(place(&error)))?;
    if let Some(name) = members.repeated() {
        return Err(Wrong {
            code: "property.repeated",
            path: match name {
                "" => String::new(),
                name => format!("/{name}"),
            },
            message: "a property is there more than once, so that it says nothing".into(),
        });
    }
    let extra = members.others;
    if extra > 0 && settings.notification.extra_properties == ExtraProperties::Refused {
        return Err(Wrong {
            code: "property.unknown",
            path: String::new(),
            message: format!(
                "the body has {extra} properties beyond the documented ones, which the setting notification.extra-properties refuses"
            ),
        });
    }
    let environment = string(&members, "Environment")?;
    if environment != settings.environment.name() {
        return Err(Wrong {
            code: "environment.other",
            path: "/Environment".into(),
            message: "the notification is of another environment than the setting environment"
                .into(),
        });
    }
    let named = |name| move |expected: String| wrong(name, &expected);
    Ok(Notification {
        kind: kind(&string(&members, "NotificationType")?).map_err(named("NotificationType"))?,
        timestamp: timestamp(&string(&members, "Timestamp")?).map_err(named("Timestamp"))?,
        key: integer(&members, "NotificationKey")?,
        subscription: integer(&members, "SubscriptionId")?,
        extra,
    })
}

/// A type, as pushed and as listed.
///
/// # Errors
/// What it has to be.
pub(super) fn kind(text: &str) -> Result<String, String> {
    let is_kind = (1..=LONGEST_TYPE).contains(&text.chars().count());
    match is_kind && !text.contains(char::is_control) {
        true => Ok(text.to_owned()),
        false => Err(format!("a text of 1 to {LONGEST_TYPE} characters")),
    }
}

/// A time, as pushed and as listed; it is handed on as it stands.
///
/// # Errors
/// What it has to be.
pub(super) fn timestamp(text: &str) -> Result<String, String> {
    match text.parse::<Moment>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("a time with an offset (RFC 3339)".into()),
    }
}

fn string(members: &Members<'_, '_>, name: &str) -> Result<String, Wrong> {
    let text = serde_json::from_str(present(members, name)?);
    text.map_err(|_| wrong(name, "a string"))
}

fn integer(members: &Members<'_, '_>, name: &str) -> Result<i64, Wrong> {
    let number = serde_json::from_str(present(members, name)?);
    number.map_err(|_| wrong(name, "an integer of 64 bits"))
}

fn present<'j>(members: &Members<'_, 'j>, name: &str) -> Result<&'j str, Wrong> {
    members.get(name).ok_or_else(|| Wrong {
        code: "property.missing",
        path: format!("/{name}"),
        message: "this property is missing".into(),
    })
}

fn wrong(name: &str, expected: &str) -> Wrong {
    Wrong {
        code: "property.invalid",
        path: format!("/{name}"),
        message: format!("this property has to be {expected}"),
    }
}
