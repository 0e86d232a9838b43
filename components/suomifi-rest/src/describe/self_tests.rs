// SPDX-License-Identifier: Apache-2.0

use agency_guest::{
    describe::{SelfTests, any_request, build, outcome, parse, problem},
    exports::descriptor::SelfTest,
};

const SETTINGS: &str = r#"{
    "url": "https://messages.example", "username": "tester", "service-id": "service-1",
    "paper": {"posti-username": "123456", "contact-email": "letters@authority.example"}
}"#;

/// What must come out at each deployment.
pub(super) fn all() -> Vec<SelfTest> {
    SelfTests::new(SETTINGS)
        .test(
            "a message is built",
            build(
                "send-electronic",
                r#"{"recipient": "010190-900P", "title": "t", "body": "b"}"#,
                b"",
            ),
            any_request(),
        )
        .test(
            "a message to nobody is refused",
            build(
                "send-electronic",
                r#"{"recipient": "010190-900Q", "title": "t", "body": "b"}"#,
                b"",
            ),
            problem("parameter.invalid"),
        )
        .test(
            "an external id has no identity code in it",
            build(
                "send-electronic",
                r#"{"externalId": "010190-900P", "recipient": "010190-900P", "title": "t", "body": "b"}"#,
                b"",
            ),
            problem("parameter.invalid"),
        )
        .test(
            "an answer is built",
            build(
                "reply",
                r#"{"inReplyToMessageId": "4294967297", "recipient": "2574261-7", "title": "t", "body": "b"}"#,
                b"",
            ),
            any_request(),
        )
        .test(
            "an answer to nothing is refused",
            build("reply", r#"{"recipient": "2574261-7", "title": "t", "body": "b"}"#, b""),
            problem("parameter.missing"),
        )
        .test(
            "a letter to a country that does not exist is refused",
            build(
                "send-paper",
                r#"{"paper": {"recipient": {"name": "n", "streetAddress": "s", "zipCode": "z", "city": "c", "countryCode": "FIN"},
                    "sender": {"name": "n", "streetAddress": "s", "zipCode": "z", "city": "c", "countryCode": "FI"}}}"#,
                b"",
            ),
            problem("parameter.invalid"),
        )
        .test(
            "a letter without a file is refused",
            build(
                "send-paper",
                r#"{"paper": {"recipient": {"name": "n", "streetAddress": "s", "zipCode": "z", "city": "c", "countryCode": "FI"},
                    "sender": {"name": "n", "streetAddress": "s", "zipCode": "z", "city": "c", "countryCode": "FI"}}}"#,
                b"",
            ),
            problem("attachment.not-named"),
        )
        .test("events are asked for", build("poll-events", "{}", b""), any_request())
        .test(
            "an empty page is understood",
            parse("poll-events", r#"{"continuationToken": "t", "events": []}"#),
            outcome("http-200"),
        )
        .test(
            "a page with an event that cannot be read is understood",
            parse(
                "poll-events",
                r#"{"continuationToken": "t", "events": [null, {"type": "New", "metadata": {"messageId": 1}}]}"#,
            ),
            outcome("http-200"),
        )
        .test(
            "a page of a proxy is no page of events",
            parse("poll-events", "<html>"),
            outcome("http-200"),
        )
        .test(
            "a message of a citizen is asked for",
            build("fetch-message", r#"{"messageId": 9223372036854775807}"#, b""),
            any_request(),
        )
        .test(
            "a token is obtained",
            parse("token", r#"{"access_token": "a.b.c", "expires_in": 3600, "token_type": "Bearer"}"#),
            outcome("http-200"),
        )
        .test(
            "mailboxes are asked about",
            build("active-mailboxes", r#"{"endUsers": ["010190-900P", "2574261-7"]}"#, b""),
            any_request(),
        )
        .into_tests()
}
