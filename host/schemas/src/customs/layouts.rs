// SPDX-License-Identifier: Apache-2.0
//! The layout of a message that we write, from what its schema wants.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Certainty, Comparison, Row,
    matching::{Match, matches},
    slots::{Form, Slot, Slots},
    values::Value,
};

/// A message that we write.
pub(super) struct Written<'m> {
    /// Its name among the layouts.
    pub(super) layout: &'static str,
    /// The namespace of its element.
    pub(super) namespace: &'m str,
    pub(super) slots: &'m Slots<'m>,
    /// What it may say.
    pub(super) values: &'m [&'m Value],
    /// What it has to say, by the names of the values.
    pub(super) needed: &'m [&'m str],
}

/// The prefixes that layouts need, by namespace.
pub(super) type Prefixes = BTreeMap<String, String>;

/// The items of a layout.
pub(super) type Items = Vec<Item>;

/// An item of a layout.
pub(super) struct Item {
    pub(super) at: String,
    /// `value` or `text`, and which; nothing for an empty element.
    pub(super) says: Option<(&'static str, String)>,
}

impl Written<'_> {
    /// The items of the layout, and rows of what they say. What is not settled is noted in the comparison.
    pub(super) fn items(&self, prefixes: &mut Prefixes, comparison: &mut Comparison) -> Items {
        if self.slots.is_over {
            let theirs = "more elements than are looked at".to_owned();
            comparison.rows.push(self.open("", Some(theirs), None));
            return Items::new();
        }
        let matches = matches(self.values, &self.slots.all);
        let matched: Vec<&Slot<'_>> = matches.iter().map(|found| found.slot).collect();
        let written = self.needed(&matched);
        let mut items = Items::new();
        // An Id says what is signed, and is a setting of its own.
        let is_id = |slot: &&Slot<'_>| {
            slot.is_attribute && slot.text.is_some_and(|text| text.built_in() == "ID")
        };
        for slot in self.slots.all.iter().filter(|slot| !is_id(slot)) {
            let is_written = written.iter().any(|one| std::ptr::eq(*one, slot));
            let found = matches.iter().find(|found| std::ptr::eq(found.slot, slot));
            match (found, slot.form) {
                (Some(found), _) => items.push(self.found(found, prefixes, comparison)),
                (None, Form::Any) if is_written => {
                    let theirs = format!(
                        "something in `{}` that the schema does not name (xs:any)",
                        slot.local_way()
                    );
                    let row = self.open("", Some(theirs), Some(slot.place()));
                    comparison.rows.push(row);
                }
                (None, Form::Any) => {}
                (None, Form::Empty) if is_written => {
                    items.push(self.empty(slot, prefixes, comparison));
                }
                // What is in it is told.
                (None, Form::Empty) if self.slots.all.iter().any(|one| slot.is_around(one)) => {}
                (None, _) if is_written => {
                    let at = self.at(slot, prefixes);
                    items.extend(self.constant(slot, at, comparison));
                }
                (None, _) => comparison.unknown.push(format!(
                    "{}: {} is optional and left out ({})",
                    self.layout,
                    slot.local_way(),
                    slot.place()
                )),
            }
        }
        self.check_choices(&matches, &matched, comparison);
        for needed in self.needed {
            if !matches.iter().any(|found| found.value.name == *needed) {
                let usual = self.values.iter().find(|value| value.name == *needed);
                comparison.rows.push(Row {
                    ours: usual.map_or("", |value| value.usual).to_owned(),
                    ..self.open(needed, None, None)
                });
            }
        }
        items
    }

    /// What has to be written, ours and others: of elements without a text those that nothing else is in.
    fn needed(&self, matched: &[&Slot<'_>]) -> Vec<&Slot<'_>> {
        let all = &self.slots.all;
        let is_matched = |slot: &Slot<'_>| matched.iter().any(|one| std::ptr::eq(*one, slot));
        let texts = all.iter().filter(|slot| slot.form != Form::Empty);
        let texts = texts.filter(|slot| is_matched(slot) || slot.is_needed(matched));
        let mut needed: Vec<&Slot<'_>> = texts.collect();
        // The innermost first.
        for slot in all.iter().rev().filter(|slot| slot.form == Form::Empty) {
            let is_opened = needed.iter().any(|one| slot.is_around(one));
            if !is_opened && slot.is_needed(matched) {
                needed.push(slot);
            }
        }
        needed
    }

    /// A row that somebody has to settle.
    fn open(&self, what: &str, theirs: Option<String>, place: Option<String>) -> Row {
        let dot = if what.is_empty() { "" } else { "." };
        Row {
            setting: format!("layouts.{}{dot}{what}", self.layout),
            ours: String::new(),
            theirs,
            place,
            certainty: Certainty::NotFound,
            is_required: true,
        }
    }

    fn found(
        &self,
        found: &Match<'_, '_>,
        prefixes: &mut Prefixes,
        comparison: &mut Comparison,
    ) -> Item {
        comparison.rows.push(Row {
            setting: format!("layouts.{}.{}", self.layout, found.value.name),
            ours: found.value.usual.to_owned(),
            theirs: Some(found.slot.local_way()),
            place: Some(found.slot.place()),
            certainty: found.certainty,
            is_required: false,
        });
        Item {
            at: self.at(found.slot, prefixes),
            says: Some(("value", found.value.name.to_owned())),
        }
    }

    /// A required element that may be empty.
    fn empty(&self, slot: &Slot<'_>, prefixes: &mut Prefixes, comparison: &mut Comparison) -> Item {
        comparison.rows.push(Row {
            certainty: Certainty::Sure,
            ..self.open(
                "text",
                Some(format!("{}, empty", slot.local_way())),
                Some(slot.place()),
            )
        });
        Item {
            at: self.at(slot, prefixes),
            says: None,
        }
    }

    /// A required text that is none of ours: the only one that it may be, or one for somebody to decide on.
    fn constant(&self, slot: &Slot<'_>, at: String, comparison: &mut Comparison) -> Option<Item> {
        let words = slot.text.map(|text| text.words()).unwrap_or_default();
        let (text, certainty) = match (slot.text.and_then(|text| text.fixed()), words.as_slice()) {
            (Some(fixed), _) => (Some(fixed), Certainty::Sure),
            (None, [only]) => (Some(*only), Certainty::Sure),
            _ => (None, Certainty::NotFound),
        };
        let theirs = match text {
            Some(text) => format!("{} = {text}", slot.local_way()),
            None => format!("{}: required, and nothing of ours", slot.local_way()),
        };
        comparison.rows.push(Row {
            certainty,
            ..self.open("text", Some(theirs), Some(slot.place()))
        });
        text.map(|text| Item {
            at,
            says: Some(("text", text.to_owned())),
        })
    }

    /// A choice that has to be made is made by something of ours, and by one alternative.
    fn check_choices(
        &self,
        matches: &[Match<'_, '_>],
        matched: &[&Slot<'_>],
        comparison: &mut Comparison,
    ) {
        for (number, choice) in self.slots.choices.iter().enumerate() {
            let around = &choice.around;
            let told = match used(number, matches) {
                0 if choice.is_required && around.is_needed(matched) => {
                    format!(
                        "a choice in `{}`, none of which is ours",
                        around.local_way()
                    )
                }
                2.. if !choice.may_repeat => format!(
                    "a choice in `{}`, of which more than one is ours",
                    around.local_way()
                ),
                _ => continue,
            };
            let row = self.open("", Some(told), Some(around.place()));
            comparison.rows.push(row);
        }
    }

    /// The place as layouts have it.
    fn at(&self, slot: &Slot<'_>, prefixes: &mut Prefixes) -> String {
        if slot.form == Form::Signature {
            return "Signature".to_owned();
        }
        let last = slot.way.len();
        let steps = slot.way.iter().enumerate().map(|(number, name)| {
            let is_attribute = slot.is_attribute && number + 1 == last;
            let mark = if is_attribute { "@" } else { "" };
            let own = if is_attribute { "" } else { self.namespace };
            if name.namespace() == own {
                return format!("{mark}{}", name.local());
            }
            let count = prefixes.len();
            let prefix = prefixes
                .entry(name.namespace().to_owned())
                .or_insert_with(|| match name.namespace() {
                    "" => "none".to_owned(),
                    _ => format!("n{}", count + 1),
                });
            format!("{mark}{prefix}:{}", name.local())
        });
        steps.collect::<Vec<_>>().join("/")
    }
}

/// How many alternatives of a choice are ours in one message. Of the two windows of a list one is written, so that each may be an alternative.
fn used(choice: usize, matches: &[Match<'_, '_>]) -> usize {
    let windows = [
        ["start-date", "end-date"],
        ["start-timestamp", "end-timestamp"],
    ];
    let without = |left_out: [&str; 2]| {
        let written = matches
            .iter()
            .filter(|found| !left_out.contains(&found.value.name));
        let branches = written.flat_map(|found| &found.slot.branches);
        let alternatives = branches.filter(|(number, _)| *number == choice);
        alternatives.collect::<BTreeSet<_>>().len()
    };
    windows.map(without).into_iter().max().unwrap_or(0)
}

/// Whether these are what is written without a layout (the component's README), so that none is needed.
pub(super) fn are_usual(layout: &str, items: &Items) -> bool {
    let header = "RequestHeader/IntermediaryBusinessId=intermediary RequestHeader/Timestamp=timestamp RequestHeader/Language=language RequestHeader/IntermediarySoftwareInfo=software";
    let criteria = "DownloadMessageListFilteringCriteria";
    let own = match layout {
        "upload" => "ApplicationRequestMessage=application-request".to_owned(),
        "download-list" => format!(
            "{criteria}/StartTimestamp=start-timestamp {criteria}/EndTimestamp=end-timestamp {criteria}/StartDate=start-date {criteria}/EndDate=end-date"
        ),
        "download" => "DownloadMessageFilteringCriteria/MessageStorageId=storage-id".to_owned(),
        "check-connectivity" => "EchoContent=echo".to_owned(),
        _ => String::new(),
    };
    let usual = match layout {
        "notify-response" => "ResponseHeader/Timestamp=timestamp ResponseCode=code ResponseText=text".to_owned(),
        "application-request" => "DeclarantBusinessId=declarant MessageBuilderBusinessId=builder MessageBuilderSoftwareInfo=software Application=application Environment=environment Timestamp=timestamp Reference=reference ContentFormat=content-format Content=content Signature=signature".to_owned(),
        _ => format!("{header} {own}"),
    };
    let written = items.iter().map(|item| {
        format!(
            "{}={}",
            item.at,
            item.says.as_ref().map_or("", |says| &says.1)
        )
    });
    let written: Vec<String> = written.collect();
    // Of the four criteria only two are ever written, so that how the pairs follow each other does not matter.
    let days_first = format!(
        "{header} {criteria}/StartDate=start-date {criteria}/EndDate=end-date {criteria}/StartTimestamp=start-timestamp {criteria}/EndTimestamp=end-timestamp"
    );
    let written = written.join(" ");
    written == usual || (layout == "download-list" && written == days_first)
}
