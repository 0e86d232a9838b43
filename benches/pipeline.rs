// SPDX-License-Identifier: Apache-2.0
//! How many submissions and how many deliveries of the inbox can a gateway do in a second, and how long does one wait?
//!
//! `submit` is a submission with a payload of 1 KiB under an idempotency key, over HTTPS, durable before it is answered, by 16 clients on connections that stay open. `deliver` is an entry of the
//! inbox that is taken out, ten at a time, and acknowledged by a request of its own. Both are times per submission or entry, at saturation, clients on the same machine. Each `floor` is plain SQLite
//! with the same rows, the same settings and as many of them in a transaction as shared one above, by one thread without a queue, by turns with it: without HTTP, TLS, JSON and tokens. What follows is not judged, since
//! it is the disk's: the times of a submission and of a delivery at 100 a second.
//! A submission is checked by the component, which builds it once; no floor has that in it, and `upload` measures it. Left out: sending.
//!
//! Run: `cargo bench -p silta-benches --bench pipeline`

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run has to stop"
)]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group};
use rusqlite::Connection;
use serde_json::{Value, json};
use silta::{Deployment, Runtime, Secrets};
use silta_benches::{PlainSqlite, Turns, payload, shared_since, steadily};
use silta_gateway::{
    Gateway, ListenerPair, ServedAgency,
    platform::{
        NewToken, Permission, PlatformConfig, PlatformLimits, PlatformSetup, PlatformToken,
        TokenLimits,
    },
};
use silta_store::{
    CommitCounts, SqliteSettings, SqliteStore, Store,
    record::{Arrival, Event},
};
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig, TlsProvider},
};

const CLIENTS: u64 = 16;

/// Bytes of a payload.
const SIZE: usize = 1 << 10;

/// Entries that are taken out at once.
const ENTRIES: u64 = 10;

const WARM_UP: Duration = Duration::from_millis(500);

/// For how many seconds submissions and deliveries come at a rate.
const SECONDS: u32 = 2;

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    latency(100);
}

criterion_group!(benches, pipeline);

fn pipeline(criterion: &mut Criterion) {
    let scene = Scene::start();
    let mut group = criterion.benchmark_group("pipeline");
    group
        .sample_size(10)
        .warm_up_time(WARM_UP)
        .measurement_time(Duration::from_secs(2))
        .throughput(Throughput::Elements(1));
    let mut floor = Floor::new(&scene.folder.path().join("submit.db"));
    let mut turns = Turns::default();
    group.bench_function("submit", |bencher| {
        bencher.iter_custom(|times| {
            let before = scene.store.commits();
            let took = scene.by_all(times, |client| scene.submit(client));
            let shared = shared_since(before, &scene.store);
            turns.add(floor.run(times, shared, Rows::submit), times);
            took
        });
    });
    let shared = shared_since(CommitCounts::default(), &scene.store);
    println!("{shared} submissions shared a transaction");
    turns.tell(&mut group, "submit-floor");
    group.warm_up_time(WARM_UP);
    let mut floor = Floor::new(&scene.folder.path().join("deliver.db"));
    let mut turns = Turns::default();
    let before = scene.store.commits();
    group.bench_function("deliver", |bencher| {
        bencher.iter_custom(|times| {
            scene.fill(times);
            floor.run(times, times, Rows::fill);
            let before = scene.store.commits();
            let took = scene.by_all(times.div_ceil(ENTRIES), |client| scene.deliver(client));
            let shared = shared_since(before, &scene.store);
            turns.add(floor.run(times, shared, Rows::deliver), times);
            took
        });
    });
    let shared = shared_since(before, &scene.store);
    println!("{shared} commands of the inbox shared a transaction");
    turns.tell(&mut group, "deliver-floor");
    group.finish();
}

/// The API of a gateway, and its clients, each with a connection of its own.
struct Scene {
    clients: Vec<Agent>,
    url: String,
    token: String,
    store: Arc<SqliteStore>,
    payload: String,
    next: AtomicU64,
    folder: tempfile::TempDir,
    _gateway: Gateway,
    _runtime: Runtime,
}

