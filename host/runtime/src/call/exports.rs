// SPDX-License-Identifier: Apache-2.0
//! A component bound to the host, and where its exports are.

use wasmtime::{
    Store,
    component::{Component, Instance, InstancePre, Linker},
};

use crate::{
    bindings::{
        AgencyPre,
        exports::silta::agency::{descriptor, envelope, message, notification},
    },
    call::state::CallState,
};

/// What is found once per component. A call then looks up and type-checks the one interface that it needs, which takes
/// a quarter of the time of all four.
#[derive(Clone)]
pub(crate) struct Exports {
    pub(crate) pre: InstancePre<CallState>,
    pub(crate) descriptor: descriptor::GuestIndices,
    pub(crate) envelope: envelope::GuestIndices,
    pub(crate) message: message::GuestIndices,
    pub(crate) notification: notification::GuestIndices,
}

impl Exports {
    /// Binds the imports and finds the exports.
    pub(crate) fn find(
        linker: &Linker<CallState>,
        component: &Component,
    ) -> wasmtime::Result<Self> {
        let pre = AgencyPre::new(linker.instantiate_pre(component)?)?;
        let pre = pre.instance_pre();
        Ok(Self {
            descriptor: descriptor::GuestIndices::new(pre)?,
            envelope: envelope::GuestIndices::new(pre)?,
            message: message::GuestIndices::new(pre)?,
            notification: notification::GuestIndices::new(pre)?,
            pre: pre.clone(),
        })
    }

    /// Type-checks all exports: types are those of an instance.
    pub(crate) fn check(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
    ) -> wasmtime::Result<()> {
        self.descriptor.load(&mut *store, instance)?;
        self.envelope.load(&mut *store, instance)?;
        self.message.load(&mut *store, instance)?;
        self.notification.load(&mut *store, instance)?;
        Ok(())
    }
}
