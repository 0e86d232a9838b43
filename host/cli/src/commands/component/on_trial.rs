// SPDX-License-Identifier: Apache-2.0
//! What is on trial in a gateway, for people.

use serde_json::Value;

use super::answer::{at, text};
use crate::output::section;

/// What is on trial of agencies, and what was seen of it.
pub(super) fn on_trial(agencies: &[Value]) -> String {
    let all = agencies.iter();
    let tried: Vec<_> = all
        .filter(|agency| !at(agency, "/trial").is_null())
        .collect();
    if tried.is_empty() {
        return String::new();
    }
    let is_canary = |agency: &&&Value| text(agency, "/trial/mode") == "canary";
    let shadows = tried.iter().filter(|agency| !is_canary(agency));
    let rows: Vec<_> = shadows
        .map(|agency| {
            let left_out = at(agency, "/trial/leftOut").as_object();
            let left_out = left_out.into_iter().flatten();
            let left_out: Vec<_> = left_out
                .map(|(why, count)| format!("{count} {why}"))
                .collect();
            let seen = [
                text(agency, "/trial/same"),
                text(agency, "/trial/different"),
                left_out.join(", "),
            ];
            of_trial(agency).into_iter().chain(seen).collect()
        })
        .collect();
    let mut shown = match rows.is_empty() {
        true => String::new(),
        false => table("on trial", &["same", "different", "left out"], rows),
    };
    let canaries: Vec<_> = tried.iter().filter(is_canary).copied().collect();
    shown += &serving_a_share(&canaries);
    for agency in tried {
        let id = text(agency, "/agency");
        let differences = at(agency, "/trial/differences").as_array();
        for one in differences.into_iter().flatten() {
            let element = match text(one, "/element") {
                element if element.is_empty() => element,
                element => format!(", in {element}"),
            };
            shown += &format!(
                "{id}: {} times {}: {} {}, {}{element}\n",
                text(one, "/count"),
                text(one, "/kind"),
                text(one, "/function"),
                text(one, "/operation"),
                text(one, "/place"),
            );
        }
        let more = at(agency, "/trial/differencesLeftOut").as_u64();
        if let Some(more) = more.filter(|more| *more > 0) {
            shown += &format!("{id}: {more} times something else that is not listed\n");
        }
        let waiting = at(agency, "/trial/waiting");
        if !waiting.is_null() {
            shown += &format!(
                "{id}: the trial does not go on since {}, and is tried again each minute: {}\n",
                text(waiting, "/since"),
                text(waiting, "/why")
            );
        }
        let lacking = at(agency, "/trial/lacking").as_array();
        for one in lacking.into_iter().flatten() {
            shown += &format!("{id} lacks: {}\n", text(one, ""));
        }
    }
    shown
}

/// Columns that every trial has, before what was seen of it.
const OF_TRIAL: [(&str, &str); 6] = [
    ("agency", "/agency"),
    ("generation", "/trial/generation"),
    ("version", "/trial/version"),
    ("since", "/trial/since"),
    ("by", "/trial/by"),
    ("of a thousand", "/trial/share"),
];

fn of_trial(agency: &Value) -> [String; 6] {
    OF_TRIAL.map(|(_, pointer)| text(agency, pointer))
}

/// A table of trials, which ends with these columns.
fn table(heading: &str, columns: &[&str], rows: Vec<Vec<String>>) -> String {
    let names = OF_TRIAL.iter().map(|(name, _)| *name);
    let header: Vec<_> = names.chain(columns.iter().copied()).collect();
    format!("\n{}", section(heading, &header, rows))
}

/// What serves a share of the conversations of agencies, and how its calls end beside those of what serves the others.
fn serving_a_share(canaries: &[&Value]) -> String {
    if canaries.is_empty() {
        return String::new();
    }
    let rows = canaries.iter().map(|agency| {
        let seen = [
            ended(at(agency, "/trial/candidateCalls")),
            ended(at(agency, "/trial/servingCalls")),
        ];
        of_trial(agency).into_iter().chain(seen).collect()
    });
    let heading = "on trial, serving a share";
    let columns = ["its calls", "those of what serves"];
    let mut shown = table(heading, &columns, rows.collect());
    for agency in canaries {
        let id = text(agency, "/agency");
        for (whose, pointer) in [
            ("candidate", "/trial/candidateCalls/wrong"),
            ("what serves", "/trial/servingCalls/wrong"),
        ] {
            let wrong = at(agency, pointer).as_array();
            for one in wrong.into_iter().flatten() {
                shown += &format!(
                    "{id}: {} times {} of {whose}: {} {}, {}\n",
                    text(one, "/count"),
                    text(one, "/kind"),
                    text(one, "/function"),
                    text(one, "/operation"),
                    text(one, "/code"),
                );
            }
        }
        let why = text(agency, "/trial/rollback");
        if !why.is_empty() {
            shown += &format!("{id}: rolled back, and that is being kept: {why}\n");
        }
    }
    shown
}

/// How calls ended.
fn ended(served: &Value) -> String {
    format!(
        "{}, {} problems, {} stopped",
        text(served, "/calls"),
        text(served, "/problems"),
        text(served, "/stopped")
    )
}

/// What was seen of a trial, in a line.
pub(super) fn seen_of(trial: &Value) -> String {
    match text(trial, "/mode").as_str() {
        "canary" => format!(
            "served {}; what serves {}",
            ended(at(trial, "/candidateCalls")),
            ended(at(trial, "/servingCalls"))
        ),
        _ => format!(
            "{} the same, {} different",
            text(trial, "/same"),
            text(trial, "/different")
        ),
    }
}
