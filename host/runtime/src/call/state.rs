// SPDX-License-Identifier: Apache-2.0
//! What the host keeps of a call while it runs.

use std::{sync::Arc, time::SystemTime};

use wasmtime::{ResourceLimiter, component::ResourceTable};

use crate::{
    call::{
        engine,
        environment::Environment,
        limits::{Limit, LimitExceeded},
        tape::Tape,
    },
    ids::IdSource,
    observe::{CallId, Observer, Refusal},
};

/// The state behind every import.
pub(crate) struct CallState {
    pub(crate) environment: Arc<Environment>,
    pub(crate) table: ResourceTable,
    pub(crate) trace: CallTrace,
    /// Bytes that the host holds for the component.
    pub(crate) blob_bytes: Meter,
    pub(crate) log_bytes: Meter,
    pub(crate) memory: Meter,
}

impl CallState {
    pub(crate) fn new(environment: &Arc<Environment>, id: CallId) -> Self {
        let limits = &environment.limits;
        let mut table = ResourceTable::new();
        table.set_max_capacity(usize::try_from(limits.handles).unwrap_or(usize::MAX));
        Self {
            table,
            trace: CallTrace::new(id, environment.clock.now()),
            blob_bytes: Meter::new(Limit::BlobBytes, limits.blob_bytes),
            log_bytes: Meter::new(Limit::LogBytes, limits.log_bytes),
            memory: Meter::new(Limit::Memory, limits.memory),
            environment: Arc::clone(environment),
        }
    }
}

/// Which call it is, and what it has done that is recorded.
pub(crate) struct CallTrace {
    pub(crate) id: CallId,
    /// When the call began: a call sees one time.
    pub(crate) now: SystemTime,
    /// The role of each signature made.
    pub(crate) signatures: Vec<String>,
    /// Values of secrets that are to replace the current ones, and what the call may do with them.
    pub(crate) next_secrets: NextSecrets,
    pub(crate) purpose: Purpose,
    /// Where its answers are recorded, if they are.
    pub(crate) tape: Option<Tape>,
    /// The call's identifier in the audit trail, once it has one.
    audit_id: Option<String>,
    refusals: u32,
}

/// What a request is built for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It may be sent.
    #[default]
    Sending,
    /// Nobody gets it: it is only asked whether it can be built. Keys are judged as ever and sign nothing.
    Check,
}

/// Roles of rotated secrets whose next value a call has to do with.
#[derive(Debug, Default)]
pub(crate) struct NextSecrets {
    /// It sends the next value of this one.
    pub(crate) sent: Option<String>,
    /// The next value of this one stands in the place of the current one.
    pub(crate) in_force: Option<String>,
}

/// Refusals of one call that are reported: a component that goes on without what it was refused meets a few of them.
const MOST_REFUSALS: u32 = 16;

impl CallTrace {
    pub(crate) fn new(id: CallId, now: SystemTime) -> Self {
        Self {
            id,
            now,
            signatures: Vec::new(),
            next_secrets: NextSecrets::default(),
            purpose: Purpose::default(),
            tape: None,
            audit_id: None,
            refusals: 0,
        }
    }

    /// The call's identifier in the audit trail.
    pub(crate) fn audit_id(&mut self, ids: &dyn IdSource) -> String {
        self.audit_id.get_or_insert_with(|| ids.uuid()).clone()
    }

    /// Reports a refusal, unless the call has had so many that it may go on for ever.
    pub(crate) fn refuse(
        &mut self,
        observer: &dyn Observer,
        function: &'static str,
        reason: &'static str,
    ) {
        let reason = match self.refusals {
            reported if reported > MOST_REFUSALS => return,
            MOST_REFUSALS => "further-refusals-not-told",
            _ => reason,
        };
        self.refusals += 1;
        observer.refused(&Refusal {
            call: self.id.clone(),
            function,
            reason,
        });
    }
}

/// Counts what a call uses up of one of its limits.
pub(crate) struct Meter {
    limit: Limit,
    allowed: u64,
    used: u64,
}

impl Meter {
    pub(crate) fn new(limit: Limit, allowed: u64) -> Self {
        Self {
            limit,
            allowed,
            used: 0,
        }
    }

    /// Uses so much more.
    pub(crate) fn charge(&mut self, more: u64) -> Result<(), LimitExceeded> {
        let asked = self.used.saturating_add(more);
        self.limit.check(asked, self.allowed)?;
        self.used = asked;
        Ok(())
    }

    pub(crate) fn used(&self) -> u64 {
        self.used
    }
}

/// Counts the linear memory of a call, over all its memories. Memories do not shrink.
impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // An error rather than a refusal: allocators abort on a refusal, and the reason would be lost.
        self.charge(desired.saturating_sub(current) as u64)?;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= engine::TABLE_ELEMENTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_counts_up_to_its_limit_and_what_goes_over_is_not_used() {
        let mut meter = Meter::new(Limit::LogBytes, 10);
        meter.charge(4).unwrap();
        let exceeded = LimitExceeded {
            limit: Limit::LogBytes,
            allowed: 10,
            asked: Some(11),
        };
        assert_eq!(meter.charge(7), Err(exceeded));
        meter.charge(6).unwrap();
        assert_eq!(meter.used(), 10);
        assert_eq!(meter.charge(u64::MAX).unwrap_err().asked, Some(u64::MAX));
    }
}
