// SPDX-License-Identifier: Apache-2.0
//! Secrets that do not have the form their component demands: refused at deployment, named by role and rule, and never shown.

use silta::{
    MalformedSecret, SecretFlaw,
    describe::{SecretAlphabet, SecretForm},
};
use silta_config::Config;

use super::*;

/// 31 characters, of which the test may find none in any message.
const SHORT: &[u8] = b"aGlkZGVuIGZyb20gbWVzc2FnZXMuLi4";

/// The same, padded to 32 characters.
const FITTING: &[u8] = b"aGlkZGVuIGZyb20gbWVzc2FnZXMuLi4=";

const CALLBACK: SecretForm = SecretForm {
    minimum_characters: 32,
    maximum_characters: 64,
    alphabet: SecretAlphabet::Base64,
};

/// A component that asks for the secret `callback`.
fn component(form: Option<SecretForm>) -> Vec<u8> {
    let component = Handwritten {
        agency: "rogue",
        secret_roles: vec![("callback", form)],
        ..Handwritten::default()
    };
    component.encode()
}

fn with(form: Option<SecretForm>, values: &[&[u8]]) -> Deployment {
    let values = values.iter().map(|value| value.to_vec()).collect();
    Deployment::from_bytes(component(form)).with_secrets(Secrets::new().with("callback", values))
}

/// What is said of values that are refused while the component before goes on serving.
#[track_caller]
fn malformed(deployment: Deployment) -> MalformedSecret {
    let (step, reason) = rejected(&host(), deployment);
    assert_eq!(step, DeployStep::Configured);
    match reason {
        Rejection::Secret(malformed) => *malformed,
        other => panic!("{other}"),
    }
}

#[test]
fn a_form_is_described_as_the_component_has_it() {
    for form in [None, Some(CALLBACK)] {
        let host = host();
        let described = host
            .runtime
            .describe(Deployment::from_bytes(component(form)))
            .unwrap();
        let [role] = &described.secret_roles[..] else {
            panic!("not one role")
        };
        assert_eq!(
            (role.requirement.name.as_str(), role.form),
            ("callback", form)
        );
        assert!(!role.requirement.required);
    }
}

#[test]
fn a_secret_just_short_enough_long_enough_and_neither() {
    let longest = [b'a'; 64];
    for value in [FITTING, &longest] {
        host().rogue(with(Some(CALLBACK), &[value]));
    }
    let cases: [(&[u8], SecretFlaw); 5] = [
        (SHORT, SecretFlaw::ShorterThan(32)),
        (&[], SecretFlaw::ShorterThan(32)),
        (&[b'a'; 65], SecretFlaw::LongerThan(64)),
        (&[b'*'; 64], SecretFlaw::NotBase64),
        (&[0xff; 32], SecretFlaw::NotText),
    ];
    for (value, flaw) in cases {
        let malformed = malformed(with(Some(CALLBACK), &[value]));
        assert_eq!(malformed.flaw, flaw);
        assert_eq!(malformed.form, CALLBACK);
        assert_eq!((malformed.number, malformed.values), (1, 1));
    }
}

#[test]
fn a_secret_without_a_form_may_be_anything() {
    for value in [&b""[..], SHORT, &[0xff; 300]] {
        host().rogue(with(None, &[value]));
    }
}

#[test]
fn a_secret_that_is_not_configured_has_no_form_to_break() {
    host().rogue(with(Some(CALLBACK), &[]));
    host().rogue(Deployment::from_bytes(component(Some(CALLBACK))));
}

#[test]
fn one_of_two_values_is_wrong() {
    host().rogue(with(Some(CALLBACK), &[FITTING, FITTING]));
    for (values, number) in [([SHORT, FITTING], 1), ([FITTING, SHORT], 2)] {
        let malformed = malformed(with(Some(CALLBACK), &values));
        assert_eq!((malformed.number, malformed.values), (number, 2));
        let told = malformed.to_string();
        assert!(told.contains(&format!("value {number} of 2")), "{told}");
    }
}

#[test]
fn neither_the_value_nor_its_length_is_told() {
    let host = host();
    for value in [SHORT, b"hidden from messages, and 37 letters!"] {
        let deployment = with(Some(CALLBACK), &[value]);
        let error = refused(&host, deployment);
        let told = format!("{error} {error:?}");
        for part in ["`callback`", "32 to 64 characters of base64"] {
            assert!(told.contains(part), "{part} is not in: {told}");
        }
        for part in value.windows(6) {
            let part = str::from_utf8(part).unwrap();
            assert!(!told.contains(part), "{part} is in: {told}");
        }
        let length = value.len().to_string();
        assert!(!told.contains(&length), "{length} is in: {told}");
    }
}

#[test]
fn the_configuration_is_named_where_it_comes_from_one() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        std::fs::write(folder.path().join(name), content).unwrap();
    };
    write(
        "silta.toml",
        b"[agencies.rogue]\ncomponent = \"own.wasm\"\n[agencies.rogue.secrets.callback]\nfiles = [\"new\", \"old\"]\n",
    );
    // The line end of a file is not part of the secret.
    write("new", &[FITTING, b"\r\n"].concat());
    write("old", &[SHORT, b"\n"].concat());
    let deployment = || {
        let config = Config::read(folder.path().join("silta.toml")).unwrap();
        config
            .deployment("rogue", component(Some(CALLBACK)))
            .unwrap()
    };
    let malformed = malformed(deployment());
    let field = "agencies.rogue.secrets.callback.files";
    assert_eq!(malformed.origin.as_deref(), Some(field));
    assert_eq!(malformed.number, 2);
    let told = malformed.to_string();
    assert!(told.contains(field), "{told}");
    assert!(told.contains("is shorter than 32 characters"), "{told}");
    write("old", FITTING);
    host().rogue(deployment());
}

#[test]
fn a_form_that_no_value_has_is_a_wrong_description() {
    let impossible = SecretForm {
        maximum_characters: 35,
        minimum_characters: 33,
        ..CALLBACK
    };
    let (step, reason) = rejected(&host(), Deployment::from_bytes(component(Some(impossible))));
    assert_eq!(step, DeployStep::Described);
    assert!(matches!(reason, Rejection::Description(_)), "{reason}");
    assert!(reason.to_string().contains("`callback`"), "{reason}");
}
