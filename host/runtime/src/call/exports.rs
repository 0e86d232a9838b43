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
    call::CallState,
};

/// What is found once per component. A call then looks up and type-checks the one interface that it needs, which takes
/// a quarter of the time of all four.
#[derive(Clone)]
pub(crate) struct Exports {
    pub(crate) pre: InstancePre<CallState>,
    descriptor: descriptor::GuestIndices,
    envelope: envelope::GuestIndices,
    message: message::GuestIndices,
    notification: notification::GuestIndices,
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

    pub(crate) fn descriptor(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
    ) -> wasmtime::Result<descriptor::Guest> {
        self.descriptor.load(store, instance)
    }

    pub(crate) fn envelope(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
    ) -> wasmtime::Result<envelope::Guest> {
        self.envelope.load(store, instance)
    }

    pub(crate) fn message(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
    ) -> wasmtime::Result<message::Guest> {
        self.message.load(store, instance)
    }

    pub(crate) fn notification(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
    ) -> wasmtime::Result<notification::Guest> {
        self.notification.load(store, instance)
    }

    /// Type-checks all exports. The first instance is the place: types are those of an instance.
    pub(crate) fn check(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
    ) -> wasmtime::Result<()> {
        self.descriptor(store, instance)?;
        self.envelope(store, instance)?;
        self.message(store, instance)?;
        self.notification(store, instance)?;
        Ok(())
    }
}
