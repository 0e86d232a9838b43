// SPDX-License-Identifier: Apache-2.0
//! Documents whose big texts stay where they are.

use canonical_xml::{
    Canonicalization, Document, Limit, Limits, LoadError, Method, Piece, ReadErrorKind, Subset,
};

use crate::algorithms::{all, at};
use crate::memory::{Failure, Memory, compare, joined_form, joined_text, roomy};

/// Where the first piece that is fetched ends, of a document in which something may be left.
const FIRST: usize = 2 << 10;

/// Where the second one ends, if nothing is left.
const SECOND: usize = FIRST + (16 << 10);

/// Base64 that repeats nowhere soon, so that a piece in the wrong place shows.
pub(crate) fn base64(length: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = 1_u32;
    let letters = (0..length).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(ALPHABET[(state >> 26) as usize])
    });
    letters.collect()
}

/// The same in lines of 76.
fn lines(length: usize, end: &str) -> String {
    let text = base64(length);
    let mut lines = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(76));
        lines.push(line);
        rest = tail;
    }
    lines.join(end)
}

#[test]
fn megabytes_of_text_stay_in_the_source() {
    let payload = base64(2 << 20);
    let text = format!(
        "<?xml version='1.0'?><e:send xmlns:e='urn:e'><e:id a='1'>x&amp;</e:id>\n<e:file>{payload}</e:file><e:more/></e:send>"
    );
    let memory = Memory::new(&text);
    let document = Document::load(&memory, &Limits::default()).unwrap();
    assert!(memory.fetched() < 64 << 10, "{}", memory.fetched());
    assert!(memory.requests() < 12, "{}", memory.requests());

    let file = at(&document, "/send/file");
    let (joined, left) = joined_text(text.as_bytes(), file);
    assert!(joined == payload);
    assert!(left > (2 << 20) - (64 << 10));
    assert_eq!(file.text().to_str(), None);
    assert!(!file.text().is_blank());
    assert_eq!(file.markup(), Ok(None));
    assert_eq!(document.root().markup(), Ok(None));
    let id = at(&document, "/send/id").markup().unwrap().unwrap();
    assert_eq!(id, "<e:id xmlns:e=\"urn:e\" a=\"1\">x&amp;</e:id>");
    let span = Memory::new(text.as_bytes()).slice(file.span());
    assert!(span == format!("<e:file>{payload}</e:file>").as_bytes());
    assert_eq!(at(&document, "/send/id").text().to_str().unwrap(), "x&");

    compare(text.as_bytes());
    for how in all() {
        let (_, shared) = joined_form(text.as_bytes(), &Subset::document(&document), &how).unwrap();
        assert!(shared >= left, "{}", how.uri());
    }
}

/// Of ten kilobytes too, most of the payload stays, and it is one piece for whoever shares it.
#[test]
fn a_small_payload_stays_as_well() {
    let payload = base64(13_656);
    let text = format!("<r>\n <a>ä &amp; b</a>\n <file>{payload}</file>\n <more/>\n</r>");
    let memory = Memory::new(&text);
    let document = Document::load(&memory, &Limits::default()).unwrap();
    assert!(memory.fetched() < 3 << 10, "{}", memory.fetched());
    assert_eq!(memory.requests(), 4);
    let file = at(&document, "/r/file").text();
    assert!(file.pieces().count() > 1);
    let shared: Vec<_> = file.shared_pieces().collect();
    let [Piece::Source(range)] = shared.as_slice() else {
        panic!("it is one range: {shared:?}");
    };
    let in_source = Memory::new(text.as_bytes()).slice(range.clone());
    assert!(in_source == payload.as_bytes());
    // What is wholly in memory stays there.
    let short: Vec<_> = at(&document, "/r/a").text().shared_pieces().collect();
    assert!(!short.iter().any(|piece| matches!(piece, Piece::Source(_))));
    compare(text.as_bytes());
}

/// Where nothing is long enough to be left, there is one request for the size and one for the bytes.
#[test]
fn a_small_document_is_fetched_at_once() {
    let text = format!("<r>{}</r>", base64(9_000));
    let memory = Memory::new(&text);
    Document::load(&memory, &Limits::default()).unwrap();
    assert_eq!(
        (memory.fetched(), memory.requests()),
        (text.len() as u64, 2)
    );
}

#[test]
fn several_texts_and_texts_in_lines_stay_too() {
    let (one, other) = (base64(100_000), lines(100_000, "\n"));
    let text = format!(
        "\u{FEFF}<?xml version='1.0' encoding='US-ASCII'?>\r\n<r><a>{one}</a>\r\n<b>{other}</b><c><![CDATA[{one}]]></c></r>"
    );
    assert!(compare(text.as_bytes()) < 120 << 10);
}

