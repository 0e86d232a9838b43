// SPDX-License-Identifier: Apache-2.0
//! Identity codes, contents and secrets are in no log, metric, error, problem or description, however much is logged and whatever is wrong with a message.
//!
//! Most messages go through the sandbox in this process; one in ten goes the whole way through `silta serve`. What they are about has marks that are looked for in each form that it could have.

mod sandboxed;
mod scanner;

use std::{
    fs::{self, File},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Instant,
};

use serde_json::json;
use silta_simulators::suomifi_rest::{CitizenMessage, Party};

use crate::{
    program::Program,
    random::Random,
    reserved::Reserved,
    whole::{Answer, Scene, Taker, Wish, until},
};
use sandboxed::{AGENCIES, Canary, Sandboxed};
use scanner::{Scanner, judge_the_scanner};

/// The most that go the whole way: each of them is logged in some hundred lines.
const MOST_SERVED: u64 = 2000;

/// Submitting clients.
const CLIENTS: u64 = 4;

pub(crate) fn prove(messages: u64, seed: u64) {
    judge_the_scanner();
    let begun = Instant::now();
    let program = Program::made_for(&AGENCIES);
    let sandboxed = Sandboxed::start(&program);
    let mut scanner = Scanner::default();
    hide(&mut scanner, &program);
    let mut random = Random::new(seed);
    let mut logged = 0;
    for number in 0..messages {
        let canary = Canary::new(number, &mut random);
        let said = sandboxed.play(&canary, &mut random);
        let call = b"silta::call".as_slice();
        logged += u64::from(said.windows(call.len()).any(|piece| piece == call));
        if let Some(leak) = scanner.find(&said) {
            panic!(
                "seed {seed}, message {number}: {} is there, {}:\n{}",
                leak.what,
                leak.form,
                String::from_utf8_lossy(&said)
            );
        }
    }
    assert!(logged > messages / 2, "calls are logged: {logged}");
    let sandboxed = scanner.looked_at;
    let served = (messages / 10).min(MOST_SERVED);
    serve(served, seed, &mut scanner);
    println!(
        "leaks: seed {seed}: {messages} messages in the sandbox, {served} through the program, {} s; {} KiB looked at, and {} KiB of the program's; 0 found",
        begun.elapsed().as_secs(),
        sandboxed >> 10,
        (scanner.looked_at - sandboxed) >> 10
    );
}

/// Keys and secrets of a folder.
fn hide(scanner: &mut Scanner, program: &Program) {
    for file in fs::read_dir(program.path("pki")).unwrap().flatten() {
        let name = file.file_name().into_string().unwrap();
        let is_secret = name.ends_with(".key.pem") || !name.ends_with(".pem");
        let Ok(text) = fs::read_to_string(file.path()) else {
            continue;
        };
        if !is_secret {
            continue;
        }
        // The first lines of two keys are alike: they say only what kind of key it is.
        let skipped = if name.ends_with(".key.pem") { 2 } else { 0 };
        for line in text.lines().skip(skipped) {
            if !line.starts_with('-') && line.len() >= 16 {
                scanner.hide(&name, line.trim_end());
            }
        }
    }
}

