// SPDX-License-Identifier: Apache-2.0
//! Which versions of the contract have hosts that take a component, and why the others do not.

use std::{collections::BTreeSet, fmt, sync::OnceLock};

use semver::Version;
use wit_parser::{Resolve, SourceMap};

use crate::{
    shape::{Change, FUNCTION, Shape, Side, VERSION},
    text::{CONTRACT, ContractFile, PUBLISHED},
};

/// A host of one version of the contract.
#[derive(Debug)]
pub struct Host {
    version: Version,
    files: &'static [ContractFile],
    /// All that it offers, and all that it asks for.
    shape: Shape,
}

/// Whether a host takes a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taking {
    /// It does.
    Taken,
    /// It does not: these are in the way.
    Refused(Vec<Obstacle>),
}

/// What is in the way of a component: a place at which the host's contract, the old side, is another one than the component's, the new side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle(pub Change);

impl Host {
    /// That of this program; `None` only where the text of the contract were none.
    pub fn own() -> Option<&'static Self> {
        static OWN: OnceLock<Option<Host>> = OnceLock::new();
        OWN.get_or_init(|| Self::of(&CONTRACT)).as_ref()
    }

    /// One for each published version, in order, and one of this program's where that is not published yet.
    pub fn all() -> &'static [Self] {
        static ALL: OnceLock<Vec<Host>> = OnceLock::new();
        ALL.get_or_init(|| {
            let published = PUBLISHED.iter().map(|files| files.as_slice());
            let mut hosts: Vec<Self> = published.filter_map(Self::of).collect();
            if let Some(own) = Self::of(&CONTRACT)
                && !hosts.iter().any(|host| host.version == own.version)
            {
                hosts.push(own);
            }
            hosts.sort_by(|one, other| one.version.cmp(&other.version));
            hosts
        })
    }

    /// The one of a version, such as `0.1.0`.
    pub fn of_version(version: &str) -> Option<&'static Self> {
        let version: Version = version.parse().ok()?;
        Self::all().iter().find(|host| host.version == version)
    }

    /// A host of the contract with this text; `None` where it is none.
    pub fn of(files: &'static [ContractFile]) -> Option<Self> {
        let (version, shape) = read(files.iter().map(|file| (file.name, file.text)))?;
        Some(Self {
            version,
            files,
            shape,
        })
    }

    /// Its version of the contract.
    pub fn version(&self) -> String {
        self.version.to_string()
    }

    /// The text of its contract.
    pub fn files(&self) -> &'static [ContractFile] {
        self.files
    }

    /// Whether it takes a component: it offers all that the component imports and finds all that it asks for, each with types of the same structure, in versions that go together. What types and
    /// parameters are called is nothing to it.
    pub fn takes(&self, component: &Shape) -> Taking {
        let unlike = self.unlike(component);
        let changes = component.differences_from(&self.shape).into_iter();
        let obstacles = changes.filter(|change| {
            let is_to_tell = change.item == VERSION || !unlike.is_empty();
            is_to_tell && self.is_obstacle(change, component)
        });
        let mut obstacles: Vec<Obstacle> = obstacles.map(Obstacle).collect();
        if obstacles.is_empty() {
            obstacles.extend(unlike.into_iter().map(Obstacle));
        }
        match obstacles.is_empty() {
            true => Taking::Taken,
            false => Taking::Refused(obstacles),
        }
    }

    /// Functions and resources that the component has to share with the host, and that are not of one structure in both.
    fn unlike(&self, component: &Shape) -> Vec<Change> {
        let imported = component.bound(Side::Import);
        let exported = self.shape.bound(Side::Export);
        let shared = imported
            .map(|it| (Side::Import, it))
            .chain(exported.map(|it| (Side::Export, it)));
        let unlike = shared.filter_map(|(side, (interface, item))| {
            let structure = |shape: &Shape| shape.structure(side, interface, item);
            let (own, its) = (structure(&self.shape), structure(component));
            (own != its).then(|| Change {
                side,
                interface: interface.to_owned(),
                item: item.to_owned(),
                field: String::new(),
                old: own.map(|_| "other types".into()),
                new: its.map(|_| "types of its own".into()),
            })
        });
        unlike.collect()
    }

    fn is_obstacle(&self, change: &Change, component: &Shape) -> bool {
        if let (VERSION, Some(own), Some(its)) = (change.item.as_str(), &change.old, &change.new) {
            return !go_together(own, its);
        }
        let structure =
            |shape: &Shape| shape.structure(change.side, &change.interface, &change.item);
        // Its parts, or what they are of, have other names only.
        if change.item != VERSION
            && let Some(own) = structure(&self.shape)
            && structure(component) == Some(own)
        {
            return false;
        }
        let whole = |shape: &Shape| shape.has(change.side, &change.interface, &change.item);
        match change.side {
            // What it does not use, it need not know.
            Side::Import => whole(component),
            // What it has beyond that, the host does not call; types are looked at where a function has them.
            Side::Export => {
                let is_called = change.item == VERSION || change.item.starts_with(FUNCTION);
                whole(&self.shape) && (is_called || whole(component))
            }
        }
    }
}

