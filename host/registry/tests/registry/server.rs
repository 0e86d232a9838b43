// SPDX-License-Identifier: Apache-2.0
//! A server of HTTP/1.1 on loopback that answers as a test says, one connection for each request.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use silta_packages::Digest;

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A request.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) host: String,
    pub(crate) authorization: Option<String>,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// An answer.
pub(crate) struct Answer {
    status: u16,
    fields: Vec<(String, String)>,
    body: Body,
}

enum Body {
    Whole(Vec<u8>),
    /// A byte less than is said.
    Cut(Vec<u8>),
    Endless,
    /// A head, and then nothing.
    Silent,
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            fields: Vec::new(),
            body: Body::Whole(Vec::new()),
        }
    }

    pub(crate) fn ok(body: &[u8]) -> Self {
        Self {
            body: Body::Whole(body.to_vec()),
            ..Self::status(200)
        }
    }

    pub(crate) fn endless() -> Self {
        Self {
            body: Body::Endless,
            ..Self::status(200)
        }
    }

    pub(crate) fn silent() -> Self {
        Self {
            body: Body::Silent,
            ..Self::status(200)
        }
    }

    pub(crate) fn cut(self) -> Self {
        let body = match self.body {
            Body::Whole(body) => Body::Cut(body),
            other => other,
        };
        Self { body, ..self }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn of_type(self, media_type: &str) -> Self {
        self.with("Content-Type", media_type)
    }
}

/// Whatever answers.
pub(crate) trait Answers: Send + Sync + 'static {
    fn answer(&self, asked: &Asked) -> Answer;

    fn scopes(&self) -> Vec<String> {
        Vec::new()
    }

    /// Adds an entry to the index under the tag of an image.
    fn list(&self, _subject: &str, _entry: &Value) {}
}

impl<F: Fn(&Asked) -> Answer + Send + Sync + 'static> Answers for F {
    fn answer(&self, asked: &Asked) -> Answer {
        self(asked)
    }
}

/// The server; it stops when it is dropped.
pub(crate) struct Server {
    pub(crate) address: String,
    asked: Arc<AtomicU32>,
    ends: Arc<AtomicBool>,
    answers: Arc<dyn Answers>,
}

impl Server {
    pub(crate) fn start(answers: impl Answers) -> Self {
        Self::start_with(answers, None)
    }

    /// With TLS, and a certificate for a name.
    pub(crate) fn start_tls(answers: impl Answers, identity: &Identity) -> Self {
        Self::start_with(answers, Some(identity.config.clone()))
    }

    fn start_with(answers: impl Answers, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap().to_string(),
            asked: Arc::default(),
            ends: Arc::default(),
            answers: Arc::new(answers),
        };
        let (asked, ends) = (server.asked.clone(), server.ends.clone());
        let answers = server.answers.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                let (asked, answers, tls) = (asked.clone(), answers.clone(), tls.clone());
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    match tls {
                        None => serve(&mut stream, &asked, &*answers),
                        Some(config) => {
                            let connection = ServerConnection::new(config).unwrap();
                            let mut stream = StreamOwned::new(connection, stream);
                            serve(&mut stream, &asked, &*answers);
                        }
                    }
                });
            }
        });
        server
    }

    /// How many requests there were.
    pub(crate) fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }

    pub(crate) fn scopes(&self) -> Vec<String> {
        self.answers.scopes()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(&self.address);
    }
}

/// What a server shows over TLS.
pub(crate) struct Identity {
    config: Arc<ServerConfig>,
    /// Its own certificate, DER.
    pub(crate) certificate: CertificateDer<'static>,
}

impl Identity {
    /// A certificate for a name or an address that vouches for itself.
    pub(crate) fn of(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .unwrap();
        Self {
            config: Arc::new(config),
            certificate,
        }
    }
}

