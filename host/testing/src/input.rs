// SPDX-License-Identifier: Apache-2.0
//! What a component is called with in a case, out of the case's files.

use silta::{
    Blob, BuildInput,
    exchange::{
        Answer, Attachment, Call, CertificateChain, HttpCall, MailCall, MailConnection, Response,
        Sending,
    },
};

use crate::{
    case::Case,
    exercise::{Caller, Exercise},
    host::MockHost,
};

/// What a component is called with.
pub(crate) enum Input {
    /// Nothing: that it is deployed is all.
    Deployed,
    Build(BuildInput),
    /// Of an operation.
    Parse(String, Response, Sending),
    Validate(Call),
}

impl Case {
    /// What the component is called with.
    ///
    /// # Errors
    /// What the host would have to make for it, and cannot; in words.
    pub(crate) fn input(&self, host: &MockHost) -> Result<Input, String> {
        Ok(match &self.exercise {
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
                    content: self.content(Some(&attached.content)),
                });
                Input::Build(BuildInput {
                    operation: operation.clone(),
                    parameters: parameters.text(),
                    payload: payload.as_deref().and_then(|name| self.file(name)),
                    attachments: attached.collect(),
                    cursor: cursor.clone(),
                    step: step.clone(),
                    next_secret_of: None,
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
                    (Some(status), _) => Response::Answered(Answer {
                        status: *status,
                        headers: in_lower_case(headers),
                        body: self.content(body.as_ref()),
                    }),
                    (None, Some(mail)) => Response::MailAnswered(mail.answer()),
                    (None, None) => Response::Unanswered,
                };
                let sending = Sending {
                    memo: memo.clone(),
                    earlier_sendings: *earlier_sendings,
                    step: step.clone(),
                };
                Input::Parse(operation.clone(), response, sending)
            }
            Exercise::Deploy {} | Exercise::Validate { .. } | Exercise::Mail { .. } => {
                let call = self.call(host)?;
                call.map_or(Input::Deployed, Input::Validate)
            }
        })
    }

    /// The call of an exercise that is one.
    fn call(&self, host: &MockHost) -> Result<Option<Call>, String> {
        Ok(Some(match &self.exercise {
            Exercise::Validate {
                method,
                target,
                headers,
                body,
                caller,
                address,
            } => Call::Http(HttpCall {
                method: method.clone(),
                target: target.clone(),
                headers: with_secrets(host, headers)?,
                body: self.content(body.as_ref()),
                peer_certificates: presented(host, caller.as_ref())?,
                peer_address: address.clone(),
            }),
            Exercise::Mail {
                sender,
                recipients,
                content,
                tls,
                caller,
                address,
                allowed,
            } => Call::Mail(MailCall {
                sender: sender.clone(),
                recipients: recipients.clone(),
                content: self.content(Some(content)),
                connection: MailConnection {
                    peer_address: address.clone(),
                    tls: tls.clone(),
                    peer_certificates: presented(host, caller.as_ref())?,
                    allowed: *allowed,
                },
            }),
            _ => return Ok(None),
        }))
    }

    fn file(&self, name: &str) -> Option<Blob> {
        let bytes = self.files.get(name);
        bytes.map(|bytes| Blob::from(bytes.as_slice()))
    }

    /// The content of a file; empty where none is named.
    fn content(&self, name: Option<&String>) -> Blob {
        let file = name.and_then(|name| self.file(name));
        file.unwrap_or_else(Blob::empty)
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

/// Header fields as the gateway hands them over: HTTP does not tell the case of their names (RFC 9110 §5.1), and it has them in lower case.
fn in_lower_case(headers: &[(String, String)]) -> Vec<(String, String)> {
    let fields = headers.iter();
    let fields = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    fields.collect()
}

/// Header fields, with the host's value where one names a secret: `{{secret callback}}`.
fn with_secrets(
    host: &MockHost,
    headers: &[(String, String)],
) -> Result<Vec<(String, String)>, String> {
    let filled = in_lower_case(headers).into_iter().map(|(name, value)| {
        let Some((before, rest)) = value.split_once(SECRET.0) else {
            return Ok((name, value));
        };
        let (role, after) = rest.split_once(SECRET.1).unwrap_or((rest, ""));
        let secret = host.secret(role).ok_or_else(|| {
            format!("case.json: the header field {name} has the secret `{role}`, which the component does not declare")
        })?;
        let filled = format!("{before}{secret}{after}");
        Ok((name, filled))
    });
    filled.collect()
}
