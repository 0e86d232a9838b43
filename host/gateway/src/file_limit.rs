// SPDX-License-Identifier: Apache-2.0
//! The limit on open files of the process. Every connection is one.

/// Open files that are not connections: the sandbox, the log, the audit trail, what is read again when it changes.
const OTHER_FILES: u64 = 64;

/// Fewer files than connections may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooFewFiles {
    pub(crate) allowed: u64,
    pub(crate) needed: u64,
}

/// Raises the limit of the process so that so many connections can be open, as far as that is allowed.
#[cfg(unix)]
pub(crate) fn raise_for(connections: u32) -> Result<(), TooFewFiles> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let needed = u64::from(connections) + OTHER_FILES;
    let files = Resource::RLIMIT_NOFILE;
    // A limit that cannot be read cannot be reported either.
    let Ok((allowed, maximum)) = getrlimit(files) else {
        return Ok(());
    };
    if allowed >= needed {
        return Ok(());
    }
    let raised = needed.min(maximum);
    let allowed = setrlimit(files, raised, maximum).map_or(allowed, |()| raised);
    if allowed < needed {
        return Err(TooFewFiles { allowed, needed });
    }
    Ok(())
}

/// This system is not known to have such a limit.
#[cfg(not(unix))]
pub(crate) fn raise_for(_connections: u32) -> Result<(), TooFewFiles> {
    Ok(())
}

impl TooFewFiles {
    /// Warns the operator, once, at the start.
    pub(crate) fn log(self, connections: u32) {
        let Self { allowed, needed } = self;
        tracing::warn!(
            target: "silta::gateway", connections, allowed, needed,
            "the process may open too few files for the limits `connections` of all listeners: raise the former (`ulimit -n`, LimitNOFILE= of systemd) or lower the latter"
        );
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_system_gives_is_reported() {
        assert_eq!(raise_for(1), Ok(()));
        let resource = nix::sys::resource::Resource::RLIMIT_NOFILE;
        let (_, maximum) = nix::sys::resource::getrlimit(resource).unwrap();
        if maximum < u64::from(u32::MAX) {
            let too_few = raise_for(u32::MAX).unwrap_err();
            assert_eq!(too_few.needed, u64::from(u32::MAX) + OTHER_FILES);
            // The limit has been raised as far as it may be.
            assert_eq!(too_few.allowed, maximum);
        }
    }
}