fn serve<S: Read + Write>(stream: &mut S, number: &AtomicU32, answers: &dyn Answers) {
    let mut reader = BufReader::new(&mut *stream);
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or_default() == 0 {
        return;
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let mut fields = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        fields.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = fields
        .get("content-length")
        .map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    drop(reader);
    number.fetch_add(1, Ordering::Relaxed);
    let is_head = method == "HEAD";
    let answer = answers.answer(&Asked {
        method,
        path,
        host: fields.remove("host").unwrap_or_default(),
        authorization: fields.remove("authorization"),
        content_type: fields.remove("content-type").unwrap_or_default(),
        body,
    });
    // Whoever has had enough goes away.
    let _ = write(stream, &answer, is_head);
}

fn write<S: Read + Write>(stream: &mut S, answer: &Answer, is_head: bool) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", answer.status);
    for (name, value) in &answer.fields {
        head += &format!("{name}: {value}\r\n");
    }
    let (length, body): (Option<usize>, &[u8]) = match &answer.body {
        Body::Whole(body) => (Some(body.len()), body),
        Body::Cut(body) => (Some(body.len()), &body[..body.len() - 1]),
        Body::Silent => (Some(10), b""),
        Body::Endless => (None, b""),
    };
    if let Some(length) = length {
        head += &format!("Content-Length: {length}\r\n");
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    if is_head {
        return stream.flush();
    }
    stream.write_all(body)?;
    stream.flush()?;
    match answer.body {
        // Until the other side goes away.
        Body::Silent => stream.read(&mut [0]).map(drop),
        Body::Endless => loop {
            stream.write_all(&[b'x'; 4096])?;
        },
        Body::Whole(_) | Body::Cut(_) => Ok(()),
    }
}

/// An image of a component as somebody else may have pushed it, and its digest.
pub(crate) fn image(component: &[u8]) -> (Vec<u8>, Digest) {
    let image = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": { "mediaType": "application/vnd.wasm.config.v0+json", "digest": Digest::of(b"{}"), "size": 2 },
        "layers": [{ "mediaType": "application/wasm", "digest": Digest::of(component), "size": component.len() }],
    });
    let image = image.to_string().into_bytes();
    let digest = Digest::of(&image);
    (image, digest)
}

/// Puts an artifact into a registry that refers to an image as a package does, whatever its manifest is, as somebody else may.
pub(crate) fn refer(server: &Server, subject: Digest, manifest: &[u8]) {
    let empty = Digest::of(b"{}");
    let artifact = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": "application/vnd.silta.package.v1",
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": empty, "size": 2 },
        "layers": [{ "mediaType": "application/vnd.silta.package.manifest.v1+json", "digest": Digest::of(manifest), "size": manifest.len() }],
        "subject": { "mediaType": MANIFEST, "digest": subject, "size": 1 },
        "annotations": {},
    });
    let artifact = artifact.to_string().into_bytes();
    let put = |path: String, body: &[u8]| {
        server.answers.answer(&Asked {
            method: "PUT".to_owned(),
            path,
            host: server.address.clone(),
            authorization: None,
            content_type: MANIFEST.to_owned(),
            body: body.to_vec(),
        })
    };
    for blob in [&b"{}"[..], manifest] {
        put(
            format!("/v2/a/blobs/uploads/?digest={}", Digest::of(blob)),
            blob,
        );
    }
    let digest = Digest::of(&artifact);
    put(format!("/v2/a/manifests/{digest}"), &artifact);
    server.answers.list(
        &subject.to_string(),
        &json!({
            "mediaType": MANIFEST,
            "digest": digest,
            "size": artifact.len(),
            "artifactType": "application/vnd.silta.package.v1",
        }),
    );
}

/// A registry that keeps what it is given, in memory.
pub(crate) struct Kept {
    has_referrers: bool,
    /// Who may do something: anybody, whoever has a name and a password, whoever has a token.
    closed: Option<bool>,
    blobs_at: Option<String>,
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    blobs: BTreeMap<String, Vec<u8>>,
    manifests: BTreeMap<String, (String, Vec<u8>)>,
    scopes: Vec<String>,
}

impl Kept {
    pub(crate) fn new(has_referrers: bool) -> Self {
        Self {
            has_referrers,
            closed: None,
            blobs_at: None,
            content: Mutex::default(),
        }
    }

    pub(crate) fn closed(self, with_token: bool) -> Self {
        Self {
            closed: Some(with_token),
            ..self
        }
    }

    pub(crate) fn with_blobs_at(self, url: &str) -> Self {
        Self {
            blobs_at: Some(url.to_owned()),
            ..self
        }
    }

    fn referrers(&self, subject: &str) -> Answer {
        let content = self.content.lock().unwrap();
        let all = content.manifests.iter().filter_map(|(name, (_, bytes))| {
            let manifest: Value = serde_json::from_slice(bytes).unwrap();
            let refers = manifest["subject"]["digest"] == subject && name.starts_with("sha256:");
            refers.then(|| {
                json!({
                    "mediaType": MANIFEST,
                    "digest": name,
                    "size": bytes.len(),
                    "artifactType": manifest["artifactType"],
                    "annotations": manifest["annotations"],
                })
            })
        });
        let index =
            json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": all.collect::<Vec<_>>() });
        Answer::ok(index.to_string().as_bytes()).of_type(INDEX)
    }

