use crate::{
    bindings::exports::silta::agency::descriptor,
    describe::{
        Demand, Description, Direction, Exercise, Expectation, Idempotency, ImplementedDocument,
        Operation, RateLimit, SelfTest, Transport,
    },
};

pub(crate) fn description(description: descriptor::Description) -> Description {
    Description {
        agency: description.agency,
        titles: description
            .titles
            .into_iter()
            .map(|title| (title.language, title.text))
            .collect(),
        version: description.version,
        documents: description
            .documents
            .into_iter()
            .map(|document| ImplementedDocument {
                title: document.title,
                version: document.version,
                coverage: document.coverage,
            })
            .collect(),
        operations: description.operations.into_iter().map(operation).collect(),
        key_roles: description
            .key_roles
            .into_iter()
            .map(|role| demand(role.name, role.purpose, role.required))
            .collect(),
        anchor_sets: description
            .anchor_sets
            .into_iter()
            .map(|set| demand(set.name, set.purpose, set.required))
            .collect(),
        secret_roles: description
            .secret_roles
            .into_iter()
            .map(|role| demand(role.name, role.purpose, role.required))
            .collect(),
        settings_schema: description.settings_schema,
        self_tests: description.self_tests.into_iter().map(self_test).collect(),
    }
}

fn operation(operation: descriptor::Operation) -> Operation {
    Operation {
        name: operation.name,
        summary: operation.summary,
        direction: match operation.direction {
            descriptor::Direction::Outbound => Direction::Outbound,
            descriptor::Direction::Inbound => Direction::Inbound,
        },
        parameters: operation.parameters,
        transport: match operation.transport {
            descriptor::Transport::Https => Transport::Https,
            descriptor::Transport::Smtp => Transport::Smtp,
        },
        idempotency: match operation.idempotency {
            descriptor::Idempotency::ReadOnly => Idempotency::ReadOnly,
            descriptor::Idempotency::ByReference => Idempotency::ByReference,
            descriptor::Idempotency::Never => Idempotency::Never,
        },
        timeout_milliseconds: operation.timeout_milliseconds,
        rate_limit: operation.rate_limit.map(|limit| RateLimit {
            calls: limit.calls,
            window_seconds: limit.window_seconds,
        }),
        concurrency: operation.concurrency,
        payload_limit: operation.payload_limit,
        attachment_limit: operation.attachment_limit,
        response_limit: operation.response_limit,
    }
}

fn demand(name: String, purpose: String, required: bool) -> Demand {
    Demand {
        name,
        purpose,
        required,
    }
}

fn self_test(test: descriptor::SelfTest) -> SelfTest {
    let exercise = match test.exercise {
        descriptor::Exercise::Build(build) => Exercise::Build {
            operation: build.operation,
            parameters: build.parameters,
            payload: build.payload,
        },
        descriptor::Exercise::Parse(parse) => Exercise::Parse {
            operation: parse.operation,
            status: parse.status,
            headers: parse
                .headers
                .into_iter()
                .map(|header| (header.name, header.value))
                .collect(),
            body: parse.body,
        },
    };
    let expectation = match test.expectation {
        descriptor::Expectation::Request(digest) => Expectation::Request(digest),
        descriptor::Expectation::Outcome(code) => Expectation::Outcome(code),
        descriptor::Expectation::Problem(code) => Expectation::Problem(code),
    };
    SelfTest {
        name: test.name,
        settings: test.settings,
        exercise,
        expectation,
    }
}
