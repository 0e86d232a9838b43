// SPDX-License-Identifier: Apache-2.0
//! A connection of a client, and what is said on it.

use std::io;
use std::sync::Arc;

use super::misbehaviour::{Command, Misbehaviour, Occasion};
use super::pending::Transaction;
use super::received::TlsFacts;
use super::reply::Reply;
use super::service::Service;
use super::wire::Wire;
use crate::misbehaviour::Misbehaving;

/// A connection.
pub(super) struct Session {
    pub(super) service: Arc<Service>,
    pub(super) wire: Option<Wire>,
    pub(super) tls: Option<TlsFacts>,
    pub(super) transaction: Option<Transaction>,
    /// Misbehaviours so far.
    pub(super) played: Vec<&'static str>,
    /// Whether anything of it is in the records.
    pub(super) is_recorded: bool,
    pub(super) is_greeted: bool,
    pub(super) manner: Option<Misbehaviour>,
}

/// Whether the dialogue goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Command,
    End,
}

impl Session {
    /// Says something, in the manner of the connection.
    pub(super) async fn reply(&mut self, reply: Reply) -> io::Result<Next> {
        let manner = self.manner;
        let wire = self.wire()?;
        match manner {
            Some(Misbehaviour::Multiline) => wire.write(&reply.lengthened().octets()).await?,
            Some(Misbehaviour::Slow(time)) => wire.write_slowly(&reply.octets(), time).await?,
            _ => wire.write(&reply.octets()).await?,
        }
        Ok(Next::Command)
    }

    /// Ends the connection by 421.
    pub(super) async fn close(&mut self) -> io::Result<Next> {
        self.reply(Reply::closing()).await?;
        Ok(Next::End)
    }

    pub(super) async fn is_closed_at(&mut self, command: Command) -> io::Result<bool> {
        let act = self.play(Occasion::At(command));
        if act.is_some() {
            self.close().await?;
        }
        Ok(act.is_some())
    }

    /// What goes wrong now, noted.
    pub(super) fn play(&mut self, occasion: Occasion) -> Option<Misbehaviour> {
        let act = self.service.act(occasion)?;
        self.played.push(act.name());
        Some(act)
    }

    /// Ends the connection without a word.
    pub(super) fn hang_up(&mut self) -> Next {
        self.wire = None;
        Next::End
    }

    pub(super) fn wire(&mut self) -> io::Result<&mut Wire> {
        self.wire
            .as_mut()
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}
