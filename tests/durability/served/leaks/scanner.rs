// SPDX-License-Identifier: Apache-2.0
//! Looks for what must not be in a text, in whatever form it may stand there.

use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// What every content and every title has in it.
pub(crate) const MARKER: &str = "QzKanaria";

/// Born on the same day, all of them artificial: individual numbers of 900 and more are given to nobody.
pub(crate) const BORN: &str = "310777";

/// Bytes of the shortest piece of base64, hexadecimal digits or numbers that is decoded. A marker has more in each of them.
const SHORTEST: usize = 12;

/// What is looked for.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    /// Names of secrets, and their texts.
    secrets: Vec<(String, Vec<u8>)>,
    /// Bytes looked at so far, as they came.
    pub(crate) looked_at: u64,
}

/// Something that must not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leak {
    /// What it is; never the thing itself.
    pub(crate) what: String,
    /// In which form.
    pub(crate) form: &'static str,
}

impl Scanner {
    pub(crate) fn hide(&mut self, name: &str, secret: &str) {
        assert!(secret.len() >= 16, "{name} is too short to be looked for");
        self.secrets.push((name.to_owned(), secret.into()));
    }

    /// The first thing in a text that must not be there.
    pub(crate) fn find(&mut self, text: &[u8]) -> Option<Leak> {
        self.looked_at += text.len() as u64;
        let plain = self.find_plain(text).map(|what| (what, "plain"));
        plain
            .or_else(|| self.find_decoded(text))
            .map(|(what, form)| Leak { what, form })
    }

    fn find_decoded(&self, text: &[u8]) -> Option<(String, &'static str)> {
        let find = |text: Vec<u8>, form| self.find_plain(&text).map(|what| (what, form));
        if let found @ Some(_) = find(unescaped(text), "escaped") {
            return found;
        }
        if let found @ Some(_) = find(without_percent(text), "percent") {
            return found;
        }
        for run in runs(text, |byte| {
            byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
        }) {
            for start in 0..4 {
                let piece = run.get(start..).unwrap_or_default();
                for engine in engines() {
                    // One character alone has no byte in it.
                    let whole = &piece[..piece.len() - usize::from(piece.len() % 4 == 1)];
                    let decoded = engine.decode(whole).unwrap_or_default();
                    if let found @ Some(_) = find(decoded, "base64") {
                        return found;
                    }
                }
            }
        }
        for run in runs(text, |byte| byte.is_ascii_hexdigit()) {
            for start in 0..2 {
                let piece = run.get(start..).unwrap_or_default();
                if let found @ Some(_) = find(of_digits(piece), "hexadecimal") {
                    return found;
                }
            }
        }
        // As `Debug` shows bytes.
        for run in runs(text, |byte| byte.is_ascii_digit() || b", ".contains(&byte)) {
            let numbers = run.split(|byte| !byte.is_ascii_digit());
            let bytes = numbers.filter_map(|number| std::str::from_utf8(number).ok()?.parse().ok());
            if let found @ Some(_) = find(bytes.collect(), "numbers") {
                return found;
            }
        }
        None
    }

    fn find_plain(&self, text: &[u8]) -> Option<String> {
        let has = |what: &[u8]| contains(text, what);
        if has(MARKER.as_bytes()) {
            return Some("content".to_owned());
        }
        if has_code(text) {
            return Some("identity code".to_owned());
        }
        let mut secrets = self.secrets.iter();
        let found = secrets.find(|(_, secret)| has(secret));
        found.map(|(name, _)| name.clone())
    }
}

fn contains(text: &[u8], what: &[u8]) -> bool {
    let first = what[0];
    let mut from = 0;
    while let Some(place) = text[from..].iter().position(|byte| *byte == first) {
        if text[from + place..].starts_with(what) {
            return true;
        }
        from += place + 1;
    }
    false
}

/// An identity code of somebody of ours, in whatever case: date, sign of the century, and a number of nobody's.
fn has_code(text: &[u8]) -> bool {
    let mut from = 0;
    while let Some(place) = text[from..]
        .iter()
        .position(|byte| *byte == BORN.as_bytes()[0])
    {
        let rest = &text[from + place..];
        if let Some([sign, 9 | b'9', first, second, ..]) = rest.strip_prefix(BORN.as_bytes()) {
            let is_sign = b"-+ABCDEFUVWXY".contains(&sign.to_ascii_uppercase());
            if is_sign && first.is_ascii_digit() && second.is_ascii_digit() {
                return true;
            }
        }
        from += place + 1;
    }
    false
}

