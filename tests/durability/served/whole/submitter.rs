// SPDX-License-Identifier: Apache-2.0
//! A client that submits, and says the same again until it has an answer.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    called::REPLIED,
    platform::{Answer, Wish},
    scene::Scene,
    story::{CUSTOMS, MAIL, REST, Submitted},
};
use crate::random::Random;

/// A client with a conversation of its own at each agency.
pub(crate) struct Submitter<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) number: u64,
    pub(crate) random: Random,
    /// Operations whose result nobody has acknowledged, at most; with more, it waits.
    pub(crate) most_left: usize,
    /// Between two submissions, at most.
    pub(crate) pause: Duration,
}

/// After an answer that is none.
const AGAIN: Duration = Duration::from_millis(50);

/// The program comes back within this time.
const PATIENCE: Duration = Duration::from_secs(300);

impl Submitter<'_> {
    /// Until it is over; what has been begun is brought to an end.
    pub(crate) fn submit(mut self, is_over: &AtomicBool) {
        let mut count = 0;
        while !is_over.load(Ordering::SeqCst) {
            let micros = u64::try_from(self.pause.as_micros()).unwrap();
            thread::sleep(Duration::from_micros(self.random.below(micros.max(1))));
            if self.scene.left() >= self.most_left {
                continue;
            }
            count += 1;
            let token = format!("s{}-{count}", self.number);
            match self.random.below(12) {
                0 => self.without_token(token),
                1 => self.with_a_mistake(token),
                _ => self.soundly(token),
            }
        }
    }

    fn wish(&mut self, token: &str, (agency, is_sound): (&'static str, bool)) -> Wish {
        let in_conversation = self.random.below(4) > 0;
        let (declarant, recipient) = match is_sound {
            true => ("9000001-1", "010190-900P"),
            false => ("9000001-2", "010190-900X"),
        };
        let (operation, parameters, payload) = match agency {
            CUSTOMS => {
                let application = ["INTRASTAT", REPLIED][usize::from(self.random.below(5) == 0)];
                let parameters = json!({"declarant": declarant, "application": application, "contentFormat": "application/xml"});
                let payload = format!("<{application}>(({token}))</{application}>");
                ("upload", parameters, Some(payload))
            }
            REST => {
                let parameters = json!({"recipient": recipient, "title": format!("Päätös (({token}))"), "body": "Hyvä asiakas"});
                ("send-electronic", parameters, None)
            }
            _ => {
                let parameters = json!({"recipient": recipient, "title": format!("Päätös (({token}))"), "body": "Hyvä asiakas"});
                ("send-message", parameters, None)
            }
        };
        Wish {
            agency,
            operation,
            key: format!("key-{token}"),
            conversation: in_conversation.then(|| format!("c{}", self.number)),
            parameters,
            payload,
        }
    }

    fn agency(&mut self) -> &'static str {
        match self.random.below(10) {
            0..=3 => CUSTOMS,
            4..=8 => REST,
            _ => MAIL,
        }
    }

    fn soundly(&mut self, token: String) {
        let agency = self.agency();
        let wish = self.wish(&token, (agency, true));
        let id = self.until_queued(&wish);
        self.queued(&wish, (token.clone(), id), true);
        match self.random.below(8) {
            0 => self.once_more(&wish, id),
            1 => self.other_under_the_same_key(wish, &token),
            _ => {}
        }
    }

    fn queued(&self, wish: &Wish, (token, id): (String, u64), is_sound: bool) {
        self.scene.books().story.submitted.push(Submitted {
            agency: wish.agency,
            token,
            conversation: wish.conversation.clone(),
            id,
            is_sound,
        });
    }

    /// The number of its operation, once it is answered 202.
    fn until_queued(&self, wish: &Wish) -> u64 {
        let begun = Instant::now();
        loop {
            match self.scene.platform.submit(wish) {
                Answer::Came(202, operation) => return operation["id"].as_u64().unwrap(),
                Answer::Came(503 | 429, _) => {}
                Answer::None => self.scene.books().unanswered += 1,
                Answer::Came(status, problem) => {
                    panic!("submitted, and answered {status}: {problem}")
                }
            }
            assert!(begun.elapsed() < PATIENCE, "nothing can be submitted");
            thread::sleep(AGAIN);
        }
    }

    fn once_more(&self, wish: &Wish, id: u64) {
        if let Answer::Came(status, operation) = self.scene.platform.submit(wish) {
            if matches!(status, 503 | 429) {
                return;
            }
            let again = operation["id"].as_u64();
            assert_eq!(
                (status, again),
                (202, Some(id)),
                "the same under the same key"
            );
            self.scene.books().again += 1;
        }
    }

    fn other_under_the_same_key(&self, wish: Wish, token: &str) {
        let other = format!("other-{token}");
        let inner = |text: String| text.replace(&format!("(({token}))"), &format!("(({other}))"));
        let parameters = inner(wish.parameters.to_string());
        let wish = Wish {
            parameters: serde_json::from_str(&parameters).unwrap(),
            payload: wish.payload.clone().map(inner),
            ..wish
        };
        self.refused(&wish, other, 422);
    }

    fn without_token(&mut self, token: String) {
        let agency = self.agency();
        let wish = self.wish(&token, (agency, true));
        self.scene.books().refused.insert(token);
        if let Answer::Came(status, _) = self.scene.platform.stranger().submit(&wish) {
            assert_eq!(status, 401, "submitted by a stranger");
        }
    }

    /// What is wrong is found at once, or, where a credential has still to be obtained, once it has been queued.
    fn with_a_mistake(&mut self, token: String) {
        let agency = self.agency();
        let wish = self.wish(&token, (agency, false));
        let begun = Instant::now();
        loop {
            match self.scene.platform.submit(&wish) {
                Answer::Came(422, _) => {
                    self.scene.books().refused.insert(token);
                    return;
                }
                Answer::Came(202, operation) => {
                    let id = operation["id"].as_u64().unwrap();
                    return self.queued(&wish, (token, id), false);
                }
                Answer::Came(503 | 429, _) => {}
                Answer::None => self.scene.books().unanswered += 1,
                Answer::Came(status, problem) => {
                    panic!("submitted with a mistake, and answered {status}: {problem}")
                }
            }
            assert!(begun.elapsed() < PATIENCE, "nothing can be submitted");
            thread::sleep(AGAIN);
        }
    }

    fn refused(&self, wish: &Wish, token: String, expected: u16) {
        self.scene.books().refused.insert(token);
        match self.scene.platform.submit(wish) {
            Answer::None | Answer::Came(503 | 429, _) => {}
            Answer::Came(status, problem) => assert_eq!(status, expected, "{problem}"),
        }
    }
}
