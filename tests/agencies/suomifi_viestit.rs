// SPDX-License-Identifier: Apache-2.0
//! The return channel of Suomi.fi: the cases in `data/suomifi-viestit`, and what a file cannot say.

mod answers;
mod many;
mod outcomes;
mod privacy;
mod signing;

use serde::Deserialize;
use serde_json::{Map, Value};
use silta::{Agency, Error};
use xml_testkit::pem;

use super::{
    case::{self, Case, Exercise},
    cases::{Cases, hold},
    events::Kinds,
    golden,
    people::people,
};
use crate::support::{
    host::{Borrowed, host},
    recording::Taped,
    surroundings::Surroundings,
};
use signing::{Signing, signers};

#[test]
fn every_case_comes_out_as_it_should() {
    let viestit = Viestit::new();
    let kinds = Kinds::of(&viestit.plain(&Map::new()).description().unwrap());
    hold(&cases(), 200, |case, body| {
        let body = signing::prepared(case, body);
        case::run(&viestit, &kinds, case, body.as_deref())
    });
    kinds.check_all_seen();
}

#[test]
fn the_schema_of_the_settings_agrees_with_the_component() {
    let description = Viestit::new().plain(&Map::new()).description().unwrap();
    let schema: Value = serde_json::from_str(&description.settings_schema).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let (mut taken, mut refused) = (0, 0);
    for (name, (case, _)) in cases() {
        let (settings, problem) = match &case.exercise {
            Exercise::Deploy { settings, problem } => (settings, problem.as_ref()),
            Exercise::Validate { settings, .. } => (settings, None),
            _ => continue,
        };
        let is_valid = validator.is_valid(&Value::from(settings.clone()));
        match problem.map(|problem| problem.code.as_str()) {
            None => {
                assert!(
                    is_valid,
                    "{name}: the schema refuses what the component takes"
                );
                taken += 1;
            }
            Some("setting.unknown") => {
                assert!(
                    !is_valid,
                    "{name}: the schema takes what the component refuses"
                );
                refused += 1;
            }
            // Paths and the like are beyond a schema.
            Some(_) => {}
        }
    }
    assert!(
        taken > 150 && refused > 0,
        "{taken} were taken and {refused} refused"
    );
    let defaults = schema["properties"].as_object().unwrap();
    let is_told =
        |setting: &Value| setting.get("default").is_some() && setting.get("description").is_some();
    for (name, setting) in defaults {
        assert!(is_told(setting), "{name} has no default or no description");
    }
}

/// A runtime that the component is deployed into.
struct Viestit(Borrowed);

impl Viestit {
    fn new() -> Self {
        Self(host())
    }

    /// With everybody trusted who should be.
    fn plain(&self, settings: &Map<String, Value>) -> Agency {
        let extra = serde_json::from_str("{}").unwrap();
        case::Agency::deploy(self, settings, &extra).unwrap()
    }
}

/// What cases of the return channel have of their own.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Extra {
    /// How the call is signed before it is sent; null: not at all.
    #[serde(default = "usual_signing")]
    signed: Option<Signing>,
    soap_action: Option<String>,
    /// Which anchor sets are configured.
    #[serde(default = "both_sets")]
    trusts: Vec<String>,
    /// Whether the host lets signatures with SHA-1 count.
    #[serde(default)]
    sha1_switched_on: bool,
}

fn usual_signing() -> Option<Signing> {
    Some(Signing::default())
}

fn both_sets() -> Vec<String> {
    vec!["suomifi-signers".into(), "suomifi-callers".into()]
}

impl case::Agency for Viestit {
    type Extra = Extra;
    const EXTRA: &'static [&'static str] = &["signed", "soapAction", "trusts", "sha1SwitchedOn"];
    const MEMO: &'static str = "";
    const TARGET: &'static str = "/suomifi-viestit/ViranomaisPaluukanava";
    const CONTENT_TYPE: &'static str = "text/xml; charset=utf-8";
    const CALLER: &'static str = "suomifi";

    fn deploy(&self, settings: &Map<String, Value>, extra: &Extra) -> Result<Agency, Error> {
        let trusts = |set: &str| extra.trusts.iter().any(|trusted| trusted == set);
        let mut surroundings = Surroundings {
            settings: settings.clone(),
            sha1: extra.sha1_switched_on,
            ..Surroundings::default()
        };
        if trusts("suomifi-callers") {
            surroundings.anchors = people().anchors(&["suomifi-callers"]);
        }
        if trusts("suomifi-signers") {
            let set = || "suomifi-signers".to_owned();
            let anchor = pem("CERTIFICATE", &signers().authority.certificate);
            surroundings.anchors.insert(set(), anchor);
            let pins = pem("CERTIFICATE", &signers().pinned);
            surroundings.pins.insert(set(), pins);
        }
        self.0.deploy(artifacts::SUOMIFI_VIESTIT, surroundings)
    }

    fn headers(extra: &Extra) -> Vec<(String, String)> {
        let action = extra.soap_action.iter();
        let header = action.map(|value| ("soapaction".into(), value.clone()));
        header.collect()
    }
}

/// Runs a case, for its recording.
pub(super) fn perform(name: &str) -> Vec<Taped> {
    let viestit = Viestit::new();
    let (case, body) = cases().remove(name).unwrap();
    let body = signing::prepared(&case, body.as_deref());
    golden::tape(&viestit.0, || case::perform(&viestit, &(case, body)))
}

/// All of them.
fn cases() -> Cases<Case<Extra>> {
    case::load::<Viestit>("suomifi-viestit", "call.xml", "call.xml")
}