fn engines() -> [GeneralPurpose; 2] {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    [STANDARD, URL_SAFE].map(|alphabet| GeneralPurpose::new(&alphabet, config))
}

/// Pieces of such bytes that are long enough.
fn runs(text: &[u8], is_of_it: impl Fn(u8) -> bool) -> impl Iterator<Item = &[u8]> {
    let runs = text.split(move |byte| !is_of_it(*byte));
    runs.filter(|run| run.len() >= SHORTEST)
}

fn of_digits(digits: &[u8]) -> Vec<u8> {
    let pairs = digits.chunks_exact(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.filter_map(byte).collect()
}

/// Without the backslashes of JSON and of `Debug`.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            plain.push(*byte);
            continue;
        }
        let Some((kind, after)) = rest.split_first() else {
            break;
        };
        let digits: &[u8] = match (kind, after.first()) {
            (b'u', Some(b'{')) => {
                let end = after.iter().position(|byte| *byte == b'}');
                after.get(1..end.unwrap_or(1)).unwrap_or_default()
            }
            (b'u', _) => after.get(..4).unwrap_or_default(),
            (b'x', _) => after.get(..2).unwrap_or_default(),
            _ => &[],
        };
        let number = std::str::from_utf8(digits).ok();
        let number = number.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match number.and_then(char::from_u32) {
            Some(character) => {
                plain.extend(character.to_string().bytes());
                let is_braced = after.first() == Some(&b'{');
                let length = digits.len() + if is_braced { 2 } else { 0 };
                rest = after.get(length..).unwrap_or_default();
            }
            None => {
                plain.push(*kind);
                rest = after;
            }
        }
    }
    plain
}

fn without_percent(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let pair = after.get(..2).filter(|_| *byte == b'%');
        let decoded = pair.map(of_digits).unwrap_or_default();
        match decoded.first() {
            Some(decoded) => {
                plain.push(*decoded);
                rest = &after[2..];
            }
            None => {
                plain.push(*byte);
                rest = after;
            }
        }
    }
    plain
}

/// A scanner that finds nothing proves nothing: one leak in each form is found, and none where there is none.
pub(crate) fn judge_the_scanner() {
    let mut scanner = Scanner::default();
    let secret = "silta_Abc-1234567890_secret";
    scanner.hide("token", secret);
    let engines = engines();
    for (what, planted) in [
        ("content", format!("x {MARKER} y")),
        ("identity code", format!("x {BORN}-900A y")),
        ("identity code", format!("{BORN}a912b")),
        ("token", secret.to_owned()),
    ] {
        let bytes = planted.as_bytes();
        let percent: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
        let escaped: String = bytes.iter().map(|byte| format!("\\u{byte:04x}")).collect();
        let braced: String = bytes
            .iter()
            .map(|byte| format!("\\u{{{byte:x}}}"))
            .collect();
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut forms = vec![
            ("plain", planted.clone()),
            ("percent", percent),
            ("escaped", escaped),
            ("escaped", braced),
            ("hexadecimal", digits.clone()),
            ("hexadecimal", format!("0{}", digits.to_uppercase())),
            ("numbers", format!("{bytes:?}")),
        ];
        for ahead in ["", "a", "ab"] {
            let text = format!("{ahead}{planted}");
            forms.extend(
                engines
                    .iter()
                    .map(|engine| ("base64", engine.encode(&text))),
            );
        }
        for (form, text) in forms {
            let text = format!("2026-11-30T10:00:00Z DEBUG silta::call agency=tulli {text} took=5");
            let leak = scanner.find(text.as_bytes());
            let leak = leak.unwrap_or_else(|| panic!("{what} is not found: {form}"));
            assert_eq!(leak.what, what, "{form}");
            assert!(leak.form == form || form == "base64" || what == "identity code");
        }
    }
    let honest = format!(
        "agency=tulli digest={} {BORN} 131052-900W reference=0f8fad5b-d9cb-469f-a165-70867728950e [1, 2, 3]",
        "ab".repeat(32)
    );
    assert_eq!(scanner.find(honest.as_bytes()), None);
}
