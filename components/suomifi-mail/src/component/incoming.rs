// SPDX-License-Identifier: Apache-2.0
//! From mails that come in to verdicts. Whom a mail is believed to come from the connection says: the host's list of relays, TLS, and a certificate if the settings ask for one.

mod documents;
mod told;

use std::collections::BTreeSet;

use agency_guest::{
    Fault, Problem, accept, check_caller, counterparty_problem,
    exports::notification::{Call, MailCall, Verdict},
    hexadecimal,
    imports::{blobs::DigestAlgorithm, log, trust::Identity},
    read_settings, reject, reject_with, sha256,
};
use agency_http::Reply;

use crate::{
    describe::{RECEIVE, RELAYS},
    wire::{self, KeptMails, Kind, LeastTls, RelayCertificate, SameMail, Settings},
};
use documents::Documents;

/// What is replied to a mail that is taken, again if it comes again (RFC 5321 §4.2.3, RFC 3463 §2).
const TAKEN: &str = "2.0.0 taken";

pub(super) fn validate(call: &Call<'_>) -> Verdict {
    let call = match call {
        Call::Mail(call) => call,
        Call::Http(_) => {
            let message = "Suomi.fi messages come by mail here, and this component takes no HTTP";
            return reject(404, counterparty_problem("call.http", "", message));
        }
    };
    // Ours is what cannot be judged: the relay keeps the mail and tries again (RFC 5321 §4.2.1).
    let judged = judge(call);
    judged.unwrap_or_else(|reason| refused(451, "4.3.0 cannot be judged now", reason))
}

fn judge(call: &MailCall<'_>) -> Result<Verdict, Problem> {
    let settings: Settings = read_settings()?;
    if let Err((text, reason)) = check_relay(&settings, call) {
        return match reason.fault {
            Fault::Configuration | Fault::Internal => Err(reason),
            _ => Ok(refused(550, text, reason)),
        };
    }
    if !call
        .recipients
        .iter()
        .any(|address| settings.takes(address))
    {
        let message = "none of the recipients is an address that mails are taken for (settings domain and incoming.addresses)";
        let reason = counterparty_problem("recipient.unknown", "/recipients", message);
        return Ok(refused(550, "5.1.1 no such recipient here", reason));
    }
    take(&settings, call)
}

/// Whether the connection is one of the service's. The From field says nothing of that.
fn check_relay(settings: &Settings, call: &MailCall<'_>) -> Result<(), (&'static str, Problem)> {
    let connection = &call.connection;
    let told =
        |text, code, message: &str| Err((text, counterparty_problem(code, "/connection", message)));
    if !connection.allowed {
        let message = "the relay is not one that the operator allows; what its mail says about its sender is not trusted";
        return told("5.7.1 relay not allowed", "relay.not-allowed", message);
    }
    let is_enough = matches!(
        (settings.incoming.least_tls, connection.tls.as_deref()),
        (LeastTls::None, _) | (_, Some("TLSv1.3")) | (LeastTls::V12, Some("TLSv1.2"))
    );
    if !is_enough {
        let message = "the connection has no TLS, or an older version than the setting incoming.least-tls asks for";
        return told("5.7.10 encryption needed", "relay.no-tls", message);
    }
    match settings.incoming.relay_certificate {
        RelayCertificate::Off => Ok(()),
        RelayCertificate::Required => {
            let advice = ", which the setting incoming.relay-certificate asks for";
            check_caller(RELAYS, connection.peer, advice, |identity| {
                check_name(settings, identity)
            })
            .map_err(|reason| ("5.7.1 certificate not accepted", reason))
        }
    }
}

fn check_name(settings: &Settings, identity: &Identity) -> Result<(), Problem> {
    let names = &settings.incoming.relay_names;
    let is_named = |name: &String| *name == identity.common_name;
    if names.is_empty() || names.iter().any(is_named) {
        return Ok(());
    }
    let message = "the relay's certificate leads to the anchors and has none of the common names of the setting incoming.relay-names";
    Err(counterparty_problem(
        "caller.other-name",
        "/connection",
        message,
    ))
}

/// A mail of the service is taken whatever it is: what is not understood is kept for somebody to look at, since a refusal would have it bounce, to a citizen perhaps.
fn take(settings: &Settings, call: &MailCall<'_>) -> Result<Verdict, Problem> {
    let read = wire::read(settings, call.content)?;
    let kind = match &read {
        Ok(mail) => wire::kind(settings, mail, &call.sender),
        Err(unreadable) => told::unreadable(*unreadable),
    };
    let mail = read.as_ref().ok();
    let mut documents = Documents::new(settings, call.content);
    let attached = match (&kind, mail) {
        (Kind::Citizen { .. }, Some(mail)) => documents.attach(&mail.files)?,
        _ => Vec::new(),
    };
    let is_kept = settings.incoming.kept_mails == KeptMails::All;
    if is_kept || !matches!(kind, Kind::Citizen { .. } | Kind::Receipt { .. }) {
        documents.keep()?;
    }
    if let Some(mail) = mail {
        note(mail);
    }
    let told = told::Told {
        settings,
        call,
        mail,
        name: name(settings, call, mail)?,
    };
    let events = vec![told.event(kind, attached)?];
    let verdict = accept(RECEIVE, events, Vec::new(), &text_reply(250, TAKEN))?;
    Ok(match verdict {
        Verdict::Accepted(mut acceptance) => {
            acceptance.documents = documents.into_documents();
            Verdict::Accepted(acceptance)
        }
        rejected @ Verdict::Rejected(_) => rejected,
    })
}

/// What makes a mail the one it is: a digest, since a Message-ID of others may have a personal identity code in it.
fn name(
    settings: &Settings,
    call: &MailCall<'_>,
    mail: Option<&wire::Incoming>,
) -> Result<String, Problem> {
    let own = mail.and_then(|mail| mail.fields.message_id.as_deref());
    let own = match own {
        Some(id) => id.to_owned(),
        None => {
            let content = call.content.digest(DigestAlgorithm::Sha256);
            let content = content.map_err(|_| agency_guest::internal("a mail has no digest"))?;
            hexadecimal(&content)
        }
    };
    let mut parts = vec![own];
    if settings.incoming.same_mail == SameMail::MessageIdAndRecipients {
        // Put in one by one: to collect a set is to sort, which is 5 KB of the component.
        let mut recipients = BTreeSet::new();
        for path in &call.recipients {
            recipients.insert(path.to_ascii_lowercase());
        }
        parts.extend(recipients);
    }
    sha256(parts.join("\n").as_bytes())
}

fn note(mail: &wire::Incoming) {
    if mail.left_out > 0 {
        let line = format!(
            "{} other forms of the text (HTML beside plain text) were left out of a mail",
            mail.left_out
        );
        log::write(log::Level::Info, &line);
    }
    if mail.is_cut {
        let line = "a mail ends within a multipart: it may have been cut off on its way; what is there was read";
        log::write(log::Level::Warning, line);
    }
}

fn text_reply(status: u16, text: &str) -> Reply {
    Reply {
        body: Some(text.as_bytes().to_vec()),
        ..Reply::empty(status)
    }
}

/// A rejection with a reply that says the enhanced status code and why, and nothing of the mail.
fn refused(status: u16, text: &str, reason: Problem) -> Verdict {
    let without_text = || reject(status, reason.clone());
    reject_with(&text_reply(status, text), reason.clone()).unwrap_or_else(|_| without_text())
}
