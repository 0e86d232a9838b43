// SPDX-License-Identifier: Apache-2.0
//! From DATA to the reply to a content.

use std::{sync::Arc, time::SystemTime};

use silta::{Blob, exchange::MailCall};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

use super::{BARE_LINE_END, Next, OUT_OF_ORDER, Session, TOO_SLOW};
use crate::{
    blocks::Blocks,
    inbound::{
        byte_budget::Reservation,
        mail::{
            judge::{Fate, Judged, TOO_LARGE},
            reply::Reply,
            setup::MailProtocol,
            stream::Gone,
            transaction::Transaction,
            wire::{ContentReader, Progress},
        },
    },
};

/// Why there is no content.
enum NoContent {
    Gone,
    TooSlow,
    BareLineEnd,
}

/// A content that was read, and the bytes that it takes of the budget; or why it was not kept.
type Content = Result<(Blob, Reservation), Reply>;

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// Takes a content, if there is somebody to take it for.
    pub(super) async fn data(&mut self) -> Result<Next, Gone> {
        let has_recipients = |transaction: &Transaction| !transaction.recipients.is_empty();
        let Some(transaction) = self.transaction.take_if(|all| has_recipients(all)) else {
            self.stream.reply(&OUT_OF_ORDER).await?;
            // What came along already may be the content, of which nothing is a command.
            return match self.stream.received() {
                [] => Ok(Next::Command),
                _ => Ok(Next::Close),
            };
        };
        self.stream
            .write("354 go on, end with a line of one dot\r\n")
            .await?;
        let time = self.service.limits().content_time;
        let content = match timeout(time, self.content(&transaction)).await {
            Ok(content) => content,
            Err(_) => Err(NoContent::TooSlow),
        };
        match content {
            Ok(content) => {
                self.hand_over(&transaction, content).await?;
                Ok(Next::Command)
            }
            Err(NoContent::Gone) => Err(Gone),
            Err(NoContent::TooSlow) => self.end(TOO_SLOW, "content.too-slow").await,
            // Where the sender takes it for the end of the content, what follows is for it something else than it is here.
            Err(NoContent::BareLineEnd) => {
                for _ in 1..self.replies(&transaction) {
                    self.stream.reply(&BARE_LINE_END).await?;
                }
                self.end(BARE_LINE_END, "content.bare-line-end").await
            }
        }
    }

    /// How many replies a content has (RFC 2033 §4.2).
    fn replies(&self, transaction: &Transaction) -> usize {
        match self.service.protocol() {
            MailProtocol::Smtp => 1,
            MailProtocol::Lmtp => transaction.recipients.len(),
        }
    }

    /// Reads a content to its end. What is refused is read as well, and not kept: the relay listens to no reply before.
    async fn content(&mut self, transaction: &Transaction) -> Result<Content, NoContent> {
        let limits = self.service.limits();
        let largest = limits.mail_bytes.min(self.service.largest(transaction));
        let mut reservation = self.service.reserve();
        let mut blocks = Blocks::new(None);
        let (mut size, mut refused) = (0, None);
        let mut reader = ContentReader::default();
        loop {
            let progress = reader.read(self.stream.received(), |part| {
                size += part.len() as u64;
                if refused.is_some() {
                    return;
                }
                if size > largest {
                    refused = Some((TOO_LARGE, "mail.too-large"));
                } else if blocks.push(part, |more| reservation.grow(more)).is_err() {
                    refused = Some((NO_ROOM, "mail-bytes-at-once"));
                } else {
                    return;
                }
                // Given back once: what follows is read and not kept.
                (blocks, reservation) = (Blocks::new(None), self.service.reserve());
            });
            match progress.map_err(|_| NoContent::BareLineEnd)? {
                Progress::Ended(bytes) => {
                    self.stream.consume(bytes);
                    break;
                }
                Progress::More => {
                    self.stream.consume(usize::MAX);
                    self.stream.more().await.map_err(|Gone| NoContent::Gone)?;
                }
            }
        }
        if reader.longest_line() > limits.text_line_bytes.into() {
            refused.get_or_insert((LINE_TOO_LONG, "text-line-bytes"));
        }
        Ok(match refused {
            None => Ok((blocks.finish(), reservation)),
            Some((reply, code)) => {
                self.refuse(code);
                Err(reply)
            }
        })
    }

    /// Has the mail judged for each agency, and replies: once, or in LMTP for each recipient.
    async fn hand_over(&mut self, transaction: &Transaction, content: Content) -> Result<(), Gone> {
        let (content, reservation) = match content {
            Ok((content, reservation)) => (content, Arc::new(reservation)),
            Err(reply) => {
                for _ in 0..self.replies(transaction) {
                    self.stream.reply(&reply).await?;
                }
                return Ok(());
            }
        };
        let at = SystemTime::now();
        let mut judged = Vec::new();
        for agency in transaction.agencies() {
            let call = MailCall {
                sender: transaction
                    .sender
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                recipients: transaction.recipients_of(agency),
                content: content.clone(),
                connection: self.relay.connection.clone(),
            };
            let end = self
                .service
                .judge(agency, call, at, Arc::clone(&reservation))
                .await;
            judged.push((agency, end));
        }
        match self.service.protocol() {
            MailProtocol::Smtp => {
                if let Some(reply) = reply_to_all(&judged) {
                    self.stream.reply(reply).await?;
                }
            }
            MailProtocol::Lmtp => {
                for recipient in &transaction.recipients {
                    let mut of_agency = judged
                        .iter()
                        .filter(|(agency, _)| *agency == recipient.agency);
                    if let Some((_, judged)) = of_agency.next() {
                        self.stream.reply(&judged.reply).await?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// RFC 5321 §4.2.5.
const NO_ROOM: Reply = Reply::new(
    452,
    "4.3.1",
    "too much mail at once (limit mail-bytes-at-once), try again later",
);
const LINE_TOO_LONG: Reply = Reply::new(
    554,
    "5.6.0",
    "a line is longer than is taken here (limit text-line-bytes)",
);

/// The one reply of SMTP, where agencies differ. One that could not take the mail has to get it again, and those that have it take it for a duplicate
/// then; a rejection has to be told, though others have the mail.
fn reply_to_all(judged: &[(usize, Judged)]) -> Option<&Reply> {
    let replies = judged.iter().map(|(_, judged)| judged);
    let rank = |judged: &&Judged| match (judged.reply.code() / 100, judged.fate) {
        (4, _) => 0,
        (5, _) => 1,
        (_, Fate::Taken) => 2,
        _ => 3,
    };
    replies.min_by_key(rank).map(|judged| &judged.reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reply_for_all_is_the_one_that_loses_nothing() {
        let judged = |code| {
            let mut judged = Judged::failed("", "");
            judged.reply = Reply::new(code, "0.0.0", "");
            judged
        };
        let reply = |codes: &[u16]| {
            let all: Vec<_> = codes.iter().map(|code| (0, judged(*code))).collect();
            reply_to_all(&all).map(Reply::code)
        };
        assert_eq!(reply(&[250, 550, 451]), Some(451));
        assert_eq!(reply(&[250, 550]), Some(550));
        assert_eq!(reply(&[250, 250]), Some(250));
        assert_eq!(reply(&[]), None);
    }
}
