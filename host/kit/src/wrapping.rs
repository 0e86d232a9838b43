// SPDX-License-Identifier: Apache-2.0
//! Turns a module into a component.

use wasmparser::Validator;
use wit_component::ComponentEncoder;

use crate::{
    direct::tied_directly,
    error::KitError,
    functions::needed_functions,
    module::{foreign_imports, has_contract, without_names},
};

/// What becomes of the names of functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// They stay, so that a crash says where; for developers. Names are a fifth of a component, more or less.
    Kept,
    /// They are left out; and so are functions that no call needs, such as those that free results.
    LeftOut,
}

/// The component of a module that was built against the contract: it carries a section that says so.
///
/// Where its allocator keeps all that it knows in memory, as that of agency-guest does, memory and constants are a core module of their own, which is made before the other: an instance then takes
/// less time.
///
/// # Errors
/// It imports what no component gets, or it is no module built with the SDK.
pub fn component_of(module: &[u8], names: Names) -> Result<Vec<u8>, KitError> {
    let foreign = foreign_imports(module)?;
    if !foreign.is_empty() {
        return Err(KitError::ForbiddenImports(foreign));
    }
    let unfit = |why: &str| {
        KitError::Module(format!(
            "no component can be made of it: {why}. Its crate has to use agency-guest and to end with `agency_guest::component!(TYPE)`"
        ))
    };
    if !has_contract(module)? {
        return Err(unfit("it does not say which contract it is built against"));
    }
    let module = match names {
        Names::Kept => module.to_vec(),
        Names::LeftOut => {
            let module = without_names(module)?;
            // Where it is of another kind, it works as well, and is larger.
            needed_functions(&module).unwrap_or(module)
        }
    };
    let encoder = ComponentEncoder::default().validate(true).module(&module);
    let encoded = encoder.and_then(|mut encoder| encoder.encode());
    let encoded = encoded.map_err(|error| unfit(&format!("{error:#}")))?;
    // Where it cannot be tied in directly, for whatever reason, it works as well, and its instances take longer.
    let tied = tied_directly(&encoded).ok().flatten();
    let is_valid = |tied: &Vec<u8>| Validator::new().validate_all(tied).is_ok();
    Ok(tied.filter(is_valid).unwrap_or(encoded))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with custom sections of these names and contents.
    fn module(sections: &[(&str, &[u8])]) -> Vec<u8> {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        for (name, content) in sections {
            let size = 1 + name.len() + content.len();
            module.extend([
                0,
                u8::try_from(size).unwrap(),
                u8::try_from(name.len()).unwrap(),
            ]);
            module.extend(name.as_bytes());
            module.extend(*content);
        }
        module
    }

    #[test]
    fn what_was_not_built_with_the_sdk_is_refused() {
        for bytes in [&b""[..], b"\0asm", b"no module at all", &module(&[])] {
            let refused = component_of(bytes, Names::LeftOut).unwrap_err();
            assert_eq!(refused.code(), "component.module", "{refused}");
        }
        let bare = component_of(&module(&[]), Names::Kept).unwrap_err();
        assert!(
            bare.to_string().contains("agency_guest::component!"),
            "{bare}"
        );
    }

    #[test]
    fn names_are_left_out_and_nothing_else() {
        let whole = module(&[
            ("name", b"\0"),
            ("component-type:x", b"abc"),
            ("producers", b"\0"),
            (".debug_info", b"d"),
            ("other", b"o"),
        ]);
        let kept = module(&[("component-type:x", b"abc"), ("other", b"o")]);
        assert_eq!(without_names(&whole).unwrap(), kept);
        assert!(has_contract(&whole).unwrap() && has_contract(&kept).unwrap());
        assert!(!has_contract(&module(&[("name", b"\0")])).unwrap());
    }
}
