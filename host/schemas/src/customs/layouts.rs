// SPDX-License-Identifier: Apache-2.0
//! The layout of a message that we write, from what its schema wants.

use std::collections::BTreeMap;

use super::{
    Certainty, Comparison, Row,
    matching::matches,
    slots::{Slot, Slots},
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
    /// `value` or `text`, and which.
    pub(super) says: (&'static str, String),
}

impl Written<'_> {
    /// The items of the layout, and rows of what they say. What is not settled is noted in the comparison.
    pub(super) fn items(&self, prefixes: &mut Prefixes, comparison: &mut Comparison) -> Items {
        let matches = matches(self.values, &self.slots.all);
        let matched: Vec<&Slot<'_>> = matches.iter().map(|found| found.slot).collect();
        let mut items = Items::new();
        // An Id says what is signed, and is a setting of its own.
        let is_id = |slot: &&Slot<'_>| {
            slot.is_attribute && slot.text.is_some_and(|text| text.built_in() == "ID")
        };
        for slot in self.slots.all.iter().filter(|slot| !is_id(slot)) {
            let at = self.at(slot, prefixes);
            let found = matches.iter().find(|found| std::ptr::eq(found.slot, slot));
            if let Some(found) = found {
                comparison.rows.push(Row {
                    setting: format!("layouts.{}.{}", self.layout, found.value.name),
                    ours: found.value.usual.to_owned(),
                    theirs: Some(slot.local_way()),
                    place: Some(slot.place()),
                    certainty: found.certainty,
                    is_required: false,
                });
                let says = ("value", found.value.name.to_owned());
                items.push(Item { at, says });
            } else if slot.is_needed(&matched) {
                items.extend(self.constant(slot, at, comparison));
            } else {
                comparison.unknown.push(format!(
                    "{}: {} is optional and left out ({})",
                    self.layout,
                    slot.local_way(),
                    slot.place()
                ));
            }
        }
        self.check_choices(&matched, comparison);
        for needed in self.needed {
            if !matches.iter().any(|found| found.value.name == *needed) {
                let usual = self.values.iter().find(|value| value.name == *needed);
                comparison.rows.push(Row {
                    setting: format!("layouts.{}.{needed}", self.layout),
                    ours: usual.map_or("", |value| value.usual).to_owned(),
                    theirs: None,
                    place: None,
                    certainty: Certainty::NotFound,
                    is_required: true,
                });
            }
        }
        items
    }

    /// A required text that is none of ours: the only one that it may be, or one for somebody to decide on.
    fn constant(&self, slot: &Slot<'_>, at: String, comparison: &mut Comparison) -> Option<Item> {
        let words = slot.text.map(|text| text.words()).unwrap_or_default();
        let (text, certainty) = match (slot.text.and_then(|text| text.fixed()), words.as_slice()) {
            (Some(fixed), _) => (Some(fixed), Certainty::Sure),
            (None, [only]) => (Some(*only), Certainty::Sure),
            _ => (None, Certainty::NotFound),
        };
        comparison.rows.push(Row {
            setting: format!("layouts.{}.text", self.layout),
            ours: String::new(),
            theirs: Some(match text {
                Some(text) => format!("{} = {text}", slot.local_way()),
                None => format!("{}: required, and nothing of ours", slot.local_way()),
            }),
            place: Some(slot.place()),
            certainty,
            is_required: true,
        });
        text.map(|text| Item {
            at,
            says: ("text", text.to_owned()),
        })
    }

    fn check_choices(&self, matched: &[&Slot<'_>], comparison: &mut Comparison) {
        for (number, (is_required, around)) in self.slots.choices.iter().enumerate() {
            let is_made = matched.iter().any(|slot| slot.choices.contains(&number));
            if *is_required && !is_made {
                comparison.rows.push(Row {
                    setting: format!("layouts.{}", self.layout),
                    ours: String::new(),
                    theirs: Some(format!("a choice in `{around}`, none of which is ours")),
                    place: None,
                    certainty: Certainty::NotFound,
                    is_required: true,
                });
            }
        }
    }

    /// The place as layouts have it.
    fn at(&self, slot: &Slot<'_>, prefixes: &mut Prefixes) -> String {
        if slot.text.is_none() {
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
    let written = items
        .iter()
        .map(|item| format!("{}={}", item.at, item.says.1));
    let written: Vec<String> = written.collect();
    // Of the four criteria only two are ever written, so that how the pairs follow each other does not matter.
    let days_first = format!(
        "{header} {criteria}/StartDate=start-date {criteria}/EndDate=end-date {criteria}/StartTimestamp=start-timestamp {criteria}/EndTimestamp=end-timestamp"
    );
    let written = written.join(" ");
    written == usual || (layout == "download-list" && written == days_first)
}
