// SPDX-License-Identifier: Apache-2.0
//! Components as machine code that the embedder's own build made: what [`Runtime::precompile`](crate::Runtime::precompile) writes, read again.
//!
//! Machine code is run as it is, so the embedder has to guarantee who made it. Everything else is checked: that the bytes are such a file and whole,
//! that this version of the library made them, and that the engine and this processor can run them.

use wasmtime::{Engine, component::Component};

use crate::{digest::sha256, error::Rejection};

/// How the bytes begin; then the SHA-256 of what follows: the length of this library's version in one byte, the version, the SHA-256 of the
/// component, and its machine code.
const MAGIC: &[u8; 16] = b"silta machine 01";

/// The version that judges what a component may have, and defines what it is linked with.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Bytes that their owner guarantees to be the unchanged result of `Runtime::precompile`.
#[derive(Clone)]
pub(crate) struct Precompiled(Vec<u8>);

/// Machine code that was made by this version of the library and is whole.
pub(crate) struct MachineCode<'a> {
    /// SHA-256 of all that is below, by which it is known again.
    pub(crate) seal: [u8; 32],
    /// SHA-256 of the component it was made of.
    pub(crate) component: [u8; 32],
    code: &'a [u8],
}

impl Precompiled {
    /// # Safety
    /// The bytes are what `Runtime::precompile` returned, unchanged; or they are not sealed as those are, and [`open`](Self::open) refuses them.
    #[expect(unsafe_code, reason = "the promise is checked nowhere else")]
    pub(crate) unsafe fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(crate) fn size(&self) -> usize {
        self.0.len()
    }

    /// Checks all that can be told without the engine.
    pub(crate) fn open(&self) -> Result<MachineCode<'_>, Rejection> {
        let sealed = self.0.strip_prefix(MAGIC);
        let sealed = sealed.ok_or(Rejection::NotPrecompiled(foreign(&self.0)))?;
        let (seal, content) = sealed.split_first_chunk().ok_or(Rejection::Damaged)?;
        if sha256(content) != *seal {
            return Err(Rejection::Damaged);
        }
        let (length, content) = content.split_first().ok_or(Rejection::Damaged)?;
        let version = content.split_at_checked(usize::from(*length));
        let (version, content) = version.ok_or(Rejection::Damaged)?;
        if version != VERSION.as_bytes() {
            let version = String::from_utf8_lossy(version);
            let other = format!("it was made by version {version} of silta, and this is {VERSION}");
            return Err(Rejection::OtherEngine(wasmtime::Error::msg(other)));
        }
        let (component, code) = content.split_first_chunk().ok_or(Rejection::Damaged)?;
        Ok(MachineCode {
            seal: *seal,
            component: *component,
            code,
        })
    }
}

impl MachineCode<'_> {
    /// Has the engine load it, which compares its own version, its settings, the system and the features of the processor with those it was made for.
    #[expect(
        unsafe_code,
        reason = "the engine cannot prove what machine code does; whoever made the `Precompiled` guarantees it"
    )]
    pub(crate) fn load(&self, engine: &Engine) -> Result<Component, Rejection> {
        // SAFETY: `deserialize` demands bytes that `serialize` made, unchanged. `Precompiled::new` demands the same, and the digest over them holds.
        unsafe { Component::deserialize(engine, self.code) }.map_err(Rejection::OtherEngine)
    }
}

/// What begins as it does is no component for a compiler.
pub(crate) fn is_precompiled(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The bytes for the machine code of a component, whose SHA-256 is given.
#[cfg(feature = "compile")]
pub(crate) fn seal(component: &[u8; 32], code: &[u8]) -> Vec<u8> {
    const { assert!(VERSION.len() <= u8::MAX as usize) };
    let content = [&[VERSION.len() as u8], VERSION.as_bytes(), component, code].concat();
    [MAGIC.as_slice(), &sha256(&content), &content].concat()
}

fn foreign(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(b"\0asm") {
        "this is WebAssembly, not what `Runtime::precompile` makes of it; precompile it, or deploy it with `Deployment::from_bytes` in a program with the feature `compile`"
    } else {
        "these are not bytes that `Runtime::precompile` has made"
    }
}

#[cfg(feature = "compile")]
#[cfg(test)]
mod tests {
    use wasmtime::Config;

    use super::*;

    /// The smallest component.
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    fn engine(configure: impl FnOnce(&mut Config) -> &mut Config) -> Engine {
        let mut config = Config::new();
        configure(&mut config);
        Engine::new(&config).unwrap()
    }

    #[expect(unsafe_code, reason = "made right here, or refused for it")]
    fn precompiled(bytes: Vec<u8>) -> Precompiled {
        // SAFETY: each test changes the outer layer alone, or hands over what is refused before it is loaded.
        unsafe { Precompiled::new(bytes) }
    }

    fn sealed(engine: &Engine) -> Vec<u8> {
        let component = Component::new(engine, EMPTY).unwrap();
        seal(&sha256(EMPTY), &component.serialize().unwrap())
    }

    #[test]
    fn an_engine_loads_what_one_with_its_settings_has_made() {
        let bytes = precompiled(sealed(&engine(|config| config.epoch_interruption(true))));
        let code = bytes.open().unwrap();
        assert_eq!(code.component, sha256(EMPTY));
        assert!(
            code.load(&engine(|config| config.epoch_interruption(true)))
                .is_ok()
        );
    }

    #[test]
    fn an_engine_refuses_what_one_with_other_settings_has_made() {
        let ours = engine(|config| config.epoch_interruption(true));
        for other in [
            engine(|config| config.epoch_interruption(false)),
            engine(|config| config.epoch_interruption(true).consume_fuel(true)),
            engine(|config| config.epoch_interruption(true).memory_guard_size(1 << 20)),
        ] {
            let bytes = precompiled(sealed(&other));
            let refused = bytes.open().unwrap().load(&ours);
            assert!(matches!(refused, Err(Rejection::OtherEngine(_))));
        }
    }

    #[test]
    fn what_is_sealed_but_no_machine_code_is_refused() {
        let bytes = precompiled(seal(&[0; 32], EMPTY));
        let refused = bytes.open().unwrap().load(&engine(|config| config));
        assert!(matches!(refused, Err(Rejection::OtherEngine(_))));
    }
}
