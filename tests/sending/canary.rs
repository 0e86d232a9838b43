// SPDX-License-Identifier: Apache-2.0
//! Operations while a candidate serves a share of the conversations.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::json;
use silta_gateway::trials::{CanaryWatch, TrialCounts, TrialSettings, Watch};
use silta_store::{
    Timestamp,
    record::{End, Submission, Submitted, Trial, TrialEvidence, TrialMode},
};

use super::office::{Office, quick, submission};
use crate::{
    operations::{journey::Task, server::Turn},
    support::host::{Host, rogue},
    trials::version,
};

#[test]
fn operations_of_one_conversation_are_done_by_one_generation_over_restarts() {
    let office = Office::new();
    let connect = || office.world.server.settings_by_proxy();
    let mut generations: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    let mut first = None;
    for _ in 0..2 {
        // Another process, with the same candidate.
        let host = Host::fresh(|builder| builder);
        let agency = host.rogue(rogue());
        let candidate = version("0.2.0").with_generation(7);
        let ready = host.runtime.prepare("rogue", candidate).unwrap();
        let trial = Trial {
            mode: TrialMode::Canary,
            of_thousand: 500,
            since: Timestamp(0),
            by: String::new(),
            why: String::new(),
            evidence: TrialEvidence::default(),
            end: None,
        };
        let (place, counts) = (("rogue", &agency), TrialCounts::default());
        let watch = CanaryWatch::new(place, (7, trial), TrialSettings::default(), counts);
        Watch::Canary(Arc::clone(&watch)).put_on_trial(ready);
        let process = office.process(("rogue", agency.clone()), connect(), quick());
        for conversation in 0..12 {
            host.recorder.reset();
            let turn = Turn::worded(json!({ "event": "{}" }));
            office.world.server.plan(1, turn);
            let submission = Submission {
                lane: Some(format!("c{conversation}")),
                ..submission(&Task::rogue())
            };
            let (Submitted::New(id) | Submitted::Known(id)) =
                office.store.submit(&submission).unwrap();
            let ended = office.until_ended(id).ended.unwrap();
            assert_eq!(ended.end, End::Done);
            // Built and parsed by one.
            let calls = host.recorder.calls().into_iter();
            let numbers: Vec<_> = calls.map(|it| it.call.generation).collect();
            assert!(
                numbers.len() == 2 && numbers[0] == numbers[1],
                "{numbers:?}"
            );
            first = first.or(Some(numbers[0]));
            generations
                .entry(conversation)
                .or_default()
                .push(numbers[0]);
        }
        drop(process);
        let calls = watch.trial().evidence;
        assert_eq!(calls.candidate.calls + calls.serving.calls, 24);
        watch.stop();
    }
    let is_same = |numbers: &Vec<u64>| numbers.len() == 2 && numbers[0] == numbers[1];
    assert!(generations.values().all(is_same), "{generations:?}");
    let of_candidate = generations.values().filter(|it| it[0] == 7).count();
    assert!((1..12).contains(&of_candidate), "{generations:?}");
    // What it brought says who it was.
    let entry = office.entries().remove(0);
    assert_eq!(entry.received.provenance.generation, first);
}
