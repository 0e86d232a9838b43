// SPDX-License-Identifier: Apache-2.0
//! `silta store`.

use std::fs;

use crate::inbox::filled;

#[test]
fn what_is_kept_is_counted_checked_and_copied_while_calls_come() {
    let (project, serving) = filled(2);
    let status = project
        .silta("store status --config rogue.toml --json")
        .json();
    assert_eq!(
        (&status["entries"], &status["waiting"]),
        (&2.into(), &2.into())
    );
    assert_eq!(status["queued"], 2);
    assert!(status["diskBytes"].as_u64().unwrap() > 0);
    let text = project
        .silta("store status --config rogue.toml")
        .succeeds()
        .out
        .clone();
    assert!(text.contains("waiting to be acknowledged"), "{text}");
    project.silta("store check --config rogue.toml").succeeds();
    project
        .silta("store backup --config rogue.toml --out copy")
        .succeeds();
    project
        .silta("store backup --config rogue.toml --out copy")
        .exits(8);
    // Only who has the store removes.
    let prune = project.silta("store prune --config rogue.toml");
    prune.exits(5);
    assert!(
        prune.err.contains("in use by another process"),
        "{}",
        prune.err
    );
    serving.stop("-TERM");
    let text = project.text("rogue.toml");
    project.write("copied.toml", format!("{text}[store]\nfolder = \"copy\"\n"));
    let copied = project
        .silta("store status --config copied.toml --json")
        .json();
    assert_eq!(copied["entries"], 2);
}

#[test]
fn what_may_be_removed_is_removed() {
    let (project, serving) = filled(2);
    let first = project
        .silta("inbox list --config rogue.toml --json")
        .json();
    let first = first["entries"][0]["position"].to_string();
    project
        .silta(&format!("inbox ack {first} --config rogue.toml"))
        .succeeds();
    serving.stop("-TERM");
    let prune = |retention: &str| {
        let text = project.text("rogue.toml");
        project.write(
            "pruned.toml",
            format!("{text}[store.retention]\n{retention}\n"),
        );
        let removed = project
            .silta("store prune --config pruned.toml --json")
            .json();
        ["acknowledged", "unacknowledged"].map(|kind| removed[kind].as_u64().unwrap())
    };
    assert_eq!(prune(""), [0, 0]);
    assert_eq!(prune("acknowledged-days = 0"), [1, 0]);
    assert_eq!(prune("acknowledged-days = 0"), [0, 0]);
    assert_eq!(prune("unacknowledged-days = 0"), [0, 1]);
    let status = project
        .silta("store status --config rogue.toml --json")
        .json();
    assert_eq!(
        (&status["entries"], &status["bodies"]),
        // The component that serves is kept, as the store's.
        (&0.into(), &1.into())
    );
}

#[test]
fn damage_is_found() {
    let (project, serving) = filled(1);
    serving.stop("-TERM");
    fs::write(project.path("store/silta.db"), "no database").unwrap();
    let check = project.silta("store check --config rogue.toml");
    assert_ne!(check.exit, 0);
    let serve = project.silta("serve --config rogue.toml");
    serve.exits(5);
    assert!(serve.err.contains("store.folder"), "{}", serve.err);
}
