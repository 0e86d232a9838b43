// SPDX-License-Identifier: Apache-2.0
//! Differences, for people and for programs.

use serde_json::{Value, json};
use silta_contract::{Change, Taking};
use silta_packages::Digest;
use silta_testing::Difference;

use super::{
    super::cases::difference, Component, Differences, HostOfBoth, Size, behaviour::NotRun,
    description::Described, recorded::RecordedBehaviour,
};

pub(super) fn as_text(old: &Component, new: &Component, found: &Differences) -> String {
    let mut text = format!("old  {}\nnew  {}\n", named(old), named(new));
    if found.is_same() {
        text += "\nThey are the same for whoever hosts and configures them.\n";
    }
    let changes = found.contract.iter().map(ToString::to_string);
    section(&mut text, "Contract", changes.collect());
    let gone = found
        .imports
        .gone
        .iter()
        .map(|name| format!("gone: {name}"));
    let come = found.imports.new.iter().map(|name| format!("new: {name}"));
    section(&mut text, "Imported functions", gone.chain(come).collect());
    match &found.description {
        Described::Compared {
            settings,
            limits,
            rest,
        } => {
            section(&mut text, "Settings", told(settings));
            section(&mut text, "Limits", told(limits));
            section(&mut text, "Description", told(rest));
        }
        Described::Impossible(why) => {
            let why = format!("cannot be compared by this program: {why}");
            section(&mut text, "Description", vec![why]);
        }
    }
    let sizes = found.sizes.iter().map(size);
    section(&mut text, "Sizes", sizes.collect());
    if let Some(behaviour) = &found.behaviour {
        let cases = behaviour.other.iter().map(|other| {
            let differences = told(&other.differences).join("\n");
            format!("{}\n{}", other.case, indented(&differences))
        });
        let mut lines: Vec<String> = cases.collect();
        lines.extend(behaviour.not_run.iter().map(|not_run| {
            let NotRun { case, old, new } = not_run;
            let why = indented(&format!("old  {old}\nnew  {new}"));
            format!("{case}: ran under neither, so that nothing is known\n{why}")
        }));
        lines.push(format!("{} cases come to the same", behaviour.same));
        section(&mut text, "Behaviour", lines);
    }
    for (heading, recorded) in [
        ("Golden calls", &found.golden),
        ("Recorded calls", &found.recorded),
    ] {
        let lines = recorded.iter().flat_map(RecordedBehaviour::as_lines);
        section(&mut text, heading, lines.collect());
    }
    section(&mut text, "Hosts", found.hosts.iter().map(host).collect());
    text
}

/// A host, and what it says of both.
fn host(both: &HostOfBoth) -> String {
    let told = |which: &str, taking: &Taking| match taking {
        Taking::Taken => format!("{which}  is taken"),
        Taking::Refused(_) => format!("{which}  {}", taking.told(both.host)),
    };
    let (old, new) = (told("old", &both.old), told("new", &both.new));
    format!(
        "of the contract {}\n{}",
        both.host.version(),
        indented(&format!("{old}\n{new}"))
    )
}

fn host_as_json(both: &HostOfBoth) -> Value {
    let taking = |taking: &Taking| match taking {
        Taking::Taken => json!({ "taken": true, "reasons": [] }),
        Taking::Refused(obstacles) => {
            let reasons = obstacles.iter().map(|obstacle| change(&obstacle.0));
            json!({ "taken": false, "reasons": reasons.collect::<Vec<_>>() })
        }
    };
    json!({
        "contract": both.host.version(),
        "old": taking(&both.old),
        "new": taking(&both.new),
    })
}

fn change(change: &Change) -> Value {
    json!({
        "side": change.side.name(),
        "interface": change.interface,
        "item": change.item,
        "field": change.field,
        "old": change.old,
        "new": change.new,
    })
}

fn named(component: &Component) -> String {
    let digest = Digest::of(&component.bytes);
    match &component.description {
        Ok(described) => format!("{} {}, {digest}", described.agency, described.version),
        Err(_) => digest.to_string(),
    }
}

fn section(text: &mut String, heading: &str, lines: Vec<String>) {
    if !lines.is_empty() {
        *text += &format!("\n{heading}\n");
        for line in lines {
            *text += &format!("{}\n", indented(&line));
        }
    }
}

fn told(differences: &[Difference]) -> Vec<String> {
    let told = differences.iter().map(|difference| {
        let shown = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".into());
        let (old, new) = (shown(&difference.expected), shown(&difference.found));
        format!("{}\n  old  {old}\n  new  {new}", difference.place)
    });
    told.collect()
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}

fn size(size: &Size) -> String {
    format!("{}: {} became {}", size.measure, size.old, size.new)
}

pub(super) fn as_json(old: &Component, new: &Component, found: &Differences) -> Value {
    let contract = found.contract.iter().map(change);
    let contract: Vec<Value> = contract.collect();
    let sizes = found.sizes.iter();
    let sizes =
        sizes.map(|size| json!({ "measure": size.measure, "old": size.old, "new": size.new }));
    let (settings, limits, description, reason) = match &found.description {
        Described::Compared {
            settings,
            limits,
            rest,
        } => (pairs(settings), pairs(limits), pairs(rest), None),
        Described::Impossible(why) => (Value::Null, Value::Null, Value::Null, Some(why)),
    };
    let behaviour = found.behaviour.as_ref().map(|behaviour| {
        let other = behaviour.other.iter().map(|other| {
            let differences: Vec<Value> = other.differences.iter().map(difference).collect();
            json!({ "case": other.case, "differences": differences })
        });
        let not_run = behaviour.not_run.iter();
        let not_run =
            not_run.map(|one| json!({ "case": one.case, "old": one.old, "new": one.new }));
        json!({
            "same": behaviour.same,
            "other": other.collect::<Vec<_>>(),
            "notRun": not_run.collect::<Vec<_>>(),
        })
    });
    json!({
        "same": found.is_same(),
        "old": component(old),
        "new": component(new),
        "contract": contract,
        "imports": { "gone": found.imports.gone, "new": found.imports.new },
        "settings": settings,
        "limits": limits,
        "description": description,
        "descriptionUnknown": reason,
        "sizes": sizes.collect::<Vec<_>>(),
        "behaviour": behaviour,
        "golden": found.golden.as_ref().map(RecordedBehaviour::as_json),
        "recorded": found.recorded.as_ref().map(RecordedBehaviour::as_json),
        "hosts": found.hosts.iter().map(host_as_json).collect::<Vec<_>>(),
    })
}

fn pairs(differences: &[Difference]) -> Value {
    let pairs = differences
        .iter()
        .map(|one| json!({ "place": one.place, "old": one.expected, "new": one.found }));
    pairs.collect()
}

fn component(component: &Component) -> Value {
    let described = component.description.as_ref().ok();
    json!({
        "agency": described.map(|described| &described.agency),
        "version": described.map(|described| &described.version),
        "digest": Digest::of(&component.bytes),
        "bytes": component.bytes.len(),
    })
}
