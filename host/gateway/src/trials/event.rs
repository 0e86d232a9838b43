// SPDX-License-Identifier: Apache-2.0
//! What the inbox is told of candidates that were rolled back.

use std::time::SystemTime;

use serde_json::{Value, json};
use silta_store::record::{Arrival, Event, ServedCalls, Trial};

/// Kind of the one event of such an entry, and its operation: no component has named one.
pub const CANARY_ROLLED_BACK: &str = "silta.canary-rolled-back";

/// A candidate that served a share of the conversations, and serves none any more because it was worse than what serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolledBackCanary<'a> {
    /// Name that the agency is deployed under.
    pub agency: &'a str,
    /// Number of the generation.
    pub number: u64,
    /// Number of the generation that serves all conversations again; `None` where none does at the moment.
    pub serving: Option<u64>,
    /// Version that the component gives itself.
    pub version: &'a str,
    /// SHA-256 of it, in hexadecimal.
    pub component: &'a str,
    /// The trial, with what was seen of it.
    pub trial: &'a Trial,
}

impl RolledBackCanary<'_> {
    /// An entry with one event, the same for whoever tells it: of the agency and the number. Its data is `{"generation", "serving", "version", "component", "why", "share",
    /// "candidateCalls", "servingCalls", "remedy"}`; calls are `{"calls", "problems", "stopped", "wrong"}`, numbers and codes alone.
    pub fn arrival(&self, now: SystemTime) -> Arrival {
        let evidence = &self.trial.evidence;
        let data = json!({
            "generation": self.number,
            "serving": self.serving,
            "version": self.version,
            "component": self.component,
            "why": evidence.rollback,
            "share": self.trial.of_thousand,
            "candidateCalls": calls(&evidence.candidate),
            "servingCalls": calls(&evidence.serving),
            "remedy": "what served goes on with all conversations; look at the history of the agency, mend the component and deploy it again under another version",
        });
        Arrival {
            agency: self.agency.to_owned(),
            operation: CANARY_ROLLED_BACK.to_owned(),
            at: now.into(),
            events: vec![Event {
                kind: CANARY_ROLLED_BACK.to_owned(),
                data: data.to_string(),
                deduplication_key: format!("{CANARY_ROLLED_BACK}/{}", self.number),
                about: None,
            }],
            ..Arrival::default()
        }
    }
}

fn calls(served: &ServedCalls) -> Value {
    json!({
        "calls": served.calls,
        "problems": served.problems,
        "stopped": served.stopped,
        "wrong": served.wrong,
    })
}

#[cfg(test)]
mod tests {
    use silta_store::{
        MemoryStore, Store, Timestamp,
        record::{Receipt, TrialEvidence, TrialMode},
    };

    use super::*;

    #[test]
    fn the_inbox_is_told_once_of_each_candidate() {
        let store = MemoryStore::new();
        let trial = Trial {
            mode: TrialMode::Canary,
            of_thousand: 50,
            since: Timestamp(0),
            by: String::new(),
            why: String::new(),
            evidence: TrialEvidence::default(),
            end: None,
        };
        let told = |agency, number| {
            let canary = RolledBackCanary {
                agency,
                number,
                serving: Some(1),
                version: "0.2.0",
                component: "00ff",
                trial: &trial,
            };
            store.commit(&canary.arrival(SystemTime::now())).unwrap()
        };
        let (first, again) = (told("vero", 2), told("vero", 2));
        assert!(matches!((first, again), (Receipt::New(a), Receipt::Duplicate(b)) if a == b));
        assert!(matches!(told("vero", 3), Receipt::New(_)));
        assert!(matches!(told("tulli", 2), Receipt::New(_)));
    }
}
