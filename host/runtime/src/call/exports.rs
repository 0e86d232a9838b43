// SPDX-License-Identifier: Apache-2.0
//! A component bound to the host, and where its exports are.

mod export;

use wasmtime::{
    Store,
    component::{Component, Instance, InstancePre, Linker, Resource},
};

use crate::{
    bindings::{
        AgencyPre,
        exports::silta::agency::{
            descriptor,
            envelope::{Attachment, Problem, Request},
            message::{Outcome, Response, Sending},
            notification,
        },
    },
    blob::Blob,
    call::state::CallState,
};

use export::{Export, Exported};

/// What is found once per component.
#[derive(Clone)]
pub(crate) struct Exports {
    pub(crate) pre: InstancePre<CallState>,
    pub(crate) descriptor: descriptor::GuestIndices,
    pub(crate) build: Export<Build>,
    pub(crate) parse: Export<Parse>,
    pub(crate) validate: Export<Validate>,
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
            build: Export::find(component)?,
            parse: Export::find(component)?,
            validate: Export::find(component)?,
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
        self.build.check(store, instance)?;
        self.parse.check(store, instance)?;
        self.validate.check(store, instance)
    }
}

/// `envelope.build`: operation, parameters, payload, attachments, cursor, step.
pub(crate) struct Build;

impl Exported for Build {
    const INTERFACE: &'static str = "silta:agency/envelope";
    const NAME: &'static str = "build";
    type Parameters<'a> = (
        &'a str,
        &'a str,
        Option<Resource<Blob>>,
        &'a [Attachment],
        Option<&'a str>,
        Option<&'a str>,
    );
    type Results = (Result<Request, Problem>,);
}

/// `message.parse`: operation, response, sending.
pub(crate) struct Parse;

impl Exported for Parse {
    const INTERFACE: &'static str = "silta:agency/message";
    const NAME: &'static str = "parse";
    type Parameters<'a> = (&'a str, &'a Response, &'a Sending);
    type Results = (Result<Outcome, Problem>,);
}

/// `notification.validate`: the call.
pub(crate) struct Validate;

impl Exported for Validate {
    const INTERFACE: &'static str = "silta:agency/notification";
    const NAME: &'static str = "validate";
    type Parameters<'a> = (&'a notification::Call,);
    type Results = (notification::Verdict,);
}
