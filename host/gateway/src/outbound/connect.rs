// SPDX-License-Identifier: Apache-2.0
//! From the name of a host to an open TCP connection.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpStream, lookup_host},
    task::JoinSet,
    time::timeout,
};

use super::{
    fact::NotSent,
    phase::{CurrentPhase, Phase},
    proxy,
    reason::Reason,
    settings::Proxy,
};

/// Addresses of a host that are tried; hosts have two to four.
const MOST_ADDRESSES: usize = 8;

/// How long an address may keep the next one waiting (RFC 8305 §8: 250 ms).
const HEAD_START: Duration = Duration::from_millis(250);

/// What became of `opening` a connection, which may take as long as `limit`.
pub(super) async fn within<T>(
    limit: Duration,
    phase: &CurrentPhase,
    opening: impl Future<Output = Result<T, Reason>>,
) -> Result<T, NotSent> {
    let opened = timeout(limit, opening).await;
    opened
        .unwrap_or(Err(Reason::ConnectTimeout { limit }))
        .map_err(|reason| NotSent::new(phase.get(), reason))
}

/// Opens a connection to a host, through a proxy if there is one.
pub(super) async fn connect(
    (host, port): (&str, u16),
    proxy: Option<&Proxy>,
    phase: &CurrentPhase,
) -> Result<TcpStream, Reason> {
    let Some(proxy) = proxy else {
        return open(host, port, phase).await;
    };
    let mut stream = open(&proxy.host, proxy.port, phase).await?;
    phase.enter(Phase::Proxy);
    proxy::connect(proxy, (host, port), &mut stream).await?;
    Ok(stream)
}

async fn open(host: &str, port: u16, phase: &CurrentPhase) -> Result<TcpStream, Reason> {
    phase.enter(Phase::Resolve);
    let addresses = resolve(host, port).await?;
    phase.enter(Phase::Connect);
    open_first(host, addresses).await
}

/// Addresses of a host, in the order in which the system would try them.
pub(super) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Reason> {
    let not_resolved = |detail| Reason::NotResolved {
        host: host.to_owned(),
        detail,
    };
    let found = lookup_host((host, port)).await;
    let found = found.map_err(|error| not_resolved(error.to_string()))?;
    let addresses: Vec<_> = found.take(MOST_ADDRESSES).collect();
    match addresses.is_empty() {
        true => Err(not_resolved("it has no address".to_owned())),
        false => Ok(addresses),
    }
}

/// A connection to the first address that takes one. Each address has a head start before the next, so that a silent one does not use up the time.
pub(super) async fn open_first(
    host: &str,
    addresses: Vec<SocketAddr>,
) -> Result<TcpStream, Reason> {
    let mut waiting = addresses.into_iter();
    // Dropping the set ends the attempts that are left.
    let mut attempts = JoinSet::new();
    let mut last = None;
    loop {
        match waiting.next() {
            Some(address) => {
                attempts.spawn(async move { (address, TcpStream::connect(address).await) });
            }
            None if attempts.is_empty() => break,
            None => {}
        }
        let next = match waiting.len() {
            0 => attempts.join_next().await,
            _ => timeout(HEAD_START, attempts.join_next())
                .await
                .unwrap_or(None),
        };
        match next {
            Some(Ok((_, Ok(stream)))) => {
                // A request is written in few pieces, none of which is to wait for an acknowledgement.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Some(Ok((address, Err(error)))) => last = Some((address, error)),
            Some(Err(_)) | None => {}
        }
    }
    Err(match last {
        Some((address, error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Reason::Refused { address }
        }
        last => Reason::Unreachable {
            host: host.to_owned(),
            detail: last.map_or_else(String::new, |(_, error)| error.to_string()),
        },
    })
}