impl Scene {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("there is room");
        let store = SqliteStore::open(&folder.path().join("store"), SqliteSettings::default());
        let store = Arc::new(store.expect("the store opens"));
        let runtime = Runtime::builder().concurrent_calls(CLIENTS as u32);
        let runtime = runtime.build().expect("there is a sandbox");
        let password = vec![b"Zmlyc3QtcGFzc3dvcmQtMQ==".to_vec()];
        let deployment = Deployment::from_bytes(artifacts::COURIER.bytes)
            .with_settings(r#"{"url": "https://localhost:1", "user": "tester"}"#)
            .with_secrets(Secrets::new().with("password", password));
        let courier = runtime.deploy("courier", deployment);
        let courier = courier.expect("the component is served");
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]);
        let own = own.expect("there is a certificate");
        let certificate = own.cert.pem();
        let token = NewToken::draw().expect("there is a token");
        let config = PlatformConfig {
            address: ([127, 0, 0, 1], 0).into(),
            identity: Some(ListenerPair {
                private_key: own.signing_key.serialize_pem().into(),
                certificates: certificate.clone().into(),
            }),
            tokens: vec![PlatformToken {
                id: "bench".to_owned(),
                sha256: token.sha256(),
                agencies: vec!["*".to_owned()],
                may: [Permission::Submit, Permission::Inbox].into(),
                limits: TokenLimits::default(),
            }],
            limits: PlatformLimits::default(),
        };
        let setup = PlatformSetup {
            config,
            agencies: vec![ServedAgency::new("courier", courier, CLIENTS as u32)],
            store: store.clone(),
            pushed: Vec::new(),
            deployer: None,
        };
        let gateway = Gateway::new().expect("there are threads");
        let listener = gateway.listen_for_platform(setup);
        let port = listener.expect("it listens").address().port();
        Self {
            clients: (0..CLIENTS).map(|_| client(&certificate)).collect(),
            url: format!("https://localhost:{port}"),
            token: format!("Bearer {}", token.reveal()),
            store,
            payload: payload(SIZE / 2)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            next: AtomicU64::new(0),
            folder,
            _gateway: gateway,
            _runtime: runtime,
        }
    }

    /// The time for so many pieces of work by all clients.
    fn by_all(&self, times: u64, work: impl Fn(&Agent) + Sync) -> Duration {
        let left = AtomicU64::new(times);
        let begun = Instant::now();
        thread::scope(|scope| {
            for client in &self.clients {
                let (left, work) = (&left, &work);
                scope.spawn(move || {
                    let one = |left: u64| left.checked_sub(1);
                    while left
                        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one)
                        .is_ok()
                    {
                        work(client);
                    }
                });
            }
        });
        begun.elapsed()
    }

    fn submit(&self, client: &Agent) {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        let part = |name: &str, content: &str| {
            format!(
                "--part\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n"
            )
        };
        let form = part("parameters", r#"{"recipient": "r-1", "subject": "s"}"#)
            + &part("payload", &self.payload);
        let answer = client
            .post(format!(
                "{}/v1/agencies/courier/operations/deliver",
                self.url
            ))
            .header("Authorization", &self.token)
            .header("Idempotency-Key", format!("\"{}\"", key(number)))
            .header("Content-Type", "multipart/form-data; boundary=part")
            .send(form + "--part--\r\n");
        let mut answer = answer.expect("it is answered");
        let body = answer.body_mut().read_to_string().expect("it is whole");
        assert_eq!(answer.status(), 202, "{body}");
    }

    /// Puts entries into the inbox.
    fn fill(&self, times: u64) {
        self.by_all(times, |_| {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            let arrival = Arrival {
                agency: "courier".into(),
                operation: "notify".into(),
                events: vec![Event {
                    kind: "message".into(),
                    data: format!(r#"{{"number": {number}, "text": "a short text"}}"#),
                    deduplication_key: key(number),
                    about: None,
                }],
                ..Arrival::default()
            };
            self.store.commit(&arrival).expect("it is kept");
        });
    }

    /// Takes entries out, and acknowledges each.
    fn deliver(&self, client: &Agent) {
        let answer = client
            .get(format!("{}/v1/inbox?limit={ENTRIES}", self.url))
            .header("Authorization", &self.token)
            .call();
        let mut answer = answer.expect("it is answered");
        let list = answer.body_mut().read_to_string().expect("it is whole");
        let list: Value = serde_json::from_str(&list).expect("it is JSON");
        for taken in list["entries"].as_array().into_iter().flatten() {
            let position = &taken["entry"]["position"];
            let answer = client
                .post(format!("{}/v1/inbox/{position}/ack", self.url))
                .header("Authorization", &self.token)
                .header("Content-Type", "application/json")
                .send(json!({"epoch": taken["lease"]["epoch"]}).to_string());
            assert_eq!(answer.expect("it is answered").status(), 204);
        }
    }
}

fn client(certificate: &str) -> Agent {
    let anchor = Certificate::from_pem(certificate.as_bytes()).expect("it is a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(provider)
        .root_certs(RootCerts::from([anchor]))
        .build();
    let client = Agent::config_builder().tls_config(tls).proxy(None);
    client.http_status_as_error(false).build().into()
}

/// As clients make them: not in order.
fn key(number: u64) -> String {
    format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

const TABLES: &str = "
    CREATE TABLE entry (position INTEGER PRIMARY KEY, agency TEXT, committed INTEGER, bytes INTEGER, acknowledged INTEGER,
        owner TEXT, until INTEGER DEFAULT 0, epoch INTEGER DEFAULT 0, version INTEGER, record TEXT) STRICT;
    CREATE INDEX entry_waiting ON entry (position, until) WHERE acknowledged IS NULL;
    CREATE INDEX entry_acknowledged ON entry (acknowledged, bytes) WHERE acknowledged IS NOT NULL;
    CREATE TABLE body (id INTEGER PRIMARY KEY, size INTEGER, digest BLOB, bytes BLOB) STRICT;
    CREATE TABLE operation (id INTEGER PRIMARY KEY, agency TEXT, lane TEXT, submitted INTEGER, owner TEXT, until INTEGER,
        epoch INTEGER DEFAULT 0, held TEXT, progress INTEGER, ended INTEGER, ending TEXT, version INTEGER, record TEXT) STRICT;
    CREATE INDEX operation_open ON operation (id, until) WHERE ended IS NULL;
    CREATE TABLE submission (client TEXT, key TEXT, digest BLOB, operation INTEGER, PRIMARY KEY (client, key)) STRICT, WITHOUT ROWID;
    CREATE INDEX submission_operation ON submission (operation);";

/// Plain SQLite with the same rows.
struct Floor {
    database: PlainSqlite,
    rows: Rows,
}

impl Floor {
    fn new(path: &Path) -> Self {
        Self {
            database: PlainSqlite::new(path, TABLES).expect("the tables are made"),
            rows: Rows {
                payload: payload(SIZE),
                next: 0,
                handed: 0,
            },
        }
    }

    fn run(&mut self, times: u64, shared: u64, work: Work) -> Duration {
        let rows = &mut self.rows;
        let took = self.database.run(times, shared, |to| work(rows, to));
        took.expect("it is kept")
    }
}

type Work = fn(&mut Rows, &Connection) -> rusqlite::Result<()>;

struct Rows {
    payload: Vec<u8>,
    next: u64,
    handed: u64,
}

impl Rows {
    fn submit(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.next += 1;
        let number = self.next;
        let text = "SELECT operation FROM submission WHERE client = 'bench' AND key = ?1";
        connection.prepare_cached(text)?.exists((key(number),))?;
        let text = "INSERT INTO body (id, size, digest, bytes) VALUES (?1, 1024, ?2, ?3)";
        connection
            .prepare_cached(text)?
            .execute((number, [7; 32], &self.payload))?;
        let record = format!(
            r#"{{"operation":"deliver","parameters":"{{\"recipient\": \"r-1\", \"subject\": \"s\"}}","payload":{{"size":1024,"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","body":{number}}},"attachments":[],"origin":"submitted","submitted":1800000000000}}"#
        );
        let text = "INSERT INTO operation (id, agency, submitted, until, version, record) VALUES (?1, 'courier', 0, 0, 1, ?2)";
        connection.prepare_cached(text)?.execute((number, record))?;
        let text =
            "INSERT INTO submission (client, key, digest, operation) VALUES ('bench', ?1, ?2, ?3)";
        connection
            .prepare_cached(text)?
            .execute((key(number), [7; 32], number))?;
        Ok(())
    }

    /// An entry that nobody has acknowledged.
    fn fill(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.next += 1;
        let text = "INSERT INTO entry (position, agency, committed, bytes, version, record) VALUES (?1, 'courier', 0, 0, 1, ?2)";
        let record = format!(
            r#"{{"operation":"notify","source":"call","events":[{{"kind":"message","data":"{{}}","deduplicationKey":"{}"}}],"documents":[],"followUps":[]}}"#,
            key(self.next)
        );
        connection
            .prepare_cached(text)?
            .execute((self.next, record))?;
        Ok(())
    }

    /// Gives one out, and has it acknowledged: two commands, as each is one above.
    fn deliver(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.handed += 1;
        if self.handed % ENTRIES == 1 {
            let text = "UPDATE entry SET owner = 'bench', until = 1800000000000, epoch = epoch + 1 WHERE position IN
                (SELECT position FROM entry WHERE acknowledged IS NULL AND until <= 1 ORDER BY position LIMIT ?1) RETURNING record";
            let mut lease = connection.prepare_cached(text)?;
            let mut rows = lease.query((ENTRIES,))?;
            while rows.next()?.is_some() {}
        }
        let text = "UPDATE entry SET acknowledged = 1, owner = NULL WHERE position = ?1 AND acknowledged IS NULL";
        connection.prepare_cached(text)?.execute((self.handed,))?;
        Ok(())
    }
}

/// How long submissions take that come at a rate; and deliveries.
fn latency(rate: u32) {
    let scene = Scene::start();
    let clients = CLIENTS as u32;
    let submit = steadily(rate, SECONDS, clients, |client| {
        scene.submit(&scene.clients[client as usize]);
    });
    let number = u64::from(rate * SECONDS);
    scene.fill(number.div_ceil(ENTRIES) * ENTRIES);
    let deliver = steadily(rate.div_ceil(ENTRIES as u32), SECONDS, clients, |client| {
        scene.deliver(&scene.clients[client as usize]);
    });
    println!("{rate}/s: submitted {submit}; {ENTRIES} taken out and acknowledged {deliver}");
}
