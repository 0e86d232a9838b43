// SPDX-License-Identifier: Apache-2.0
//! Sources of JavaScript to begin with: the same small agency as in Rust, with the same cases.

use super::{File, template};

/// Files that it has of its own.
pub(super) const TEMPLATE: [File; 25] = template!["../../javascript/template/";
    "package.json",
    "package-lock.json",
    "README.md",
    "tsconfig.json",
    "src/component.js",
    "src/describe.js",
    "src/wire.js",
    "src/blobs.js",
    "src/caller.js",
    "test/wire.test.js",
    "types/engine.d.ts",
    "types/silta-agency-blobs.d.ts",
    "types/silta-agency-clock.d.ts",
    "types/silta-agency-descriptor.d.ts",
    "types/silta-agency-envelope.d.ts",
    "types/silta-agency-facts.d.ts",
    "types/silta-agency-ids.d.ts",
    "types/silta-agency-keys.d.ts",
    "types/silta-agency-log.d.ts",
    "types/silta-agency-message.d.ts",
    "types/silta-agency-notification.d.ts",
    "types/silta-agency-secrets.d.ts",
    "types/silta-agency-settings.d.ts",
    "types/silta-agency-trust.d.ts",
    "types/silta-agency-types.d.ts",
];
