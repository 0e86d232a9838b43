// SPDX-License-Identifier: Apache-2.0
//! Every component of this workspace, built and wrapped by the build script.
//!
//! For the program, the tests and the benchmarks. The embedding library does not depend on this: it loads any component.

/// A component that was built here.
#[derive(Clone, Copy)]
pub struct Artifact {
    /// Package name; for agency components also the agency id.
    pub name: &'static str,
    /// Where the build script left it.
    pub path: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

impl std::fmt::Debug for Artifact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Artifact({}, {} bytes)", self.name, self.bytes.len())
    }
}

include!(concat!(env!("OUT_DIR"), "/components.rs"));

/// The components that speak for an agency, in order of name.
pub const AGENCIES: [Artifact; 5] = [SUOMIFI_MAIL, SUOMIFI_REST, SUOMIFI_VIESTIT, TULLI, VERO];

/// The agency component of that name.
pub fn agency(name: &str) -> Option<Artifact> {
    AGENCIES.into_iter().find(|artifact| artifact.name == name)
}

#[cfg(test)]
mod tests {
    use super::{AGENCIES, ROGUE};

    /// What only the code has that makes schemas.
    const DIALECT: &[u8] = b"https://json-schema.org/draft/2020-12/schema";

    /// How a core module begins.
    const MODULE: &[u8] = b"\0asm\x01\0\0\0";

    /// Tied in by tables, there are three.
    #[test]
    fn imports_are_tied_in_directly() {
        for agency in AGENCIES {
            let windows = agency.bytes.windows(MODULE.len());
            let modules = windows.filter(|window| *window == MODULE).count();
            assert_eq!(modules, 2, "{}", agency.name);
        }
    }

    fn makes_schemas(component: &[u8]) -> bool {
        let mut windows = component.windows(DIALECT.len());
        windows.any(|window| window == DIALECT)
    }

    #[test]
    fn agencies_hand_schemas_out_and_do_not_make_them() {
        for agency in AGENCIES {
            assert!(!makes_schemas(agency.bytes), "{}", agency.name);
        }
        assert!(makes_schemas(ROGUE.bytes));
    }
}
