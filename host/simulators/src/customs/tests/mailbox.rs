// SPDX-License-Identifier: Apache-2.0
//! DownloadList, Download, CheckConnectivity: what they check, and what they remember.

use std::time::{Duration, Instant};

use super::super::{CustomsSimulator, DepositError, Finding, Reply, Verdict};
use super::client::{Reply as Answer, upload};
use super::message::{download, echo, list, list_by, list_last_hour, request};
use super::{BUILDER, INTERMEDIARY, setup, world};
use crate::Simulator;

/// A Customs that may be asked for lists at any time.
fn customs() -> CustomsSimulator {
    let mut setup = setup();
    setup.list_interval = Duration::ZERO;
    CustomsSimulator::start(setup).unwrap()
}

fn post(customs: &CustomsSimulator, soap: &str) -> Answer {
    upload(customs, &world().intermediary, soap)
}

fn reply(reference: &str) -> Reply {
    Reply {
        reference: Some(reference.to_owned()),
        ..Reply::new(INTERMEDIARY, "<r/>")
    }
}

#[test]
fn lists_hold_what_was_stored_in_the_window() {
    let customs = customs();
    let before = jiff::Timestamp::now();
    let first = customs.deposit(reply("ONE")).unwrap();
    std::thread::sleep(Duration::from_millis(5));
    let between = jiff::Timestamp::now();
    std::thread::sleep(Duration::from_millis(5));
    let second = customs.deposit(reply("TWO")).unwrap();
    let after = jiff::Timestamp::now();
    assert_ne!(first, second);
    let listed = |start: &jiff::Timestamp, end: &jiff::Timestamp| {
        let answer = post(&customs, &list(&start.to_string(), &end.to_string()));
        assert_eq!(answer.code(), "000");
        answer.texts("MessageStorageId")
    };
    assert_eq!(listed(&before, &after), [first.clone(), second.clone()]);
    assert_eq!(listed(&before, &between), [first]);
    assert_eq!(listed(&between, &after), [second]);
    assert_eq!(listed(&before, &before), Vec::<String>::new());

    let record = customs.received().pop().unwrap();
    assert_eq!(record.verdict, Verdict::Accepted);
    assert_eq!(record.operation.as_deref(), Some("DownloadListRequest"));
    assert_eq!(record.listed, Some(0));
    let names: Vec<_> = record.checks.iter().map(|check| check.name).collect();
    assert_eq!(
        names[7..],
        [
            "soap-envelope",
            "operation",
            "request-header",
            "connection-identity",
            "search-criteria",
            "search-window",
            "list-interval",
        ]
    );
}

#[test]
fn lists_say_what_a_message_is_and_echo_the_criteria() {
    let customs = customs();
    let message = Reply {
        declarant: Some("1000002-0".to_owned()),
        builder: Some(BUILDER.to_owned()),
        application: Some("A & B".to_owned()),
        ..reply("REF-1")
    };
    customs.deposit(message).unwrap();
    let answer = post(&customs, &list_last_hour());
    for (name, value) in [
        ("DeclarantBusinessId", "1000002-0"),
        ("MessageBuilderBusinessId", BUILDER),
        ("Application", "A & B"),
        ("Reference", "REF-1"),
        ("MessageStatus", "WAITING"),
        ("ContentFormat", "application/xml"),
    ] {
        assert_eq!(answer.texts(name), [value]);
    }
    let start = &answer.texts("StartTimestamp")[0];
    assert!(start.parse::<jiff::Timestamp>().unwrap() < jiff::Timestamp::now());
    assert_eq!(answer.texts("EndTimestamp").len(), 1);
}

#[test]
fn windows_in_days_include_today() {
    let customs = customs();
    customs.deposit(reply("ONE")).unwrap();
    let days = |start: &str, end: &str| {
        list_by(&format!(
            "<t:StartDate>{start}</t:StartDate><t:EndDate>{end}</t:EndDate>"
        ))
    };
    let today = jiff::Timestamp::now()
        .to_zoned(crate::finland::time_zone())
        .date();
    let (yesterday, tomorrow) = (today.yesterday().unwrap(), today.tomorrow().unwrap());
    let answer = post(&customs, &days(&yesterday.to_string(), &today.to_string()));
    assert_eq!(answer.texts("Reference"), ["ONE"]);
    let answer = post(
        &customs,
        &days(&yesterday.to_string(), &yesterday.to_string()),
    );
    assert_eq!(answer.texts("Reference"), Vec::<String>::new());
    let answer = post(&customs, &days(&today.to_string(), &tomorrow.to_string()));
    assert_eq!(answer.code(), "457");
}

