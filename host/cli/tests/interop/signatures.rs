// SPDX-License-Identifier: Apache-2.0
//! Signatures both ways, over every case: they sign and we verify, we sign and they verify.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    thread,
};

use canonical_xml::{Document, Limits};
use xml_testkit::Kind;

use crate::{
    case::{Case, cases},
    flaw::{Direction, flaw},
    identity::identity,
    ours,
    peers::{self, Answer, Peer},
};

/// What one peer's half of the matrix came to.
#[derive(Debug, Default)]
struct Tally {
    accepted: usize,
    /// Refused because of a flaw of the peer's that is known.
    flawed: usize,
    /// The peer has no such algorithm or form.
    cannot: usize,
    /// Changed documents and foreign keys that were refused, as they have to be.
    refused: usize,
    /// What came out otherwise than it had to.
    surprises: Vec<String>,
}

impl Tally {
    fn surprise(&mut self, case: &Case, what: &str) {
        self.surprises.push(format!("{case}: {what}"));
    }
}

#[test]
fn signatures_hold_both_ways() {
    if !peers::are_prepared() {
        return;
    }
    let cases = cases();
    let halves: BTreeMap<Peer, [Tally; 2]> = thread::scope(|scope| {
        let running = Peer::ALL.map(|peer| {
            let cases: Vec<&Case> = cases.iter().step_by(peer.stride()).collect();
            scope.spawn(move || (peer, [they_sign(peer, &cases), we_sign(peer, &cases)]))
        });
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    print(&halves, cases.len());
    let surprises: Vec<String> = halves
        .iter()
        .flat_map(|(peer, halves)| halves.iter().map(move |half| (peer, half)))
        .flat_map(|(peer, half)| {
            half.surprises
                .iter()
                .map(move |what| format!("{peer}: {what}"))
        })
        .collect();
    assert!(
        surprises.is_empty(),
        "{} surprises:\n{}",
        surprises.len(),
        surprises.join("\n")
    );
    for (peer, [theirs, ours]) in &halves {
        // A peer that can do next to nothing has proved next to nothing.
        assert!(theirs.accepted > 100 && ours.accepted > 50, "{peer}");
        assert!(theirs.refused > 100 && ours.refused > 50, "{peer}");
    }
}

/// A peer signs every case it can, and we verify; what is changed afterwards, we have to refuse.
fn they_sign(peer: Peer, cases: &[&Case]) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let path = |number: usize| folder.path().join(format!("{number}.xml"));
    let commands: Vec<Vec<String>> = cases
        .iter()
        .enumerate()
        .map(|(number, case)| {
            let unsigned = folder.path().join(format!("{}.unsigned", case.shape.name));
            fs::write(&unsigned, case.shape.text).unwrap();
            let identity = case.identity();
            let files = [
                &identity.key_file,
                &identity.certificate_file,
                &unsigned,
                &path(number),
            ];
            command("sign", &files, case)
        })
        .collect();
    let mut tally = Tally::default();
    for (number, (case, answer)) in cases.iter().zip(peer.run(&commands)).enumerate() {
        match answer {
            Answer::Done => verify_theirs(peer, case, &fs::read(path(number)).unwrap(), &mut tally),
            Answer::Cannot(_) => tally.cannot += 1,
            Answer::Refused(_) if flaw(peer, case, Direction::TheySign).is_some() => {
                tally.flawed += 1
            }
            Answer::Refused(reason) => tally.surprise(case, &format!("did not sign ({reason})")),
        }
    }
    tally
}

fn verify_theirs(peer: Peer, case: &Case, signed: &[u8], tally: &mut Tally) {
    let flaw = flaw(peer, case, Direction::TheySign);
    match (ours::judge(case, case.identity(), signed), flaw) {
        (Ok(()), None) => tally.accepted += 1,
        (Err("signature.mismatch" | "signature.digest-mismatch"), Some(_)) => {
            tally.flawed += 1;
            return;
        }
        (Ok(()), Some(flaw)) => tally.surprise(case, &format!("the flaw is gone ({flaw})")),
        (Err(code), _) => {
            tally.surprise(case, &format!("we refuse ({code})"));
            return;
        }
    }
    match ours::judge(case, case.identity(), &changed(case, signed)) {
        Err("signature.digest-mismatch") => tally.refused += 1,
        other => tally.surprise(case, &format!("changed, and we say {other:?}")),
    }
    let foreign = identity(match case.key {
        Kind::Rsa => Kind::P256,
        _ => Kind::Rsa,
    });
    match ours::judge(case, foreign, signed) {
        Err("signature.untrusted" | "signature.mismatch" | "signature.key-unsuitable") => {
            tally.refused += 1
        }
        other => tally.surprise(case, &format!("a foreign key, and we say {other:?}")),
    }
}

/// We sign every case that ours makes, and a peer verifies; what is changed afterwards, it has to refuse.
fn we_sign(peer: Peer, cases: &[&Case]) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let cases: Vec<&Case> = cases
        .iter()
        .copied()
        .filter(|case| case.is_ours())
        .collect();
    let mut commands = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let signed = ours::sign(case);
        let verify = |name: &str, bytes: &[u8]| {
            let file = write(folder.path(), &format!("{number}.{name}"), bytes);
            command("verify", &[&case.identity().certificate_file, &file], case)
        };
        commands.push(verify("signed", &signed));
        commands.push(verify("changed", &changed(case, &signed)));
    }
    let answers = peer.run(&commands);
    let mut tally = Tally::default();
    for (case, answers) in cases.into_iter().zip(answers.chunks(2)) {
        let flaw = flaw(peer, case, Direction::TheyVerify);
        match (&answers[0], flaw) {
            (Answer::Done, None) => tally.accepted += 1,
            (Answer::Cannot(_), _) => tally.cannot += 1,
            (Answer::Refused(_), Some(_)) => tally.flawed += 1,
            (Answer::Refused(reason), None) => {
                tally.surprise(case, &format!("refuses ours ({reason})"))
            }
            (Answer::Done, Some(flaw)) => {
                tally.surprise(case, &format!("the flaw is gone ({flaw})"))
            }
        }
        match &answers[1] {
            Answer::Done => tally.surprise(case, "accepts a changed document of ours"),
            Answer::Refused(_) if flaw.is_none() => tally.refused += 1,
            Answer::Refused(_) | Answer::Cannot(_) => {}
        }
    }
    tally
}