/// Version and shape of a contract.
fn read<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Option<(Version, Shape)> {
    let mut texts = SourceMap::default();
    for (name, text) in files {
        texts.push_str(name, text);
    }
    let group = texts.parse().ok()?;
    let mut resolve = Resolve::default();
    let package = resolve.push_group(group).ok()?;
    let version = resolve.packages.get(package)?.name.version.clone()?;
    let version = version.to_string().parse().ok()?;
    let world = resolve.select_world(&[package], Some("agency")).ok()?;
    Some((version, Shape::of_world(&resolve, world)?))
}

/// Whether components of one version of the contract are promised to run with the other, as engines match interfaces: the leftmost number that is not 0 is the same. What comes before a release goes with
/// itself alone.
pub fn go_together(one: &str, other: &str) -> bool {
    let released = |version: &str| {
        let version: Version = version.parse().ok()?;
        version.pre.is_empty().then_some(version)
    };
    let breaking = |version: &Version| match (version.major, version.minor) {
        (0, 0) => (0, 0, version.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    };
    match (released(one), released(other)) {
        (Some(one), Some(other)) => breaking(&one) == breaking(&other),
        _ => one == other,
    }
}

impl Taking {
    /// Whether it does.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Taken)
    }

    /// For people: why a host refuses a component, place by place, and then what to do; nothing of one that it takes.
    pub fn reasons(&self, host: &Host) -> Vec<String> {
        let Self::Refused(obstacles) = self else {
            return Vec::new();
        };
        let (foreign, others): (Vec<_>, Vec<_>) =
            obstacles.iter().partition(|obstacle| obstacle.is_foreign());
        let mut lines: Vec<String> = others.iter().map(|it| it.to_string()).collect();
        if !others.is_empty() {
            let version = host.version();
            lines.push(format!(
                "build it anew against {version}, whose text `silta component wit --contract {version}` writes"
            ));
        }
        let foreign = foreign.iter().map(|it| it.0.interface.as_str());
        let foreign: BTreeSet<&str> = foreign.collect();
        if !foreign.is_empty() {
            let foreign: Vec<&str> = foreign.into_iter().collect();
            lines.push(format!(
                "it imports {}, and only interfaces of {PACKAGE} may be imported; build it for wasm32-unknown-unknown (not for a wasip target), and leave out what needs files, network, clock or randomness",
                foreign.join(", ")
            ));
        }
        lines
    }

    /// For people, in lines: that a host takes a component; or why not, and what to do.
    pub fn told(&self, host: &Host) -> String {
        match self {
            Self::Taken => "is taken".into(),
            Self::Refused(_) => format!("is refused:\n  {}", self.reasons(host).join("\n  ")),
        }
    }
}

/// The package that all interfaces of the contract are of.
const PACKAGE: &str = "silta:agency";

