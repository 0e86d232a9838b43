// SPDX-License-Identifier: Apache-2.0
//! What was signed moved away, and something else put in its place.

use std::fs;

use xml_testkit::Authority;

use super::scene::{Reader, Sender, replaced};

const REQUIRED: &str = "--require /Order/Note";

/// `genuine` and `FORGED`, encoded.
const GENUINE: &str = "Z2VudWluZQ==";
const FORGED: &str = "Rk9SR0VE";

struct Scene {
    reader: Reader,
    sent: String,
}

impl Scene {
    fn new() -> Self {
        let authority = Authority::new("Trusted authority");
        let scene = Self {
            reader: Reader::trusting(&authority),
            sent: Sender::new("Alice", &authority).note(GENUINE),
        };
        assert_eq!(scene.reader.code(&scene.sent, REQUIRED), "signature.valid");
        scene
    }

    /// The signed note moved into a wrapper, and a forged one where it stood.
    fn wrapped(&self) -> String {
        let genuine = format!("<Note Id=\"note\">{GENUINE}</Note>");
        let moved = format!("<Note>{FORGED}</Note><Wrapper>{genuine}</Wrapper>");
        replaced(&self.sent, &genuine, &moved)
    }
}

#[test]
fn the_signed_note_moved_into_a_wrapper_does_not_vouch_for_another_one() {
    let scene = Scene::new();
    let wrapped = scene.wrapped();
    assert_eq!(scene.reader.code(&wrapped, REQUIRED), "signature.uncovered");
    // Whoever asks for what is signed gets that.
    let moved = "--require /Order/Wrapper/Note";
    assert_eq!(scene.reader.code(&wrapped, moved), "signature.valid");
    // Nothing asked for means all of it.
    assert_eq!(scene.reader.code(&wrapped, ""), "signature.uncovered");
}

/// The payload comes from what is signed or not at all.
#[test]
fn a_payload_that_is_not_signed_is_not_written() {
    let scene = Scene::new();
    let payload = |document: &str, arguments: &str| {
        let out = scene.reader.path("payload");
        let _ = fs::remove_file(&out);
        let code = scene
            .reader
            .code(document, &format!("{arguments} --out payload"));
        (code, fs::read(out).ok())
    };
    let arguments = format!("{REQUIRED} --payload /Order/Note");
    assert_eq!(
        payload(&scene.sent, &arguments),
        ("signature.valid".to_owned(), Some(b"genuine".to_vec()))
    );
    let wrapped = scene.wrapped();
    assert_eq!(
        payload(&wrapped, &arguments),
        ("signature.uncovered".to_owned(), None)
    );
    // Even where the signature counts, because something else was required.
    let moved = "--require /Order/Wrapper/Note --payload";
    assert_eq!(
        payload(&wrapped, &format!("{moved} /Order/Note")),
        ("payload.not-covered".to_owned(), None)
    );
    assert_eq!(
        payload(&wrapped, &format!("{moved} /Order/Wrapper/Note")),
        ("signature.valid".to_owned(), Some(b"genuine".to_vec()))
    );
    // Two of them, both signed or not, are no payload.
    let twice = replaced(
        &scene.sent,
        "<Order>",
        &format!("<Order><x><Note>{FORGED}</Note></x>"),
    );
    let arguments = format!("{REQUIRED} --payload /Order/x/Note");
    assert_eq!(
        payload(&twice, &arguments),
        ("payload.not-covered".to_owned(), None)
    );
}
