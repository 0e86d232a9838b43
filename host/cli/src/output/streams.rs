// SPDX-License-Identifier: Apache-2.0
//! The standard streams, written to without a buffer in between and without a panic.

use std::{
    io,
    os::fd::AsFd,
    sync::atomic::{AtomicBool, Ordering},
};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::io::Errno;

/// Whether the program was started without a standard output (`>&-`).
static STANDARD_OUTPUT_IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// The standard library puts `/dev/null` in the place of closed streams before `main`, and what is written then vanishes in silence. So this
/// looks before that: the linker's list of what runs first has it.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
#[expect(
    unsafe_code,
    reason = "a section that the linker gives a meaning to; what runs makes one system call and touches nothing"
)]
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK_FIRST: extern "C" fn() = look_whether_closed;

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
extern "C" fn look_whether_closed() {
    let flags = rustix::io::fcntl_getfd(rustix::stdio::stdout());
    STANDARD_OUTPUT_IS_CLOSED.store(flags == Err(Errno::BADF), Ordering::SeqCst);
}

/// What the system would say to a write, had the program been started without a standard output.
pub(crate) fn check_standard_output() -> io::Result<()> {
    match STANDARD_OUTPUT_IS_CLOSED.load(Ordering::SeqCst) {
        true => Err(Errno::BADF.into()),
        false => Ok(()),
    }
}

/// Writes to standard output, all of it at once.
pub(crate) fn write_to_standard_output(bytes: &[u8]) -> io::Result<()> {
    check_standard_output()?;
    write_all(&io::stdout(), bytes)
}

/// Writes to standard error. That nobody can be told of a failure is no reason to fail.
pub(crate) fn write_to_standard_error(bytes: &[u8]) {
    let _ = write_all(&io::stderr(), bytes);
}

/// Writes everything, with as few writes as the system allows: one, to a file or a pipe that is read. Waits where a descriptor that does not
/// block has no room.
pub(crate) fn write_all(to: &impl AsFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(to, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => wait_for_room(to)?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn wait_for_room(to: &impl AsFd) -> io::Result<()> {
    let mut waited_for = [PollFd::new(to.as_fd(), PollFlags::POLLOUT)];
    match poll(&mut waited_for, PollTimeout::NONE) {
        Ok(_) | Err(nix::Error::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
