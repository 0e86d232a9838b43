// SPDX-License-Identifier: Apache-2.0
//! `silta describe`: what a component can do and what it asks for.

mod report;
mod schema;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use silta::{ComponentBytes, DeployStep, Deployment, Error, Rejection, describe::Description};
use silta_config::Config;

use super::Completion;
use crate::{
    configuration_file::ConfigurationFile,
    failure::{Failure, Places},
    host,
    output::{print, print_json},
};

/// Arguments of `silta describe`.
#[derive(Debug, Args)]
pub(crate) struct DescribeArguments {
    /// Agency, such as `tulli`.
    agency: String,
    #[command(flatten)]
    config: ConfigurationFile,
    /// Describe the component in this file, in place of the one that the configuration names, or of the one that comes with the program.
    #[arg(long, value_name = "FILE", conflicts_with = "named")]
    component: Option<PathBuf>,
    /// Show everything as JSON, schemas included.
    #[arg(long)]
    json: bool,
}

impl DescribeArguments {
    pub(crate) fn json(&self) -> bool {
        self.json
    }
}

/// Lets the component describe itself, and shows it.
pub(crate) fn run(arguments: &DescribeArguments) -> Result<Completion, Failure> {
    let config = configuration(arguments)?;
    let deployment = Deployment::from_bytes(component(arguments, config.as_ref())?);
    let description = host::runtime(None, 1)?
        .describe(deployment)
        .and_then(|description| of_the_agency(description, &arguments.agency))
        .map_err(|error| {
            let error = with_agency(error, &arguments.agency);
            let file = config.as_ref().map(|(file, _)| file.as_path());
            explain(error, arguments, file)
        })?;
    if arguments.json {
        print_json(&as_json(&description)?)?;
    } else {
        print(&report::as_text(&description))?;
    }
    Ok(Completion::Done)
}

/// The configuration that says which component to describe, and where it lies: the one on the command line, or another one that knows the agency.
fn configuration(arguments: &DescribeArguments) -> Result<Option<(PathBuf, Config)>, Failure> {
    if arguments.component.is_some() {
        return Ok(None);
    }
    let Some(file) = arguments.config.named()? else {
        return Ok(None);
    };
    if arguments.config.is_named() {
        let config = host::configuration(&file, &arguments.agency)?;
        return Ok(Some((file, config)));
    }
    let config = Config::read(&file)?;
    let is_known = config.agencies().any(|known| known == arguments.agency);
    Ok(is_known.then_some((file, config)))
}

fn component(
    arguments: &DescribeArguments,
    config: Option<&(PathBuf, Config)>,
) -> Result<ComponentBytes, Failure> {
    let agency = arguments.agency.as_str();
    if let Some(path) = &arguments.component {
        return host::read_component(path).map(ComponentBytes::from);
    }
    if let Some((file, config)) = config {
        return host::component(file, config, agency);
    }
    host::builtin_component(agency)
}

fn of_the_agency(description: Description, agency: &str) -> Result<Description, Error> {
    if description.agency == agency {
        return Ok(description);
    }
    Err(Error::Rejected {
        agency: agency.to_owned(),
        step: DeployStep::Described,
        reason: Rejection::OtherAgency(description.agency),
    })
}

/// Says where a component that cannot be described comes from.
fn explain(error: Error, arguments: &DescribeArguments, config: Option<&Path>) -> Failure {
    match (config, &arguments.component) {
        (Some(config), _) => Places::of_configuration(config, &arguments.agency).explain(error),
        (None, Some(component)) => Failure::from(error).in_file(component),
        (None, None) => error.into(),
    }
}

/// Names the agency in an error of a component that was not in service for any.
fn with_agency(error: Error, agency: &str) -> Error {
    match error {
        Error::Rejected { step, reason, .. } => Error::Rejected {
            agency: agency.to_owned(),
            step,
            reason,
        },
        other => other,
    }
}

/// The description as the library writes it, with schemas as JSON instead of text.
fn as_json(description: &Description) -> Result<Value, Failure> {
    let title = |(language, text): &(String, String)| json!({"language": language, "text": text});
    let mut value = serde_json::to_value(description).map_err(|error| {
        Failure::internal(
            "output.json",
            &format!("the description is not JSON: {error}"),
        )
    })?;
    if let Some(members) = value.as_object_mut() {
        let titles = description.titles.iter().map(title).collect();
        members.insert("titles".to_owned(), titles);
        let settings = schema::read(&description.settings_schema);
        members.insert("settingsSchema".to_owned(), settings);
    }
    let operations = value.get_mut("operations").and_then(Value::as_array_mut);
    for operation in operations.into_iter().flatten() {
        if let Some(parameters) = operation.get_mut("parameters") {
            *parameters = schema::read(parameters.as_str().unwrap_or_default());
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_json_and_not_text() {
        let description = Description {
            titles: vec![("en".into(), "Customs".into())],
            settings_schema: r#"{"type": "object"}"#.into(),
            ..Description::default()
        };
        let json = as_json(&description).unwrap();
        assert_eq!(json["settingsSchema"]["type"], "object");
        assert_eq!(json["titles"][0]["language"], "en");
    }
}
