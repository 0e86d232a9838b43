// SPDX-License-Identifier: Apache-2.0
//! Misbehaviours by name, for command lines.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What an agency can be asked to do wrong, as `NAME` or `NAME=ARGUMENT`.
pub trait Misbehaving: FromStr<Err = MisbehaviourError> + Sized + 'static {
    /// Every misbehaviour that can be asked for by name.
    const CATALOGUE: &'static [CatalogueEntry<Self>];

    /// Its name in the catalogue.
    fn name(&self) -> &'static str;
}

/// A misbehaviour that can be asked for by name.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CatalogueEntry<M> {
    /// Its name, such as `refuse`.
    pub name: &'static str,
    /// What may follow after `=`, such as `CODE`, and what stands in for it when it is left out.
    pub argument: Option<(&'static str, &'static str)>,
    /// What happens, in a few words.
    pub effect: &'static str,
    pub(crate) make: fn(&str) -> Option<M>,
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

/// Writes the catalogue of a type and the names of its values from one table: name, argument and its default where it
/// takes one, the variant, how it is made from an argument, and what happens.
macro_rules! catalogue {
    ($misbehaviour:ident: $(
        $name:literal $(= ($argument:literal, $default:expr))?,
        $pattern:pat => $make:expr, $effect:literal;
    )*) => {
        impl $crate::misbehaviour::Misbehaving for $misbehaviour {
            const CATALOGUE: &'static [$crate::misbehaviour::CatalogueEntry<Self>] = &[$(
                $crate::misbehaviour::CatalogueEntry {
                    name: $name,
                    argument: $crate::misbehaviour::catalogue!(@ $($argument, $default)?),
                    effect: $effect,
                    make: $make,
                },
            )*];

            fn name(&self) -> &'static str {
                use $misbehaviour::*;
                match self {
                    $($pattern => $name,)*
                }
            }
        }

        impl ::std::str::FromStr for $misbehaviour {
            type Err = $crate::misbehaviour::MisbehaviourError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::misbehaviour::parse(text)
            }
        }
    };
    (@) => { None };
    (@ $argument:literal, $default:expr) => { Some(($argument, $default)) };
}
pub(crate) use catalogue;

/// `NAME` or `NAME=ARGUMENT`.
pub(crate) fn parse<M: Misbehaving>(text: &str) -> Result<M, MisbehaviourError> {
    let (name, given) = match text.split_once('=') {
        Some((name, argument)) => (name, Some(argument)),
        None => (text, None),
    };
    let entry = M::CATALOGUE
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

/// `NAME`, or `NAME=ARGUMENT` where it takes one.
impl<M> fmt::Display for CatalogueEntry<M> {
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
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    (seconds <= LONGEST)
        .then(|| Duration::try_from_secs_f64(seconds).ok())
        .flatten()
}

/// Largest body made, since it is made in memory: a gibibyte.
const LARGEST: usize = 1 << 30;

/// A number of bytes.
pub(crate) fn bytes(text: &str) -> Option<usize> {
    text.parse().ok().filter(|bytes| *bytes <= LARGEST)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{customs, suomifi, suomifi_mail, suomifi_rest, vero};

    #[test]
    fn everything_in_a_catalogue_is_made_by_its_name() {
        fn check<M: Misbehaving + fmt::Debug + PartialEq>() {
            let mut names = HashSet::new();
            for entry in M::CATALOGUE {
                assert!(names.insert(entry.name), "{}", entry.name);
                let made: M = entry.name.parse().unwrap();
                assert_eq!(made.name(), entry.name);
                if let Some((_, default)) = entry.argument {
                    assert_eq!(format!("{}={default}", entry.name).parse(), Ok(made));
                }
            }
        }
        check::<customs::Misbehaviour>();
        check::<suomifi::Misbehaviour>();
        check::<suomifi_mail::Misbehaviour>();
        check::<suomifi_rest::Misbehaviour>();
        check::<vero::Misbehaviour>();
    }

    #[test]
    fn arguments_are_what_they_have_to_be() {
        fn refused<M: Misbehaving + fmt::Debug>(texts: &[&str]) {
            for text in texts {
                let error = text.parse::<M>().unwrap_err();
                assert!(
                    matches!(error, MisbehaviourError::Argument { .. }),
                    "{text}"
                );
            }
        }
        let half = Duration::from_millis(500);
        assert_eq!("slow=0.5".parse(), Ok(customs::Misbehaviour::Slow(half)));
        assert_eq!(
            "slow-loris=0.5".parse(),
            Ok(vero::Misbehaviour::SlowLoris(half))
        );
        let error = |text: &str| text.parse::<customs::Misbehaviour>().unwrap_err();
        assert_eq!(error("nothing"), MisbehaviourError::Unknown);
        assert_eq!(error("reset=1"), MisbehaviourError::NoArgument("reset"));
        refused::<customs::Misbehaviour>(&[
            "slow=",
            "slow=-1",
            "slow=nan",
            "slow=1e9",
            "refuse=47",
            "refuse=4740",
            "refuse=abc",
            "oversized=-1",
            "oversized=2000000000",
            "content-type=",
            "content-type=a\nb",
        ]);
        refused::<suomifi_mail::Misbehaviour>(&[
            "reject-mail=250",
            "reject-rcpt=560",
            "reject-data=4",
            "reject-content=45x",
            "odd-code=450",
            "drop-in-data=-1",
            "closing=quit",
            "hang=1e9",
        ]);
        refused::<vero::Misbehaviour>(&["slow-loris=1e9", "huge-body=-1", "huge-body=2000000000"]);
    }
}
