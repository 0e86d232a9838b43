//! Misbehaviours by name, for command lines.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::super::answer::{FAULT_CODE, FAULT_TEXT};
use super::Misbehaviour;

/// A misbehaviour that can be asked for by name.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueEntry {
    /// Its name, such as `refuse`.
    pub name: &'static str,
    /// What may follow after `=`, such as `CODE`, and what stands in for it when it is left out.
    pub argument: Option<(&'static str, &'static str)>,
    /// What happens, in a few words.
    pub effect: &'static str,
    make: fn(&str) -> Option<Misbehaviour>,
}

/// Why a text names no misbehaviour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MisbehaviourError {
    /// There is none of that name.
    #[error("there is no misbehaviour of that name")]
    Unknown,
    /// It takes nothing after its name.
    #[error("{0} takes no argument")]
    NoArgument(&'static str),
    /// What follows the name is not what it takes.
    #[error("{name} takes {argument} after `=`")]
    Argument {
        /// The name.
        name: &'static str,
        /// What it takes, such as `SECONDS`.
        argument: &'static str,
    },
}

const fn plain(
    name: &'static str,
    effect: &'static str,
    make: fn(&str) -> Option<Misbehaviour>,
) -> CatalogueEntry {
    CatalogueEntry {
        name,
        argument: None,
        effect,
        make,
    }
}

const fn with(
    name: &'static str,
    argument: &'static str,
    default: &'static str,
    effect: &'static str,
    make: fn(&str) -> Option<Misbehaviour>,
) -> CatalogueEntry {
    CatalogueEntry {
        name,
        argument: Some((argument, default)),
        effect,
        make,
    }
}

impl Misbehaviour {
    /// Every misbehaviour with its name.
    pub const CATALOGUE: &[CatalogueEntry] = &[
        with("slow", "SECONDS", "10", "the answer trickles in", |text| {
            seconds(text).map(Self::Slow)
        }),
        with(
            "hang",
            "SECONDS",
            "120",
            "the answer is held back",
            |text| seconds(text).map(Self::Hang),
        ),
        plain("reset", "half an answer, then a connection reset", |_| {
            Some(Self::ResetMidBody)
        }),
        plain("silence", "no answer, the message is not kept", |_| {
            Some(Self::Silence { kept: false })
        }),
        plain("silence-kept", "no answer, the message is kept", |_| {
            Some(Self::Silence { kept: true })
        }),
        with(
            "refuse",
            "CODE",
            "474",
            "a code, the message is not kept",
            |text| code(text).map(|code| Self::Refuse { code, kept: false }),
        ),
        with(
            "refuse-kept",
            "CODE",
            "999",
            "a code, the message is kept",
            |text| code(text).map(|code| Self::Refuse { code, kept: true }),
        ),
        with(
            "fault",
            "CODE",
            FAULT_CODE,
            "a SOAP fault, the message is not kept",
            |text| fault(text, false),
        ),
        with(
            "fault-kept",
            "CODE",
            FAULT_CODE,
            "a SOAP fault, the message is kept",
            |text| fault(text, true),
        ),
        plain(
            "bare-fault",
            "a SOAP fault without detail, not kept",
            |_| Some(Self::BareFault { kept: false }),
        ),
        plain(
            "bare-fault-kept",
            "a SOAP fault without detail, kept",
            |_| Some(Self::BareFault { kept: true }),
        ),
        plain(
            "other-prefixes",
            "prefixes not seen before, which is allowed",
            |_| Some(Self::OtherPrefixes),
        ),
        plain(
            "no-prefixes",
            "default namespaces, which is allowed",
            |_| Some(Self::NoPrefixes),
        ),
        plain(
            "wrong-namespace",
            "the operation in a wrong namespace",
            |_| Some(Self::WrongNamespace),
        ),
        plain("garbage", "bytes that are not XML", |_| Some(Self::Garbage)),
        plain("bad-gateway", "HTTP 502 with a page in HTML", |_| {
            Some(Self::BadGateway)
        }),
        plain("empty", "HTTP 200 without a body", |_| Some(Self::Empty)),
        with(
            "content-type",
            "TYPE",
            "text/html",
            "a wrong Content-Type",
            |text| {
                let is_visible =
                    !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
                is_visible.then(|| Self::ContentType(text.to_owned()))
            },
        ),
        plain(
            "doctype",
            "a document type declaration in the answer",
            |_| Some(Self::Doctype),
        ),
        with(
            "oversized",
            "BYTES",
            "67108864",
            "an answer of that size",
            |text| text.parse().ok().map(Self::Oversized),
        ),
        plain("truncated-base64", "Download: base64 cut off", |_| {
            Some(Self::TruncatedBase64)
        }),
        plain(
            "tampered-reply",
            "Download: a byte changed after signing",
            |_| Some(Self::TamperedReply),
        ),
        plain("wrong-signer", "Download: signed by a stranger", |_| {
            Some(Self::WrongSigner)
        }),
        plain("list-twice", "DownloadList: every message twice", |_| {
            Some(Self::ListTwice)
        }),
        plain("notify-twice", "Notify: called twice", |_| {
            Some(Self::NotifyTwice)
        }),
        with(
            "notify-late",
            "SECONDS",
            "60",
            "Notify: called late",
            |text| seconds(text).map(Self::NotifyLate),
        ),
        plain("notify-never", "Notify: not called", |_| {
            Some(Self::NotifyNever)
        }),
        plain(
            "wrong-server-certificate",
            "TLS: a server nobody knows",
            |_| Some(Self::WrongServerCertificate),
        ),
    ];

