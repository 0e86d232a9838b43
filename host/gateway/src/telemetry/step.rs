// SPDX-License-Identifier: Apache-2.0
//! Steps while they go on.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::{Duration, Instant, SystemTime},
};

use silta::observe::masked;

use super::span::{Span, SpanKind, SpanSink, SpanValue};
use crate::trace_context::{self, Parts};

/// The longest text of an attribute, in characters.
const LONGEST_TEXT: usize = 200;

/// The outcome of a step.
const OUTCOME: &str = "silta.outcome";

/// Where steps begin. Clones share who is told of them; nobody is, and nothing is measured, before [`tell`](Self::tell).
#[derive(Clone, Default)]
pub(crate) struct Spans(Arc<OnceLock<Arc<dyn SpanSink>>>);

impl Spans {
    /// Tells a sink of all steps from now on. Whoever was there first stays.
    pub(crate) fn tell(&self, sink: Arc<dyn SpanSink>) {
        let _ = self.0.set(sink);
    }

    /// A step of a trace that goes on: a child of the step that `traceparent` names.
    pub(crate) fn step(&self, what: (&'static str, SpanKind), of: Option<&str>) -> Step {
        let open = || {
            // Random numbers cost: nobody may be told.
            self.0.get()?;
            let parent = Parts::sampled(of?)?;
            let own = trace_context::new_step()?;
            self.open(what, parent.trace, Some(parent.step), own)
        };
        Step(open())
    }

    /// The step that `traceparent` names: the first of a trace that was begun here.
    pub(crate) fn first(&self, what: (&'static str, SpanKind), named: Option<&str>) -> Step {
        let open = || {
            let own = Parts::sampled(named?)?;
            self.open(what, own.trace, None, own.step.to_owned())
        };
        Step(open())
    }

    /// The step that a `traceparent` which is sent on names, as a child of the one that it was made from.
    pub(crate) fn sent_on(
        &self,
        what: (&'static str, SpanKind),
        of: Option<&str>,
        named: Option<&str>,
    ) -> Step {
        let open = || {
            let (parent, own) = (Parts::sampled(of?)?, Parts::sampled(named?)?);
            self.open(what, parent.trace, Some(parent.step), own.step.to_owned())
        };
        Step(open())
    }

    fn open(
        &self,
        (name, kind): (&'static str, SpanKind),
        trace: &str,
        parent: Option<&str>,
        id: String,
    ) -> Option<Box<Open>> {
        let sink = Arc::clone(self.0.get()?);
        let begun = Begun {
            trace: trace.to_owned(),
            parent: parent.map(str::to_owned),
            id,
        };
        Some(Box::new(Open::new(sink, (name, kind), begun)))
    }
}

impl fmt::Debug for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Spans")
            .field(&self.0.get().is_some())
            .finish()
    }
}

/// A step that goes on; nothing where nobody is told of it. It ends when it is dropped.
#[must_use]
pub(crate) struct Step(Option<Box<Open>>);

impl Step {
    /// Where steps that are part of this one have their place.
    pub(crate) fn place(&self) -> Place {
        Place(self.0.as_ref().map(|open| Within {
            sink: Arc::clone(&open.sink),
            trace: open.span.trace.clone(),
            step: open.span.id.clone(),
        }))
    }

    /// Says something of it.
    pub(crate) fn say(&mut self, name: &'static str, value: impl Into<SpanValue>) {
        if let Some(open) = &mut self.0 {
            open.span.attributes.push((name, value.into()));
        }
    }

    /// Of which agency and operation it is.
    pub(crate) fn of(mut self, agency: &str, operation: &str) -> Self {
        self.say("silta.agency", agency);
        self.say("silta.operation", operation);
        self
    }

    /// It began at a moment that has passed.
    pub(crate) fn since(mut self, at: SystemTime) -> Self {
        if let Some(open) = &mut self.0 {
            let passed = open.span.start.duration_since(at).unwrap_or_default();
            open.span.start = at.min(open.span.start);
            open.before = passed;
        }
        self
    }

    /// Its outcome, and whether that is a failure. Said again, the last one counts.
    pub(crate) fn came_to(&mut self, outcome: &str, failed: bool) {
        if let Some(open) = &mut self.0 {
            open.span.attributes.retain(|(name, _)| *name != OUTCOME);
            open.span.attributes.push((OUTCOME, outcome.into()));
            open.span.failed = failed;
        }
    }

    /// Nobody is told of it.
    pub(crate) fn forget(&mut self) {
        self.0 = None;
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(open) = self.0.take() {
            open.end();
        }
    }
}

/// Within which step something is done; nowhere by default.
#[derive(Clone, Default)]
pub(crate) struct Place(Option<Within>);

#[derive(Clone)]
struct Within {
    sink: Arc<dyn SpanSink>,
    trace: String,
    step: String,
}

impl Place {
    /// A step that is part of that one.
    pub(crate) fn step(&self, name: &'static str, kind: SpanKind) -> Step {
        let open = || {
            let within = self.0.as_ref()?;
            let begun = Begun {
                trace: within.trace.clone(),
                parent: Some(within.step.clone()),
                id: trace_context::new_step()?,
            };
            let sink = Arc::clone(&within.sink);
            Some(Box::new(Open::new(sink, (name, kind), begun)))
        };
        Step(open())
    }
}

struct Begun {
    trace: String,
    parent: Option<String>,
    id: String,
}

struct Open {
    sink: Arc<dyn SpanSink>,
    span: Span,
    since: Instant,
    /// How long it had gone on by then.
    before: Duration,
}

impl Open {
    fn new(
        sink: Arc<dyn SpanSink>,
        (name, kind): (&'static str, SpanKind),
        Begun { trace, parent, id }: Begun,
    ) -> Self {
        let now = SystemTime::now();
        Self {
            sink,
            span: Span {
                trace,
                id,
                parent,
                name,
                kind,
                start: now,
                end: now,
                attributes: Vec::new(),
                failed: false,
            },
            since: Instant::now(),
            before: Duration::ZERO,
        }
    }

    fn end(mut self) {
        // Clocks are set: the length of a step is measured by one that is not.
        self.span.end = self.span.start + self.before + self.since.elapsed();
        self.sink.take(self.span);
    }
}

impl From<&str> for SpanValue {
    fn from(text: &str) -> Self {
        // Before it is cut, since half a code is not known for one.
        Self::Text(masked(text).chars().take(LONGEST_TEXT).collect())
    }
}

impl From<u64> for SpanValue {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u32> for SpanValue {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u16> for SpanValue {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Told(Mutex<Vec<Span>>);

    impl SpanSink for Told {
        fn take(&self, span: Span) {
            self.0.lock().unwrap().push(span);
        }
    }

    fn told() -> (Arc<Told>, Spans) {
        let (told, spans) = (Arc::new(Told::default()), Spans::default());
        spans.tell(Arc::clone(&told) as Arc<dyn SpanSink>);
        (told, spans)
    }

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn ids_are_those_of_the_traceparent() {
        let (told, spans) = told();
        let run = spans.step(("run", SpanKind::Internal), Some(GIVEN));
        drop(run.place().step("build", SpanKind::Internal));
        drop(run);
        drop(spans.first(("call", SpanKind::Server), Some(GIVEN)));
        let next = trace_context::step(GIVEN).unwrap();
        drop(spans.sent_on(("deliver", SpanKind::Client), Some(GIVEN), Some(&next)));
        let told = told.0.lock().unwrap();
        assert!(told.iter().all(|span| span.trace == TRACE));
        let [build, run, call, deliver] = &told[..] else {
            panic!("{told:?}")
        };
        let step = Some("b7ad6b7169203331");
        assert_eq!(
            (run.parent.as_deref(), &build.parent),
            (step, &Some(run.id.clone()))
        );
        assert_eq!((Some(&*call.id), &call.parent), (step, &None));
        assert_eq!(deliver.parent.as_deref(), step);
        assert!(next.contains(&deliver.id) && deliver.id != call.id);
        assert!(told.iter().all(|span| span.start <= span.end));
    }

    #[test]
    fn what_is_not_sampled_or_told_to_nobody_is_no_span() {
        let (told, spans) = told();
        let unsampled = GIVEN.replace("-01", "-00");
        drop(spans.step(("run", SpanKind::Internal), Some(&unsampled)));
        drop(spans.step(("run", SpanKind::Internal), None));
        drop(spans.step(("run", SpanKind::Internal), Some("nonsense")));
        let mut forgotten = spans.first(("call", SpanKind::Server), Some(GIVEN));
        forgotten.forget();
        drop(forgotten);
        assert!(told.0.lock().unwrap().is_empty());
        let nobody = Spans::default().step(("run", SpanKind::Internal), Some(GIVEN));
        assert!(nobody.0.is_none() && nobody.place().0.is_none());
    }

    #[test]
    fn a_step_came_to_what_is_said_last() {
        let (told, spans) = told();
        let mut step = spans.step(("call", SpanKind::Server), Some(GIVEN));
        step.came_to("accepted", false);
        step.came_to("inbox.not-committed", true);
        drop(step);
        let span = &told.0.lock().unwrap()[0];
        let [(OUTCOME, SpanValue::Text(came_to))] = &span.attributes[..] else {
            panic!("{span:?}")
        };
        assert_eq!(
            (came_to.as_str(), span.failed),
            ("inbox.not-committed", true)
        );
    }

    #[test]
    fn text_is_masked_and_cut() {
        let (told, spans) = told();
        let mut step = spans.step(("run", SpanKind::Internal), Some(GIVEN));
        // Invented, and of the range that no person is given.
        step.say("silta.code", &*format!("{}010101-900R", "x".repeat(195)));
        step.came_to("refused", true);
        drop(step);
        let span = &told.0.lock().unwrap()[0];
        let (_, SpanValue::Text(code)) = &span.attributes[0] else {
            panic!("{span:?}")
        };
        assert!(
            span.failed && code.len() == LONGEST_TEXT && !code.contains("0101"),
            "{code}"
        );
    }
}
