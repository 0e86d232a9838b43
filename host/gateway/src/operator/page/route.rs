// SPDX-License-Identifier: Apache-2.0
//! Which page a path and its query ask for.

use silta_store::record::{OperationId, OperationPhase, Position};

use super::{
    fields::{Fields, href},
    language::{FIELD, Language},
};

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    Overview,
    Operations(Filter<OperationPhase>),
    Operation(OperationId),
    /// What deciding on an operation comes to, asked before it is done.
    Decide(OperationId, Act),
    Inbox(Filter<Waiting>),
    Entry(Position),
    Acts(ActFilter),
    Certificates,
    About,
    /// What serves an agency, and what did.
    Agency(String),
    /// What rolling an agency back comes to, asked before it is done.
    RollBack(String),
    /// What deciding on the trial of an agency comes to, asked before it is done.
    Trial(String, TrialAct),
}

/// What may be decided on a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrialAct {
    /// What is on trial serves.
    Promote,
    /// What did calls again serves a share of the conversations.
    Canary,
    /// The trial ends.
    Discard,
}

impl TrialAct {
    const ALL: [Self; 3] = [Self::Promote, Self::Canary, Self::Discard];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Canary => "canary",
            Self::Discard => "discard",
        }
    }
}

/// What may be decided on an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Resume,
    Cancel,
    /// One that ended badly is done once more; one that is held goes on, as by `Resume`.
    Replay,
}

impl Act {
    pub(super) const ALL: [Self; 3] = [Self::Resume, Self::Cancel, Self::Replay];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::Cancel => "cancel",
            Self::Replay => "replay",
        }
    }
}

/// Entries that nobody has acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiting;

/// Which rows of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter<S> {
    pub(super) agency: Option<String>,
    pub(super) state: Option<S>,
    /// Name of an operation.
    pub(super) name: Option<String>,
    /// Those before this number; 0 for the last ones.
    pub(super) before: u64,
}

/// Which acts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ActFilter {
    pub(super) agency: Option<String>,
    /// Those done to it.
    pub(super) operation: Option<OperationId>,
    /// Those before this number; 0 for the last ones.
    pub(super) before: u64,
}

impl ActFilter {
    /// Its address.
    pub(super) fn address(&self) -> String {
        let operation = self.operation.map(|id| id.to_string());
        let before = (self.before > 0).then(|| self.before.to_string());
        let fields = [
            ("agency", self.agency.as_deref()),
            ("operation", operation.as_deref()),
            ("before", before.as_deref()),
        ];
        href("/acts", &fields)
    }
}

impl<S> Filter<S> {
    fn read(fields: &Fields, state: impl FnOnce(&str) -> Option<S>) -> Self {
        Self {
            agency: fields.text("agency").map(str::to_owned),
            state: fields.text("state").and_then(state),
            name: fields.text("name").map(str::to_owned),
            before: fields.number("before").unwrap_or_default(),
        }
    }

    fn href(&self, path: &str, state: Option<&str>) -> String {
        let before = (self.before > 0).then(|| self.before.to_string());
        let fields = [
            ("agency", self.agency.as_deref()),
            ("state", state),
            ("name", self.name.as_deref()),
            ("before", before.as_deref()),
        ];
        href(path, &fields)
    }
}

impl Filter<OperationPhase> {
    /// Its address.
    pub(super) fn address(&self) -> String {
        self.href("/operations", self.state.map(OperationPhase::name))
    }
}

impl Filter<Waiting> {
    /// Its address.
    pub(super) fn address(&self) -> String {
        let state = self.state.as_ref().map(|Waiting| "waiting");
        self.href("/inbox", state)
    }
}

