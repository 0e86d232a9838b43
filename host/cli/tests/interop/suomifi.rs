// SPDX-License-Identifier: Apache-2.0
//! Calls of Suomi.fi's return channel made by zeep and by soap for node from the description in `tests/interop/suomifi`, which is ours, and signed by
//! their own WS-Security.

mod calls;
mod served;
mod stacks;