    /// Its name in the catalogue.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Slow(_) => "slow",
            Self::Hang(_) => "hang",
            Self::ResetMidBody => "reset",
            Self::Silence { kept: false } => "silence",
            Self::Silence { kept: true } => "silence-kept",
            Self::Refuse { kept: false, .. } => "refuse",
            Self::Refuse { kept: true, .. } => "refuse-kept",
            Self::Fault { kept: false, .. } => "fault",
            Self::Fault { kept: true, .. } => "fault-kept",
            Self::BareFault { kept: false } => "bare-fault",
            Self::BareFault { kept: true } => "bare-fault-kept",
            Self::OtherPrefixes => "other-prefixes",
            Self::NoPrefixes => "no-prefixes",
            Self::WrongNamespace => "wrong-namespace",
            Self::Garbage => "garbage",
            Self::BadGateway => "bad-gateway",
            Self::Empty => "empty",
            Self::ContentType(_) => "content-type",
            Self::Doctype => "doctype",
            Self::Oversized(_) => "oversized",
            Self::TruncatedBase64 => "truncated-base64",
            Self::TamperedReply => "tampered-reply",
            Self::WrongSigner => "wrong-signer",
            Self::ListTwice => "list-twice",
            Self::NotifyTwice => "notify-twice",
            Self::NotifyLate(_) => "notify-late",
            Self::NotifyNever => "notify-never",
            Self::WrongServerCertificate => "wrong-server-certificate",
        }
    }
}

/// `NAME` or `NAME=ARGUMENT`.
impl FromStr for Misbehaviour {
    type Err = MisbehaviourError;

    fn from_str(text: &str) -> Result<Self, MisbehaviourError> {
        let (name, given) = match text.split_once('=') {
            Some((name, argument)) => (name, Some(argument)),
            None => (text, None),
        };
        let entry = Self::CATALOGUE
            .iter()
            .find(|entry| entry.name == name)
            .ok_or(MisbehaviourError::Unknown)?;
        let (argument, default) = match (entry.argument, given) {
            (None, Some(_)) => return Err(MisbehaviourError::NoArgument(entry.name)),
            (None, None) => ("nothing", ""),
            (Some(argument), _) => argument,
        };
        (entry.make)(given.unwrap_or(default)).ok_or(MisbehaviourError::Argument {
            name: entry.name,
            argument,
        })
    }
}

/// `NAME`, or `NAME=ARGUMENT` where it takes one.
impl fmt::Display for CatalogueEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.argument {
            Some((argument, _)) => write!(f, "{}={argument}", self.name),
            None => f.write_str(self.name),
        }
    }
}

/// Longest time taken: a day.
const LONGEST: f64 = 86_400.0;

/// Seconds, with a decimal point if need be.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    (seconds <= LONGEST)
        .then(|| Duration::try_from_secs_f64(seconds).ok())
        .flatten()
}

/// Three digits.
fn code(text: &str) -> Option<String> {
    let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then(|| text.to_owned())
}

fn fault(text: &str, kept: bool) -> Option<Misbehaviour> {
    code(text).map(|code| Misbehaviour::Fault {
        code,
        text: FAULT_TEXT.to_owned(),
        kept,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_in_the_catalogue_is_made_by_its_name() {
        for entry in Misbehaviour::CATALOGUE {
            let made: Misbehaviour = entry.name.parse().unwrap();
            assert_eq!(made.name(), entry.name);
            if let Some((_, default)) = entry.argument {
                assert_eq!(format!("{}={default}", entry.name).parse(), Ok(made));
            }
        }
    }

    #[test]
    fn arguments_are_what_they_have_to_be() {
        assert_eq!(
            "slow=0.5".parse(),
            Ok(Misbehaviour::Slow(Duration::from_millis(500)))
        );
        assert_eq!(
            "nothing".parse::<Misbehaviour>(),
            Err(MisbehaviourError::Unknown)
        );
        assert_eq!(
            "reset=1".parse::<Misbehaviour>(),
            Err(MisbehaviourError::NoArgument("reset"))
        );
        for wrong in [
            "slow=",
            "slow=-1",
            "slow=nan",
            "slow=1e9",
            "refuse=47",
            "refuse=4740",
            "refuse=abc",
            "oversized=-1",
            "content-type=",
            "content-type=a\nb",
        ] {
            let error = wrong.parse::<Misbehaviour>().unwrap_err();
            assert!(
                matches!(error, MisbehaviourError::Argument { .. }),
                "{wrong}"
            );
        }
    }
}
