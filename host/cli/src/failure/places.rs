// SPDX-License-Identifier: Apache-2.0
use std::path::Path;

use silta::{
    DeployStep, Error, Rejection,
    exchange::{Fault, Problem},
};

use super::Failure;

/// What a call worked from, by the names the user gave, so that a problem's path can be said together with the file it points into.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    /// The configuration file.
    pub(crate) config: &'a Path,
    /// Agency id.
    pub(crate) agency: &'a str,
    /// File of the parameters.
    pub(crate) parameters: Option<&'a Path>,
    /// File of the payload.
    pub(crate) payload: Option<&'a Path>,
    /// File of the agency's answer.
    pub(crate) answer: Option<&'a Path>,
}

impl<'a> Places<'a> {
    /// Only the configuration: nothing else has been looked at yet.
    pub(crate) fn of_configuration(config: &'a Path, agency: &'a str) -> Self {
        Self {
            config,
            agency,
            parameters: None,
            payload: None,
            answer: None,
        }
    }

    /// The failure that an error of the library is to the user.
    pub(crate) fn explain(&self, error: Error) -> Failure {
        if let Error::Rejected { step, reason, .. } = &error {
            let path = self.rejected_by(*step, reason);
            let field = match path.as_str() {
                "" => format!("agencies.{}", self.agency),
                field => field.to_owned(),
            };
            let message = format!("{}: {field}: {error}", self.config.display());
            return Failure {
                path,
                ..Failure::from(error).saying(&message)
            };
        }
        let Error::Problem(problem) = &error else {
            return error.into();
        };
        let message = match self.of(problem) {
            Some(place) if problem.path.is_empty() => format!("{place}: {}", problem.message),
            Some(place) => format!("{place} at {}: {}", problem.path, problem.message),
            None => problem.to_string(),
        };
        Failure::from(error).saying(&message)
    }

    /// The field by which a component was rejected: the one that names it, or its settings when it crashed or ran out of time over them. What is missing
    /// has no field yet.
    fn rejected_by(&self, step: DeployStep, reason: &Rejection) -> String {
        let field = match reason {
            Rejection::Missing(_) | Rejection::Secret(_) => return String::new(),
            Rejection::Call(_) if step == DeployStep::Configured => "settings",
            _ => "component",
        };
        format!("agencies.{}.{field}", self.agency)
    }

    fn of(&self, problem: &Problem) -> Option<String> {
        let file = match problem.fault {
            Fault::Caller if problem.code.starts_with("payload.") => self.payload,
            Fault::Caller => self.parameters,
            Fault::Counterparty => self.answer,
            Fault::Configuration => return Some(self.table(&problem.code)),
            Fault::Internal => None,
        };
        file.map(|file| {
            if file == Path::new("-") {
                "standard input".to_owned()
            } else {
                file.display().to_string()
            }
        })
    }

    /// Problems with keys point into the agency's table, all others into its settings.
    fn table(&self, code: &str) -> String {
        let (config, agency) = (self.config.display(), self.agency);
        if code.starts_with("key.") {
            format!("{config}: agencies.{agency}")
        } else {
            format!("{config}: agencies.{agency}.settings")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(fault: Fault, code: &str, path: &str) -> String {
        let places = Places {
            config: Path::new("silta.toml"),
            agency: "tulli",
            parameters: Some(Path::new("upload.json")),
            payload: Some(Path::new("declaration.xml")),
            answer: Some(Path::new("-")),
        };
        let problem = Problem {
            fault,
            code: code.into(),
            path: path.into(),
            message: "Wrong.".into(),
        };
        places.explain(Error::Problem(problem)).message
    }

    #[test]
    fn a_rejected_component_is_told_with_the_field_that_it_comes_from() {
        let places = Places::of_configuration(Path::new("silta.toml"), "tulli");
        let crash = || {
            Rejection::Call(Box::new(Error::Crash {
                agency: "tulli".into(),
                operation: "check-settings".into(),
                reason: "unreachable".into(),
            }))
        };
        for (step, reason, path) in [
            (
                DeployStep::Inspected,
                Rejection::ForbiddenImport("env".into()),
                "agencies.tulli.component",
            ),
            (DeployStep::Described, crash(), "agencies.tulli.component"),
            (DeployStep::Configured, crash(), "agencies.tulli.settings"),
            (DeployStep::SelfTested, crash(), "agencies.tulli.component"),
            (
                DeployStep::Configured,
                Rejection::Missing("a key".into()),
                "",
            ),
        ] {
            let failure = places.explain(Error::Rejected {
                agency: "tulli".into(),
                step,
                reason,
            });
            assert_eq!(failure.path, path);
            assert_eq!(failure.kind.exit_code(), 5);
            let place = if path.is_empty() {
                "agencies.tulli"
            } else {
                path
            };
            let expected = format!(
                "silta.toml: {place}: component for `tulli` was rejected when it was {step}: "
            );
            assert!(
                failure.message.starts_with(&expected),
                "{}",
                failure.message
            );
        }
    }

    #[test]
    fn a_path_is_said_together_with_the_file_it_points_into() {
        assert_eq!(
            explained(Fault::Caller, "parameter.missing", "/declarant"),
            "upload.json at /declarant: Wrong."
        );
        assert_eq!(
            explained(Fault::Caller, "parameters.not-json", "2:3"),
            "upload.json at 2:3: Wrong."
        );
        assert_eq!(
            explained(Fault::Caller, "payload.empty", ""),
            "declaration.xml: Wrong."
        );
        assert_eq!(
            explained(Fault::Counterparty, "answer.not-soap", "/Envelope/Body"),
            "standard input at /Envelope/Body: Wrong."
        );
        assert_eq!(
            explained(Fault::Configuration, "setting.invalid", "/url"),
            "silta.toml: agencies.tulli.settings at /url: Wrong."
        );
        assert_eq!(
            explained(Fault::Configuration, "key.missing", "/keys/builder"),
            "silta.toml: agencies.tulli at /keys/builder: Wrong."
        );
        assert_eq!(explained(Fault::Internal, "component.defect", ""), "Wrong.");
    }
}
