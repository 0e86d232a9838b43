// SPDX-License-Identifier: Apache-2.0
//! The allocator of a component. Its instance lives for one call, so nothing is ever given back to the host, and the first block has to cost next to nothing.
//!
//! - It begins with the memory that is there, to the last byte: a component is linked with as much as its calls need, and growing costs more than all else about an instance.
//! - A small block that was given back waits for another of its size; larger ones are joined with their neighbours, so that a text that grows leaves no trail behind.
//! - No step looks at more than a few dozen blocks, however many were given back.
//! - The last block grows where it lies, and so does a large one before a gap.
//!
//! Blocks have no head: Rust says how large a block is that it gives back.

#![no_std]
#![cfg_attr(
    any(target_family = "wasm", test),
    expect(unsafe_code, reason = "an allocator hands out memory by its address")
)]

#[cfg(any(target_family = "wasm", test))]
mod heap;
#[cfg(any(target_family = "wasm", test))]
mod large;
#[cfg(target_family = "wasm")]
mod linear;
#[cfg(test)]
mod tests;

#[cfg(target_family = "wasm")]
pub use linear::Allocator;