    fn put_manifest(&self, name: &str, asked: &Asked) -> Answer {
        let mut content = self.content.lock().unwrap();
        let manifest: Value = serde_json::from_slice(&asked.body).unwrap();
        let digest = Digest::of(&asked.body).to_string();
        assert!(!name.starts_with("sha256:") || name == digest);
        // All that it names has to be there.
        for part in [
            &manifest["config"],
            &manifest["layers"][0],
            &manifest["layers"][1],
        ] {
            if let Some(digest) = part["digest"].as_str() {
                assert!(content.blobs.contains_key(digest), "{manifest}");
            }
        }
        for name in [name.to_owned(), digest] {
            let kept = (asked.content_type.clone(), asked.body.clone());
            content.manifests.insert(name, kept);
        }
        match manifest["subject"]["digest"].as_str() {
            Some(subject) if self.has_referrers => Answer::status(201).with("OCI-Subject", subject),
            _ => Answer::status(201),
        }
    }

    /// The answer to whoever may not.
    fn challenge(&self, asked: &Asked) -> Option<Answer> {
        let with_token = self.closed?;
        let expected = match with_token {
            true => "Bearer a-token",
            false => "Basic YW5uYTpzYWxh",
        };
        let challenge = match with_token {
            true => format!(
                "Bearer realm=\"http://{}/token\",service=\"s\",scope=\"repository:all:*\"",
                asked.host
            ),
            false => "Basic realm=\"r\"".to_owned(),
        };
        let is_known = asked.authorization.as_deref() == Some(expected);
        (!is_known).then(|| Answer::status(401).with("WWW-Authenticate", &challenge))
    }

    fn token(&self, query: &str, asked: &Asked) -> Answer {
        if asked.authorization.as_deref() != Some("Basic YW5uYTpzYWxh") {
            return Answer::status(401);
        }
        let scope = query.strip_prefix("service=s&scope=").unwrap();
        let scope = scope.replace("%3A", ":").replace("%2C", ",");
        self.content.lock().unwrap().scopes.push(scope);
        // As services write it that have a field for each of the two specifications.
        Answer::ok(b"{\"token\": \"\", \"access_token\": \"a-token\"}")
    }
}

impl Answers for Kept {
    fn answer(&self, asked: &Asked) -> Answer {
        if let Some(query) = asked.path.strip_prefix("/token?") {
            return self.token(query, asked);
        }
        if let Some(challenge) = self.challenge(asked) {
            return challenge;
        }
        let path = asked.path.strip_prefix("/v2/").unwrap();
        if let Some((_, digest)) = path.split_once("/blobs/uploads/?digest=") {
            assert_eq!(asked.method, "PUT");
            let digest = digest.replace("%3A", ":");
            assert_eq!(digest, Digest::of(&asked.body).to_string());
            self.content
                .lock()
                .unwrap()
                .blobs
                .insert(digest, asked.body.clone());
            return Answer::status(201);
        }
        if path.ends_with("/blobs/uploads/") {
            return Answer::status(202).with("Location", &asked.path);
        }
        if let Some((_, digest)) = path.split_once("/blobs/") {
            let content = self.content.lock().unwrap();
            return match (content.blobs.get(digest), &self.blobs_at) {
                (None, _) => Answer::status(404),
                (Some(_), Some(url)) if asked.method == "GET" => {
                    Answer::status(307).with("Location", url)
                }
                (Some(blob), _) => Answer::ok(blob),
            };
        }
        if let Some((_, rest)) = path.split_once("/referrers/") {
            return match self.has_referrers {
                true => self.referrers(rest.split('?').next().unwrap()),
                false => Answer::status(404),
            };
        }
        let (_, name) = path.split_once("/manifests/").unwrap();
        if asked.method == "PUT" {
            return self.put_manifest(name, asked);
        }
        match self.content.lock().unwrap().manifests.get(name) {
            None => Answer::status(404),
            Some((media_type, manifest)) => {
                let digest = Digest::of(manifest).to_string();
                Answer::ok(manifest)
                    .of_type(media_type)
                    .with("Docker-Content-Digest", &digest)
            }
        }
    }

    fn list(&self, subject: &str, entry: &Value) {
        let tag = subject.replace(':', "-");
        let mut content = self.content.lock().unwrap();
        if let Some((_, index)) = content.manifests.get_mut(&tag) {
            let mut changed: Value = serde_json::from_slice(index).unwrap();
            changed["manifests"]
                .as_array_mut()
                .unwrap()
                .push(entry.clone());
            *index = changed.to_string().into_bytes();
        }
    }

    fn scopes(&self) -> Vec<String> {
        self.content.lock().unwrap().scopes.clone()
    }
}
