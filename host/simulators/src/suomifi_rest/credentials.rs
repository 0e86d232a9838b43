// SPDX-License-Identifier: Apache-2.0
//! The password, and the access tokens given for it.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use super::clock::{after, since};
use super::fresh;
use super::limits::{PASSWORD, TOKENS};
use super::refusal::Refusal;

/// What of a setup decides about tokens and passwords.
pub(super) struct Rules {
    pub(super) username: String,
    pub(super) token_lifetime: Duration,
    /// A token younger than this does not change a password.
    pub(super) token_warmup: Duration,
    /// Shortest time between two changes.
    pub(super) password_interval: Duration,
    pub(super) tokens_end_with_password: bool,
}

pub(super) struct Credentials {
    password: String,
    changed: Option<SystemTime>,
    /// In the order given.
    tokens: VecDeque<Token>,
}

struct Token {
    text: String,
    given: SystemTime,
    ends: SystemTime,
}

impl Credentials {
    pub(super) fn new(password: String) -> Self {
        Self {
            password,
            changed: None,
            tokens: VecDeque::new(),
        }
    }

    /// A new token. A wrong name is not told from a wrong password.
    pub(super) fn issue(
        &mut self,
        rules: &Rules,
        (username, password): (&str, &str),
        now: SystemTime,
    ) -> Result<String, Refusal> {
        if username != rules.username || password != self.password {
            return Err(Refusal::bad_request("user name or password is wrong"));
        }
        self.tokens.retain(|token| token.ends > now);
        while self.tokens.len() >= TOKENS {
            self.tokens.pop_front();
        }
        let text = fresh::token();
        self.tokens.push_back(Token {
            text: text.clone(),
            given: now,
            ends: after(now, rules.token_lifetime),
        });
        Ok(text)
    }

    /// Whether a token is valid.
    pub(super) fn accepts(&self, token: &str, now: SystemTime) -> bool {
        self.given(token, now).is_some()
    }

    fn given(&self, token: &str, now: SystemTime) -> Option<SystemTime> {
        let mut tokens = self.tokens.iter();
        let found = tokens.find(|own| own.text == token && own.ends > now);
        found.map(|token| token.given)
    }

    /// Ends a token before its time.
    pub(super) fn end(&mut self, token: &str) {
        self.tokens.retain(|own| own.text != token);
    }

    /// Whatever is wrong is 400, a token that has ended as well.
    pub(super) fn change(
        &mut self,
        rules: &Rules,
        (token, current, new): (&str, &str, &str),
        now: SystemTime,
    ) -> Result<(), Refusal> {
        let given = self.given(token, now);
        let given = given.ok_or_else(|| Refusal::bad_request("the access token is not valid"))?;
        if since(given, now) < rules.token_warmup {
            return Err(Refusal::bad_request("the access token is not valid yet"));
        }
        if current != self.password {
            return Err(Refusal::bad_request("the current password is wrong"));
        }
        let changed = self.changed.map(|changed| since(changed, now));
        if changed.is_some_and(|age| age < rules.password_interval) {
            return Err(Refusal::bad_request(
                "the password was changed too recently",
            ));
        }
        check_new(new)?;
        new.clone_into(&mut self.password);
        self.changed = Some(now);
        if rules.tokens_end_with_password {
            self.tokens.clear();
        }
        Ok(())
    }
}

/// At least 32 characters with a lower-case and a capital letter, a digit and a symbol. A backslash is only advised
/// against; what is advised against is refused here, so that it shows.
fn check_new(password: &str) -> Result<(), Refusal> {
    let length = password.chars().count();
    let has = |test: fn(&char) -> bool| password.chars().any(|letter| test(&letter));
    let (shortest, longest) = PASSWORD;
    let wrong = if !(shortest..=longest).contains(&length) {
        format!("has {length} characters, not {shortest} to {longest}")
    } else if !has(char::is_ascii_lowercase) {
        "has no lower-case letter".to_owned()
    } else if !has(char::is_ascii_uppercase) {
        "has no capital letter".to_owned()
    } else if !has(char::is_ascii_digit) {
        "has no digit".to_owned()
    } else if !has(char::is_ascii_punctuation) {
        "has no symbol".to_owned()
    } else if has(|letter| letter.is_whitespace() || letter.is_control()) {
        "has white space".to_owned()
    } else if password.contains('\\') {
        "has a backslash".to_owned()
    } else {
        return Ok(());
    };
    Err(Refusal::bad_request(format!("the new password {wrong}")))
}
