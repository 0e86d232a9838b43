// SPDX-License-Identifier: Apache-2.0
//! Runs cases, and says what came of them.

use std::fmt;

use serde_json::Value;
use silta::{
    Agency, Blob, BuildInput, Error,
    exchange::{
        Answer, Attachment, Call, CertificateChain, HttpCall, MailCall, MailConnection, Response,
        Sending, Verdict as Judgement,
    },
};

use crate::{
    case::Case,
    difference::Difference,
    error::TestingError,
    events::unpublished,
    exercise::{Caller, Exercise},
    folder::{EXPECTED, remove, write},
    host::MockHost,
    rendering::Rendering,
};

/// Whether a case came out as it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It did.
    Passed,
    /// It did not.
    Failed(Vec<Difference>),
    /// Nobody has said yet what has to come of it: there is no `expected.json`.
    NothingExpected,
    /// The case could not be run; why.
    NotRun(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Failed(differences) => {
                let told: Vec<String> = differences.iter().map(Difference::to_string).collect();
                f.write_str(&told.join("\n"))
            }
            Self::NothingExpected => f.write_str(
                "nothing says what has to come of it: read what comes of it and keep it with --bless, as expected.json",
            ),
            Self::NotRun(why) => f.write_str(why),
        }
    }
}

/// What came of a case.
struct Came {
    rendering: Rendering,
    /// What is wrong with it whatever was expected.
    flaws: Vec<Difference>,
    /// The sentence of a problem, for people.
    sentence: Option<String>,
}

impl Case {
    /// Runs it, and compares what came of it with what has to.
    pub fn run(&self, host: &MockHost) -> Verdict {
        let came = match self.exercise_in(host) {
            Ok(came) => came,
            Err(why) => return Verdict::NotRun(why),
        };
        let Some(expected) = &self.expected else {
            return match came.flaws.is_empty() {
                true => Verdict::NothingExpected,
                false => Verdict::Failed(came.flaws),
            };
        };
        let mut differences = came.rendering.differences_from(expected);
        let is_problem_new = !differences.is_empty();
        if let Some(sentence) = came.sentence.filter(|_| is_problem_new) {
            differences.push(Difference {
                place: "what the problem says".into(),
                expected: None,
                found: Some(sentence),
            });
        }
        differences.extend(came.flaws);
        match differences.is_empty() {
            true => Verdict::Passed,
            false => Verdict::Failed(differences),
        }
    }

    /// Runs it, and keeps what came of it as what has to, unless that is the same already. Says how it stood before.
    ///
    /// # Errors
    /// The files cannot be written. What could not be run, or has events that are not published, is not kept: that is in the verdict.
    pub fn bless(&self, host: &MockHost) -> Result<Verdict, TestingError> {
        let verdict = self.run(host);
        let is_new = matches!(verdict, Verdict::Failed(_) | Verdict::NothingExpected);
        let Ok(came) = self.exercise_in(host) else {
            return Ok(verdict);
        };
        if !is_new || !came.flaws.is_empty() {
            return Ok(verdict);
        }
        let kept = self.expected.iter().flat_map(|before| before.files.keys());
        for name in kept.filter(|name| !came.rendering.files.contains_key(*name)) {
            remove(self.folder().join(name))?;
        }
        for (name, bytes) in &came.rendering.files {
            write(self.folder().join(name), bytes)?;
        }
        let text = format!("{:#}\n", came.rendering.value);
        write(self.folder().join(EXPECTED), text.as_bytes())?;
        Ok(verdict)
    }

    /// What comes of it, whatever is expected.
    ///
    /// # Errors
    /// Why the case could not be run.
    pub fn render(&self, host: &MockHost) -> Result<Rendering, String> {
        Ok(self.exercise_in(host)?.rendering)
    }

