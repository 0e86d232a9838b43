// SPDX-License-Identifier: Apache-2.0
//! Stops a process before and after each of its system calls, and kills it at one of them.

use std::{
    fs,
    path::Path,
    process::{Child, Stdio},
};

use anyhow::{Context, Result, bail};
use nix::{
    errno::Errno,
    sys::{
        ptrace::{self, Options},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

use crate::plan::{begin, child};

/// System calls that change what is on a disk, or make it durable. Of others it makes no difference on which side of them a process is killed.
const CHANGES: [libc::c_long; 13] = [
    libc::SYS_openat,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_mkdirat,
];

/// The same, where the machine has calls of its own for it.
#[cfg(target_arch = "x86_64")]
const OLDER: [libc::c_long; 6] = [
    libc::SYS_open,
    libc::SYS_rename,
    libc::SYS_unlink,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_creat,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: [libc::c_long; 0] = [];

/// Stops so far, before and after such calls; and whether the process was killed at one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traced {
    pub(crate) stops: u64,
    pub(crate) is_killed: bool,
}

/// Whether a process may be traced here: if not, why.
pub(crate) fn available() -> Result<(), String> {
    let try_it = || -> Result<Traced> {
        let nowhere = Path::new("");
        let mut command = child(&["nothing"], [nowhere, nowhere])?;
        trace(&mut command.stdout(Stdio::null()).spawn()?, None)
    };
    let traced = try_it().map_err(|error| format!("{error:#}"))?;
    match traced.stops {
        0 => Err("the system calls of a traced process are not seen".into()),
        _ => Ok(()),
    }
}

/// Lets a child begin, and kills it at a stop, if it comes to that.
pub(crate) fn trace(process: &mut Child, kill_at: Option<u64>) -> Result<Traced> {
    let child = Pid::from_raw(process.id().try_into()?);
    // What this process starts while it is traced is traced as well, and it dies with us.
    let options =
        Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_TRACECLONE | Options::PTRACE_O_EXITKILL;
    ptrace::seize(child, options).context("the process cannot be traced")?;
    ptrace::interrupt(child)?;
    // It waits for this.
    begin(process)?;
    let mut stops = 0;
    let mut is_killed = false;
    loop {
        let any = Pid::from_raw(-1);
        match waitpid(any, Some(WaitPidFlag::__WALL))? {
            WaitStatus::PtraceSyscall(thread) => {
                stops += u64::from(changes(thread));
                if kill_at == Some(stops) && !is_killed {
                    nix::sys::signal::kill(child, nix::sys::signal::Signal::SIGKILL)?;
                    is_killed = true;
                }
                go_on(thread, None)?;
            }
            WaitStatus::PtraceEvent(thread, _, _) => go_on(thread, None)?,
            WaitStatus::Stopped(thread, signal) => go_on(thread, Some(signal))?,
            WaitStatus::Exited(ended, code) if ended == child => {
                if code != 0 {
                    bail!("the process ended with {code}");
                }
                return Ok(Traced { stops, is_killed });
            }
            WaitStatus::Signaled(ended, signal, _) if ended == child => {
                if !is_killed {
                    bail!("the process ended by {signal}");
                }
                return Ok(Traced { stops, is_killed });
            }
            // A thread that has ended.
            _ => {}
        }
    }
}

/// Whether the call that it is stopped at is one of those.
fn changes(thread: Pid) -> bool {
    let text = fs::read_to_string(format!("/proc/{thread}/syscall")).unwrap_or_default();
    let number = text
        .split(' ')
        .next()
        .and_then(|number| number.parse().ok());
    number.is_some_and(|number| CHANGES.contains(&number) || OLDER.contains(&number))
}

/// To its next stop; one that has been killed goes nowhere.
fn go_on(thread: Pid, signal: Option<nix::sys::signal::Signal>) -> Result<()> {
    match ptrace::syscall(thread, signal) {
        Err(Errno::ESRCH) => Ok(()),
        other => Ok(other?),
    }
}
