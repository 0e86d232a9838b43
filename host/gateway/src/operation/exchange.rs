// SPDX-License-Identifier: Apache-2.0
//! One request of a component, sent.

use silta::{
    Agency, Error,
    exchange::{
        Answer, Fault, HttpTarget, MailAnswer, MailReply, Problem, RecipientReply, Request,
        Response, SecretHeader, SmtpTarget, Target,
    },
};

use super::stopped::{NoRelay, RunError};
use crate::outbound::{
    self, HttpClient, HttpOutcome, HttpRequest, Mail, MailClient, MailOutcome, NotSent, SecretText,
    Unknown,
};
use crate::trace_context::TRACEPARENT;

/// What came of a request.
#[derive(Debug, Clone)]
pub enum Exchanged {
    /// An answer, or the lack of one after something may have left, with what is known of that.
    Response(Response, Option<Unknown>),
    /// Not a byte of it left.
    NotSent(NotSent),
}

/// What sends.
#[derive(Debug, Clone)]
pub(super) struct Clients {
    pub(super) http: HttpClient,
    pub(super) mail: Option<MailClient>,
    /// Trace that requests belong to. It is sent where the client is set up so.
    pub(super) trace: Option<String>,
}

impl Clients {
    /// Sends a request once. `next_secret_of` is the role whose next value stands in the place of the current one.
    pub(super) async fn send(
        &self,
        agency: &Agency,
        request: &Request,
        answer_limit: u64,
        next_secret_of: Option<&str>,
    ) -> Result<Exchanged, RunError> {
        match &request.target {
            Target::Http(target) => {
                let mut request = http(agency, request, target, answer_limit, next_secret_of)?;
                self.add_trace(&mut request);
                Ok(of_http(self.http.send(request).await))
            }
            Target::Smtp(target) => {
                let client = self.mail.as_ref().ok_or(NoRelay)?;
                Ok(of_mail(client.send(mail(request, target)).await))
            }
        }
    }
}

impl Clients {
    /// The same each time that the request is sent: what may have arrived goes again in the very same bytes.
    fn add_trace(&self, request: &mut HttpRequest) {
        let Some(trace) = self.trace.as_ref().filter(|_| self.http.sends_trace()) else {
            return;
        };
        let mut fields = request.headers.iter();
        if !fields.any(|(name, _)| name.eq_ignore_ascii_case(TRACEPARENT)) {
            let field = (TRACEPARENT.to_owned(), trace.clone());
            request.headers.push(field);
        }
    }
}

fn http(
    agency: &Agency,
    request: &Request,
    target: &HttpTarget,
    answer_limit: u64,
    next_secret_of: Option<&str>,
) -> Result<HttpRequest, Error> {
    let secret_headers = request.secret_headers.iter().map(|header| {
        let value = agency.header_value(header, next_secret_of)?;
        let text = std::str::from_utf8(value.as_bytes()).map_err(|_| not_text(header))?;
        Ok(outbound::SecretHeader {
            name: header.name.clone(),
            value: SecretText::new(text),
        })
    });
    let client_key = match &request.tls_role {
        Some(role) => Some(agency.key(role)?),
        None => None,
    };
    Ok(HttpRequest {
        headers: request.headers.clone(),
        secret_headers: secret_headers.collect::<Result<_, Error>>()?,
        body: request.body.clone(),
        timeout: request.timeout,
        answer_limit,
        client_key,
        ..HttpRequest::new(&target.method, &target.url)
    })
}

/// Another one would be sent in its place.
fn not_text(header: &SecretHeader) -> Error {
    Error::Problem(Problem {
        fault: Fault::Configuration,
        code: "secret.not-text".into(),
        path: String::new(),
        message: format!(
            "the secret `{}` of the header field `{}` is no text in UTF-8, and another is not sent; save it as UTF-8",
            header.role, header.name
        ),
    })
}

fn of_http(outcome: HttpOutcome) -> Exchanged {
    match outcome {
        HttpOutcome::Answered(answer) => {
            let answer = Answer {
                status: answer.status,
                headers: answer.headers,
                body: answer.body,
            };
            Exchanged::Response(Response::Answered(answer), None)
        }
        HttpOutcome::NotSent(fact) => Exchanged::NotSent(fact),
        HttpOutcome::Unknown(fact) => Exchanged::Response(Response::Unanswered, Some(fact)),
    }
}

fn mail(request: &Request, target: &SmtpTarget) -> Mail {
    Mail {
        headers: request.headers.clone(),
        body: request.body.clone(),
        timeout: request.timeout,
        ..Mail::new(&target.sender, target.recipients.clone())
    }
}

fn of_mail(outcome: MailOutcome) -> Exchanged {
    match outcome {
        MailOutcome::Answered(answer) => {
            let recipients = answer.recipients.into_iter();
            let recipients = recipients.map(|recipient| RecipientReply {
                recipient: recipient.recipient,
                reply: reply(recipient.reply),
            });
            let answer = MailAnswer {
                reply: reply(answer.reply),
                recipients: recipients.collect(),
            };
            Exchanged::Response(Response::MailAnswered(answer), None)
        }
        MailOutcome::NotSent(fact) => Exchanged::NotSent(fact),
        MailOutcome::Unknown(fact) => Exchanged::Response(Response::Unanswered, Some(fact)),
    }
}

fn reply(reply: outbound::MailReply) -> MailReply {
    let enhanced = reply.enhanced.map(|code| code.to_string());
    MailReply {
        code: reply.code,
        enhanced: enhanced.unwrap_or_default(),
        text: reply.text,
    }
}
