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
    transport::{Answer, Asking},
};

/// Most pages of one list.
const PAGES: usize = 16;

/// The packages that refer to an image, those pushed last first, and why entries count for nothing.
pub(crate) fn packages(
    session: &mut Session<'_>,
    subject: Digest,
) -> Result<(Vec<Descriptor>, Vec<RegistryError>), RegistryError> {
    let (mut packages, mut passed_over) = (Vec::new(), Vec::new());
    let all = match by_api(session, subject)? {
        Some(all) => all,
        None => match by_tag(session, subject)? {
            Tagged::Index(all) => all,
            Tagged::Subject => Vec::new(),
            // Whoever may push a tag could stop everybody with it otherwise.
            Tagged::Other(error) => {
                passed_over.push(error);
                Vec::new()
            }
        },
    };
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
        if all.is_empty() && is_of_no_api(&answer) {
            return Ok(None);
        }
        let next = next(&answer);
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

/// Whether an answer says that there is no such API: by 404, as the specification has it, or as registries and what stands before them say it that know no such path: by another status, or by
/// 200 and something else than an index.
fn is_of_no_api(answer: &Answer) -> bool {
    let is_index = |media_type: &str| {
        let essence = media_type.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(INDEX)
    };
    match answer.status {
        200 => answer
            .field("content-type")
            .is_some_and(|named| !is_index(named)),
        status => matches!(status, 400 | 404 | 405 | 406 | 501),
    }
}

/// What lies under the tag.
enum Tagged {
    /// An index; an empty one where there is nothing.
    Index(Vec<Value>),
    /// The image itself: some registries take the tag for its digest.
    Subject,
    /// Something else; why it is no index.
    Other(RegistryError),
}

fn by_tag(session: &mut Session<'_>, subject: Digest) -> Result<Tagged, RegistryError> {
    let what = format!("the index {}", tag(subject));
    let answer = session.ask(Asking {
        method: Method::GET,
        at: session.place(&format!("manifests/{}", tag(subject))),
        fields: vec![("Accept", INDEX.to_owned())],
        body: None,
        what: what.clone(),
    })?;
    if answer.status == 404 {
        return Ok(Tagged::Index(Vec::new()));
    }
    let found = session.read(answer, &what, (MANIFEST_BYTES, ""), None)?;
    if Digest::of(&found) == subject {
        return Ok(Tagged::Subject);
    }
    Ok(manifests(&found).map_or_else(Tagged::Other, Tagged::Index))
}

/// Adds something to the index under the tag. Two who do so at once may lose one of them: whoever pushes it again adds it.
pub(crate) fn add_by_tag(
    session: &mut Session<'_>,
    subject: Digest,
    added: &Descriptor,
) -> Result<(), RegistryError> {
    let mut all = match by_tag(session, subject)? {
        Tagged::Index(all) => all,
        Tagged::Subject => return Err(session.keeps_no_packages()),
        Tagged::Other(error) => return Err(error),
    };
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

/// The next page (RFC 8288), where a field names one, which may name others as well.
fn next(answer: &Answer) -> Option<String> {
    let fields = answer.fields.get_all("link").iter();
    let mut found = fields.filter_map(|field| next_of(field.to_str().ok()?));
    found.next().map(str::to_owned)
}

/// The target of the first link of a field whose relation is `next`.
fn next_of(links: &str) -> Option<&str> {
    let mut rest = links;
    loop {
        let (target, behind) = rest.split_once('<')?.1.split_once('>')?;
        // A link ends where the next one begins: what is quoted has no `<` that counts.
        let mut is_quoted = false;
        let end = behind.find(|c: char| {
            is_quoted ^= c == '"';
            c == '<' && !is_quoted
        });
        let (parameters, next) = behind.split_at_checked(end.unwrap_or(behind.len()))?;
        let mut is_quoted = false;
        let mut each = parameters.split(|c: char| {
            is_quoted ^= c == '"';
            !is_quoted && matches!(c, ';' | ',')
        });
        let is_next = each.any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or_default();
            let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
            name.trim().eq_ignore_ascii_case("rel")
                && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(target);
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        for (links, target) in [
            ("</v2/a?n=2>; rel=\"next\"", Some("/v2/a?n=2")),
            ("</a>;rel=next", Some("/a")),
            ("</a>; title=\"x\"; REL = \"Next\"", Some("/a")),
            ("</a>; rel=\"prev\", </b>; rel=\"next\"", Some("/b")),
            ("</a>; rel=\"first next\", </b>; rel=\"last\"", Some("/a")),
            (
                "</a?x=1,2>; rel=prev, </b?y=1;2>; rel=next",
                Some("/b?y=1;2"),
            ),
            ("</a>; title=\"<x>; rel=next\"; rel=prev", None),
            ("</a>; rel=\"nextish\"", None),
            ("</a>", None),
            ("/a; rel=next", None),
            ("</a; rel=next", None),
            ("", None),
        ] {
            assert_eq!(next_of(links), target, "{links}");
        }
    }
}
