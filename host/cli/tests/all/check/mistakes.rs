// SPDX-License-Identifier: Apache-2.0
//! The mistakes.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::LazyLock,
    time::{Duration, SystemTime},
};

use rcgen::{
    CertificateParams, CertificateRevocationListParams, DnType, KeyIdMethod, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SerialNumber, date_time_ymd,
};
use socket2::{Domain, Socket, Type};

use crate::{
    identities::{Authority, COMPANY, Identity},
    project::Project,
};

/// What stands in the configuration beside what `silta init` puts there.
pub(super) const MORE: &str = r#"
[agencies.vero]
component = "builtin"

[agencies.vero.settings]
environment = "FIS"
url = "https://localhost:8445"

[agencies.vero.secrets.callback]
files = ["pki/vero-callback"]

[agencies.vero.keys.client]
private-key = "pki/vero.key.pem"
certificates = "pki/vero.pem"

[agencies.vero.anchors.vero-test]
certificates = "pki/vero-ca.pem"

[listener]
address = "127.0.0.1:0"
certificates = "pki/gateway.pem"
private-key = "pki/gateway.key.pem"

[[listener.also]]
certificates = "pki/customs.pem"
private-key = "pki/customs.key.pem"

[listener.limits]
connections = 512
"#;

/// A mistake, and what is to be said of it.
pub(super) struct Mistake {
    pub(super) name: &'static str,
    /// Makes it in a folder without any.
    pub(super) make: fn(&Project),
    /// Options that it takes to find it.
    pub(super) options: &'static str,
    pub(super) level: &'static str,
    pub(super) code: &'static str,
    pub(super) file: &'static str,
    pub(super) field: &'static str,
    /// Pieces of the message: what is wrong, and a word of the remedy.
    pub(super) says: &'static [&'static str],
    /// Codes of what else has to be said, in that order.
    pub(super) besides: &'static [&'static str],
}

const FILE: &str = "configuration.file";

/// Most of them are errors in the configuration itself that it takes no option to find.
const PLAIN: Mistake = Mistake {
    name: "",
    make: |_| {},
    options: "",
    level: "error",
    code: FILE,
    file: "silta.toml",
    field: "",
    says: &[],
    besides: &[],
};

