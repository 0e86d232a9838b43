// SPDX-License-Identifier: Apache-2.0
//! How a worker ended, and what that says of the component.

use std::{os::unix::process::ExitStatusExt, process::ExitStatus};

use signal_hook::consts::{SIGABRT, SIGXCPU};
use silta::CompileError;
use silta_config::CompileLimits;

/// The first byte of an answer: machine code follows, or why there is none.
pub(crate) const COMPILED: u8 = 0;
pub(crate) const REFUSED: u8 = 1;
/// There was no memory for it.
pub(crate) const TOO_MUCH: u8 = 2;

/// How a worker ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// Its time was up.
    TooSlow,
    /// Without telling how.
    Lost,
    /// With an answer, or without one.
    ByItself { answer: Vec<u8>, status: ExitStatus },
}

/// Machine code, or whose fault it is that there is none.
pub(super) fn judge(ended: Ended, limits: CompileLimits) -> Result<Vec<u8>, CompileError> {
    let failed = |how: String| {
        CompileError::Failed(format!(
            "the process that compiled it {how}; deploy it again, and look at the memory of this machine if it happens again"
        ))
    };
    let (answer, status) = match ended {
        Ended::TooSlow => return Err(too_slow(limits)),
        Ended::Lost => return Err(failed("was lost".to_owned())),
        Ended::ByItself { answer, status } => (answer, status),
    };
    if let Some(number) = status.signal() {
        return Err(match number {
            SIGXCPU => too_slow(limits),
            // So end programs that get no memory, whatever they can still say.
            SIGABRT => too_much(limits),
            _ => failed(format!("was ended by signal {number}")),
        });
    }
    match (status.success(), answer.split_first()) {
        (true, Some((&COMPILED, code))) => Ok(code.to_vec()),
        (true, Some((&TOO_MUCH, _))) => Err(too_much(limits)),
        (true, Some((&REFUSED, told))) => Err(CompileError::Invalid(
            String::from_utf8_lossy(told).into_owned(),
        )),
        _ => {
            let code = status.code().unwrap_or_default();
            Err(failed(format!("ended with {code} and without an answer")))
        }
    }
}

fn too_slow(limits: CompileLimits) -> CompileError {
    CompileError::Limit(format!(
        "compiling it took more than {} s (`deployments.compile-seconds`); components take a few: have its maker find out what takes so long, or raise the limit",
        limits.time.as_secs()
    ))
}

fn too_much(limits: CompileLimits) -> CompileError {
    CompileError::Limit(format!(
        "compiling it took more than {} bytes of memory (`deployments.compile-memory-bytes`); have its maker find out what needs so much, or raise the limit",
        limits.memory_bytes
    ))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use signal_hook::consts::SIGKILL;

    use super::*;

    const LIMITS: CompileLimits = CompileLimits {
        time: Duration::from_secs(7),
        memory_bytes: 5_000_000,
        in_process: false,
    };

    fn judged(raw: i32, answer: &[u8]) -> Result<Vec<u8>, CompileError> {
        let ended = Ended::ByItself {
            answer: answer.to_vec(),
            status: ExitStatus::from_raw(raw),
        };
        judge(ended, LIMITS)
    }

    #[test]
    fn what_a_worker_ends_with_says_whose_fault_it_is() {
        assert_eq!(judged(0, b"\0code"), Ok(b"code".to_vec()));
        let invalid = CompileError::Invalid("no".to_owned());
        assert_eq!(judged(0, b"\x01no"), Err(invalid));
        let limit = |ended: Result<Vec<u8>, CompileError>, told: &str| match ended {
            Err(CompileError::Limit(text)) => assert!(text.contains(told), "{text}"),
            other => panic!("{other:?}"),
        };
        limit(
            judge(Ended::TooSlow, LIMITS),
            "7 s (`deployments.compile-seconds`)",
        );
        limit(judged(SIGXCPU, b""), "7 s");
        limit(judged(0, b"\x02"), "5000000 bytes");
        limit(judged(SIGABRT, b""), "5000000 bytes of memory");
        for (raw, answer) in [
            (SIGKILL, &b"\0half"[..]),
            (7 << 8, b"\0code"),
            (0, b""),
            (0, b"\x03"),
        ] {
            let judged = judged(raw, answer);
            assert!(matches!(judged, Err(CompileError::Failed(_))), "{judged:?}");
        }
        let lost = judge(Ended::Lost, LIMITS);
        assert!(matches!(lost, Err(CompileError::Failed(_))));
    }
}
