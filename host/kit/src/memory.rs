// SPDX-License-Identifier: Apache-2.0
//! What memory a component begins with, and what its manifest may say of it. It is cleared between calls, a third of a microsecond a page, and growing costs system calls, which are twenty times that.

use serde_json::Value;

use crate::error::KitError;

/// Stack of a component, in KiB. It is cleared between calls, so what is not needed costs time: protocol code nests a few dozen frames.
pub(crate) const STACK_KIB: u64 = 64;

/// Memory that a component begins with where its manifest does not say, in KiB.
pub(crate) const USUAL_KIB: u64 = 256;

/// Least memory that a component may begin with, in KiB: the stack and a page, for with less the linker has no room for constants.
pub(crate) const LEAST_KIB: u64 = STACK_KIB + PAGE_KIB;

/// Most memory that a component may begin with, in KiB. Already with more than 512, which is what the runtime keeps mapped between calls, each call gives pages back to the kernel.
pub(crate) const MOST_KIB: u64 = 2 << 10;

/// A page of memory, in KiB.
const PAGE_KIB: u64 = 64;

/// The one key that Silta has in a manifest.
const KEY: &str = "memory-kib";

/// What a package begins with, in KiB, by what cargo tells of it.
///
/// # Errors
/// It says something else than whole pages from [`LEAST_KIB`] to [`MOST_KIB`], or anything else to Silta.
pub(crate) fn memory_kib(package: &Value) -> Result<u64, KitError> {
    let Some(table) = package.pointer("/metadata/silta") else {
        return Ok(USUAL_KIB);
    };
    let name = || package["name"].as_str().unwrap_or_default().to_owned();
    let unknown = |found: String| KitError::ManifestKey {
        package: name(),
        found,
    };
    let keys = table.as_object();
    let keys = keys.ok_or_else(|| unknown(format!("the value {table}")))?;
    if let Some(key) = keys.keys().find(|key| *key != KEY) {
        return Err(unknown(format!("the key `{key}`")));
    }
    let Some(value) = keys.get(KEY) else {
        return Ok(USUAL_KIB);
    };
    let fits = |kib: &u64| (LEAST_KIB..=MOST_KIB).contains(kib) && kib.is_multiple_of(PAGE_KIB);
    value.as_u64().filter(fits).ok_or_else(|| KitError::Memory {
        package: name(),
        value: value.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(metadata: &Value) -> Result<u64, KitError> {
        memory_kib(&json!({"name": "parcels", "metadata": metadata}))
    }

    #[test]
    fn it_is_what_the_manifest_says() {
        for kib in [LEAST_KIB, 192, MOST_KIB] {
            assert_eq!(of(&json!({"silta": {"memory-kib": kib}})).unwrap(), kib);
        }
        for silent in [json!(null), json!({"silta": {}}), json!({"other": 1})] {
            assert_eq!(of(&silent).unwrap(), USUAL_KIB);
        }
    }

    #[test]
    fn it_is_whole_pages_within_the_limits() {
        for value in [
            json!(0),
            json!(LEAST_KIB - 64),
            json!(200),
            json!(MOST_KIB + 64),
            json!("128"),
            json!(-128),
            json!(128.0),
        ] {
            let refused = of(&json!({"silta": {"memory-kib": value}})).unwrap_err();
            assert_eq!(refused.code(), "component.memory");
            let text = refused.to_string();
            for part in ["`parcels`", &value.to_string(), "from 128 to 2048"] {
                assert!(text.contains(part), "{part}: {text}");
            }
        }
    }

    #[test]
    fn what_nobody_reads_is_refused() {
        for (table, found) in [
            (json!({"memory_kib": 320}), "`memory_kib`"),
            (json!({"memory-kib": 320, "memory-kb": 320}), "`memory-kb`"),
            (json!(320), "320"),
        ] {
            let refused = of(&json!({"silta": table})).unwrap_err();
            assert_eq!(refused.code(), "component.manifest-key");
            let text = refused.to_string();
            for part in ["`parcels`", found, "`memory-kib`"] {
                assert!(text.contains(part), "{part}: {text}");
            }
        }
    }
}
