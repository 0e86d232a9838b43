// SPDX-License-Identifier: Apache-2.0
//! A candidate serves a share of the conversations itself: always the same ones, and none any more once it is worse. No call is lost by that.

use std::{collections::BTreeSet, ops::Deref, sync::Arc, thread, time::Duration};

use serde_json::json;
use silta::{
    Agency, Blob, Deployment, Error, Keyring, Limits, Ready,
    exchange::{Call, HttpCall, MailCall, MailConnection, Response, Sending, Verdict},
};
use silta_gateway::trials::{CanaryWatch, TrialCounts, TrialSettings, Watch};
use silta_store::{
    Timestamp,
    record::{Trial, TrialEvidence, TrialMode},
};

use crate::{
    gateway::scene::Lingering,
    support::{
        build,
        host::{Host, host, rogue},
        keys, worded,
    },
    trials::{call, is_accepted, settings, version},
};

/// Number of the candidate, the same in each test and after each restart.
const CANDIDATE: u64 = 1_000_000;

/// A trial; it ends when it is dropped.
struct Canary(Arc<CanaryWatch>);

impl Deref for Canary {
    type Target = CanaryWatch;

    fn deref(&self) -> &CanaryWatch {
        &self.0
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Canary {
    fn evidence(&self) -> TrialEvidence {
        self.trial().evidence
    }

    /// Why it was rolled back.
    fn rollback(&self) -> String {
        self.evidence().rollback.expect("it was rolled back")
    }
}

fn prepared(host: &Host, deployment: Deployment) -> Ready {
    let deployment = deployment.with_generation(CANDIDATE);
    host.runtime.prepare("rogue", deployment).unwrap()
}

fn trial(of_thousand: u32) -> Trial {
    Trial {
        mode: TrialMode::Canary,
        of_thousand,
        since: Timestamp(0),
        by: "maija".into(),
        why: "a new interface".into(),
        evidence: TrialEvidence::default(),
        end: None,
    }
}

fn serve_share(
    (host, agency): (&Host, &Agency),
    deployment: Deployment,
    (of_thousand, settings): (u32, TrialSettings),
) -> Canary {
    let place = ("rogue", agency);
    let trial = (CANDIDATE, trial(of_thousand));
    let watch = CanaryWatch::new(place, trial, settings, TrialCounts::default());
    Watch::Canary(Arc::clone(&watch)).put_on_trial(prepared(host, deployment));
    Canary(watch)
}

/// Which generation judges a call.
fn judged_by(agency: &Agency, body: &str) -> (u64, Result<Verdict, Error>) {
    let call = Call::Http(HttpCall {
        method: "POST".into(),
        target: "/by-version".into(),
        headers: Vec::new(),
        body: Blob::from(body.as_bytes().to_vec()),
        peer_certificates: None,
        peer_address: "127.0.0.1".into(),
    });
    let validation = agency.validate_with_generation(call).unwrap();
    (validation.generation.number, validation.verdict)
}

/// Of so many calls, those that the candidate judges.
fn of_candidate(agency: &Agency, calls: u32) -> BTreeSet<u32> {
    let judged = |body: &u32| {
        let (number, verdict) = judged_by(agency, &body.to_string());
        assert!(is_accepted(&verdict.unwrap()));
        number == CANDIDATE
    };
    (0..calls).filter(judged).collect()
}

#[test]
fn a_share_is_served_by_the_candidate_and_always_the_same_one() {
    let mut all = Vec::new();
    // Two programs, one after the other.
    for _ in 0..2 {
        let host = Host::fresh(|builder| builder);
        let agency = host.rogue(rogue());
        let serving = agency.generation_info().unwrap().number;
        let canary = serve_share((&host, &agency), version("0.2.0"), (200, settings()));
        let own = of_candidate(&agency, 400);
        // Of 80, five standard deviations of 8. It is no matter of chance which: they are these.
        assert!((40..120).contains(&own.len()), "{}", own.len());
        // Whoever calls again is answered by the same.
        assert_eq!(of_candidate(&agency, 400), own);
        let evidence = canary.evidence();
        let calls = (evidence.candidate.calls, evidence.serving.calls);
        assert_eq!(calls, (2 * own.len() as u64, 800 - 2 * own.len() as u64));
        assert_eq!(evidence.candidate.wrong_calls(), 0);
        let told = host.recorder.calls();
        let numbers: BTreeSet<_> = told.iter().map(|it| it.call.generation).collect();
        assert_eq!(numbers, [serving, CANDIDATE].into());
        all.push(own);
        // Where the trial is over, what serves has all of them.
        canary.stop();
        assert_eq!(of_candidate(&agency, 400), BTreeSet::new());
    }
    assert_eq!(all[0], all[1]);
}

#[test]
fn a_mail_that_comes_again_is_judged_by_the_same() {
    let host = host();
    let agency = host.rogue(rogue());
    let canary = serve_share((&host, &agency), version("0.2.0"), (500, settings()));
    let mut by_candidate = 0;
    for number in 0..40 {
        let judge = || {
            let content = format!("Subject: {number}\r\n\r\nhello\r\n");
            let mail = MailCall {
                sender: "a@example.fi".into(),
                recipients: vec!["notify@example.fi".into()],
                content: Blob::from(content.into_bytes()),
                connection: MailConnection {
                    peer_address: "127.0.0.1".into(),
                    tls: None,
                    peer_certificates: None,
                    allowed: true,
                },
            };
            let validation = agency.validate_with_generation(Call::Mail(mail));
            validation.unwrap().generation.number
        };
        let first = judge();
        assert_eq!(judge(), first);
        by_candidate += u32::from(first == CANDIDATE);
    }
    // Of 20, five standard deviations of 3.2.
    assert!((4..36).contains(&by_candidate), "{by_candidate}");
    drop(canary);
}

#[test]
fn all_steps_of_a_conversation_are_done_by_one_generation_with_its_own_keys() {
    let host = host();
    let (old, new) = (keys::ecdsa(), keys::ecdsa());
    let with = |pair: &keys::Pair| Keyring::new().with("signer", pair.role_key());
    let agency = host.rogue(rogue().with_keyring(with(&old)));
    let candidate = version("0.2.0").with_keyring(with(&new));
    let canary = serve_share((&host, &agency), candidate, (500, settings()));
    host.recorder.reset();
    let mut certificates = BTreeSet::new();
    for conversation in 0..20_u32 {
        let key = || conversation.to_be_bytes().to_vec();
        let own = agency.in_conversation(Some("behave"), key);
        let number = own.generation_info().unwrap().number;
        let way = json!({"count": 1, "way": "ecdsa-p256-sha256", "role": "signer"});
        build(&own, "sign", way).unwrap();
        let answered = Response::Answered(worded(&json!({})));
        own.parse("behave", answered, Sending::default()).unwrap();
        let again = agency.in_conversation(Some("behave"), key);
        assert_eq!(again.generation_info().unwrap().number, number);
        let calls = host.recorder.calls();
        assert!(
            calls.iter().all(|it| it.call.generation == number),
            "{calls:?}"
        );
        let signatures = host.recorder.signatures();
        assert_eq!(signatures.len(), 1);
        let certificate = signatures[0].certificate.clone();
        certificates.insert((number, certificate));
        host.recorder.reset();
    }
    // One of each, and not the same.
    assert_eq!(certificates.len(), 2);
    let certificates: BTreeSet<_> = certificates.into_iter().map(|(_, it)| it).collect();
    assert_eq!(certificates.len(), 2);
    assert_eq!(canary.evidence().candidate.wrong_calls(), 0);
}

#[test]
fn a_candidate_that_is_stopped_is_rolled_back_and_the_call_is_judged_by_what_serves() {
    for (wanted, code) in [("0.1.6", "component.crash"), ("0.1.7", "limit.deadline")] {
        let host = host();
        // Its own steps into service are within it on a busy machine, too.
        let limits = || Limits {
            deadline: Duration::from_secs(3),
            ..Limits::default()
        };
        let agency = host.rogue(rogue().with_limits(limits()));
        let serving = agency.generation_info().unwrap().number;
        let candidate = version(wanted).with_limits(limits());
        let canary = serve_share((&host, &agency), candidate, (1_000, settings()));
        let (number, verdict) = judged_by(&agency, "131052-308T");
        assert!(is_accepted(&verdict.unwrap()), "{wanted}");
        assert_eq!(number, serving);
        assert_eq!(agency.trial_info(), None);
        let why = canary.rollback();
        assert!(why.contains(code) && why.contains("validate"), "{why}");
        let evidence = canary.evidence();
        let (own, others) = (&evidence.candidate, &evidence.serving);
        assert_eq!((own.calls, own.stopped, others.calls), (1, 1, 1));
        assert_eq!((own.wrong[0].code.as_str(), own.wrong[0].count), (code, 1));
        assert!(!format!("{evidence:?}").contains("308T"));
        // It serves nothing any more.
        assert_eq!(judged_by(&agency, "again").0, serving);
        assert_eq!(canary.evidence().candidate.calls, 1);
    }
}

#[test]
fn what_stops_both_says_nothing_of_the_candidate() {
    let host = host();
    let agency = host.rogue(rogue());
    let canary = serve_share((&host, &agency), version("0.2.0"), (1_000, settings()));
    let call = HttpCall {
        method: "POST".into(),
        target: "/crash".into(),
        headers: Vec::new(),
        body: Blob::empty(),
        peer_certificates: None,
        peer_address: "127.0.0.1".into(),
    };
    let error = agency.validate(Call::Http(call)).unwrap_err();
    assert_eq!(error.code(), "component.crash");
    let evidence = canary.evidence();
    assert_eq!(
        (evidence.candidate.stopped, evidence.serving.stopped),
        (1, 1)
    );
    assert_eq!(evidence.rollback, None);
    assert_eq!(judged_by(&agency, "on").0, CANDIDATE);
}

#[test]
fn what_a_candidate_does_not_take_is_left_to_what_serves() {
    let host = host();
    let agency = host.rogue(rogue());
    let serving = agency.generation_info().unwrap().number;
    // It declares that it takes next to nothing.
    let canary = serve_share((&host, &agency), version("0.1.4"), (1_000, settings()));
    let (number, verdict) = judged_by(&agency, "131052-308T");
    assert!(is_accepted(&verdict.unwrap()));
    assert_eq!(number, serving);
    let evidence = canary.evidence();
    assert_eq!(evidence.candidate.wrong[0].code, "input.too-large");
    assert_eq!((evidence.candidate.problems, evidence.rollback), (1, None));
    // So is an operation that it does not have.
    let other = agency.in_conversation(Some("no-such"), Vec::new);
    assert_eq!(other.generation_info().unwrap().number, serving);
    assert_eq!(canary.evidence().candidate.problems, 2);
}

#[test]
fn a_worse_rate_rolls_back_once_enough_calls_were_made() {
    let host = host();
    let agency = host.rogue(rogue());
    let settings = TrialSettings {
        rollback_calls: 20,
        ..settings()
    };
    // It rejects what what serves accepts.
    let canary = serve_share((&host, &agency), version("0.1.8"), (500, settings));
    let mut rejected = 0;
    for body in 0..1_000_u32 {
        let (number, verdict) = judged_by(&agency, &body.to_string());
        let is_rejected = !is_accepted(&verdict.unwrap());
        assert_eq!(is_rejected, number == CANDIDATE);
        rejected += u64::from(is_rejected);
        if canary.evidence().rollback.is_some() {
            break;
        }
        assert_eq!(agency.trial_info().unwrap().number, CANDIDATE);
    }
    let evidence = canary.evidence();
    let (own, others) = (&evidence.candidate, &evidence.serving);
    assert_eq!(own.calls.min(others.calls), 20);
    assert_eq!((own.problems, own.calls), (rejected, rejected));
    assert_eq!(own.wrong[0].code, "call.refused");
    assert!(canary.rollback().contains("rollback-worse"));
    assert_eq!(agency.trial_info(), None);
}

#[test]
fn calls_that_a_candidate_has_when_it_is_rolled_back_go_on_and_are_seen() {
    let host = host();
    let agency = host.rogue(rogue());
    let canary = serve_share((&host, &agency), version("0.1.6"), (1_000, settings()));
    let lingering = Lingering::at(&host);
    thread::scope(|scope| {
        let occupant = scope.spawn(|| call(&agency, "linger", "two"));
        lingering.wait();
        assert!(is_accepted(&call(&agency, "by-version", "one")));
        assert!(canary.rollback().contains("component.crash"));
        let draining = agency.draining();
        assert_eq!((draining[0].number, draining[0].calls), (CANDIDATE, 1));
        lingering.let_go();
        assert!(is_accepted(&occupant.join().unwrap()));
    });
    assert_eq!(agency.draining(), []);
}

#[test]
fn what_is_promoted_is_not_rolled_back_any_more() {
    let host = host();
    let agency = host.rogue(rogue());
    let before = agency.generation_info().unwrap();
    let canary = serve_share((&host, &agency), version("0.1.6"), (1_000, settings()));
    assert!(canary.begin_promoting());
    assert!(is_accepted(&call(&agency, "by-version", "one")));
    assert_eq!(canary.evidence().rollback, None);
    assert!(agency.serve_trial(CANDIDATE));
    assert_eq!(agency.generation_info().unwrap().number, CANDIDATE);
    assert_eq!(agency.roll_back().unwrap(), before);
}

#[test]
fn what_did_calls_again_serves_a_share_without_being_prepared_anew() {
    let host = host();
    let agency = host.rogue(rogue());
    let place = ("rogue", &agency);
    let shadow = Trial {
        mode: TrialMode::Shadow,
        ..trial(1_000)
    };
    let watch = Watch::start(
        place,
        (CANDIDATE, shadow),
        settings(),
        TrialCounts::default(),
    );
    let watch = watch.unwrap();
    watch.put_on_trial(prepared(&host, version("0.2.0")));
    assert_ne!(judged_by(&agency, "one").0, CANDIDATE);
    let canary = CanaryWatch::new(
        place,
        (CANDIDATE, trial(1_000)),
        settings(),
        TrialCounts::default(),
    );
    let tap = || Arc::clone(&canary) as Arc<dyn silta::CanaryTap>;
    assert!(!agency.try_as_canary(CANDIDATE + 1, 1_000, tap()));
    assert!(agency.try_as_canary(CANDIDATE, 1_000, tap()));
    assert!(!agency.try_as_canary(CANDIDATE, 1_000, tap()));
    assert_eq!(judged_by(&agency, "one").0, CANDIDATE);
    if let Watch::Shadow(shadow) = watch {
        shadow.end_repeating();
    }
    assert_eq!(judged_by(&agency, "two").0, CANDIDATE);
    canary.stop();
    assert_eq!(agency.trial_info(), None);
}
