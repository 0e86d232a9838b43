// SPDX-License-Identifier: Apache-2.0
//! Operations while a candidate serves a share of the conversations.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::json;
use silta::{Agency, Ready};
use silta_gateway::{
    SendingSettings,
    trials::{CanaryWatch, TrialCounts, TrialSettings, Watch},
};
use silta_store::{
    Timestamp,
    record::{
        Arrival, End, Event, FollowUp, Provenance, Submission, Submitted, Trial, TrialEvidence,
        TrialMode,
    },
};

use super::office::{Office, quick, submission};
use crate::{
    operations::{
        journey::Task,
        server::{Turn, settings as trusting},
    },
    support::host::{Host, rogue},
    trials::version,
};

/// Has a candidate, number 7, serve so many of a thousand.
fn serve_share(agency: &Agency, ready: Ready, of_thousand: u32) -> Arc<CanaryWatch> {
    serve_share_within(agency, ready, (of_thousand, TrialSettings::default()))
}

fn serve_share_within(
    agency: &Agency,
    ready: Ready,
    (of_thousand, settings): (u32, TrialSettings),
) -> Arc<CanaryWatch> {
    let trial = Trial {
        mode: TrialMode::Canary,
        of_thousand,
        since: Timestamp(0),
        by: String::new(),
        why: String::new(),
        evidence: TrialEvidence::default(),
        end: None,
    };
    let (place, counts) = (("rogue", agency), TrialCounts::default());
    let watch = CanaryWatch::new(place, (7, trial), settings, counts);
    Watch::Canary(Arc::clone(&watch)).put_on_trial(ready);
    watch
}

#[test]
fn an_answer_that_a_candidate_does_not_take_is_read_by_what_serves() {
    let office = Office::new();
    let host = Host::fresh(|builder| builder);
    let agency = host.rogue(rogue());
    let serving = agency.generation_info().unwrap().number;
    // It declares that it reads next to nothing.
    let candidate = version("0.1.4").with_generation(7);
    let ready = host.runtime.prepare("rogue", candidate).unwrap();
    let watch = serve_share(&agency, ready, 1_000);
    let turn = Turn::worded(json!({ "event": "{}" }));
    office.world.server.plan(1, turn);
    let id = office.submit(&Task::rogue());
    let connect = office.world.server.settings_by_proxy();
    let process = office.process(("rogue", agency), connect, quick());
    assert_eq!(office.until_ended(id).ended.unwrap().end, End::Done);
    drop(process);
    let entries = office.entries();
    let made_by: Vec<_> = entries
        .iter()
        .map(|it| it.received.provenance.generation)
        .collect();
    assert_eq!(made_by, [Some(serving)]);
    // It built the request, and what serves read the answer.
    let evidence = watch.trial().evidence;
    assert_eq!((evidence.candidate.calls, evidence.serving.calls), (2, 1));
    assert_eq!(evidence.candidate.wrong[0].code, "input.too-large");
    watch.stop();
}

#[test]
fn what_a_candidate_has_queued_is_done_by_it_and_what_others_have_is_not() {
    let office = Office::new();
    let host = Host::fresh(|builder| builder);
    let agency = host.rogue(rogue());
    let serving = agency.generation_info().unwrap().number;
    let candidate = version("0.2.0").with_generation(7);
    let ready = host.runtime.prepare("rogue", candidate).unwrap();
    // It has hardly any conversation otherwise.
    let watch = serve_share(&agency, ready, 1);
    let connect = office.world.server.settings_by_proxy();
    let process = office.process(("rogue", agency), connect, quick());
    for made_by in [7, serving] {
        host.recorder.reset();
        let turn = Turn::worded(json!({ "event": "{}" }));
        office.world.server.plan(1, turn);
        let arrival = Arrival {
            agency: "rogue".into(),
            operation: "called".into(),
            provenance: Provenance {
                generation: Some(made_by),
                ..Provenance::default()
            },
            events: vec![Event {
                kind: "called".into(),
                data: "{}".into(),
                deduplication_key: format!("called/{made_by}"),
                about: None,
            }],
            follow_ups: vec![FollowUp {
                operation: "behave".into(),
                parameters: "{}".into(),
                deduplication_key: format!("behave/{made_by}"),
                lane: None,
            }],
            ..Arrival::default()
        };
        office.store.commit(&arrival).unwrap();
        office.until_all_ended();
        let calls = host.recorder.calls().into_iter();
        let numbers: Vec<_> = calls.map(|it| it.call.generation).collect();
        assert_eq!(numbers, [made_by, made_by]);
    }
    drop(process);
    watch.stop();
}

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
        let watch = serve_share(&agency, ready, 500);
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

/// Deliveries of 60 conversations, of which a candidate has half that asks at this URL as this user, until all are done. What was seen of it.
fn delivered(office: &Office, asks: (&str, &str), settings: SendingSettings) -> TrialEvidence {
    let (agency, ready) = office.world.courier_and_candidate(asks, 7);
    let trial = TrialSettings {
        rollback_calls: 10,
        ..TrialSettings::default()
    };
    let watch = serve_share_within(&agency, ready, (500, trial));
    for _ in 0..60 {
        office.submit(&Task::delivery(0));
    }
    let process = office.process(("courier", agency), trusting(), settings);
    office.until_all_ended();
    drop(process);
    watch.stop();
    let ends = office.entries().len();
    assert_eq!(
        (office.world.server.state().agency.messages.len(), ends),
        (60, 60)
    );
    watch.trial().evidence
}

#[test]
fn a_candidate_that_is_given_no_credential_holds_nobody_up_and_is_rolled_back() {
    let office = Office::new();
    let url = office.world.server.url();
    let settings = SendingSettings {
        breaker_first: Duration::from_secs(3_600),
        breaker_longest: Duration::from_secs(3_600),
        ..quick()
    };
    let evidence = delivered(&office, (&url, "nobody"), settings);
    let rollback = evidence.rollback.expect("it is rolled back");
    assert!(rollback.contains("had a problem"), "{rollback}");
    let wrong = &evidence.candidate.wrong[0];
    assert_eq!(
        (wrong.operation.as_str(), wrong.code.as_str()),
        ("token", "password-wrong")
    );
    let journal = office.world.server.journal();
    let refused = journal.iter().filter(|it| it.status == Some(401)).count();
    assert!((10..40).contains(&refused), "{refused}");
    assert_eq!(office.world.server.state().agency.issued, 1);
}

#[test]
fn a_candidate_that_asks_where_nobody_answers_is_rolled_back() {
    let office = Office::new();
    let evidence = delivered(&office, ("https://localhost:1", "tester"), quick());
    evidence.rollback.expect("it is rolled back");
    let wrong = &evidence.candidate.wrong[0];
    assert_eq!(
        (wrong.function.as_str(), wrong.code.as_str()),
        ("send", "connect.refused")
    );
    assert_eq!(evidence.serving.wrong, []);
}