impl Route {
    /// The page at a path, and the language that its query chooses.
    pub(super) fn of(path: &str, query: Option<&str>) -> Option<(Self, Option<Language>)> {
        let fields = Fields::read(query.unwrap_or_default());
        let language = fields.text(FIELD).and_then(Language::named);
        let mut steps = path.strip_prefix('/')?.split('/');
        let step = [steps.next(), steps.next(), steps.next(), steps.next()];
        let route = match step {
            [Some(""), None, ..] => Self::Overview,
            [Some("operations"), None, ..] => {
                let phase = |name: &str| {
                    let mut all = OperationPhase::ALL.into_iter();
                    all.find(|phase| phase.name() == name)
                };
                Self::Operations(Filter::read(&fields, phase))
            }
            [Some("operations"), Some(number), None, _] => {
                Self::Operation(OperationId(number.parse().ok()?))
            }
            [Some("operations"), Some(number), Some(act), None] => {
                let act = Act::ALL.into_iter().find(|known| known.name() == act)?;
                Self::Decide(OperationId(number.parse().ok()?), act)
            }
            [Some("inbox"), None, ..] => {
                let waiting = |name: &str| (name == "waiting").then_some(Waiting);
                Self::Inbox(Filter::read(&fields, waiting))
            }
            [Some("inbox"), Some(position), None, _] => {
                Self::Entry(Position(position.parse().ok()?))
            }
            [Some("acts"), None, ..] => Self::Acts(ActFilter {
                agency: fields.text("agency").map(str::to_owned),
                // What is no number is not left out: all acts would seem to be of it.
                operation: match fields.text("operation") {
                    None => None,
                    Some(number) => Some(OperationId(number.trim().parse().ok()?)),
                },
                before: fields.number("before").unwrap_or_default(),
            }),
            [Some("certificates"), None, ..] => Self::Certificates,
            [Some("about"), None, ..] => Self::About,
            [Some("agencies"), Some(id), None, _] if is_agency(id) => Self::Agency(id.to_owned()),
            [Some("agencies"), Some(id), Some("rollback"), None] if is_agency(id) => {
                Self::RollBack(id.to_owned())
            }
            [Some("agencies"), Some(id), Some(act), None] if is_agency(id) => {
                let act = TrialAct::ALL
                    .into_iter()
                    .find(|known| known.name() == act)?;
                Self::Trial(id.to_owned(), act)
            }
            _ => return None,
        };
        Some((route, language))
    }

    /// Where it is, without a choice of the language.
    pub(super) fn address(&self) -> String {
        match self {
            Self::Overview => "/".to_owned(),
            Self::Operations(filter) => filter.address(),
            Self::Operation(id) => format!("/operations/{id}"),
            Self::Decide(id, act) => format!("/operations/{id}/{}", act.name()),
            Self::Inbox(filter) => filter.address(),
            Self::Entry(position) => format!("/inbox/{position}"),
            Self::Acts(filter) => filter.address(),
            Self::Certificates => "/certificates".to_owned(),
            Self::About => "/about".to_owned(),
            Self::Agency(id) => format!("/agencies/{id}"),
            Self::RollBack(id) => format!("/agencies/{id}/rollback"),
            Self::Trial(id, act) => format!("/agencies/{id}/{}", act.name()),
        }
    }

    /// The link of the navigation that it belongs to.
    pub(super) fn section(&self) -> &'static str {
        match self {
            Self::Overview | Self::Agency(_) | Self::RollBack(_) | Self::Trial(..) => "/",
            Self::Operations(_) | Self::Operation(_) | Self::Decide(..) => "/operations",
            Self::Inbox(_) | Self::Entry(_) => "/inbox",
            Self::Acts(_) => "/acts",
            Self::Certificates => "/certificates",
            Self::About => "/about",
        }
    }

    /// Whether it keeps itself up to date. What somebody is about to decide does not change under their eyes.
    pub(super) fn is_live(&self) -> bool {
        !matches!(
            self,
            Self::Decide(..) | Self::RollBack(_) | Self::Trial(..) | Self::About
        )
    }
}

/// Whether a step of a path may be the name of an agency: nothing in it has to be encoded.
fn is_agency(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !id.is_empty() && id.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_at_its_address() {
        for address in [
            "/",
            "/operations",
            "/operations?agency=tulli&state=held&name=a+%26b&before=17",
            "/operations/17",
            "/operations/17/cancel",
            "/operations/17/replay",
            "/inbox?state=waiting",
            "/inbox/3",
            "/acts",
            "/acts?agency=tulli&operation=17&before=3",
            "/certificates",
            "/about",
            "/agencies/tulli-test",
            "/agencies/tulli/rollback",
            "/agencies/tulli/promote",
            "/agencies/tulli/discard",
        ] {
            let (path, query) = address.split_once('?').unwrap_or((address, ""));
            let (route, language) = Route::of(path, Some(query)).unwrap();
            assert_eq!((route.address().as_str(), language), (address, None));
        }
        let chosen = Route::of("/", Some("lang=fi")).unwrap();
        assert_eq!(chosen, (Route::Overview, Some(Language::Finnish)));
        for path in [
            "",
            "/x",
            "/operations/x",
            "/operations/1/x",
            "/operations/1/cancel/x",
            "/inbox/1/2",
            "/agencies/",
            "/agencies/a%20b",
            "/agencies/a/x",
            "//",
        ] {
            assert_eq!(Route::of(path, None), None, "{path}");
        }
        for number in ["17a", "-1", "99999999999999999999"] {
            let query = format!("operation={number}");
            assert_eq!(Route::of("/acts", Some(&query)), None, "{number}");
        }
        let all = Some((Route::Acts(ActFilter::default()), None));
        assert_eq!(Route::of("/acts", Some("operation=&agency=")), all);
    }
}