pub(super) const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "what is no TOML",
        make: |project| project.edit("[agencies.tulli.tls]", "[agencies.tulli.tls"),
        says: &["table"],
        ..PLAIN
    },
    Mistake {
        name: "an unknown field",
        make: |project| project.edit("#signatures-per-call = 1", "signature-per-call = 1"),
        // Its name is not repeated in a table of keys.
        field: "agencies.tulli.keys",
        says: &["unknown field", "`signatures-per-call`"],
        ..PLAIN
    },
    Mistake {
        name: "a field of the wrong type",
        make: |project| project.edit("#reload-seconds = 5", "reload-seconds = \"5\""),
        field: "reload-seconds",
        says: &["invalid type: string", "expected u32"],
        ..PLAIN
    },
    Mistake {
        name: "a date where a text belongs",
        make: |project| project.edit("#environment = \"TEST\"", "environment = 2026-12-01"),
        field: "agencies.tulli.settings.environment",
        says: &["a date or a time of TOML", "in quotes"],
        ..PLAIN
    },
    Mistake {
        name: "a missing field",
        make: |project| {
            project.edit("certificates = \"pki/intermediary.pem\"\n", "");
        },
        field: "agencies.tulli.keys",
        says: &["missing field `certificates`"],
        ..PLAIN
    },
    Mistake {
        name: "no time to look at files",
        make: |project| project.edit("#reload-seconds = 5", "reload-seconds = 0"),
        field: "reload-seconds",
        says: &["1 to 86400 seconds"],
        ..PLAIN
    },
    Mistake {
        name: "a component that is not there",
        make: |project| project.set("component", "none.wasm"),
        file: "none.wasm",
        field: "agencies.tulli.component",
        says: &["cannot be read", "check the path"],
        ..PLAIN
    },
    Mistake {
        name: "a component that is none",
        make: |project| {
            project.set("component", "examples/upload.json");
        },
        code: "component.rejected.compiled",
        file: "examples/upload.json",
        field: "agencies.tulli.component",
        says: &["not a WebAssembly component", "Name another one"],
        ..PLAIN
    },
    Mistake {
        name: "a component of another agency",
        make: |project| {
            project.silta("export vero --out other.wasm").succeeds();
            project.set("component", "other.wasm");
        },
        code: "component.rejected.described",
        file: "other.wasm",
        field: "agencies.tulli.component",
        says: &["it is a component for agency `vero`"],
        ..PLAIN
    },
    Mistake {
        name: "a setting that cannot work",
        make: |project| {
            project.edit(
                "\nintermediary = \"9000001-1\"",
                "\nintermediary = \"9000001-2\"",
            );
        },
        code: "setting.invalid",
        field: "agencies.tulli.settings.intermediary",
        says: &["check digit", "such as 1234567-1"],
        ..PLAIN
    },
    Mistake {
        name: "a setting that is unknown",
        make: |project| project.edit("#timeout-seconds = 130", "timeout = 130"),
        code: "setting.unknown",
        field: "agencies.tulli.settings.timeout",
        says: &["unknown field", "`timeout-seconds`"],
        ..PLAIN
    },
    Mistake {
        name: "a setting that is missing",
        make: |project| project.edit("url = \"https://localhost:8443/dme\"", ""),
        code: "setting.missing",
        field: "agencies.tulli.settings",
        says: &["missing field `url`"],
        ..PLAIN
    },
    Mistake {
        name: "two settings that cannot work",
        make: |project| {
            project.edit("#language = \"FI\"", "language = \"fi\"");
            project.edit("#timeout-seconds = 130", "timeout-seconds = 1");
        },
        code: "setting.invalid",
        field: "agencies.tulli.settings.timeout-seconds",
        says: &["at least 120 seconds"],
        besides: &["setting.invalid"],
        ..PLAIN
    },
    Mistake {
        name: "a setting that cannot work, and another that is missing",
        make: |project| {
            project.edit("#language = \"FI\"", "language = \"fi\"");
            project.edit("url = \"https://localhost:8443/dme\"", "");
        },
        code: "setting.missing",
        field: "agencies.tulli.settings",
        says: &["missing field `url`"],
        besides: &["setting.invalid"],
        ..PLAIN
    },
    Mistake {
        name: "a limit that leaves no room for the component",
        make: |project| {
            project.edit(
                "#[agencies.tulli.limits]",
                "[agencies.tulli.limits]\nmemory-bytes = 10",
            );
        },
        code: "component.rejected.described",
        field: "agencies.tulli.limits",
        says: &["the limit `memory` is 10 bytes", "raise the limit"],
        ..PLAIN
    },
    Mistake {
        name: "agencies that are none",
        make: |project| project.write("silta.toml", "agencies = []"),
        field: "agencies",
        says: &["expected a map"],
        ..PLAIN
    },
    Mistake {
        name: "a key that is not there",
        make: |project| project.edit("pki/builder.key.pem", "pki/none.key.pem"),
        field: "agencies.tulli.keys.builder.private-key",
        says: &["there is no file", "check the path"],
        ..PLAIN
    },
    Mistake {
        name: "a key that is encrypted",
        make: |project| {
            project.write(
                "pki/builder.key.pem",
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
            );
        },
        file: "pki/builder.key.pem",
        field: "agencies.tulli.keys.builder.private-key",
        says: &["encrypted", "openssl pkey"],
        ..PLAIN
    },
    Mistake {
        name: "the key of another certificate",
        make: |project| {
            project.edit("\"pki/intermediary.key.pem\"", "\"pki/customs.key.pem\"");
        },
        file: "pki/intermediary.pem",
        field: "agencies.tulli.keys.intermediary.certificates",
        says: &["does not belong", "check that both files"],
        ..PLAIN
    },
    Mistake {
        name: "a certificate that has expired",
        make: |project| {
            let authority = Authority::of(project);
            let identity = authority.issue(&PKCS_ECDSA_P256_SHA256, COMPANY, (2001, 2003));
            identity.replace(project, "intermediary");
        },
        code: "validity.over",
        file: "pki/intermediary.pem",
        field: "agencies.tulli.keys.intermediary.certificates",
        says: &["expired on 2003-01-01", "order a new one"],
        ..PLAIN
    },
    Mistake {
        name: "a certificate that expires soon",
        make: |project| ending_soon().replace(project, "intermediary"),
        level: "warning",
        code: "validity.ending",
        file: "pki/intermediary.pem",
        field: "agencies.tulli.keys.intermediary.certificates",
        says: &["runs out on", "days; renew it"],
        ..PLAIN
    },
    Mistake {
        name: "an algorithm that the key has no use for",
        make: |project| project.edit("[\"rsa-sha256\"]", "[\"ecdsa-p256-sha256\"]"),
        field: "agencies.tulli.keys.builder.algorithms",
        says: &["(RSA) cannot sign with ecdsa-p256-sha256"],
        ..PLAIN
    },
    Mistake {
        name: "a misspelt key role",
        make: |project| {
            project.edit(
                "[agencies.tulli.keys.builder]",
                "[agencies.tulli.keys.bulider]",
            );
        },
        code: "role.unknown",
        field: "agencies.tulli.keys.bulider",
        says: &["it knows: builder", "Correct the name"],
        besides: &["role.missing"],
        ..PLAIN
    },
    Mistake {
        name: "a missing secret",
        make: |project| {
            project.edit(
                "[agencies.vero.secrets.callback]\nfiles = [\"pki/vero-callback\"]\n",
                "",
            );
        },
        code: "role.missing",
        field: "agencies.vero.secrets.callback",
        says: &[
            "requires this secret",
            "add the table [agencies.vero.secrets.callback]",
        ],
        ..PLAIN
    },
    Mistake {
        name: "an anchor that is no issuer",
        make: |project| {
            project.edit(
                "# Certificates of issuers (CA:TRUE). A certificate that issues no others belongs among the pinned ones.\ncertificates = \"pki/ca.pem\"",
                "certificates = \"pki/customs.pem\"",
            );
        },
        file: "pki/customs.pem",
        field: "agencies.tulli.anchors.customs.certificates",
        says: &["`pinned`"],
        ..PLAIN
    },
    Mistake {
        name: "a revocation list that has run out",
        make: |project| {
            project.edit(
                "#revocation-lists = \"pki/crl.pem\"",
                "revocation-lists = \"pki/crl.pem\"",
            );
            old_list(project);
        },
        code: "validity.over",
        file: "pki/crl.pem",
        field: "agencies.tulli.anchors.customs.revocation-lists",
        says: &[
            "ran out on 2003-01-01",
            "renew it",
            "no certificate of this issuer",
        ],
        ..PLAIN
    },
    Mistake {
        name: "a secret that is too short",
        make: |project| project.write("pki/vero-callback", "QUJD\n"),
        code: "secret.malformed",
        file: "silta.toml",
        field: "agencies.vero.secrets.callback.files",
        says: &["shorter than 32 characters", "Put one in its place"],
        ..PLAIN
    },
    Mistake {
        name: "an empty secret",
        make: |project| project.write("pki/vero-callback", "\n"),
        file: "pki/vero-callback",
        field: "agencies.vero.secrets.callback.files",
        says: &["the file is empty; it has to hold the secret"],
        ..PLAIN
    },
    Mistake {
        name: "a key that everybody can read",
        make: |project| {
            use std::os::unix::fs::PermissionsExt;
            let readable = std::fs::Permissions::from_mode(0o644);
            std::fs::set_permissions(project.path("pki/builder.key.pem"), readable).unwrap();
        },
        level: "warning",
        code: "file.exposed",
        file: "pki/builder.key.pem",
        field: "agencies.tulli.keys.builder.private-key",
        says: &["every user of this machine", "chmod 600"],
        ..PLAIN
    },
    Mistake {
        name: "anchors of the agency's server that are not there",
        make: |project| {
            project.edit(
                "server-anchors = \"pki/ca.pem\"",
                "server-anchors = \"none.pem\"",
            )
        },
        file: "none.pem",
        field: "agencies.tulli.tls.server-anchors",
        says: &["cannot be read", "check the path"],
        ..PLAIN
    },
    Mistake {
        name: "an audit file in a folder that is not there",
        make: |project| project.edit("audit = \"audit.jsonl\"", "audit = \"none/audit.jsonl\""),
        code: "file.unwritable",
        file: "none/audit.jsonl",
        field: "audit",
        says: &["cannot be opened for writing", "check the folder"],
        ..PLAIN
    },
    Mistake {
        name: "an address that is none",
        make: |project| project.edit("\"127.0.0.1:0\"", "\"localhost\""),
        field: "listener.address",
        says: &["an IP address with a port, such as"],
        ..PLAIN
    },
    Mistake {
        name: "an address of another machine",
        make: |project| project.edit("\"127.0.0.1:0\"", "\"192.0.2.1:8444\""),
        code: "listener.address",
        field: "listener.address",
        says: &["cannot be listened at", "name an address of this machine"],
        ..PLAIN
    },
    Mistake {
        name: "the wrong key of the listener",
        make: |project| project.edit("\"pki/gateway.key.pem\"", "\"pki/vero-ca.key.pem\""),
        file: "pki/gateway.pem",
        field: "listener.certificates",
        says: &["does not belong", "check that both files"],
        ..PLAIN
    },
    Mistake {
        name: "a further certificate of the listener that is not there",
        make: |project| {
            project.edit(
                "certificates = \"pki/customs.pem\"",
                "certificates = \"none.pem\"",
            )
        },
        file: "none.pem",
        field: "listener.also[1].certificates",
        says: &["cannot be read", "check the path"],
        ..PLAIN
    },
    Mistake {
        name: "a limit of the listener out of its range",
        make: |project| project.edit("connections = 512", "connections = 0"),
        field: "listener.limits.connections",
        says: &["is 0 and has to be 1 to"],
        ..PLAIN
    },
    Mistake {
        name: "a server that does not answer",
        make: |project| {
            for url in ["https://localhost:8443/dme", "https://localhost:8445"] {
                let address = closed().to_string();
                let other = url.replace("localhost:8443", &address);
                let other = other.replace("localhost:8445", &address);
                project.edit(&format!("\"{url}\""), &format!("\"{other}\""));
            }
        },
        options: "--online",
        code: "connect.refused",
        field: "agencies.tulli.settings.url",
        says: &["refuses connections", "firewall"],
        besides: &["connect.refused"],
        ..PLAIN
    },
    Mistake {
        name: "a server whose name leads nowhere",
        make: |project| {
            project.edit(
                "\"https://localhost:8443/dme\"",
                "\"https://customs.invalid/dme\"",
            );
            let address = closed();
            project.edit(
                "\"https://localhost:8445\"",
                &format!("\"https://{address}\""),
            );
        },
        options: "--online",
        code: "connect.not-resolved",
        field: "agencies.tulli.settings.url",
        says: &["was not found", "look up names"],
        besides: &["connect.refused"],
        ..PLAIN
    },
];

/// An address that nobody listens at: bound as long as tests run, so that nobody else gets it.
fn closed() -> SocketAddr {
    static BOUND: LazyLock<Socket> = LazyLock::new(|| {
        let bound = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        bound.bind(&any.into()).unwrap();
        bound
    });
    BOUND.local_addr().unwrap().as_socket().unwrap()
}

/// A certificate with ten days left.
fn ending_soon() -> Identity {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "Test Oy");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let days = Duration::from_secs(10 * 24 * 60 * 60);
    params.not_after = date_time_ymd(1970, 1, 1) + now + days;
    Identity {
        certificate: params.self_signed(&key).unwrap().pem(),
        private_key: key.serialize_pem(),
    }
}

/// A list of the folder's authority that should have been followed by another long ago.
fn old_list(project: &Project) {
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2002, 1, 1),
        next_update: date_time_ymd(2003, 1, 1),
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    project.write("pki/crl.pem", Authority::of(project).list(list));
}
