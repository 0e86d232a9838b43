// SPDX-License-Identifier: Apache-2.0
//! Customs, calling as it does while strangers call.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    client::{Client, HONEST},
    program::Program,
};

/// A notification, as Customs sends it. Sent again it is a duplicate, and answered as one: 200 either way.
pub(crate) fn notification(program: &Program) -> Vec<u8> {
    let body = format!(
        "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body>\
         <NotifyRequest xmlns=\"http://tulli.fi/schema/notificationservice/v1\"><RequestHeader>\
         <IntermediaryBusinessId>{}</IntermediaryBusinessId><Timestamp>2026-07-01T03:00:00+03:00</Timestamp></RequestHeader>\
         <MessageInformation><MessageStorageId>2026070100000001</MessageStorageId><Reference>DECLARATION-1</Reference></MessageInformation>\
         </NotifyRequest></e:Body></e:Envelope>",
        program.intermediary
    );
    call("/tulli/notify", &body)
}

/// A call with a body.
pub(crate) fn call(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/soap+xml; charset=utf-8\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// How honest calls went.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    times: Vec<Duration>,
    pub(crate) lost: usize,
}

impl Calls {
    /// Calls every 20 ms, each on a connection of its own, as long as `goes_on` says so, and ten times at least.
    pub(crate) fn while_it(program: &Program, goes_on: impl Fn() -> bool) -> Self {
        let (customs, call) = (Client::customs(program), notification(program));
        let mut calls = Self::default();
        while goes_on() || calls.times.len() + calls.lost < 10 {
            let begun = Instant::now();
            let connected = customs.connect(HONEST, program.address);
            match connected.and_then(|mut connection| connection.call(&call)) {
                Ok(200) => calls.times.push(begun.elapsed()),
                other => {
                    println!("    lost: {other:?}");
                    calls.lost += 1;
                }
            }
            thread::sleep(Duration::from_millis(20).saturating_sub(begun.elapsed()));
        }
        calls
    }

    /// Prints the figures, and holds that none was lost.
    pub(crate) fn report(mut self, during: &str) {
        assert!(
            !self.times.is_empty(),
            "no honest call was answered during {during}"
        );
        self.times.sort();
        let share = |percent: usize| self.times[(self.times.len() - 1) * percent / 100];
        println!(
            "  honest calls during {during}: {} answered, {} lost; p50 {:.1?}, p99 {:.1?}, longest {:.1?}",
            self.times.len(),
            self.lost,
            share(50),
            share(99),
            share(100)
        );
        assert_eq!(self.lost, 0, "an honest call was lost during {during}");
    }
}
