// SPDX-License-Identifier: Apache-2.0
//! Whether an answer is right: one check after the other, until one fails.

use super::answer::{self, KohdeAnswer, Outcome};
use super::delivery::FailedCheck;
use super::expectation::Expectation;
use super::setup::AnswerShape;
use super::transport::{HttpAnswer, TransportProblem};
use super::wire::{CALL_CODES, Operation, STATES, STORED, SUCCEEDED};
use crate::xml;

/// A call, as far as its answer depends on it.
pub(super) struct Question<'a> {
    pub(super) operation: Operation,
    /// The AsiointitiliTunniste of each Kohde that is answered by itself.
    pub(super) sent: &'a [String],
    pub(super) shape: AnswerShape,
    pub(super) expected: &'a Expectation,
    /// What was said of these messages before.
    pub(super) before: &'a [KohdeAnswer],
}

/// What came of it.
pub(super) struct Judgement {
    /// Names of the checks passed, in order.
    pub(super) checks: Vec<&'static str>,
    /// The one that was not.
    pub(super) failed: Option<FailedCheck>,
    pub(super) outcome: Outcome,
}

/// Goes through the checks.
pub(super) fn judge(
    question: &Question<'_>,
    answer: &Result<HttpAnswer, TransportProblem>,
) -> Judgement {
    let mut judgement = Judgement {
        checks: Vec::new(),
        failed: None,
        outcome: Outcome::Nothing,
    };
    judgement.failed = judgement.inspect(question, answer).err();
    judgement
}

/// `reason` is worked out only where the check fails.
fn failed(check: &'static str, reason: impl ToString) -> FailedCheck {
    let reason = reason.to_string();
    FailedCheck { check, reason }
}

impl Judgement {
    fn pass(
        &mut self,
        check: &'static str,
        is_right: bool,
        reason: impl FnOnce() -> String,
    ) -> Result<(), FailedCheck> {
        if !is_right {
            return Err(failed(check, reason()));
        }
        self.checks.push(check);
        Ok(())
    }

    fn inspect(
        &mut self,
        question: &Question<'_>,
        answer: &Result<HttpAnswer, TransportProblem>,
    ) -> Result<(), FailedCheck> {
        let expected = question.expected;
        let answer = match answer {
            Ok(answer) => answer,
            Err(_) if expected.silence => return Ok(()),
            Err(problem) => {
                return Err(failed(
                    "answered",
                    format!("{problem}; expected {expected}"),
                ));
            }
        };
        self.outcome = Outcome::Http;
        self.checks.push("answered");
        // What was not to be read is not judged any further.
        let Some(body) = &answer.body else {
            return Ok(());
        };
        let status = answer.status;
        if expected.http.contains(&status) {
            self.checks.push("http-status");
            return Ok(());
        }
        self.pass("http-status", matches!(status, 200 | 500), || {
            format!("the answer's HTTP status is {status}; expected {expected}")
        })?;
        self.pass(
            "content-type",
            is_xml(answer.content_type.as_deref()),
            || "the answer's Content-Type is not text/xml in UTF-8".to_owned(),
        )?;
        let document = xml::parse(body).map_err(|error| failed("xml", error))?;
        self.checks.push("xml");
        let content = answer::content(&document).map_err(|error| failed("soap-envelope", error))?;
        self.checks.push("soap-envelope");
        if answer::is_fault(content) {
            self.outcome = answer::fault(content).map_err(|error| failed("fault", error))?;
            return self.fault(expected, status);
        }
        self.pass("soap-status", status == 200, || {
            "an answer that is no Fault comes with HTTP 200".to_owned()
        })?;
        let is_answer = answer::is_answer_to(content, question.operation);
        self.pass("response-element", is_answer, || {
            "the Body does not hold the answer to the operation in its namespace".to_owned()
        })?;
        let outcome = answer::answer(content, question.operation, question.shape);
        self.outcome = outcome.map_err(|error| failed("response-shape", error))?;
        self.checks.push("response-shape");
        self.answered(question)
    }

    fn fault(&mut self, expected: &Expectation, status: u16) -> Result<(), FailedCheck> {
        self.checks.push("fault");
        // SOAP 1.1, §6.2.
        self.pass("soap-status", status == 500, || {
            format!("a Fault comes with HTTP 500, not {status}")
        })?;
        let code = match &self.outcome {
            Outcome::Fault { code, .. } => code.clone(),
            _ => String::new(),
        };
        self.pass("fault-expected", expected.fault, || {
            format!("a Fault ({code}); expected {expected}")
        })?;
        // SOAP 1.1, §4.4.1: Server means that the message itself is not to blame.
        let blames_receiver = code.split('.').next() == Some("Server");
        self.pass("fault-code", !blames_receiver, || {
            "the Fault says Server, and the message was to blame".to_owned()
        })
    }

