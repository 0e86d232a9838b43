// SPDX-License-Identifier: Apache-2.0
//! libxml2 as the judge of canonical bytes, called by `tests/interop/peers/c14n.py`.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::peers;

/// What to canonicalise, and how.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// Which document, by its number in the batch.
    pub(crate) document: usize,
    /// The apex by its number in document order from 0; without one, the whole document.
    pub(crate) element: Option<usize>,
    /// An element that is left out, by its number, as a signature is from what it signs.
    pub(crate) without: Option<usize>,
    /// Identifier of the algorithm.
    pub(crate) method: &'static str,
    /// Prefixes of an `InclusiveNamespaces PrefixList`.
    pub(crate) prefixes: Vec<&'static str>,
}

/// Canonical bytes from others.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// libxml2's own; `None` when it refuses.
    pub(crate) libxml2: Option<Vec<u8>>,
    /// Those that come through lxml, where lxml does what the recommendation says.
    pub(crate) lxml: Option<Vec<u8>>,
}

/// Has questions about documents answered, in one process.
pub(crate) fn judge(documents: &[Vec<u8>], questions: &[Question]) -> Vec<Judgement> {
    let folder = tempfile::tempdir().unwrap();
    let path = |number: usize| folder.path().join(format!("{number}.xml"));
    for (number, document) in documents.iter().enumerate() {
        std::fs::write(path(number), document).unwrap();
    }
    let lines: Vec<String> = questions
        .iter()
        .map(|question| request(question, &path(question.document)))
        .collect();
    let answers = peers::batch(&mut peers::python("peers/c14n.py"), &lines);
    assert_eq!(answers.len(), questions.len());
    answers.iter().map(|line| judgement(line)).collect()
}

fn request(question: &Question, file: &Path) -> String {
    json!({
        "file": file,
        "method": question.method,
        "prefixes": question.prefixes,
        "element": question.element,
        "without": question.without,
    })
    .to_string()
}

fn judgement(line: &str) -> Judgement {
    let answer: Value = serde_json::from_str(line).unwrap();
    let bytes = |name: &str| {
        let text = answer[name].as_str()?;
        Some(STANDARD.decode(text).unwrap())
    };
    Judgement {
        libxml2: bytes("libxml2"),
        lxml: bytes("lxml"),
    }
}
