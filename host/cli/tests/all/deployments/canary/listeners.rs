// SPDX-License-Identifier: Apache-2.0
//! A share by each listener, and decisions in the middle of calls.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
    time::Duration,
};

use super::{CANARY, canary, generation, inbox, until};
use crate::{
    deployments::deploy,
    mail::{MAIL, say},
    platform::serving,
    serve::{Serving, client, post},
};

/// A mail whose judgement depends on the version, as the calls of the other tests.
fn mail(address: &str, text: &str) {
    let said = say(
        address,
        &[
            "EHLO relay",
            "MAIL FROM:<by-version@relay.example>",
            "RCPT TO:<box@rogue.example>",
            "DATA",
            &format!("Subject: test\r\n\r\n{text}\r\n."),
        ],
    );
    assert_eq!(said, "250 2.0.0 taken\r\n", "{text}");
}

#[cfg(unix)]
#[test]
fn mails_are_a_share_like_calls() {
    let project = canary(&format!("{CANARY}{MAIL}"));
    let (serving, first) = Serving::launch(&project, "serve --config rogue.toml");
    let address = first["mail"].as_str().unwrap();
    let platform = first["platform"].as_str().unwrap();
    let (_, port) = platform.rsplit_once(':').unwrap();
    let api = format!("--url https://localhost:{port} --token-file token --anchors pki/ca.pem");
    mail(address, "before");
    deploy(&project, &api, "rogue-0.2.6.wasm", "--canary").succeeds();
    // It crashes; what serves takes the mail.
    mail(address, "crashed");
    until(&project, &api, |it| it.get("trial").is_none());
    let kept = generation(&project, &api, 2);
    assert_eq!(kept["outcome"], "rolled-back");
    let wrong = &kept["trial"]["candidateCalls"]["wrong"][0];
    assert_eq!(wrong["code"], "component.crash");
    deploy(&project, &api, "rogue-0.2.0.wasm", "--canary").succeeds();
    mail(address, "tried");
    let promote = format!("component promote --agency rogue --yes --anyway --json {api}");
    project.silta(&promote).succeeds();
    mail(address, "promoted");
    let (texts, told) = inbox(&project);
    let expected = [("before", 1), ("crashed", 1), ("promoted", 3), ("tried", 3)];
    let expected = expected.map(|(text, number)| (text.to_owned(), number));
    assert_eq!(texts, expected.into());
    assert_eq!(told.len(), 1, "{told:?}");
    serving.stop("-TERM");
}

#[cfg(unix)]
#[test]
fn no_call_is_lost_or_doubled_while_it_is_decided() {
    let project = canary(&CANARY.replace("canary-share = 1000", "canary-share = 500"));
    let (serving, api) = serving(&project);
    let (ended, answered) = (AtomicBool::new(false), AtomicU32::new(0));
    let url = format!("{}/rogue/by-version", serving.url);
    thread::scope(|scope| {
        let callers = ["a", "b"].map(|name| {
            let agent = client(&project, "intermediary");
            let (url, ended, answered) = (&url, &ended, &answered);
            scope.spawn(move || {
                for number in 0.. {
                    if ended.load(Ordering::SeqCst) {
                        break;
                    }
                    assert_eq!(post(&agent, url, &format!("call {name} {number}")).0, 202);
                    answered.fetch_add(1, Ordering::SeqCst);
                    // So that what comes meanwhile is in one list of the inbox.
                    thread::sleep(Duration::from_millis(20));
                }
            })
        });
        let more = || {
            let before = answered.load(Ordering::SeqCst);
            while answered.load(Ordering::SeqCst) < before + 20 {
                assert!(!callers.iter().any(|caller| caller.is_finished()));
                thread::yield_now();
            }
        };
        more();
        for (file, decision) in [
            ("rogue-0.2.0.wasm", "promote --anyway --yes"),
            ("rogue-0.3.0.wasm", "discard"),
            ("rogue-0.3.0.wasm", "promote --anyway --yes"),
        ] {
            deploy(&project, &api, file, "--canary").succeeds();
            more();
            let decide = format!("component {decision} --agency rogue --json {api}");
            project.silta(&decide).succeeds();
            more();
        }
        let back = format!("component rollback --agency rogue --yes --json {api}");
        project.silta(&back).succeeds();
        more();
        ended.store(true, Ordering::SeqCst);
    });
    let (texts, told) = inbox(&project);
    assert_eq!(texts.len(), answered.load(Ordering::SeqCst) as usize);
    assert_eq!(told.len(), 0);
    for number in 1..=4 {
        assert!(
            texts.values().any(|by| *by == number),
            "{number}: {texts:?}"
        );
    }
    serving.stop("-TERM");
}
