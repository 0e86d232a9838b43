// SPDX-License-Identifier: Apache-2.0
//! Whether a component keeps to the contract that this host has, judged before it is compiled.

use silta_contract::{Host, Shape};

use crate::error::Rejection;

/// Differences that a message tells of; `silta component diff` tells all.
const MOST_TOLD: usize = 8;

/// Characters of a difference that a message tells: names are the component's.
const LONGEST_TOLD: usize = 400;

/// Why this host does not take a component, if it does not: the same that `silta component diff` says of it.
///
/// # Errors
/// The component cannot be read, which may be because it is not valid.
pub(crate) fn judge(component: &[u8]) -> Result<Option<Rejection>, Rejection> {
    let shape = Shape::of(component)
        .map_err(|unreadable| Rejection::OtherContract(unreadable.to_string()))?;
    let Some(host) = Host::own() else {
        return Ok(None);
    };
    let mut reasons = host.takes(&shape).reasons(host);
    let Some(remedy) = reasons.pop() else {
        return Ok(None);
    };
    let more = reasons.len().saturating_sub(MOST_TOLD);
    let told = reasons.iter().take(MOST_TOLD);
    let mut told: Vec<String> = told
        .map(|reason| reason.chars().take(LONGEST_TOLD).collect())
        .collect();
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    told.push(remedy);
    Ok(Some(Rejection::OtherContract(told.join("; "))))
}