/// Line ends that have to be normalised and letters beyond ASCII are no plain text: all of it is fetched.
#[test]
fn texts_that_are_not_plain_are_fetched() {
    for text in [
        lines(100_000, "\r\n"),
        lines(100_000, "ä"),
        "&amp;".repeat(10_000),
    ] {
        let document = format!("<r>{text}</r>");
        assert_eq!(compare(document.as_bytes()), document.len() as u64);
    }
}

/// What looks like text may be the inside of anything; then the document is fetched once more, as a whole.
#[test]
fn long_runs_within_markup() {
    let run = base64(40_000);
    let quotes = format!("{}\"{}", base64(40_000), " ".repeat(50));
    for text in [
        format!("<r><!--{run}--></r>"),
        format!("<r><?t {run}?></r>"),
        format!("<r a='{run}' b='1'/>"),
        format!("<r a=\"{run}\" {} b='1'>x</r>", " ".repeat(100)),
        format!("<r a=\"{quotes} b='{run}'>x</r>"),
        format!("<r a='{run}\"{run}' b='\"'>x</r>"),
        format!("<r{}/>", " ".repeat(40_000)),
        format!("<r></r{}>", "\n".repeat(40_000)),
        format!("<r/>{}", "\n".repeat(40_000)),
        format!("{}<r/>", " ".repeat(40_000)),
        format!("<r/><!--{run}-->"),
        format!("<r><a>{run}</a><!--{run}--></r>"),
        format!("<r>&#x{}41;{run}</r>", "0".repeat(40_000)),
        format!("<r>x<![CDATA[{run}]]>{run}<![CDATA[{run}]]></r>"),
        format!("<r>]]{run}]]&gt;{run}]]</r>"),
        format!("<{run}/>"),
    ] {
        compare(text.as_bytes());
    }
}

/// A run that ends the document, or outside of the root: what must not be there is found wherever it hides.
#[test]
fn errors_hidden_in_runs() {
    let run = base64(40_000);
    let blanks = " ".repeat(40_000);
    for text in [
        run.clone(),
        format!("<r>{run}"),
        format!("<r/>{run}"),
        format!("<r/>{blanks}x{blanks}"),
        format!("{blanks}x{blanks}<r/>"),
        format!("<r/>{blanks}"),
        format!("<r>&{run}</r>"),
        format!("<r>&{run};{run}</r>"),
        format!("<r>&amp{run};</r>"),
        format!("<r><!--{run}</r>"),
        format!("<r><!--{run}--{run}--></r>"),
        format!("<r><![CDATA[{run}</r>"),
        format!("<r a='{run}/>"),
        format!("<r a=\"{run}\" b='{run}/>"),
        format!("<r a={run}'/>"),
        format!("<r {run}>"),
        format!("<r><{run}</r>"),
        format!("<r></r{run}>"),
        format!("<r>{run}]]></r>"),
        format!("<r>{run}<!"),
        format!("<r>{run}\0</r>"),
        format!("<r>{run}<a></r>"),
        format!("<r><?xml {run}?></r>"),
    ] {
        compare(text.as_bytes());
    }
}

/// Lines and columns count what was not fetched.
#[test]
fn errors_behind_runs_have_their_place() {
    for (line_end, line, column) in [("\n", 527, 25), ("", 1, 40_005)] {
        let text = format!("<r>\u{FEFF}{}&</r>", lines(40_000, line_end));
        let LoadError::Read(refusal) = Document::load(&Memory::new(&text), &roomy()).unwrap_err()
        else {
            panic!("the source does not fail");
        };
        assert_eq!(refusal.kind, ReadErrorKind::BareAmpersand);
        assert_eq!((refusal.line, refusal.column), (line, column));
        compare(text.as_bytes());
    }
}

/// Each fault in front of, behind and between runs, and with a byte order mark.
#[test]
fn every_fault_has_the_place_it_has_in_memory() {
    const FAULTS: [&[u8]; 22] = [
        b"&",
        b"&nbsp;",
        b"&#0;",
        b"]]>",
        b"\xFF",
        b"\xC3",
        b"\0",
        b"\xEF\xBF\xBE",
        b"</s>",
        b"<a>",
        b"<a b='1' b='2'/>",
        b"<a b='<'/>",
        b"<a b=c/>",
        b"<p:a/>",
        b"<a xmlns:p=''/>",
        b"<!-- -- -->",
        b"<!x>",
        b"<!DOCTYPE a>",
        b"<?xml version='1.0'?>",
        b"<1/>",
        b"<",
        b"",
    ];
    for run in [
        lines(40_000, "\n"),
        lines(20_000, "\n") + "\r\n" + &lines(20_000, "\n"),
    ] {
        for fault in FAULTS {
            for (before, after) in [("", run.as_str()), (&run, ""), (&run, &run)] {
                for mark in ["", "\u{FEFF}"] {
                    let start = format!("{mark}<r>ä{before}\n ä");
                    let end = format!("{after}</r>");
                    compare(&[start.as_bytes(), fault, end.as_bytes()].concat());
                }
            }
        }
    }
}