#[test]
fn wrong_windows_are_refused() {
    let customs = customs();
    let now = jiff::Timestamp::now();
    let at = |minutes: i64| (now + jiff::SignedDuration::from_mins(minutes)).to_string();
    let timestamp = "<t:StartTimestamp>2026-01-01T00:00:00Z</t:StartTimestamp>";
    #[rustfmt::skip]
    let rows = [
        (list(&at(0), &at(-1)), "search-window"),
        (list(&at(-1), &at(3)), "search-window"),
        (list("2026-01-01T00:00", &at(0)), "search-criteria"),
        (list_by(""), "search-criteria"),
        (list_by(timestamp), "search-criteria"),
        (list_by(&format!("{timestamp}<t:EndDate>2026-01-01</t:EndDate>")), "search-criteria"),
        (list_by("<t:StartDate>2026-01-02</t:StartDate><t:EndDate>2026-13-02</t:EndDate>"), "search-criteria"),
        (
            list(&at(-1), &at(0)).replace(
                "</t:DownloadMessageListFilteringCriteria>",
                "<t:Reference>X</t:Reference></t:DownloadMessageListFilteringCriteria>",
            ),
            "search-criteria",
        ),
    ];
    for (soap, check) in rows {
        let answer = post(&customs, &soap);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (200, "457"),
            "{soap}"
        );
        let record = customs.received().pop().unwrap();
        assert_eq!(record.verdict, Verdict::Refused(Finding::Criteria));
        assert!(!record.passed(check), "{soap}");
        assert_eq!(record.passed("search-criteria"), check == "search-window");
    }
    // Clocks may differ a little.
    let in_a_moment = (now + jiff::SignedDuration::from_secs(30)).to_string();
    assert_eq!(post(&customs, &list(&at(-1), &in_a_moment)).code(), "000");
}

#[test]
fn filters_apply_where_they_are_set_up() {
    let mut setup = setup();
    setup.list_interval = Duration::ZERO;
    setup.wire.list_filters = vec!["Application".to_owned(), "Reference".to_owned()];
    let customs = CustomsSimulator::start(setup).unwrap();
    for reference in ["ONE", "TWO"] {
        customs.deposit(reply(reference)).unwrap();
    }
    let filtered = |filter: &str| {
        let end = "</t:DownloadMessageListFilteringCriteria>";
        post(
            &customs,
            &list_last_hour().replace(end, &format!("{filter}{end}")),
        )
    };
    let answer = filtered("<t:Reference>TWO</t:Reference>");
    assert_eq!(answer.texts("MessageStorageId").len(), 1);
    let answer = filtered("<t:Application>NONE</t:Application><t:Reference>TWO</t:Reference>");
    assert_eq!(answer.code(), "000");
    assert_eq!(answer.texts("MessageStorageId").len(), 0);
}

#[test]
fn lists_keep_their_distance() {
    let keeping = |interval| {
        let mut setup = setup();
        setup.list_interval = interval;
        CustomsSimulator::start(setup).unwrap()
    };
    let customs = keeping(Duration::from_secs(3_600));
    assert_eq!(post(&customs, &list_last_hour()).code(), "000");
    let answer = post(&customs, &list_last_hour());
    assert_eq!((answer.status, answer.code().as_str()), (200, "474"));
    let record = customs.received().pop().unwrap();
    assert_eq!(record.verdict, Verdict::Refused(Finding::TooFrequent));
    // Another customer has a distance of his own.
    let other = world().client_authority.issue_to(BUILDER);
    let soap = list_last_hour().replace(INTERMEDIARY, BUILDER);
    assert_eq!(upload(&customs, &other, &soap).code(), "000");
    // Those refused do not count, so the wait is from the first, however often it is asked meanwhile.
    let interval = Duration::from_secs(2);
    let customs = keeping(interval);
    let started = Instant::now();
    let mut codes = vec![post(&customs, &list_last_hour()).code()];
    while codes.len() == 1 || codes.last().unwrap() == "474" {
        assert!(started.elapsed() < Duration::from_secs(60));
        codes.push(post(&customs, &list_last_hour()).code());
    }
    assert_eq!(
        codes.first().zip(codes.last()),
        Some((&"000".into(), &"000".into()))
    );
    assert!(started.elapsed() >= interval);
}