/// The whole way through the program.
fn serve(messages: u64, seed: u64, scanner: &mut Scanner) {
    let reserved = Reserved::new();
    let operator = reserved.address().to_string();
    let scene = Scene::new(&[("operator.address", operator.as_str().into())]);
    hide(scanner, &scene.program);
    scanner.hide("token", scene.token());
    let log = scene.program.path("log.txt");
    let written = File::create(&log).unwrap();
    let mut serving = scene.program.start_logging(Scene::CONFIGURATION, written);
    assert!(serving.listens(), "it does not serve");
    let [is_over, is_good] = [const { AtomicBool::new(false) }; 2];
    let told = thread::scope(|scope| {
        scope.spawn(|| scene.called.misbehave(seed ^ 1001, &is_good));
        scope.spawn(|| {
            let taker = Taker {
                scene: &scene,
                random: Random::new(seed ^ 101),
                careless_until: Some(&is_good),
            };
            taker.take(&is_over);
        });
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let scene = &scene;
                let mut random = Random::new(seed ^ (client + 1));
                scope.spawn(move || {
                    let numbers = (client..messages).step_by(CLIENTS as usize);
                    let told = numbers.map(|number| submit(scene, number, &mut random));
                    told.collect::<Vec<_>>().concat()
                })
            })
            .collect();
        let told: Vec<_> = clients.into_iter().map(|it| it.join().unwrap()).collect();
        is_good.store(true, Ordering::SeqCst);
        until("everything has ended", || {
            scene.decide();
            scene.is_idle()
        });
        is_over.store(true, Ordering::SeqCst);
        told.concat()
    });
    let get = |path: &str| {
        let mut answer = ureq::get(format!("http://{operator}{path}"))
            .call()
            .unwrap();
        answer.body_mut().read_to_string().unwrap()
    };
    let metrics = [get("/metrics"), get("/health/ready")].concat();
    let Answer::Came(200, openapi) = scene.platform.get("/v1/openapi.json") else {
        panic!("there is no description");
    };
    serving.stop();
    let mut commands = Vec::new();
    for command in [
        &["check", "--config", Scene::CONFIGURATION][..],
        &["store", "status", "--config", Scene::CONFIGURATION],
        &["operations", "list", "--config", Scene::CONFIGURATION],
        &["inbox", "list", "--all", "--config", Scene::CONFIGURATION],
    ] {
        let output = scene.program.command(command).output().unwrap();
        commands.extend([output.stdout, output.stderr].concat());
    }
    let log = fs::read(&log).unwrap();
    assert!(log.len() as u64 > 100 * messages, "nothing was logged");
    for (what, text) in [
        ("log", log.as_slice()),
        ("problems", told.as_bytes()),
        ("metrics", metrics.as_bytes()),
        ("openapi.json", openapi.to_string().as_bytes()),
        ("commands", &commands),
    ] {
        for line in text.split(|byte| *byte == b'\n') {
            if let Some(leak) = scanner.find(line) {
                panic!(
                    "seed {seed}: {} is in {what}, {}:\n{}",
                    leak.what,
                    leak.form,
                    String::from_utf8_lossy(line)
                );
            }
        }
    }
    // The very same way with one line more.
    let planted = format!("INFO silta::gateway title=\"{}ä\"", scanner::MARKER);
    assert!(scanner.find(planted.as_bytes()).is_some(), "planted");
}

/// Submits something, right or wrong; the problem that it is answered with.
fn submit(scene: &Scene, number: u64, random: &mut Random) -> String {
    let Canary { person, text } = Canary::new(number, random);
    if number.is_multiple_of(20) {
        let citizen = Party::new(person.as_str(), text.as_str());
        let message = CitizenMessage::new("silta_palvelu", citizen, text.as_str(), text.as_str());
        scene.called.rest.deposit(message).unwrap();
    }
    let token = format!("(({}-{number}))", scanner::MARKER);
    let message =
        json!({"recipient": person, "title": format!("{token} {}", scanner::MARKER), "body": text});
    let (agency, operation, mut parameters, payload) = match random.below(4) {
        0 => {
            let parameters = json!({"declarant": "9000001-1", "application": "INTRASTAT", "contentFormat": "application/xml"});
            let payload = format!("<d>{token} {person} {}</d>", scanner::MARKER);
            ("tulli", "upload", parameters, Some(payload))
        }
        1 => ("suomifi-mail", "send-message", message, None),
        _ => ("suomifi-rest", "send-electronic", message, None),
    };
    let fields = parameters.as_object_mut().unwrap();
    match random.below(6) {
        0 => drop(fields.insert(person.clone(), text.into())),
        1 => {
            let names: Vec<String> = fields.keys().cloned().collect();
            let name = names[random.below(names.len() as u64) as usize].clone();
            fields.insert(name, format!("{person} {text}").into());
        }
        _ => {}
    }
    let wish = Wish {
        agency,
        operation,
        key: format!("key-{number}"),
        conversation: None,
        parameters,
        payload,
    };
    match scene.platform.submit(&wish) {
        Answer::Came(202, _) | Answer::None => String::new(),
        Answer::Came(_, problem) => format!("{problem}\n"),
    }
}