/// A command of the scripts.
pub(crate) fn command(name: &str, files: &[&PathBuf], case: &Case) -> Vec<String> {
    let files = files.iter().map(|file| file.to_str().unwrap().to_owned());
    std::iter::once(name.to_owned())
        .chain(files)
        .chain(case.options())
        .collect()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// The signed document with one more attribute in the part, which is covered in every form.
pub(crate) fn changed(case: &Case, signed: &[u8]) -> Vec<u8> {
    let document = Document::parse(signed, &Limits::default()).unwrap();
    let part = case.part(&document);
    let colon = usize::from(!part.prefix().is_empty());
    let name = part.prefix().len() + colon + part.local().len();
    let (before, after) = signed.split_at(part.span().start as usize + 1 + name);
    [before, b" changed=\"1\"", after].concat()
}

fn print(halves: &BTreeMap<Peer, [Tally; 2]>, cases: usize) {
    println!(
        "{cases} cases: signatures that hold / refused for a flaw of the peer's / not possible there, and changed ones refused"
    );
    println!(
        "{:14} {:>28} {:>28}",
        "", "they sign, we verify", "we sign, they verify"
    );
    for (peer, tallies) in halves {
        let [theirs, ours] = tallies.each_ref().map(|half| {
            format!(
                "{} / {} / {}, {}",
                half.accepted, half.flawed, half.cannot, half.refused
            )
        });
        println!("{peer:14} {theirs:>28} {ours:>28}");
    }
}
