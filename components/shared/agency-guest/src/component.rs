// SPDX-License-Identifier: Apache-2.0
//! What a component is: one trait in place of the contract's four interfaces.

use serde::de::DeserializeOwned;

use crate::{
    Problem,
    bindings::{
        exports::silta::agency::{
            descriptor::{self, AdjustedLimits, Description},
            envelope::{self, Attachment, Request},
            message::{self, Outcome, Response, Sending},
            notification::{self, Call, Verdict},
        },
        silta::agency::{blobs, settings},
    },
    counterparty_problem, json, reject, unknown_operation,
};

/// What `build` is given.
pub struct BuildInput<'a> {
    /// Parameters: one object.
    pub parameters: String,
    /// Payload.
    pub payload: Option<&'a blobs::Blob>,
    /// Attachments.
    pub attachments: Vec<Attachment>,
    /// What the last `parse` of the operation handed out.
    pub cursor: Option<String>,
    /// The next step that the last `parse` handed out; none for the first exchange of an operation.
    pub step: Option<String>,
}

/// A component. One without outbound operations leaves out [`build`](Self::build) and [`parse`](Self::parse), one without inbound operations
/// [`validate`](Self::validate).
pub trait Component {
    /// The schemas of the description, packed, where the feature `packed-schemas` is on: `schemas.packed`, which a test keeps as the types are
    /// ([`schemas::are_current`](crate::schemas)). Without the feature they are made of the types in the sandbox, and this is not read.
    const SCHEMAS: &'static [u8] = &[];

    /// Describes the component.
    fn describe() -> Description;

    /// Judges the operator's settings, and names the operations whose limits they change.
    ///
    /// # Errors
    /// A problem of fault `configuration`.
    fn check_settings() -> Result<Vec<AdjustedLimits>, Problem>;

    /// Builds the request of an operation.
    ///
    /// # Errors
    /// What is wrong with the input.
    fn build(operation: &str, input: BuildInput<'_>) -> Result<Request, Problem> {
        drop(input);
        Err(unknown_operation(operation))
    }

    /// Says what the answer to a request of an operation means.
    ///
    /// # Errors
    /// Why it cannot be understood.
    fn parse(
        operation: &str,
        response: &Response<'_>,
        sending: &Sending,
    ) -> Result<Outcome, Problem> {
        let (_, _) = (response, sending);
        Err(unknown_operation(operation))
    }

    /// Judges a call.
    fn validate(call: &Call<'_>) -> Verdict {
        // RFC 5321 §4.2.3, RFC 9110 §15.5.5.
        let status = match call {
            Call::Mail(_) => 550,
            Call::Http(_) => 404,
        };
        let message = "this component takes no calls";
        reject(status, counterparty_problem("call.unknown", "", message))
    }
}

/// Hands a type that is a [`Component`] to the sandbox. Natively it does nothing.
#[macro_export]
macro_rules! component {
    ($component:ident) => {
        #[cfg(target_family = "wasm")]
        mod export {
            use super::$component;

            $crate::export!($component);
        }
    };
}

/// The operator's settings as they stand: `check_settings` has judged them, once, before they came to serve.
///
/// # Errors
/// As [`json::settings`].
pub fn read_settings<T: DeserializeOwned>() -> Result<T, Problem> {
    json::settings(&settings::read())
}

impl<T: Component> descriptor::Guest for T {
    #[cfg(not(all(target_family = "wasm", feature = "packed-schemas")))]
    fn describe() -> Description {
        <Self as Component>::describe()
    }

    #[cfg(all(target_family = "wasm", feature = "packed-schemas"))]
    fn describe() -> Description {
        const {
            assert!(
                !Self::SCHEMAS.is_empty(),
                "the feature `packed-schemas` of agency-guest needs SCHEMAS in the component"
            );
        }
        let mut description = <Self as Component>::describe();
        crate::schemas::fill_in(&mut description, Self::SCHEMAS);
        description
    }

    fn check_settings() -> Result<Vec<AdjustedLimits>, Problem> {
        <Self as Component>::check_settings()
    }
}

impl<T: Component> envelope::Guest for T {
    fn build(
        operation: String,
        parameters: String,
        payload: Option<&blobs::Blob>,
        attachments: Vec<Attachment>,
        cursor: Option<String>,
        step: Option<String>,
    ) -> Result<Request, Problem> {
        let input = BuildInput {
            parameters,
            payload,
            attachments,
            cursor,
            step,
        };
        <Self as Component>::build(&operation, input)
    }
}

impl<T: Component> message::Guest for T {
    fn parse(
        operation: String,
        response: Response<'_>,
        sending: Sending,
    ) -> Result<Outcome, Problem> {
        <Self as Component>::parse(&operation, &response, &sending)
    }
}

impl<T: Component> notification::Guest for T {
    fn validate(call: Call<'_>) -> Verdict {
        <Self as Component>::validate(&call)
    }
}
