// SPDX-License-Identifier: Apache-2.0
//! Loading comes to what parsing comes to, whatever the document.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::loading::base64;
use crate::memory::compare;
use crate::model::model;

/// How a part of a document begins and ends; a run stands between.
const AROUND: &[(&str, &str)] = &[
    ("", ""),
    ("", ""),
    ("", "\r\n"),
    ("\r", "\n"),
    ("ä", "ä"),
    ("&amp;", "&#13;"),
    ("]]", "]]&gt;"),
    (">", ">"),
    ("<a>", "</a>"),
    ("<a b='1' xmlns:p='urn:p' >\n", "</a >"),
    ("<a><b/>", "<b/></a>"),
    ("<![CDATA[", "]]>"),
    ("<![CDATA[<&\r\n]]", "]]]>"),
    ("<!-- - ", "-->"),
    ("<?t  ", " ?>"),
    ("<a b='", "'/>"),
    ("<a b=\"", "\" c='>'></a>"),
    ("<a ", "/>"),
];

/// Lengths around those at which a run is left in the source.
fn length() -> impl Strategy<Value = usize> {
    prop_oneof![
        2 => 0..600_usize,
        2 => 8_150..8_240_usize,
        2 => 15_800..16_500_usize,
        3 => 24_500..25_200_usize,
        1 => 32_700..33_400_usize,
        1 => 40_000..60_000_usize,
    ]
}

fn run() -> impl Strategy<Value = String> {
    let fills = select(vec!["", "", "\n", " ", ";", "\"", "'", "]", "-", "?"]);
    (length(), fills, 1..2_000_usize).prop_map(|(length, fill, every)| {
        let mut run = base64(length);
        if let (Some(fill), false) = (fill.chars().next(), fill.is_empty()) {
            let fill = fill.to_string();
            let mut at = every.min(run.len());
            while at + 1 < run.len() {
                run.replace_range(at..=at, &fill);
                at += every + 1;
            }
        }
        run
    })
}

fn document() -> impl Strategy<Value = String> {
    let part = (select(AROUND), run(), any::<bool>()).prop_map(|((before, after), run, blank)| {
        // Where an attribute could stand, only white space may.
        let run = match (before, blank) {
            ("<a ", _) => " ".repeat(run.len()),
            (_, true) => String::new(),
            // Neither hyphens nor quotes, where they would mean something.
            (before, _) if before.ends_with(['\'', '"']) => run.replace(['\'', '"'], "."),
            ("<!-- - ", _) => run.replace('-', "."),
            _ => run,
        };
        [before, &run, after].concat()
    });
    let mark = select(vec!["", "\u{FEFF}", "<?xml version='1.0'?>\r\n"]);
    (mark, vec(part, 1..6)).prop_map(|(mark, parts)| format!("{mark}<r>{}</r>", parts.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn of_runs_and_markup(text in document()) {
        compare(text.as_bytes());
    }

    /// Mostly no longer well-formed.
    #[test]
    fn of_damaged_documents(
        text in document(), at: Index, damage in select(vec![&b"<"[..], b">", b"&", b"\"", b"'", b"\xFF", b"\r", b"x", b""]), cut: bool,
    ) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        }
        bytes.splice(at..(at + 1).min(bytes.len()), damage.iter().copied());
        compare(&bytes);
    }

    /// Short documents with everything, behind and around a run.
    #[test]
    fn of_models_around_runs(model in model(), run in run()) {
        let source = model.source(true);
        prop_assert_eq!(compare(source.as_bytes()), source.len() as u64);
        let inside = source.trim_start_matches('\u{FEFF}');
        let inside = inside.split_once("?>").filter(|_| inside.starts_with("<?xml v")).map_or(inside, |(_, rest)| rest);
        compare(format!("<r>{run}{inside}{run}{inside}</r>").as_bytes());
    }
}
