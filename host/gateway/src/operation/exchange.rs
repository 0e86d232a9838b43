// SPDX-License-Identifier: Apache-2.0
//! One request of a component, sent.

use std::fmt;

use silta::{
    Agency, Error,
    exchange::{
        Answer, HttpTarget, MailAnswer, MailReply, RecipientReply, Request, Response, SmtpTarget,
        Target,
    },
};

use crate::outbound::{
    self, HttpClient, HttpOutcome, HttpRequest, Mail, MailClient, MailOutcome, NotSent, SecretText,
    Unknown,
};

/// What is known of a request that was not answered.
#[derive(Debug, Clone, PartialEq)]
pub enum SendingFact {
    /// Not a byte of it left.
    NotSent(NotSent),
    /// Some of it may have arrived.
    Unknown(Unknown),
}

impl fmt::Display for SendingFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(fact) => fact.fmt(f),
            Self::Unknown(fact) => fact.fmt(f),
        }
    }
}

/// An operation sends a mail, and there is no relay to send it by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the operation sends a mail, and no relay is configured; add the table `relay` of the agency"
)]
pub struct NoRelay;

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
}

impl Clients {
    /// Sends a request once. `next_secret_of` is the role whose next value stands in the place of the current one.
    pub(super) async fn send(
        &self,
        agency: &Agency,
        request: &Request,
        answer_limit: u64,
        next_secret_of: Option<&str>,
    ) -> Result<Exchanged, ExchangeError> {
        match &request.target {
            Target::Http(target) => {
                let request = http(agency, request, target, answer_limit, next_secret_of)?;
                Ok(of_http(self.http.send(request).await))
            }
            Target::Smtp(target) => {
                let client = self.mail.as_ref().ok_or(NoRelay)?;
                Ok(of_mail(client.send(mail(request, target)).await))
            }
        }
    }
}

/// Why nothing was sent for a reason of our own.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExchangeError {
    #[error(transparent)]
    Runtime(#[from] Error),
    #[error(transparent)]
    NoRelay(#[from] NoRelay),
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
        Ok(outbound::SecretHeader {
            name: header.name.clone(),
            value: SecretText::new(String::from_utf8_lossy(value.as_bytes())),
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
