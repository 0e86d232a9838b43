// SPDX-License-Identifier: Apache-2.0
//! Sources of JavaScript to begin with: the same small agency as in Rust, with the same cases.

use super::{File, template};

/// Files that it has of its own.
pub(super) const TEMPLATE: [File; 9] = template!["../../javascript/template/";
    "package.json",
    "package-lock.json",
    "README.md",
    "src/component.js",
    "src/describe.js",
    "src/wire.js",
    "src/blobs.js",
    "src/caller.js",
    "test/wire.test.js",
];
