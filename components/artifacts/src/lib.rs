// SPDX-License-Identifier: Apache-2.0
//! Every component of this workspace, built and wrapped by the build script.
//!
//! For the program, which takes them [packed](PackedArtifact), the tests and the benchmarks. The embedding library does not depend on this: it loads any component. What a program does not name is
//! not linked into it.

use miniz_oxide::inflate::decompress_to_vec_with_limit;

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

/// The same, deflated: what a program carries that compiles a component once and then keeps its machine code.
#[derive(Clone, Copy)]
pub struct PackedArtifact {
    /// Package name; for agency components also the agency id.
    pub name: &'static str,
    /// Bytes of the component.
    pub size: usize,
    /// SHA-256 of the component.
    pub sha256: [u8; 32],
    deflated: &'static [u8],
}

impl PackedArtifact {
    /// The component, inflated: some milliseconds, and [`size`](Self::size) bytes of memory.
    pub fn unpack(&self) -> Vec<u8> {
        // It is what the build script deflated. Were it not, its digest would tell.
        decompress_to_vec_with_limit(self.deflated, self.size).unwrap_or_default()
    }
}

impl std::fmt::Debug for PackedArtifact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, deflated) = (self.name, self.deflated.len());
        write!(
            f,
            "PackedArtifact({name}, {deflated} of {} bytes)",
            self.size
        )
    }
}

include!(concat!(env!("OUT_DIR"), "/components.rs"));

/// The components that speak for an agency, in order of name.
pub const AGENCIES: [Artifact; 5] = [SUOMIFI_MAIL, SUOMIFI_REST, SUOMIFI_VIESTIT, TULLI, VERO];

/// The same, packed.
pub const PACKED_AGENCIES: [PackedArtifact; 5] = [
    SUOMIFI_MAIL_PACKED,
    SUOMIFI_REST_PACKED,
    SUOMIFI_VIESTIT_PACKED,
    TULLI_PACKED,
    VERO_PACKED,
];

/// The agency component of that name.
pub fn agency(name: &str) -> Option<Artifact> {
    AGENCIES.into_iter().find(|artifact| artifact.name == name)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::{AGENCIES, PACKED_AGENCIES, ROGUE, XML_INSPECTOR, XML_INSPECTOR_PACKED};

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

    #[test]
    fn what_is_packed_is_the_same_by_its_bytes_and_by_its_digest() {
        let packed = PACKED_AGENCIES.into_iter().chain([XML_INSPECTOR_PACKED]);
        let plain = AGENCIES.into_iter().chain([XML_INSPECTOR]);
        for (packed, plain) in packed.zip(plain) {
            assert_eq!(packed.name, plain.name);
            assert!(packed.unpack() == plain.bytes, "{}", plain.name);
            assert_eq!(packed.size, plain.bytes.len());
            assert_eq!(packed.sha256[..], Sha256::digest(plain.bytes)[..]);
            assert!(
                packed.deflated.len() < plain.bytes.len() / 2,
                "{}",
                plain.name
            );
        }
    }
}