impl Obstacle {
    /// Whether the component imports what no version of the contract has.
    fn is_foreign(&self) -> bool {
        let package = self.0.interface.split('/').next();
        self.0.side == Side::Import && package != Some(PACKAGE)
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |what: &Option<String>| what.clone().unwrap_or_else(|| "nothing".into());
        let (host, component) = (shown(&self.0.old), shown(&self.0.new));
        let place = self.0.place();
        write!(f, "{place}: the host has {host}, the component {component}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_version_is_a_host_and_takes_itself() {
        assert_eq!(
            PUBLISHED.iter().filter_map(|it| Host::of(it)).count(),
            PUBLISHED.len()
        );
        assert!(Host::of(&CONTRACT).is_some());
        for host in Host::all() {
            assert_eq!(host.takes(&host.shape), Taking::Taken, "{}", host.version);
            assert_eq!(
                Host::of_version(&host.version()).map(Host::version),
                Some(host.version())
            );
        }
        assert!(Host::of_version("0.0.0").is_none() && Host::of_version("x").is_none());
    }

    /// The shape of the contract with one passage replaced.
    fn edited(file: &str, passage: &str, replacement: &str) -> Shape {
        let files: Vec<(&str, String)> = CONTRACT
            .iter()
            .map(|it| match it.name == file {
                true => {
                    assert!(it.text.contains(passage), "{file} has no `{passage}`");
                    (it.name, it.text.replace(passage, replacement))
                }
                false => (it.name, it.text.to_owned()),
            })
            .collect();
        let texts = files.iter().map(|(name, text)| (*name, text.as_str()));
        read(texts).unwrap().1
    }

    #[test]
    fn what_is_in_the_way_is_told_by_side_type_and_field() {
        let host = Host::of(&CONTRACT).unwrap();
        let uuid = "    uuid: func() -> string;";
        let more = format!("{uuid}\n    number: func() -> u64;");
        #[rustfmt::skip]
        let rows = [
            // What the host has beyond the component is nothing to it, and the other way round it is missing.
            ("host.wit", uuid, "", ""),
            // What only has another name is nothing to it either: an engine compares what types are made of.
            ("exchange.wit", "validate: func(call: call)", "validate: func(incoming: call)", ""),
            ("host.wit", uuid, "    type text = string;\n    uuid: func() -> text;", ""),
            ("trust.wit", "identify-error", "refusal", ""),
            ("host.wit", uuid, more.as_str(), "import silta:agency/ids: function number: the host has nothing, the component results in u64"),
            ("host.wit", uuid, "    uuid: func() -> u64;", "import silta:agency/ids: function uuid: the host has results in string, the component results in u64"),
            ("types.wit", "seconds: s64", "seconds: u64", "import silta:agency/types: record instant, seconds: the host has s64, the component u64"),
            ("exchange.wit", "validate: func(call: call)", "validate: func(call: call, again: bool)", "export silta:agency/notification: function validate, parameter 2 again: the host has nothing, the component bool"),
            ("world.wit", "    export notification;", "", "export silta:agency/notification: version: the host has 0.1.0, the component nothing"),
            ("world.wit", "    export notification;", "    export notification;\n    export clock;", ""),
            ("world.wit", "@0.1.0;", "@0.1.7;", ""),
            ("world.wit", "@0.1.0;", "@0.2.0;", "import silta:agency/blobs: version: the host has 0.1.0, the component 0.2.0"),
        ];
        for (file, passage, replacement, expected) in rows {
            let taking = host.takes(&edited(file, passage, replacement));
            let told = taking.told(&host);
            match expected {
                "" => assert_eq!(taking, Taking::Taken, "{file}: {replacement}"),
                expected => assert!(told.contains(expected), "{expected}: {told}"),
            }
        }
    }

    #[test]
    fn what_no_contract_has_is_told_with_another_remedy() {
        let host = Host::of(&CONTRACT).unwrap();
        let told = |interface: &str| {
            let change = Change {
                side: Side::Import,
                interface: interface.into(),
                item: VERSION.into(),
                field: String::new(),
                old: None,
                new: Some("0.2.0".into()),
            };
            Taking::Refused(vec![Obstacle(change)]).told(&host)
        };
        let foreign = told("wasi:cli/environment");
        assert!(
            foreign.contains("imports wasi:cli/environment, and only"),
            "{foreign}"
        );
        assert!(!foreign.contains("anew against"), "{foreign}");
        assert!(told("silta:agency/other").contains("anew against"));
    }

    #[test]
    fn versions_go_together_as_engines_match_them() {
        assert!(go_together("0.1.0", "0.1.9") && go_together("1.2.0", "1.9.1"));
        assert!(go_together("0.1.0-rc.1", "0.1.0-rc.1"));
        assert!(go_together("none", "none") && !go_together("none", "0.1.0"));
        for (one, other) in [
            ("0.1.0-rc.1", "0.1.0"),
            ("0.1.0", "0.2.0"),
            ("0.0.1", "0.0.2"),
            ("1.0.0", "2.0.0"),
        ] {
            assert!(!go_together(one, other));
        }
    }
}
