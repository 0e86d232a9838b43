//! Hands the component to the sandbox.

use crate::component::Component;

agency_guest::export!(Component);