    fn answered(&mut self, question: &Question<'_>) -> Result<(), FailedCheck> {
        let Outcome::Answered {
            code,
            count,
            kohteet,
            ..
        } = self.outcome.clone()
        else {
            return Ok(());
        };
        let code = code.ok_or_else(|| failed("tila-koodi", "there is no TilaKoodi"))?;
        self.pass("tila-koodi", CALL_CODES.contains(&code), || {
            format!("TilaKoodi {code} is in no table")
        })?;
        let expected = question.expected;
        let is_expected = match code {
            SUCCEEDED => expected.taken.is_some(),
            refused => expected.refused.contains(&refused),
        };
        self.pass("tila-koodi-expected", is_expected, || {
            format!("TilaKoodi {code}; expected {expected}")
        })?;
        if question.operation == Operation::VieKohteita {
            self.kohteet(question, code, count, &kohteet)?;
        }
        Ok(())
    }

    fn kohteet(
        &mut self,
        question: &Question<'_>,
        code: i32,
        count: Option<i32>,
        kohteet: &[KohdeAnswer],
    ) -> Result<(), FailedCheck> {
        let is_count = count == i32::try_from(kohteet.len()).ok();
        self.pass("kohde-maara", is_count, || {
            let said = count.unwrap_or_default();
            format!(
                "KohdeMaara is {said}, and there are {} Kohde",
                kohteet.len()
            )
        })?;
        let unknown = kohteet.iter().find(|kohde| !STATES.contains(&kohde.state));
        self.pass("kohteen-tila", unknown.is_none(), || {
            let state = unknown.map_or(0, |kohde| kohde.state);
            format!("KohteenTila {state} is in no table")
        })?;
        if code != SUCCEEDED {
            let is_stored = kohteet.iter().any(|kohde| STORED.contains(&kohde.state));
            return self.pass("nothing-stored", !is_stored, || {
                "the call is refused, and yet a Kohde is said to be stored".to_owned()
            });
        }
        let answered: Vec<_> = kohteet
            .iter()
            .map(|kohde| kohde.account_id.as_deref())
            .collect();
        let mut missing = question.sent.iter().filter(|id| {
            let named = answered.iter().filter(|named| **named == Some(id.as_str()));
            named.count() != 1
        });
        let missing = missing.next();
        self.pass("kohteet", missing.is_none(), || {
            "not exactly one Kohde has the AsiointitiliTunniste of each Kohde sent".to_owned()
        })?;
        self.pass(
            "kohteet-number",
            kohteet.len() == question.sent.len(),
            || format!("{} Kohde for {} sent", kohteet.len(), question.sent.len()),
        )?;
        self.states(question, kohteet)
    }

    fn states(
        &mut self,
        question: &Question<'_>,
        kohteet: &[KohdeAnswer],
    ) -> Result<(), FailedCheck> {
        let taken = question.expected.taken.iter().flatten();
        for (id, expected) in question.sent.iter().zip(taken) {
            let found = find(kohteet, id);
            let state = found.map_or(0, |kohde| kohde.state);
            if !expected.contains(&state) {
                let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
                let reason = format!("KohteenTila {state}; expected {}", expected.join(" or "));
                return Err(failed("kohteen-tila-expected", reason));
            }
        }
        self.checks.push("kohteen-tila-expected");
        let differs = question.sent.iter().find(|id| {
            let (before, now) = (find(question.before, id), find(kohteet, id));
            before.is_some_and(|before| now.is_none_or(|now| !is_same(before, now)))
        });
        if !question.before.is_empty() {
            self.pass("same-as-before", differs.is_none(), || {
                "a message that was taken before is answered otherwise now".to_owned()
            })?;
        }
        Ok(())
    }
}

fn find<'a>(kohteet: &'a [KohdeAnswer], id: &str) -> Option<&'a KohdeAnswer> {
    let mut kohteet = kohteet.iter();
    kohteet.find(|kohde| kohde.account_id.as_deref() == Some(id))
}

/// What waited may be visible by now.
fn is_same(before: &KohdeAnswer, now: &KohdeAnswer) -> bool {
    let is_state = match before.state {
        202 => STORED.contains(&now.state),
        state => state == now.state,
    };
    is_state && before.authority_id == now.authority_id
}

fn is_xml(content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type else {
        return false;
    };
    let mut parts = content_type.split(';').map(str::trim);
    let is_type = parts
        .next()
        .is_some_and(|found| found.eq_ignore_ascii_case("text/xml"));
    let mut charsets = parts.filter_map(|part| part.split_once('='));
    let is_foreign = charsets.any(|(name, value)| {
        let value = value.trim_matches('"');
        name.eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8")
    });
    is_type && !is_foreign
}
