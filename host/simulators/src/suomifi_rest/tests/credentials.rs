// SPDX-License-Identifier: Apache-2.0
//! Tokens and passwords.

use std::time::Duration;

use serde_json::json;

use super::super::SuomifiRestSetup;
use super::client::{Client, Reply};
use super::{start, suomifi};

const OLD: &str = SuomifiRestSetup::PASSWORD;
const NEW: &str = "Uusi$salasana#jossa~on!kaikki4tarvittavaa";
const USER: &str = SuomifiRestSetup::USERNAME;

fn token(client: &Client, password: &str) -> String {
    let answer = client.ask_for_token(USER, password).ok();
    answer["access_token"].as_str().unwrap().to_owned()
}

fn change(client: &Client, token: &str, current: &str, new: &str) -> Reply {
    let body = json!({"accessToken": token, "currentPassword": current, "newPassword": new});
    client.post("/v1/change-password", &body)
}

#[test]
fn a_token_is_given_for_the_right_password_and_tells_its_lifetime() {
    let client = start(|setup| setup.token_lifetime = Duration::from_secs(90));
    let answer = client.ask_for_token(USER, OLD).ok();
    assert_eq!(
        (&answer["expires_in"], &answer["token_type"]),
        (&json!(90), &json!("Bearer"))
    );
    assert_eq!(answer.as_object().unwrap().len(), 3);
    assert_ne!(token(&client, OLD), token(&client, OLD));
    for (username, password) in [(USER, NEW), ("nobody", OLD), ("", "")] {
        let reason = client.ask_for_token(username, password).refused(400);
        assert!(
            !reason.contains(password) || password.is_empty(),
            "{reason}"
        );
    }
}

#[test]
fn a_token_ends_after_its_time() {
    let client = start(|setup| setup.token_lifetime = Duration::from_secs(90));
    assert_eq!(client.page(None).status, 200);
    client.advance_clock(Duration::from_secs(85));
    assert_eq!(client.page(None).status, 200);
    client.advance_clock(Duration::from_secs(5));
    client.page(None).refused(401);
}

#[test]
fn the_password_is_changed_by_the_token_in_the_body() {
    let mut client = suomifi();
    let fresh = token(&client, OLD);
    // What stands in the header does not count, be it wrong or right.
    client.token = "nothing".to_owned();
    assert_eq!(change(&client, &fresh, OLD, NEW).ok(), json!({}));
    client.ask_for_token(USER, OLD).refused(400);
    assert_eq!(client.ask_for_token(USER, NEW).status, 200);
    // The token of before has ended with the password.
    client.token = fresh;
    client.page(None).refused(401);
    client.token = token(&client, NEW);
    assert!(
        change(&client, "nothing", NEW, OLD)
            .refused(400)
            .contains("token")
    );
    assert_eq!(client.page(None).status, 200);
}

#[test]
fn a_stale_token_is_400_and_not_401() {
    let client = start(|setup| setup.token_lifetime = Duration::from_secs(60));
    let stale = token(&client, OLD);
    client.advance_clock(Duration::from_secs(60));
    assert!(
        change(&client, &stale, OLD, NEW)
            .refused(400)
            .contains("token")
    );
    assert_eq!(client.ask_for_token(USER, OLD).status, 200);
}

#[test]
fn a_change_may_be_too_early() {
    let client = start(|setup| {
        setup.token_warmup = Duration::from_secs(2);
        setup.password_interval = Duration::from_secs(600);
        setup.tokens_end_with_password = false;
    });
    let fresh = token(&client, OLD);
    assert!(
        change(&client, &fresh, OLD, NEW)
            .refused(400)
            .contains("not valid yet")
    );
    client.advance_clock(Duration::from_secs(2));
    change(&client, &fresh, OLD, NEW).ok();
    assert!(
        change(&client, &fresh, NEW, OLD)
            .refused(400)
            .contains("recently")
    );
    client.advance_clock(Duration::from_secs(600));
    change(&client, &fresh, NEW, OLD).ok();
}

#[test]
fn a_new_password_has_to_be_long_and_mixed() {
    let client = suomifi();
    let token = token(&client, OLD);
    assert!(
        change(&client, &token, NEW, NEW)
            .refused(400)
            .contains("current")
    );
    for (new, says) in [
        (&NEW[..31], "31 characters"),
        (&format!("{NEW}{}", "x".repeat(216)), "characters"),
        (&NEW.to_uppercase(), "lower-case"),
        (&NEW.to_lowercase(), "capital"),
        (&NEW.replace('4', "x"), "digit"),
        (&NEW.replace(['$', '#', '~', '!'], "x"), "symbol"),
        (&NEW.replace('#', " "), "white space"),
        (&NEW.replace('#', "\\"), "backslash"),
    ] {
        let reason = change(&client, &token, OLD, new).refused(400);
        assert!(
            reason.contains(says) && !reason.contains("salasana"),
            "{reason}"
        );
    }
    assert_eq!(client.ask_for_token(USER, OLD).status, 200);
    // The shortest that is allowed.
    change(&client, &token, OLD, &format!("{}4", &NEW[..31])).ok();
}
