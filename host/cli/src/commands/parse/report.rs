// SPDX-License-Identifier: Apache-2.0
use serde_json::{Map, Value, json};
use silta::{
    exchange::{Outcome, RetryClass},
    time::Moment,
};

use super::documents::WrittenDocument;
use crate::{
    output::{facts, section},
    received,
};

pub(crate) fn as_json(outcome: &Outcome, documents: &[WrittenDocument<'_>]) -> Value {
    let documents = documents.iter().map(|WrittenDocument { document, file }| {
        let mut shown = received::document_json(document);
        let file = file.as_ref().map(|file| file.display().to_string());
        shown.insert("file".to_owned(), file.into());
        shown
    });
    let mut shown = json!({
        "class": outcome.class,
        "code": outcome.code,
        "text": outcome.text,
        "reference": outcome.reference,
        "events": received::events_json(&outcome.events),
        "documents": documents.collect::<Vec<_>>(),
        "followUps": received::follow_ups_json(&outcome.follow_ups),
        "cursor": outcome.cursor,
    });
    if let Some(members) = shown.as_object_mut() {
        members.extend(said_sometimes(outcome));
    }
    shown
}

/// What most outcomes do not say.
fn said_sometimes(outcome: &Outcome) -> Map<String, Value> {
    let moment = outcome.not_before.and_then(Moment::from_system_time);
    let obtained = outcome.obtained.as_ref();
    let members = [
        ("moreWaits", outcome.more_waits.then_some(Value::Bool(true))),
        ("nextStep", outcome.next_step.as_deref().map(Value::from)),
        ("notBefore", moment.map(|moment| moment.to_string().into())),
        ("obtained", obtained.map(|obtained| json!(obtained))),
        (
            "refusedSecret",
            outcome.refused_secret.as_deref().map(Value::from),
        ),
    ];
    let said = members.into_iter();
    said.filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

pub(crate) fn as_text(outcome: &Outcome, documents: &[WrittenDocument<'_>]) -> String {
    let meaning = meaning(outcome.class);
    let mut text = facts(&[
        ("class", format!("{}: {meaning}", outcome.class.name())),
        ("code", outcome.code.clone()),
        ("text", outcome.text.clone()),
        ("reference", outcome.reference.clone()),
        ("cursor", outcome.cursor.clone().unwrap_or_default()),
    ]);
    let sometimes = said_sometimes(outcome);
    let sometimes = sometimes.iter().map(|(name, value)| {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name.as_str(), value)
    });
    text += &facts(&sometimes.collect::<Vec<_>>());
    text += &received::events_text(&outcome.events);
    let documents = documents.iter().map(|WrittenDocument { document, file }| {
        let file = file.as_ref().map(|file| file.display().to_string());
        vec![
            document.name.clone(),
            document.media_type.clone(),
            document.content.size().to_string(),
            file.unwrap_or_else(|| "not written; see --documents".to_owned()),
        ]
    });
    text += &section(
        "Documents",
        &["name", "media type", "bytes", "file"],
        documents.collect(),
    );
    text + &received::follow_ups_text(&outcome.follow_ups)
}

/// What to do next, for people.
pub(crate) fn meaning(class: RetryClass) -> &'static str {
    match class {
        RetryClass::Done => "finished",
        RetryClass::RetryLaterSameReference => "refused for now; send the same bytes again, later",
        RetryClass::RetryLaterNewReference => {
            "refused for now; build anew under a new reference, later"
        }
        RetryClass::UnknownOutcome => {
            "nobody knows whether it was taken; send the very same bytes again, later"
        }
        RetryClass::FixFirst => "refused; correct the content first",
        RetryClass::Denied => "refused; certificate, authorisation or agreement is wrong",
        RetryClass::AlreadyAccepted => "an earlier sending of these bytes had succeeded",
    }
}
