// SPDX-License-Identifier: Apache-2.0
//! Settings and self-tests: what a component says of its settings, one problem after the other.

use serde_json::Value;
use silta::{
    DeployStep, Deployment, Error, Rejection, Secrets, describe::Description, exchange::Problem,
};

use super::{
    Context,
    findings::{Findings, Level, at_component},
    stand_ins,
};

/// Problems with the settings of an agency that are told at most.
const MOST_PROBLEMS: usize = 20;

/// A component with parts that it does not reject, its settings to be checked.
pub(super) struct Subject<'a> {
    pub(super) id: &'a str,
    pub(super) description: &'a Description,
    /// With all that it needs but settings and secrets.
    pub(super) deployment: Deployment,
    pub(super) secrets: Secrets,
    pub(super) settings: Value,
}

/// Has the component judge secrets, settings and itself. A component tells one problem at a time, so that it is asked again without the setting
/// that it has found fault with.
pub(super) fn check(context: &Context<'_>, mut subject: Subject<'_>, findings: &mut Findings) {
    let mut told: Vec<String> = Vec::new();
    for _ in 0..MOST_PROBLEMS {
        let deployment = subject.deployment.clone();
        let deployment = deployment
            .with_secrets(subject.secrets.clone())
            .with_settings(subject.settings.to_string());
        match context.runtime.prepare(subject.id, deployment) {
            Ok(_) => return passed(context, &subject, told.is_empty(), findings),
            Err(Error::Problem(problem)) => {
                if follows(&problem, &told) {
                    return;
                }
                tell(context, subject.id, (&problem, told.is_empty()), findings);
                if !leave_out(&mut subject.settings, &problem.path) {
                    return;
                }
                told.push(problem.path);
            }
            Err(error) => {
                if !retried(context, &mut subject, error, findings) {
                    return;
                }
            }
        }
    }
    let message = format!(
        "more than {MOST_PROBLEMS} problems are not told; mend those told before, and look again"
    );
    let at = context.config.wrong_setting(subject.id, "", message);
    findings.add(Level::Warning, "settings.more", at);
}

/// Tells of a problem, and whether it is the first.
fn tell(
    context: &Context<'_>,
    id: &str,
    (problem, is_first): (&Problem, bool),
    findings: &mut Findings,
) {
    let seen = match is_first {
        true => "",
        false => " (seen once the settings told before were left out)",
    };
    let message = format!("{}{seen}", problem.message);
    let at = match problem.code.starts_with("key.") {
        true => {
            let field = problem.path.replace('/', ".");
            let field = format!("agencies.{id}{field}");
            context.config.wrong(&field, message)
        }
        false => context.config.wrong_setting(id, &problem.path, message),
    };
    findings.add(Level::Error, &problem.code, at);
}

/// Whether a problem is there only because settings have been left out: one of them is missing now, or is found fault with again.
fn follows(problem: &Problem, told: &[String]) -> bool {
    let names = told.iter().filter_map(|pointer| pointer.rsplit('/').next());
    let is_named = |name: &str| problem.message.contains(&format!("`{name}`"));
    let is_missing = problem.code.ends_with(".missing");
    told.contains(&problem.path) || is_missing && names.into_iter().any(is_named)
}

fn passed(
    context: &Context<'_>,
    subject: &Subject<'_>,
    settings_are_whole: bool,
    findings: &mut Findings,
) {
    let id = subject.id;
    if settings_are_whole {
        let message = "the component accepts them".to_owned();
        findings.ok(context.config.wrong_setting(id, "", message));
    }
    let number = subject.description.self_tests.len();
    let message = format!("self-tests passed: {number}");
    findings.ok(at_component(context.config, id, message));
}

/// Tells of a rejection; whether it makes sense to go on, without what it was about.
fn retried(
    context: &Context<'_>,
    subject: &mut Subject<'_>,
    error: Error,
    findings: &mut Findings,
) -> bool {
    let (id, config) = (subject.id, context.config);
    let code = error.code();
    let (step, reason) = match error {
        Error::Rejected { step, reason, .. } => (step, reason),
        other => {
            let at = at_component(config, id, other.to_string());
            findings.add(Level::Error, &code, at);
            return false;
        }
    };
    if let Rejection::Secret(malformed) = &reason {
        let role = malformed.role.as_str();
        let at = config.wrong(
            &format!("agencies.{id}.secrets.{role}.files"),
            malformed.to_string(),
        );
        findings.add(Level::Error, "secret.malformed", at);
        let value = stand_ins::secret(Some(malformed.form));
        subject.secrets = subject.secrets.clone().with(role, vec![value]);
        return true;
    }
    let told = format!("the component was rejected when it was {step}: {reason}");
    let at = match (&reason, step) {
        (Rejection::Call(error), _) if matches!(**error, Error::Limit { .. }) => {
            let told = format!("{told}; raise the limit, or leave it out");
            config.wrong(&format!("agencies.{id}.limits"), told)
        }
        (Rejection::Call(_), DeployStep::Configured) => config.wrong_setting(id, "", told),
        _ => at_component(config, id, told),
    };
    findings.add(Level::Error, &code, at);
    false
}

/// Takes a member out of the settings; whether there was one.
fn leave_out(settings: &mut Value, pointer: &str) -> bool {
    let Some((parent, name)) = pointer.rsplit_once('/') else {
        return false;
    };
    let name = name.replace("~1", "/").replace("~0", "~");
    match settings.pointer_mut(parent) {
        Some(Value::Object(members)) => members.remove(&name).is_some(),
        // An element of a list: others would get its number, so that the list goes.
        Some(Value::Array(_)) => leave_out(settings, parent),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_pointer_names_is_left_out() {
        let mut settings = json!({"a": {"b/c": 1, "d": [1, 2]}, "e": 3});
        assert!(leave_out(&mut settings, "/a/b~1c"));
        assert!(leave_out(&mut settings, "/a/d/1"));
        assert!(!leave_out(&mut settings, "/a/x"));
        assert!(!leave_out(&mut settings, ""));
        assert_eq!(settings, json!({"a": {}, "e": 3}));
    }
}
