//! Hands the component to the sandbox.

#![expect(unsafe_code, reason = "what the generated exports expand to")]

use crate::component::Component;

agency_guest::export!(Component);