#[test]
fn the_distance_is_five_minutes_unless_told_otherwise() {
    assert_eq!(setup().list_interval, Duration::from_secs(300));
}

#[test]
fn messages_are_fetched_by_their_owner_only() {
    let customs = customs();
    let own = customs.deposit(reply("OWN")).unwrap();
    let others = customs.deposit(Reply::new(BUILDER, "<r/>")).unwrap();
    assert_eq!(post(&customs, &download(&own)).code(), "000");
    for storage_id in [others.as_str(), "{00000000-0000-0000-0000-000000000000}"] {
        let answer = post(&customs, &download(storage_id));
        assert_eq!((answer.status, answer.code().as_str()), (200, "458"));
        let record = customs.received().pop().unwrap();
        assert_eq!(record.verdict, Verdict::Refused(Finding::UnknownMessage));
        assert_eq!(record.storage_id.as_deref(), Some(storage_id));
    }
    let without = download(&own).replace("MessageStorageId", "StorageId");
    assert_eq!(post(&customs, &without).code(), "457");
    assert_eq!(post(&customs, &download("")).code(), "457");
    let listed = post(&customs, &list_last_hour()).texts("MessageStorageId");
    assert_eq!(listed, [own]);
}

#[test]
fn fetched_messages_stay_and_are_marked_or_go_as_set_up() {
    for (remove, status, again) in [(false, vec!["DOWNLOADED"], "000"), (true, vec![], "458")] {
        let mut setup = setup();
        setup.list_interval = Duration::ZERO;
        setup.remove_downloaded = remove;
        let customs = CustomsSimulator::start(setup).unwrap();
        let storage_id = customs.deposit(reply("ONE")).unwrap();
        assert_eq!(post(&customs, &download(&storage_id)).code(), "000");
        let listed = post(&customs, &list_last_hour());
        assert_eq!(listed.texts("MessageStatus"), status);
        assert_eq!(post(&customs, &download(&storage_id)).code(), again);
    }
}

#[test]
fn delayed_messages_are_not_there_yet() {
    let customs = customs();
    let mut late = reply("LATE");
    late.delay = Duration::from_secs(1);
    let started = Instant::now();
    let storage_id = customs.deposit(late).unwrap();
    while post(&customs, &download(&storage_id)).code() == "458" {
        assert!(started.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[test]
fn nobody_has_no_mailbox() {
    let refused = customs().deposit(Reply::new("1234567-2", "<r/>"));
    assert!(matches!(refused, Err(DepositError::Recipient)));
}

#[test]
fn echoes_are_exact() {
    let customs = customs();
    let answer = post(&customs, &echo(" ä &lt;&amp;&gt; \u{1F600} "));
    assert_eq!(answer.code(), "000");
    assert_eq!(answer.texts("EchoContent"), [" ä <&> \u{1F600} "]);
    assert_eq!(post(&customs, &echo("")).texts("EchoContent"), [""]);
    assert!(customs.received()[0].passed("echo-content"));
    assert_eq!(post(&customs, &echo("<t:x/>")).code(), "457");
    assert_eq!(
        post(&customs, &request("CheckConnectivityRequest", "")).code(),
        "451"
    );
}

#[test]
fn every_operation_checks_who_asks() {
    let customs = customs();
    let stranger = world().client_authority.issue_to(BUILDER);
    for soap in [list_last_hour(), download("{x}"), echo("x")] {
        let answer = upload(&customs, &stranger, &soap);
        assert_eq!(answer.code(), "450");
        let spoilt = soap.replace("2026-01-31T12:00:00+02:00", "yesterday");
        assert_eq!(post(&customs, &spoilt).code(), "451");
    }
}

#[test]
fn records_can_be_taken_out() {
    let customs = customs();
    assert!(customs.take_received(Duration::ZERO).is_empty());
    post(&customs, &echo("x"));
    let taken = customs.take_received(Duration::from_secs(60));
    assert_eq!(taken.len(), 1);
    assert!(customs.received().is_empty());
    let started = Instant::now();
    assert!(customs.take_received(Duration::from_millis(50)).is_empty());
    assert!(started.elapsed() >= Duration::from_millis(50));
}