/// A run just as long as it takes, or not, where the first or the second piece ends; all that may end one.
#[test]
fn runs_about_as_long_as_it_takes() {
    const TAIL: usize = 512;
    const SHORTEST: usize = (8 << 10) + 16;
    let letters = base64(64 << 10);
    let mut left = 0;
    let places = [FIRST, SECOND].map(|end| [end - TAIL - 1, end - TAIL, end - TAIL + 1]);
    for (end_of_piece, start) in [
        (FIRST, [0].as_slice()),
        (FIRST, &places[0]),
        (SECOND, &places[1]),
    ]
    .into_iter()
    .flat_map(|(end, starts)| starts.iter().map(move |start| (end, *start)))
    {
        for length in [
            SHORTEST - 17,
            SHORTEST - 16,
            SHORTEST - 1,
            SHORTEST,
            SHORTEST + 1,
        ] {
            for end in ["<b/>", "&lt;", "]]&gt;", ">", "\r\n", "ä"] {
                let head = "<r>".to_owned() + &"é".repeat((start.max(3) - 3) / 2);
                let head = head.clone() + &" ".repeat(start.max(3) - head.len());
                let run = &letters[..end_of_piece + length - start.max(3)];
                let text = format!("{head}{run}{end}</r>");
                left += usize::from(compare(text.as_bytes()) < text.len() as u64);
                let text = format!(
                    "{}{run}]]>{end}</r>",
                    head.replacen("<r>", "<r><![CDATA[", 1)
                );
                compare(text.as_bytes());
            }
        }
    }
    // Both ways have been gone.
    assert!((40..170).contains(&left), "{left}");
}

/// A reference that ends exactly where a run was cut out; leading zeros make it that long.
#[test]
fn a_reference_of_any_length_before_a_cut() {
    let run = base64(40_000);
    for end in [FIRST, SECOND].into_iter().flat_map(|end| end - 3..end + 4) {
        let zeros = "0".repeat(end - "<r>&#x41;".len());
        let text = format!("<r>&#x{zeros}41;{run}</r>");
        compare(text.as_bytes());
        let padding = "é".repeat(end / 4);
        let zeros = "0".repeat(end - padding.len() - "<r>&#x41;".len());
        compare(format!("<r>{padding}&#x{zeros}41;{run}</r>").as_bytes());
    }
}

#[test]
fn the_limit_on_bytes_bounds_memory_not_the_source() {
    let limits = Limits {
        bytes: 40 << 10,
        ..Limits::default()
    };
    let big = format!("<r><a>{}</a></r>", base64(1 << 20));
    let document = Document::load(&Memory::new(&big), &limits).unwrap();
    assert_eq!(document.element_count(), 2);
    for refused in [
        format!("<r>{}</r>", "<a/>".repeat(10 << 10)),
        format!("<r>{}</r>", "é".repeat(20 << 10)),
        format!("<r><!--{}--></r>", base64(1 << 20)),
    ] {
        let memory = Memory::new(&refused);
        let LoadError::Read(refusal) = Document::load(&memory, &limits).unwrap_err() else {
            panic!("the source does not fail");
        };
        let maximum = limits.bytes;
        let kind = ReadErrorKind::Limit {
            limit: Limit::Bytes,
            maximum,
        };
        assert_eq!(refusal.kind, kind);
        // Twice, since the first look may have been in vain.
        assert!(memory.fetched() <= 2 * maximum as u64);
    }
}

/// Whichever request fails, that is what is reported; also while the place of an error is sought.
#[test]
fn a_source_that_fails_is_reported() {
    let run = base64(40_000);
    for text in [
        format!("<r>{run}<a/>{run}</r>"),
        format!("<r><!--{run}--></r>"),
        format!("<r>{run}</a>"),
        format!("<r>{run}\u{FEFF}</r>"),
    ] {
        let memory = Memory::new(&text);
        let _ = Document::load(&memory, &roomy());
        assert!(memory.requests() > 3);
        for request in 0..memory.requests() {
            let failing = Memory::new(&text).failing(request);
            let result = Document::load(&failing, &roomy()).map(|_| ());
            assert_eq!(result, Err(LoadError::Source(Failure(request))));
        }
    }
}

/// Canonical octets name ranges of the source only where that is worth it.
#[test]
fn short_documents_are_copied() {
    let text = "<r><a b='1'>x</a></r>";
    let document = Document::load(&Memory::new(text), &Limits::default()).unwrap();
    let how = Canonicalization::new(Method::Exclusive);
    let (octets, shared) =
        joined_form(text.as_bytes(), &Subset::document(&document), &how).unwrap();
    assert_eq!(octets, b"<r><a b=\"1\">x</a></r>");
    assert_eq!(shared, 0);
    let markup = document.root().markup().unwrap().unwrap();
    assert_eq!(markup.as_bytes(), octets);
}
