// SPDX-License-Identifier: Apache-2.0
//! Too much of something that is allowed.

use std::hint::black_box;

use agency_guest::{
    Problem,
    exports::envelope::Request,
    imports::{blobs, log, types},
};

use super::request;
use crate::host::{blob_of, report, report_blob};
use crate::parameters::Parameters;

/// Bytes written at a time; well below what one call of the host may carry.
const PIECE: [u8; 1024] = [b'x'; 1024];

type Done = Result<Request, Problem>;
type Payload<'a> = Option<&'a blobs::Blob>;

pub(super) fn loop_forever(_: &Parameters, _: Payload<'_>) -> Done {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

pub(super) fn allocate(parameters: &Parameters, _: Payload<'_>) -> Done {
    black_box(Vec::<u8>::with_capacity(parameters.bytes as usize));
    done()
}

pub(super) fn allocate_forever(_: &Parameters, _: Payload<'_>) -> Done {
    let mut hoard = Vec::new();
    loop {
        hoard.push(black_box(PIECE.to_vec()));
    }
}

pub(super) fn recurse(parameters: &Parameters, _: Payload<'_>) -> Done {
    black_box(descend(parameters.count));
    done()
}

pub(super) fn log_lines(parameters: &Parameters, _: Payload<'_>) -> Done {
    let missing = (parameters.bytes as usize).saturating_sub(parameters.text.len());
    let line = parameters.text.clone() + &".".repeat(missing);
    for _ in 0..parameters.count {
        log::write(log::Level::Info, &line);
    }
    done()
}

pub(super) fn log_forever(_: &Parameters, _: Payload<'_>) -> Done {
    loop {
        log::write(log::Level::Error, "");
    }
}

pub(super) fn write(parameters: &Parameters, _: Payload<'_>) -> Done {
    let writer = blobs::Writer::new();
    let mut left = parameters.bytes as usize;
    while let Some(piece) = PIECE
        .get(..left.min(PIECE.len()))
        .filter(|piece| !piece.is_empty())
    {
        writer.write(piece).map_err(report_blob)?;
        left -= piece.len();
    }
    Ok(request(writer.finish().map_err(report_blob)?))
}

pub(super) fn write_forever(_: &Parameters, _: Payload<'_>) -> Done {
    let writer = blobs::Writer::new();
    loop {
        writer.write(&PIECE).map_err(report_blob)?;
    }
}

pub(super) fn hand_over(parameters: &Parameters, _: Payload<'_>) -> Done {
    Ok(request(blob_of(&vec![b'x'; parameters.bytes as usize])?))
}

pub(super) fn read(parameters: &Parameters, payload: Payload<'_>) -> Done {
    let read = payload_of(payload)?
        .read(0, parameters.bytes)
        .map_err(report_blob)?;
    black_box(read);
    done()
}

pub(super) fn inflate(parameters: &Parameters, payload: Payload<'_>) -> Done {
    let mut blob = copy(payload_of(payload)?)?;
    for _ in 0..parameters.count {
        let writer = blobs::Writer::new();
        writer.append(&blob).map_err(report_blob)?;
        writer.append(&blob).map_err(report_blob)?;
        blob = writer.finish().map_err(report_blob)?;
    }
    Ok(request(blob))
}

pub(super) fn scatter(parameters: &Parameters, payload: Payload<'_>) -> Done {
    let payload = payload_of(payload)?;
    let mut writers = Vec::new();
    for _ in 0..parameters.count {
        let writer = blobs::Writer::new();
        writer.append(payload).map_err(report_blob)?;
        writers.push(writer);
    }
    drop(black_box(writers));
    done()
}

pub(super) fn unpack(parameters: &Parameters, payload: Payload<'_>) -> Done {
    let mut blob = copy(payload_of(payload)?)?;
    for _ in 0..parameters.count {
        let writer = blobs::Writer::new();
        writer.append_base64(&blob, None).map_err(report_blob)?;
        let text = writer.finish().map_err(report_blob)?;
        blob = text.decode_base64().map_err(report_blob)?;
    }
    Ok(request(blob))
}

pub(super) fn hoard(parameters: &Parameters, _: Payload<'_>) -> Done {
    let writers: Vec<_> = (0..parameters.count)
        .map(|_| blobs::Writer::new())
        .collect();
    drop(black_box(writers));
    done()
}

pub(super) fn hoard_forever(_: &Parameters, _: Payload<'_>) -> Done {
    loop {
        std::mem::forget(blobs::Writer::new());
    }
}

pub(super) fn ramble(parameters: &Parameters, _: Payload<'_>) -> Done {
    let header = types::Header {
        name: "x-ramble".into(),
        value: "x".repeat(parameters.bytes as usize),
    };
    Ok(Request {
        headers: vec![header; parameters.count as usize],
        ..request(blob_of(b"")?)
    })
}

fn done() -> Done {
    Ok(request(blob_of(b"done")?))
}

/// Keeps enough on the stack that the optimiser cannot make a loop of it.
fn descend(depth: u32) -> u32 {
    let frame = black_box([depth; 16]);
    if depth == 0 {
        return 0;
    }
    let below = descend(depth - 1);
    below.wrapping_add(
        frame
            .iter()
            .fold(0, |sum, number| sum.wrapping_add(*number)),
    )
}

fn payload_of(payload: Payload<'_>) -> Result<&blobs::Blob, Problem> {
    payload.ok_or_else(|| report("nothing", "", "this operation needs a payload"))
}

/// A blob of one's own that shares the bytes of a borrowed one.
fn copy(blob: &blobs::Blob) -> Result<blobs::Blob, Problem> {
    blob.slice(0, blob.size()).map_err(report_blob)
}
