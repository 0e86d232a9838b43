//! How many files the process may open. Every connection is one.

/// Files beside the connections: the sandbox, the log, the audit trail, what is read again when it changes.
const BESIDE: u64 = 64;

/// Fewer files than connections may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooFew {
    pub(crate) allowed: u64,
    pub(crate) needed: u64,
}

/// Sees to it that so many connections can be open, as far as the process may raise its own limit.
#[cfg(unix)]
pub(crate) fn provide_for(connections: u32) -> Result<(), TooFew> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let needed = u64::from(connections) + BESIDE;
    let files = Resource::RLIMIT_NOFILE;
    // A limit that nobody can tell is no limit that can be told.
    let Ok((allowed, most)) = getrlimit(files) else {
        return Ok(());
    };
    if allowed >= needed {
        return Ok(());
    }
    let raised = needed.min(most);
    let allowed = setrlimit(files, raised, most).map_or(allowed, |()| raised);
    if allowed < needed {
        return Err(TooFew { allowed, needed });
    }
    Ok(())
}

/// Nothing is known of a limit here.
#[cfg(not(unix))]
pub(crate) fn provide_for(_connections: u32) -> Result<(), TooFew> {
    Ok(())
}

impl TooFew {
    /// Tells the operator, once, at the start.
    pub(crate) fn tell(self, connections: u32) {
        let Self { allowed, needed } = self;
        tracing::warn!(
            target: "silta::gateway", connections, allowed, needed,
            "the process may open too few files for the limit `connections`: raise the former (`ulimit -n`, LimitNOFILE= of systemd) or lower the latter"
        );
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_system_gives_is_told() {
        assert_eq!(provide_for(1), Ok(()));
        let resource = nix::sys::resource::Resource::RLIMIT_NOFILE;
        let (_, most) = nix::sys::resource::getrlimit(resource).unwrap();
        if most < u64::from(u32::MAX) {
            let too_few = provide_for(u32::MAX).unwrap_err();
            assert_eq!(too_few.needed, u64::from(u32::MAX) + BESIDE);
            // The limit has been raised as far as it goes.
            assert_eq!(too_few.allowed, most);
        }
    }
}