    fn exercise_in(&self, host: &MockHost) -> Result<Came, String> {
        let settings = Value::from(self.settings.clone()).to_string();
        let agency = match host.deploy(settings, self.at) {
            Ok(agency) => agency,
            // Only the settings are the case's to get wrong.
            Err(error @ Error::Problem(_)) => return Ok(failed(&error)),
            Err(error) => return Err(error.to_string()),
        };
        let file = |name: &str| {
            self.files
                .get(name)
                .map(|bytes| Blob::from(bytes.as_slice()))
        };
        let none = Blob::empty;
        match &self.exercise {
            Exercise::Deploy {} => Ok(succeeded(Rendering::of_deployment())),
            Exercise::Build {
                operation,
                parameters,
                payload,
                attachments,
                cursor,
                step,
            } => {
                let attached = attachments.iter().map(|attached| Attachment {
                    name: attached.name.clone(),
                    media_type: attached.media_type.clone(),
                    content: file(&attached.content).unwrap_or_else(none),
                });
                let built = agency.build(BuildInput {
                    operation: operation.clone(),
                    parameters: parameters.text(),
                    payload: payload.as_deref().and_then(file),
                    attachments: attached.collect(),
                    cursor: cursor.clone(),
                    step: step.clone(),
                    next_secret_of: None,
                });
                Ok(match built {
                    Ok(request) => succeeded(Rendering::of_request(&request)),
                    Err(error) => failed(&error),
                })
            }
            Exercise::Parse {
                operation,
                status,
                headers,
                body,
                mail,
                memo,
                earlier_sendings,
                step,
            } => {
                let response = match (status, mail) {
                    (Some(status), None) => Response::Answered(Answer {
                        status: *status,
                        headers: headers.clone(),
                        body: body.as_deref().and_then(file).unwrap_or_else(none),
                    }),
                    (None, Some(mail)) => Response::MailAnswered(mail.clone()),
                    (None, None) if body.is_none() => Response::Unanswered,
                    _ => return Err("case.json: an answer has either a status, with or without a body, or what a relay said".into()),
                };
                let sending = Sending {
                    memo: memo.clone(),
                    earlier_sendings: *earlier_sendings,
                    step: step.clone(),
                };
                Ok(parsed(host, &agency, operation, response, sending))
            }
            Exercise::Validate {
                method,
                target,
                headers,
                body,
                caller,
                address,
            } => {
                let call = Call::Http(HttpCall {
                    method: method.clone(),
                    target: target.clone(),
                    headers: with_secrets(host, headers)?,
                    body: body.as_deref().and_then(file).unwrap_or_else(none),
                    peer_certificates: presented(host, caller.as_ref())?,
                    peer_address: address.clone(),
                });
                Ok(judged(host, &agency, call))
            }
            Exercise::Mail {
                sender,
                recipients,
                content,
                tls,
                caller,
                address,
                allowed,
            } => {
                let call = Call::Mail(MailCall {
                    sender: sender.clone(),
                    recipients: recipients.clone(),
                    content: file(content).unwrap_or_else(none),
                    connection: MailConnection {
                        peer_address: address.clone(),
                        tls: tls.clone(),
                        peer_certificates: presented(host, caller.as_ref())?,
                        allowed: *allowed,
                    },
                });
                Ok(judged(host, &agency, call))
            }
        }
    }
}

fn succeeded(rendering: Rendering) -> Came {
    Came {
        rendering,
        flaws: Vec::new(),
        sentence: None,
    }
}

fn failed(error: &Error) -> Came {
    Came {
        sentence: Some(error.to_string()),
        ..succeeded(Rendering::of_error(error))
    }
}

fn parsed(
    host: &MockHost,
    agency: &Agency,
    operation: &str,
    response: Response,
    sending: Sending,
) -> Came {
    match agency.parse(operation, response, sending) {
        Ok(outcome) => Came {
            flaws: unpublished(host.description(), &outcome.events),
            ..succeeded(Rendering::of_outcome(&outcome))
        },
        Err(error) => failed(&error),
    }
}

fn judged(host: &MockHost, agency: &Agency, call: Call) -> Came {
    let verdict = match agency.validate(call) {
        Ok(verdict) => verdict,
        Err(error) => return failed(&error),
    };
    let came = succeeded(Rendering::of_verdict(&verdict));
    match verdict {
        Judgement::Accepted(acceptance) => Came {
            flaws: unpublished(host.description(), &acceptance.events),
            ..came
        },
        Judgement::Rejected(rejected) => Came {
            sentence: Some(rejected.reason.to_string()),
            ..came
        },
    }
}

fn presented(host: &MockHost, caller: Option<&Caller>) -> Result<Option<CertificateChain>, String> {
    match caller {
        Some(caller) => host.caller(
            caller.trusted,
            &caller.common_name,
            caller.serial_number.as_deref(),
        ),
        None => Ok(None),
    }
}

/// What stands before and after the role of a secret in the value of a header field.
const SECRET: (&str, &str) = ("{{secret ", "}}");

/// Header fields, with the host's value where one names a secret: `{{secret callback}}`.
fn with_secrets(
    host: &MockHost,
    headers: &[(String, String)],
) -> Result<Vec<(String, String)>, String> {
    let filled = headers.iter().map(|(name, value)| {
        let Some((before, rest)) = value.split_once(SECRET.0) else {
            return Ok((name.clone(), value.clone()));
        };
        let (role, after) = rest.split_once(SECRET.1).unwrap_or((rest, ""));
        let secret = host.secret(role).ok_or_else(|| {
            format!("case.json: the header field {name} has the secret `{role}`, which the component does not declare")
        })?;
        Ok((name.clone(), format!("{before}{secret}{after}")))
    });
    filled.collect()
}
