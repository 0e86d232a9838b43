// SPDX-License-Identifier: Apache-2.0
//! Files that pages are shown with. They are part of the program.

const STYLE: &[u8] = include_bytes!("../../../templates/page.css");
const SCRIPT: &[u8] = include_bytes!("../../../templates/page.js");

/// A file and its media type.
pub(super) fn asset(path: &str) -> Option<(&'static str, &'static [u8])> {
    match path {
        "/page.css" => Some(("text/css; charset=utf-8", STYLE)),
        "/page.js" => Some(("text/javascript; charset=utf-8", SCRIPT)),
        _ => None,
    }
}
