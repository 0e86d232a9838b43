// SPDX-License-Identifier: Apache-2.0
//! Components are compiled in a process of their own: one that takes too long or too much is refused, one that is killed is nobody's fault, and calls go on.

use std::{
    fs,
    process::Command,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use super::{answers, deploy, deployer, stands};
use crate::{platform::serving, project::Project, serve::Serving};

const PATIENCE: Duration = Duration::from_secs(120);

/// The test's component with a module that nothing uses and that is as large as one may be: it keeps the compiler busy for seconds.
fn heavy() -> Vec<u8> {
    // global.get 0, i32.const 1, i32.add, global.set 0
    let step = [0x23, 0, 0x41, 1, 0x6a, 0x24, 0];
    let mut body = vec![0];
    body.extend(step.repeat(10_000));
    body.push(0x0b);
    let functions = 90;
    let mut code = number(functions);
    for _ in 0..functions {
        code.extend(sized(&body));
    }
    let mut declared = number(functions);
    declared.extend(vec![0; functions]);
    let sections: [(u8, &[u8]); 4] = [
        (1, &[1, 0x60, 0, 0]),
        (3, &declared),
        (6, &[1, 0x7f, 1, 0x41, 0, 0x0b]),
        (10, &code),
    ];
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    for (id, content) in sections {
        module.push(id);
        module.extend(sized(content));
    }
    let mut component = artifacts::ROGUE.bytes.to_vec();
    component.push(1);
    component.extend(sized(&module));
    // Nobody has compiled these bytes before, so that no machine code of them is kept: a custom section that says when.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let salt = [b"\x04salt".as_slice(), &now.as_nanos().to_le_bytes()].concat();
    component.push(0);
    component.extend(sized(&salt));
    component
}

fn sized(content: &[u8]) -> Vec<u8> {
    [number(content.len()), content.to_vec()].concat()
}

/// LEB128.
fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A project whose own component has been compiled already, and is found again whatever the limits are.
fn compiled(limits: &str) -> Project {
    let project = deployer();
    project.write("heavy.wasm", heavy());
    drop(serving(&project));
    let text = project.text("rogue.toml");
    project.write("rogue.toml", format!("{text}\n[deployments]\n{limits}\n"));
    project
}

#[test]
fn what_takes_too_long_or_too_much_to_compile_is_refused_and_calls_go_on() {
    for (limits, told) in [
        ("compile-seconds = 1", "1 s (`deployments.compile-seconds`)"),
        (
            "compile-memory-bytes = 67108864",
            "67108864 bytes of memory (`deployments.compile-memory-bytes`)",
        ),
    ] {
        let project = compiled(limits);
        let (serving, api) = serving(&project);
        let refused = thread::scope(|scope| {
            let refused = scope.spawn(|| deploy(&project, &api, "heavy.wasm", "--allow-downgrade"));
            while !refused.is_finished() {
                answers(&project, &serving);
            }
            refused.join().unwrap()
        });
        let error = refused.exits(5).error();
        assert_eq!(error["code"], "component.rejected.compiled");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(told), "{message}");
        let history = project.silta(&format!("component history --agency rogue --json {api}"));
        let last = history.succeeds().json()["generations"][0].clone();
        assert_eq!(last["rejection"]["step"], "compiled");
        assert_eq!(stands(&project, &api)["generation"], 1);
        answers(&project, &serving);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_worker_that_is_killed_says_nothing_of_the_component() {
    let project = compiled("compile-seconds = 600");
    let (serving, api) = serving(&project);
    let failed = thread::scope(|scope| {
        let failed = scope.spawn(|| deploy(&project, &api, "heavy.wasm", "--allow-downgrade"));
        let worker = worker(serving.id(), &failed);
        // It has no variable that could be somebody else's.
        let environment = fs::read_to_string(format!("/proc/{worker}/environ")).unwrap();
        let variables: Vec<&str> = environment.split_terminator('\0').collect();
        assert!(
            matches!(variables[..], [threads] if threads.starts_with("RAYON_NUM_THREADS=")),
            "{variables:?}"
        );
        signal("-KILL", &worker);
        failed.join().unwrap()
    });
    let error = failed.exits(7).error();
    assert_eq!(error["code"], "compiler.failed", "{error}");
    assert!(
        error["message"].as_str().unwrap().contains("signal 9"),
        "{error}"
    );
    assert_eq!(stands(&project, &api)["generation"], 1);
    answers(&project, &serving);
    // Nothing is left behind, and the next one is compiled.
    deploy(&project, &api, "rogue-0.2.0.wasm", "").succeeds();
    assert!(workers(serving.id()).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn while_one_is_deployed_others_are_put_off() {
    let project = compiled("compile-seconds = 600");
    let (serving, api) = serving(&project);
    let put_off = thread::scope(|scope| {
        let first = scope.spawn(|| deploy(&project, &api, "heavy.wasm", "--allow-downgrade"));
        let worker = worker(serving.id(), &first);
        // However long the others take, it is under way meanwhile.
        signal("-STOP", &worker);
        let put_off = [(); 2].map(|()| deploy(&project, &api, "rogue-0.2.0.wasm", ""));
        signal("-KILL", &worker);
        first.join().unwrap().exits(7);
        put_off
    });
    for run in put_off {
        assert_eq!(run.error()["code"], "deployment.under-way");
    }
    assert_eq!(stands(&project, &api)["generation"], 1);
    deploy(&project, &api, "rogue-0.2.0.wasm", "").succeeds();
}

#[cfg(target_os = "linux")]
#[test]
fn a_worker_ends_with_whom_it_works_for() {
    let project = compiled("compile-seconds = 600");
    let (serving, api) = serving(&project);
    let begun = Instant::now();
    thread::scope(|scope| {
        let asked = scope.spawn(|| deploy(&project, &api, "heavy.wasm", "--allow-downgrade"));
        let worker = worker(serving.id(), &asked);
        drop(serving); // killed
        while is_running(&worker) {
            assert!(begun.elapsed() < PATIENCE, "it goes on");
            thread::sleep(Duration::from_millis(5));
        }
        assert_ne!(asked.join().unwrap().exit, 0);
    });
}

/// Of a candidate whose machine code is gone, nobody knows anything while it cannot be compiled anew.
#[cfg(target_os = "linux")]
#[test]
fn a_trial_that_does_not_go_on_says_why_and_since_when() {
    let project = compiled("compile-seconds = 600");
    let serve = "serve --config rogue.toml --cache-dir cache";
    let api = |first: &serde_json::Value| {
        let port = first["platform"].as_str().unwrap().rsplit(':').next();
        format!(
            "--url https://localhost:{} --token-file token --anchors pki/ca.pem",
            port.unwrap()
        )
    };
    let (serving, first) = Serving::launch(&project, serve);
    let tried = deploy(
        &project,
        &api(&first),
        "heavy.wasm",
        "--allow-downgrade --shadow",
    );
    tried.succeeds();
    assert_eq!(stands(&project, &api(&first))["trial"].get("waiting"), None);
    serving.stop("-TERM");
    let kept = fs::read_dir(project.path("cache")).unwrap().flatten();
    let largest = kept.max_by_key(|file| file.metadata().map_or(0, |it| it.len()));
    fs::remove_file(largest.unwrap().path()).unwrap();
    let begun = Instant::now();
    let (serving, first) = thread::scope(|scope| {
        let starting = scope.spawn(|| Serving::launch(&project, serve));
        // What serves is found again, so that the candidate alone is compiled.
        let worker = loop {
            match worker_within(&project) {
                Some(worker) => break worker,
                None => assert!(begun.elapsed() < PATIENCE && !starting.is_finished()),
            }
            thread::sleep(Duration::from_millis(1));
        };
        signal("-KILL", &worker);
        starting.join().unwrap()
    });
    let api = api(&first);
    let waiting = loop {
        let standing = stands(&project, &api);
        match &standing["trial"]["waiting"] {
            serde_json::Value::Null => {}
            waiting => break waiting.clone(),
        }
        assert!(begun.elapsed() < PATIENCE, "{standing}");
    };
    assert!(waiting["since"].is_string(), "{waiting}");
    let why = waiting["why"].as_str().unwrap();
    assert!(why.contains("compiler.failed"), "{why}");
    let table = project.silta(&format!("component status {api}"));
    assert!(
        table.succeeds().out.contains("does not go on since"),
        "{}",
        table.out
    );
    // What serves does, and the trial can be ended.
    answers(&project, &serving);
    let discard = format!("component discard --agency rogue --json {api}");
    let standing = project.silta(&discard).succeeds().json();
    assert_eq!(standing.get("trial"), None);
}

/// The process that compiles what was asked for, once it is there.
#[cfg(target_os = "linux")]
fn worker<T>(of: u32, asked: &thread::ScopedJoinHandle<'_, T>) -> String {
    let begun = Instant::now();
    loop {
        match workers(of).pop() {
            Some(worker) => return worker,
            None => assert!(begun.elapsed() < PATIENCE && !asked.is_finished()),
        }
        thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(target_os = "linux")]
fn signal(name: &str, process: &str) {
    let sent = Command::new("kill").args([name, process]).status();
    assert!(sent.unwrap().success());
}

/// The process that a program compiles with that was started in the folder of a project.
#[cfg(target_os = "linux")]
fn worker_within(project: &Project) -> Option<String> {
    let folder = fs::canonicalize(project.path(".")).unwrap();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let processes = processes.filter_map(|entry| entry.file_name().into_string().ok());
    let mut programs = processes.filter(|process| {
        let within = fs::read_link(format!("/proc/{process}/cwd"));
        within.is_ok_and(|within| within == folder)
    });
    programs.find_map(|process| workers(process.parse().ok()?).pop())
}

/// Processes that a program compiles with: they are past `exec`, and have their command line.
#[cfg(target_os = "linux")]
fn workers(of: u32) -> Vec<String> {
    let threads = fs::read_dir(format!("/proc/{of}/task"))
        .into_iter()
        .flatten();
    let children = threads.flatten().flat_map(|thread| {
        let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        children
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    let is_worker = |process: &String| {
        let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        line.windows(14).any(|part| part == b"compile-worker")
    };
    children.filter(is_worker).collect()
}

/// What has ended and is nobody's child is gone, or waits for whoever collects it.
#[cfg(target_os = "linux")]
fn is_running(process: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let state = status.lines().find(|line| line.starts_with("State:"));
    state.is_some_and(|state| !state.contains('Z') && !state.contains('X'))
}
