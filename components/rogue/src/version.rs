// SPDX-License-Identifier: Apache-2.0
use std::hint::black_box;

/// The version that the component gives itself. It stands in its bytes once, as text: a test that puts another one there gets a component that is the same but for what depends on it.
#[inline(never)]
pub(crate) fn version() -> &'static str {
    black_box(env!("CARGO_PKG_VERSION"))
}
