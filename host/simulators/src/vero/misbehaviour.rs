//! Bad manners, to be played on request.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Something that a push may be and should not. A receiver has to refuse all but [`Duplicate`](Self::Duplicate) and,
/// unless it is strict, [`ExtraProperty`](Self::ExtraProperty); a slow one it may end.
///
/// It is played at every attempt of the push. Everything that it does not name is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Misbehaviour {
    /// A secret that differs in its last character.
    WrongSecret,
    /// No header with a secret.
    NoSecret,
    /// A client certificate of another authority.
    WrongCa,
    /// A client certificate of the right authority that expired years ago.
    ExpiredCertificate,
    /// No client certificate.
    NoCertificate,
    /// FIP in the test environment, FIS in production.
    OtherEnvironment,
    /// A property that the requirements do not name.
    ExtraProperty,
    /// No SubscriptionId.
    MissingProperty,
    /// The NotificationKey in quotes.
    StringForNumber,
    /// JSON that breaks off.
    NotJson,
    /// White space after the JSON, up to this many bytes.
    HugeBody(usize),
    /// The right body as `text/plain`.
    WrongContentType,
    /// A path below the registered one.
    WrongPath,
    /// GET without a body.
    Get,
    /// The same notification once more after it has been acknowledged, as when the acknowledgement got lost.
    Duplicate,
    /// Head and body byte by byte, spread over about this time, for which the time limit is lengthened.
    SlowLoris(Duration),
}

/// A misbehaviour that can be asked for by name.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CatalogueEntry {
    /// The misbehaviour, with its default where it takes an argument.
    pub misbehaviour: Misbehaviour,
    /// What may follow after `=`, such as `SECONDS`, and its default.
    pub argument: Option<(&'static str, &'static str)>,
    /// What happens, in a few words.
    pub effect: &'static str,
}

/// Why a text names no misbehaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
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

const fn entry(misbehaviour: Misbehaviour, effect: &'static str) -> CatalogueEntry {
    CatalogueEntry {
        misbehaviour,
        argument: None,
        effect,
    }
}

impl Misbehaviour {
    /// Every misbehaviour there is.
    pub const CATALOGUE: &[CatalogueEntry] = &[
        entry(Self::WrongSecret, "a secret wrong in its last character"),
        entry(Self::NoSecret, "no secret"),
        entry(Self::WrongCa, "a client certificate of another authority"),
        entry(Self::ExpiredCertificate, "an expired client certificate"),
        entry(Self::NoCertificate, "no client certificate"),
        entry(Self::OtherEnvironment, "FIP for FIS, or FIS for FIP"),
        entry(Self::ExtraProperty, "a property that nobody knows"),
        entry(Self::MissingProperty, "no SubscriptionId"),
        entry(Self::StringForNumber, "the NotificationKey in quotes"),
        entry(Self::NotJson, "JSON that breaks off"),
        CatalogueEntry {
            misbehaviour: Self::HugeBody(10_000_000),
            argument: Some(("BYTES", "10000000")),
            effect: "white space up to that size",
        },
        entry(Self::WrongContentType, "a right body as text/plain"),
        entry(Self::WrongPath, "a path below the right one"),
        entry(Self::Get, "GET without a body"),
        entry(Self::Duplicate, "once more after an acknowledgement"),
        CatalogueEntry {
            misbehaviour: Self::SlowLoris(Duration::from_secs(60)),
            argument: Some(("SECONDS", "60")),
            effect: "the request byte by byte, in that time",
        },
    ];

    /// Its name in the catalogue.
    pub fn name(&self) -> &'static str {
        match self {
            Self::WrongSecret => "wrong-secret",
            Self::NoSecret => "no-secret",
            Self::WrongCa => "wrong-ca",
            Self::ExpiredCertificate => "expired-certificate",
            Self::NoCertificate => "no-certificate",
            Self::OtherEnvironment => "other-environment",
            Self::ExtraProperty => "extra-property",
            Self::MissingProperty => "missing-property",
            Self::StringForNumber => "string-for-number",
            Self::NotJson => "not-json",
            Self::HugeBody(_) => "huge-body",
            Self::WrongContentType => "wrong-content-type",
            Self::WrongPath => "wrong-path",
            Self::Get => "get",
            Self::Duplicate => "duplicate",
            Self::SlowLoris(_) => "slow-loris",
        }
    }

    /// The same with this argument; `None` when it does not take such a one.
    fn with(self, argument: &str) -> Option<Self> {
        match self {
            Self::HugeBody(_) => bytes(argument).map(Self::HugeBody),
            Self::SlowLoris(_) => seconds(argument).map(Self::SlowLoris),
            _ => None,
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
            .find(|entry| entry.misbehaviour.name() == name)
            .ok_or(MisbehaviourError::Unknown)?;
        let name = entry.misbehaviour.name();
        match (entry.argument, given) {
            (_, None) => Ok(entry.misbehaviour),
            (None, Some(_)) => Err(MisbehaviourError::NoArgument(name)),
            (Some((argument, _)), Some(given)) => entry
                .misbehaviour
                .with(given)
                .ok_or(MisbehaviourError::Argument { name, argument }),
        }
    }
}

/// `NAME`, or `NAME=ARGUMENT` where it takes one.
impl fmt::Display for CatalogueEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.misbehaviour.name();
        match self.argument {
            Some((argument, _)) => write!(f, "{name}={argument}"),
            None => f.write_str(name),
        }
    }
}

/// Longest time taken: a day.
const LONGEST: f64 = 86_400.0;

/// Largest body made, since it is made in memory: a gibibyte.
const LARGEST: usize = 1 << 30;

/// Seconds, with a decimal point if need be.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    (seconds <= LONGEST)
        .then(|| Duration::try_from_secs_f64(seconds).ok())
        .flatten()
}

fn bytes(text: &str) -> Option<usize> {
    text.parse().ok().filter(|bytes| *bytes <= LARGEST)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn everything_in_the_catalogue_is_made_by_its_name() {
        let mut names = HashSet::new();
        for entry in Misbehaviour::CATALOGUE {
            let name = entry.misbehaviour.name();
            assert!(names.insert(name), "{name}");
            assert_eq!(name.parse(), Ok(entry.misbehaviour));
            if let Some((_, default)) = entry.argument {
                assert_eq!(format!("{name}={default}").parse(), Ok(entry.misbehaviour));
            }
        }
    }

    #[test]
    fn arguments_are_what_they_have_to_be() {
        assert_eq!(
            "slow-loris=0.5".parse(),
            Ok(Misbehaviour::SlowLoris(Duration::from_millis(500)))
        );
        assert_eq!(
            "no".parse::<Misbehaviour>(),
            Err(MisbehaviourError::Unknown)
        );
        assert_eq!(
            "get=1".parse::<Misbehaviour>(),
            Err(MisbehaviourError::NoArgument("get"))
        );
        for wrong in [
            "slow-loris=",
            "slow-loris=-1",
            "slow-loris=nan",
            "slow-loris=1e9",
            "huge-body=-1",
            "huge-body=2000000000",
        ] {
            let error = wrong.parse::<Misbehaviour>().unwrap_err();
            assert!(
                matches!(error, MisbehaviourError::Argument { .. }),
                "{wrong}"
            );
        }
    }
}
