// SPDX-License-Identifier: Apache-2.0
//! The canonical writer against libxml2's, by the tool `xmllint`, on documents made at random from
//! a fixed seed.

use std::fmt::Write;

use xml_testkit::tools;

use super::{Form, canonical, parse};

#[test]
fn canonical_forms_agree_with_libxml2() {
    if !tools::are_installed(&["xmllint"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(0x5eed);
    for _ in 0..150 {
        let mut source = String::from("<?app  one ?>");
        element(&mut dice, &mut source, 0, &Scope::default());
        std::fs::write(folder.path().join("document.xml"), &source).unwrap();
        let document = parse(source.as_bytes()).unwrap();
        for (option, form) in [
            ("--exc-c14n", Form::Exclusive(Vec::new())),
            ("--c14n", Form::Inclusive),
        ] {
            let theirs = format!("xmllint {option} document.xml");
            let theirs = tools::output(folder.path(), &theirs);
            let ours = canonical(document.root(), &form, None);
            assert_eq!(ours, String::from_utf8(theirs).unwrap(), "{source}");
        }
    }
}

/// What each prefix is bound to: the default one, `a`, `b`, `c`. Empty means unbound.
type Scope = [&'static str; 4];

const PREFIXES: Scope = ["", "a", "b", "c"];
/// No `&` in them: libxml2 2.9 writes it unescaped here, which is not even well-formed.
const NAMESPACES: [&str; 3] = ["urn:1", "urn:2", "http://3/?a=b"];
const TEXTS: [&str; 6] = [
    "text",
    "&lt;&gt;\"'",
    "\r\n\t&#13;",
    "<![CDATA[<&>]]>",
    "äö€𝄞",
    "<?pi  x y?>",
];
const VALUES: [&str; 5] = ["v", "&lt;>'&quot;", "\r\n\t&#9;&#10;&#13;", "ä&#x20AC;", ""];

fn element(dice: &mut Dice, source: &mut String, depth: usize, outer: &Scope) {
    let mut scope = *outer;
    let mut inside = String::new();
    for (at, prefix) in PREFIXES.iter().enumerate() {
        if dice.roll(3) > 0 {
            continue;
        }
        // Only the default namespace can be taken back.
        scope[at] = if at == 0 && dice.roll(3) == 0 {
            ""
        } else {
            dice.pick(&NAMESPACES)
        };
        let colon = if at == 0 { "" } else { ":" };
        write!(inside, " xmlns{colon}{prefix}='{}'", scope[at]).unwrap();
    }
    let mut taken = Vec::new();
    for name in ["z", "y", "É", "xml:lang", "lang"] {
        let at = dice.roll(4);
        let is_free = at == 0 || (!scope[at].is_empty() && !name.contains(':'));
        let namespace = if at == 0 { "" } else { scope[at] };
        if dice.roll(2) == 0 && is_free && !taken.contains(&(namespace, name)) {
            taken.push((namespace, name));
            let colon = if at == 0 { "" } else { ":" };
            write!(
                inside,
                "  {}{colon}{name} = '{}'",
                PREFIXES[at],
                dice.pick(&VALUES).replace('\'', "&apos;")
            )
            .unwrap();
        }
    }
    let at = dice.roll(4);
    let name = match (at, scope[at]) {
        (0, _) | (_, "") => "e".to_owned(),
        _ => format!("{}:e", PREFIXES[at]),
    };
    write!(source, "<{name}{inside}").unwrap();
    if depth == 6 || dice.roll(6) == 0 && depth > 0 {
        source.push_str(" />");
        return;
    }
    source.push('>');
    for _ in 0..=dice.roll(3) {
        source.push_str(dice.pick(&TEXTS));
        element(dice, source, depth + 1, &scope);
    }
    write!(source, "</{name} >").unwrap();
}

/// A small generator (xorshift), so that every run sees the same documents.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % 1_000_003).unwrap() % sides
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.roll(from.len())]
    }
}
