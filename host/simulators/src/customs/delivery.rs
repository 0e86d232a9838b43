// SPDX-License-Identifier: Apache-2.0
//! How an answer goes out: whole, or as badly as a script says.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::channel::Channel;
use http_body_util::{Either, Full};
use hyper::Response;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use tokio::net::TcpStream;

use super::answer::Answer;
use super::misbehaviour::Misbehaviour;
use crate::server::Connection;

pub(super) type Body = Either<Full<Bytes>, Channel<Bytes, io::Error>>;

/// The error that makes the server close a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
pub(super) struct NoAnswer;

/// Answers, as badly as the misbehaviour wants it.
pub(super) async fn deliver(
    mut connection: Connection,
    answer: Answer,
    misbehaviour: Option<Misbehaviour>,
) -> Result<Response<Body>, NoAnswer> {
    match misbehaviour {
        Some(Misbehaviour::Silence { .. }) => Err(NoAnswer),
        Some(Misbehaviour::Hang(time)) => {
            tokio::select! {
                () = tokio::time::sleep(time) => Ok(whole(answer)),
                // Whoever stops the simulator does not want to wait for it.
                _ = connection.stopped.wait_for(|stopped| *stopped) => Err(NoAnswer),
            }
        }
        Some(Misbehaviour::Slow(time)) => Ok(slow(answer, time)),
        Some(Misbehaviour::ResetMidBody) => Ok(reset(answer, connection.socket)),
        _ => Ok(whole(answer)),
    }
}

fn whole(answer: Answer) -> Response<Body> {
    let body = Either::Left(Full::new(answer.body.clone()));
    response(&answer, body)
}

/// Pieces of a slow answer, as far as it has so many bytes.
const PIECES: u32 = 20;

fn slow(answer: Answer, time: Duration) -> Response<Body> {
    let (mut sender, body) = Channel::new(1);
    let mut rest = answer.body.clone();
    let piece = rest.len().div_ceil(PIECES as usize).max(1);
    tokio::spawn(async move {
        while !rest.is_empty() {
            tokio::time::sleep(time / PIECES).await;
            let piece = rest.split_to(piece.min(rest.len()));
            if sender.send_data(piece).await.is_err() {
                // The client has gone.
                return;
            }
        }
    });
    response(&answer, Either::Right(body))
}

/// Long enough for the first half to leave the machine before the reset overtakes it.
const BEFORE_RESET: Duration = Duration::from_millis(100);

fn reset(answer: Answer, socket: Arc<TcpStream>) -> Response<Body> {
    let (mut sender, body) = Channel::new(1);
    let half = answer.body.slice(..answer.body.len() / 2);
    tokio::spawn(async move {
        let _ = sender.send_data(half).await;
        tokio::time::sleep(BEFORE_RESET).await;
        // What closes a socket without lingering is a reset; the error has the server close it.
        let _ = socket.set_zero_linger();
        drop(socket);
        sender.abort(io::ErrorKind::ConnectionReset.into());
    });
    response(&answer, Either::Right(body))
}

/// The head tells the true length, whatever comes of it.
fn response(answer: &Answer, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, answer.body.len().into());
    let content_type = HeaderValue::from_str(&answer.content_type).ok();
    if let Some(content_type) = content_type.filter(|_| !answer.body.is_empty()) {
        headers.insert(CONTENT_TYPE, content_type);
    }
    response
}
