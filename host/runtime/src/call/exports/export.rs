// SPDX-License-Identifier: Apache-2.0
//! An exported function whose types are compared once per component.

use std::{
    marker::PhantomData,
    sync::{Arc, OnceLock},
};

use wasmtime::{
    Store,
    component::{
        Component, ComponentExportIndex, ComponentNamedList, Instance, Lift, Lower, TypedFunc,
    },
};

use crate::call::state::CallState;

/// A function that the contract has a component export.
pub(crate) trait Exported {
    /// Its interface, without the version: that a component's goes together with the host's is seen before.
    const INTERFACE: &'static str;
    const NAME: &'static str;
    type Parameters<'a>: ComponentNamedList + Lower;
    type Results: ComponentNamedList + Lift;
}

/// Where a component has it.
pub(crate) struct Export<E> {
    index: ComponentExportIndex,
    /// Whether its types have been compared with those of the contract. The engine does it in an instance only, and it would be a thirtieth of what each instance takes.
    is_as_the_contract: Arc<OnceLock<()>>,
    of: PhantomData<E>,
}

impl<E> Clone for Export<E> {
    fn clone(&self) -> Self {
        Self {
            index: self.index,
            is_as_the_contract: Arc::clone(&self.is_as_the_contract),
            of: PhantomData,
        }
    }
}

impl<E: Exported> Export<E> {
    /// Finds it in a component.
    pub(super) fn find(component: &Component) -> wasmtime::Result<Self> {
        let is_of_it = |name: &&str| name.split('@').next() == Some(E::INTERFACE);
        let exports = component.component_type();
        let mut names = exports.exports(component.engine()).map(|(name, _)| name);
        let interface = names.find(is_of_it);
        let index = interface.and_then(|name| {
            let interface = component.get_export_index(None, name)?;
            component.get_export_index(Some(&interface), E::NAME)
        });
        Ok(Self {
            index: index.ok_or_else(missing::<E>)?,
            is_as_the_contract: Arc::default(),
            of: PhantomData,
        })
    }

    /// Compares its types with those of the contract, in an instance of the component.
    pub(super) fn check(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
    ) -> wasmtime::Result<()> {
        self.compared(store, instance).map(drop)
    }

    /// Calls it in an instance of the component.
    pub(crate) fn call(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
        parameters: E::Parameters<'_>,
    ) -> wasmtime::Result<E::Results> {
        let function = match self.is_as_the_contract.get() {
            Some(()) => self.as_compared(store, instance)?,
            None => self.compared(store, instance)?,
        };
        function.call(store, parameters)
    }

    fn compared<'a>(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
    ) -> wasmtime::Result<TypedFunc<E::Parameters<'a>, E::Results>> {
        let function = instance.get_typed_func(store, self.index)?;
        self.is_as_the_contract.get_or_init(|| ());
        Ok(function)
    }

    /// The function of another instance, once types have been compared.
    #[expect(
        unsafe_code,
        reason = "types are the component's and need not be compared for each call"
    )]
    fn as_compared<'a>(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
    ) -> wasmtime::Result<TypedFunc<E::Parameters<'a>, E::Results>> {
        let function = instance.get_func(store, self.index);
        let function = function.ok_or_else(missing::<E>)?;
        // SAFETY: `new_unchecked` demands that the function has these types, and `compared` has seen that it has. An index is good for instances of its own component only, and all instances of
        // one have the same types: its functions' own, and for resources those of the linker, of which there is one.
        Ok(unsafe { TypedFunc::new_unchecked(function) })
    }
}

fn missing<E: Exported>() -> wasmtime::Error {
    wasmtime::format_err!(
        "the component exports no function `{}` of `{}`",
        E::NAME,
        E::INTERFACE
    )
}
