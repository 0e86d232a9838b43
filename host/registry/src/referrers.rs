// SPDX-License-Identifier: Apache-2.0
//! What refers to an image: by the API for it, or where a registry has none, by the index under the tag that is made of the image's digest (distribution specification 1.1,
//! "Listing Referrers", "Unavailable Referrers API").

use serde_json::{Value, json};
use silta_packages::Digest;
use ureq::http::Method;

use crate::{
    error::RegistryError,
    layout::{Descriptor, INDEX, PACKAGE},
    session::{MANIFEST_BYTES, Session},
    transport::Asking,
};

/// Most pages of one list.
const PAGES: usize = 16;

/// The packages that refer to an image, those pushed last first, and why entries count for nothing.
pub(crate) fn packages(
    session: &mut Session<'_>,
    subject: Digest,
) -> Result<(Vec<Descriptor>, Vec<RegistryError>), RegistryError> {
    let all = match by_api(session, subject)? {
        Some(all) => all,
        None => manifests(&by_tag(session, subject)?)?.clone(),
    };
    let (mut packages, mut passed_over) = (Vec::new(), Vec::new());
    for entry in all {
        // Of what others keep there, nothing has to be as we have it.
        let is_package = entry.get("artifactType").and_then(Value::as_str) == Some(PACKAGE);
        if is_package {
            match serde_json::from_value::<Descriptor>(entry) {
                Ok(read) => packages.push(read),
                Err(error) => passed_over.push(malformed(&error.to_string())),
            }
        }
    }
    let created = |one: &Descriptor| one.annotations.get(crate::layout::CREATED).cloned();
    // Stable, from the end: an index grows at its end.
    packages.reverse();
    packages.sort_by_key(|one| std::cmp::Reverse(created(one)));
    packages.dedup_by_key(|one| one.digest);
    Ok((packages, passed_over))
}

/// `None` where the registry has no such API.
fn by_api(session: &mut Session<'_>, subject: Digest) -> Result<Option<Vec<Value>>, RegistryError> {
    let first = session.place(&format!("referrers/{subject}"));
    let mut at = first.with_parameter("artifactType", PACKAGE);
    let mut all = Vec::new();
    for _ in 0..PAGES {
        let what = format!("what refers to {subject}");
        let answer = session.ask(Asking {
            method: Method::GET,
            at: at.clone(),
            fields: vec![("Accept", INDEX.to_owned())],
            body: None,
            what: what.clone(),
        })?;
        if answer.status == 404 && all.is_empty() {
            return Ok(None);
        }
        let next = answer.field("link").and_then(next).map(str::to_owned);
        let page = session.read(answer, &what, (MANIFEST_BYTES, ""), None)?;
        all.extend(manifests(&page)?);
        let Some(next) = next else {
            return Ok(Some(all));
        };
        let next = at.leads_to(&next).filter(|next| next.is_beside(&at));
        at = next.ok_or_else(|| session.leads_nowhere(&what))?;
    }
    Err(malformed("has more than 16 pages"))
}

/// The index under the tag; an empty one where there is none.
fn by_tag(session: &mut Session<'_>, subject: Digest) -> Result<Vec<u8>, RegistryError> {
    let what = format!("the index {}", tag(subject));
    let answer = session.ask(Asking {
        method: Method::GET,
        at: session.place(&format!("manifests/{}", tag(subject))),
        fields: vec![("Accept", INDEX.to_owned())],
        body: None,
        what: what.clone(),
    })?;
    match answer.status {
        404 => Ok(index(&[])),
        _ => session.read(answer, &what, (MANIFEST_BYTES, ""), None),
    }
}

/// Adds something to the index under the tag. Two who do so at once may lose one of them: whoever pushes it again adds it.
pub(crate) fn add_by_tag(
    session: &mut Session<'_>,
    subject: Digest,
    added: &Descriptor,
) -> Result<(), RegistryError> {
    let mut all = manifests(&by_tag(session, subject)?)?;
    let digest = added.digest.to_string();
    if all
        .iter()
        .any(|one| one.get("digest").and_then(Value::as_str) == Some(&digest))
    {
        return Ok(());
    }
    all.push(json!(added));
    let index = index(&all);
    session.put_manifest(&tag(subject), INDEX, &index).map(drop)
}

fn index(manifests: &[Value]) -> Vec<u8> {
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
    index.to_string().into_bytes()
}

fn manifests(index: &[u8]) -> Result<Vec<Value>, RegistryError> {
    let index: Value =
        serde_json::from_slice(index).map_err(|error| malformed(&error.to_string()))?;
    let media_type = index.get("mediaType").and_then(Value::as_str);
    if media_type.is_some_and(|found| found != INDEX) {
        return Err(malformed("is of another type"));
    }
    match index.get("manifests").and_then(Value::as_array) {
        Some(manifests) => Ok(manifests.clone()),
        None => Err(malformed("has no `manifests`")),
    }
}

fn malformed(reason: &str) -> RegistryError {
    RegistryError::Malformed {
        what: "the list of what refers to the component".to_owned(),
        reason: format!("cannot be read: {reason}"),
    }
}

fn tag(subject: Digest) -> String {
    format!("sha256-{}", subject.hexadecimal())
}

/// The next page (RFC 8288), where a field names one.
fn next(link: &str) -> Option<&str> {
    let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let is_next = parameters
        .split(';')
        .any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"));
    is_next.then_some(target)
}
