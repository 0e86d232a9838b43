// SPDX-License-Identifier: Apache-2.0
//! One mail: MAIL, RCPT for each recipient, DATA, content (RFC 5321 §3.3).

use super::{
    answer::{MailAnswer, MailReply, MailStage, RecipientReply},
    content::Prepared,
    dialogue::Dialogue,
    session::{Extensions, Session},
};
use crate::{
    outbound::{
        phase::{CurrentPhase, Phase},
        reason::Reason,
        sent::Sent,
    },
    segments::Segments,
};

/// The reply code upon which the content follows.
const GO_ON: u16 = 354;

/// Reply code of a relay that closes the connection (RFC 5321 §3.8).
const CLOSING: u16 = 421;

pub(super) async fn transact(
    session: &mut Session,
    mail: Prepared,
    sent: &Sent,
    phase: &CurrentPhase,
) -> Result<MailAnswer, Reason> {
    let parameters = parameters(&session.extensions, &mail)?;
    let dialogue = &mut session.dialogue;
    let mut recipients = Vec::new();
    let command = format!("MAIL FROM:<{}>{parameters}", mail.sender);
    let reply = judged(dialogue, &command).await?;
    if !reply.is_positive() {
        return Ok(MailAnswer {
            stage: MailStage::Sender,
            reply,
            recipients,
        });
    }
    for recipient in mail.recipients {
        let reply = judged(dialogue, &format!("RCPT TO:<{recipient}>")).await?;
        let is_closing = reply.code == CLOSING;
        recipients.push(RecipientReply { recipient, reply });
        if is_closing {
            break;
        }
    }
    let closing = recipients.iter().find(|of| of.reply.code == CLOSING);
    let is_taken = recipients.iter().any(|of| of.reply.is_positive());
    let refusal = recipients.iter().find(|of| !of.reply.is_positive());
    if let Some(first) = closing.or_else(|| refusal.filter(|_| !is_taken)) {
        return Ok(MailAnswer {
            stage: MailStage::Recipients,
            reply: first.reply.clone(),
            recipients,
        });
    }
    let asked = dialogue.command("DATA").await?;
    if asked.code != GO_ON {
        return match asked.code {
            400.. => Ok(MailAnswer {
                stage: MailStage::Data,
                reply: asked.reply(),
                recipients,
            }),
            _ => Err(unexpected()),
        };
    }
    sent.begin();
    phase.enter(Phase::SendBody);
    let reply = deliver(dialogue, mail.content, phase).await?;
    Ok(MailAnswer {
        stage: MailStage::Content,
        reply,
        recipients,
    })
}

/// Writes the content and reads what the relay makes of it. A relay that stops reading may have said why.
async fn deliver(
    dialogue: &mut Dialogue,
    content: Segments,
    phase: &CurrentPhase,
) -> Result<MailReply, Reason> {
    let written = dialogue.write(content).await;
    if written.is_ok() {
        phase.enter(Phase::AwaitAnswer);
    }
    let reply = dialogue.reply().await;
    match (reply, written) {
        (Ok(reply), Ok(())) if !(300..400).contains(&reply.code) => Ok(reply.reply()),
        (Ok(reply), Err(_)) if reply.code >= 400 => Ok(reply.reply()),
        (_, Err(reason)) | (Err(reason), Ok(())) => Err(reason),
        (Ok(_), Ok(())) => Err(unexpected()),
    }
}

/// A command that is answered by yes or no.
async fn judged(dialogue: &mut Dialogue, command: &str) -> Result<MailReply, Reason> {
    let said = dialogue.command(command).await?;
    match said.code {
        300..400 => Err(unexpected()),
        _ => Ok(said.reply()),
    }
}

fn unexpected() -> Reason {
    Reason::NoSmtp {
        detail: "the reply's code is none that the command has",
    }
}

/// Parameters of MAIL for what the mail needs and the relay offers.
fn parameters(offered: &Extensions, mail: &Prepared) -> Result<String, Reason> {
    let mut parameters = String::new();
    if let Some(limit) = offered.size {
        let size = mail.size;
        if limit > 0 && size > limit {
            return Err(Reason::TooLargeForRelay { size, limit });
        }
        parameters.push_str(&format!(" SIZE={size}"));
    }
    if mail.needs_8bit || mail.needs_utf8 {
        if !offered.eight_bit {
            return Err(Reason::RelayLacks {
                extension: "8BITMIME",
                purpose: "this mail needs, as it has bytes beyond ASCII; have it switched on, or the mail encoded",
            });
        }
        parameters.push_str(" BODY=8BITMIME");
    }
    if mail.needs_utf8 {
        if !offered.utf8 {
            return Err(Reason::RelayLacks {
                extension: "SMTPUTF8",
                purpose: "this mail needs, as an address or a header field has letters beyond ASCII; have it switched on, or the fields encoded",
            });
        }
        parameters.push_str(" SMTPUTF8");
    }
    Ok(parameters)
}
