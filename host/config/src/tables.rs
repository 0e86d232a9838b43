// SPDX-License-Identifier: Apache-2.0
//! The tables of a configuration file, one struct each.

mod deployments;
mod mail;
mod platform;
mod publishers;
mod record;
mod registries;
mod sending;
mod store;
mod telemetry;
mod trial;
mod webhooks;

use std::{
    collections::BTreeMap,
    fmt,
    marker::PhantomData,
    ops::{Deref, DerefMut},
    path::PathBuf,
};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use silta::{Limits, SignatureAlgorithm};
use silta_gateway::ListenerLimits;
use toml::Spanned;

pub(crate) use deployments::DeploymentsTable;
pub(crate) use mail::{AgencyMailTable, MailTable};
pub(crate) use platform::{PlatformTable, TokenTable};
pub(crate) use publishers::PublisherTable;
pub(crate) use record::RecordTable;
pub(crate) use registries::RegistryTable;
pub(crate) use sending::{PollTable, SendingTable};
pub(crate) use store::StoreTable;
pub(crate) use telemetry::TelemetryTable;
pub(crate) use trial::TrialTable;
pub(crate) use webhooks::WebhookTable;

/// A table, and nothing else. What serde derives for a struct takes an array by position as well.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table<T>(T);

impl<T> Deref for Table<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Table<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<T, M::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_map(Reader(PhantomData)).map(Self)
    }
}

/// The file.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Content {
    /// File of the audit trail; without it the trail goes to the program's log.
    pub(crate) audit: Option<PathBuf>,
    /// How often the files that are named are looked at for changes. Default 5, 1 to 86,400: a day.
    pub(crate) reload_seconds: u32,
    /// For how long calls of a generation that has been replaced may go on; then each is cut off. Default 30, 0 to 3,600.
    pub(crate) drain_seconds: u32,
    /// How many days before the end of a certificate of our own the inbox is told. Default 30, 14, 7, 1; 10 numbers at most, 1 to 730 each.
    pub(crate) certificate_notice_days: Vec<u32>,
    pub(crate) listener: Option<Table<ListenerTable>>,
    pub(crate) store: Table<StoreTable>,
    pub(crate) record: Option<Table<RecordTable>>,
    pub(crate) operator: Option<Table<OperatorTable>>,
    pub(crate) mail: Option<Table<MailTable>>,
    pub(crate) platform: Option<Table<PlatformTable>>,
    pub(crate) sending: Option<Table<SendingTable>>,
    pub(crate) telemetry: Option<Table<TelemetryTable>>,
    pub(crate) deployments: Table<DeploymentsTable>,
    pub(crate) publishers: BTreeMap<String, Table<PublisherTable>>,
    pub(crate) registries: BTreeMap<String, Table<RegistryTable>>,
    pub(crate) webhooks: BTreeMap<String, Table<WebhookTable>>,
    pub(crate) agencies: BTreeMap<String, Table<AgencyTable>>,
}

impl Default for Content {
    fn default() -> Self {
        Self {
            audit: None,
            reload_seconds: 5,
            drain_seconds: 30,
            certificate_notice_days: vec![30, 14, 7, 1],
            listener: None,
            store: Table::default(),
            record: None,
            operator: None,
            mail: None,
            platform: None,
            sending: None,
            telemetry: None,
            deployments: Table::default(),
            publishers: BTreeMap::new(),
            registries: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            agencies: BTreeMap::new(),
        }
    }
}

/// `[agencies.ID]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AgencyTable {
    /// A file, or `builtin`.
    pub(crate) component: String,
    /// Whether the component need not be signed though there are publishers. Default false.
    #[serde(default)]
    pub(crate) unsigned: bool,
    /// Agency that the component is for, where the table has another name. Default the name of the table.
    pub(crate) agency: Option<String>,
    /// Folder in which the values of secrets are kept that the host replaces. Default none: no secret is replaced.
    pub(crate) secrets_folder: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(crate) settings: toml::Table,
    #[serde(default)]
    pub(crate) keys: BTreeMap<String, Table<KeyTable>>,
    #[serde(default)]
    pub(crate) anchors: BTreeMap<String, Table<AnchorTable>>,
    #[serde(default)]
    pub(crate) secrets: BTreeMap<String, Table<SecretTable>>,
    #[serde(default)]
    pub(crate) limits: Table<Limits>,
    #[serde(default)]
    pub(crate) tls: Table<TlsTable>,
    /// How connections to the agency are opened.
    #[serde(default)]
    pub(crate) connect: Table<ConnectTable>,
    /// Where mail to the agency goes.
    pub(crate) relay: Option<Table<RelayTable>>,
    /// Whom it receives mail for.
    pub(crate) mail: Option<Table<AgencyMailTable>>,
    /// How candidates are tried.
    #[serde(default)]
    pub(crate) trial: Table<TrialTable>,
    /// How its polls are run, by the name of the operation.
    #[serde(default)]
    pub(crate) polls: BTreeMap<String, Table<PollTable>>,
    #[serde(default)]
    pub(crate) allow_sha1: bool,
    #[serde(default)]
    pub(crate) allow_short_rsa: bool,
}

/// `[agencies.ID.keys.ROLE]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct KeyTable {
    pub(crate) private_key: Spanned<PathBuf>,
    pub(crate) certificates: Spanned<PathBuf>,
    /// Best first; without it the usual one of the key's kind.
    pub(crate) algorithms: Option<Vec<SignatureAlgorithm>>,
    pub(crate) signatures_per_call: Option<u32>,
}

/// `[agencies.ID.anchors.NAME]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AnchorTable {
    pub(crate) certificates: Option<Spanned<PathBuf>>,
    pub(crate) pinned: Option<Spanned<PathBuf>>,
    pub(crate) revocation_lists: Option<Spanned<PathBuf>>,
    /// Limit of the file of revocation lists. Default 32 MiB: lists grow as long as their issuer lives.
    pub(crate) revocation_list_bytes: u64,
    /// Certificates of those who sign the lists with another key than they issue certificates with.
    pub(crate) list_signers: Option<Spanned<PathBuf>>,
    /// Certificate policies under one of which a certificate has to be issued. Default none: policies count only as far as issuers
    /// demand them of each other.
    pub(crate) policies: Vec<String>,
    /// At both ends of the validity of certificates. Default that of `silta::trust::ClockTolerance`, 60 s; 0 to 86400.
    pub(crate) clock_tolerance_seconds: Option<u32>,
    /// At both ends of the time in which revocation lists count. Default as above, 0 s; 0 to 86400.
    pub(crate) list_clock_tolerance_seconds: Option<u32>,
}

impl Default for AnchorTable {
    fn default() -> Self {
        Self {
            certificates: None,
            pinned: None,
            revocation_lists: None,
            revocation_list_bytes: 32 << 20,
            list_signers: None,
            policies: Vec::new(),
            clock_tolerance_seconds: None,
            list_clock_tolerance_seconds: None,
        }
    }
}

/// `[agencies.ID.secrets.ROLE]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SecretTable {
    /// The current value first, and the one that it replaces.
    pub(crate) files: Vec<Spanned<PathBuf>>,
}

/// `[agencies.ID.tls]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TlsTable {
    pub(crate) server_anchors: Option<Spanned<PathBuf>>,
}

/// `[agencies.ID.connect]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ConnectTable {
    /// Time for opening a connection, TLS included. Default 10 s, 1 to 600.
    pub(crate) timeout_seconds: u32,
    /// HTTP proxy, `host:port`, which is asked for a way by CONNECT. Default none.
    pub(crate) proxy: Option<String>,
    /// User name for the proxy.
    pub(crate) proxy_user: Option<String>,
    /// File of the password for the proxy.
    pub(crate) proxy_password_file: Option<Spanned<PathBuf>>,
    /// Whether requests have the trace that their operation belongs to, in the field `traceparent` (W3C Trace Context). Default false: no agency has asked for it.
    pub(crate) send_traceparent: bool,
}

impl Default for ConnectTable {
    fn default() -> Self {
        Self {
            timeout_seconds: 10,
            proxy: None,
            proxy_user: None,
            proxy_password_file: None,
            send_traceparent: false,
        }
    }
}

/// `[agencies.ID.relay]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RelayTable {
    pub(crate) host: String,
    pub(crate) port: u16,
    #[serde(default)]
    pub(crate) security: RelaySecurity,
    pub(crate) user: Option<String>,
    pub(crate) password_file: Option<Spanned<PathBuf>>,
}

/// How the way to a relay is protected.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RelaySecurity {
    /// TLS by STARTTLS.
    #[default]
    Starttls,
    /// TLS from the start.
    Tls,
    /// None, to a relay on this machine only.
    PlainOnLoopback,
}

/// `[listener]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ListenerTable {
    pub(crate) address: String,
    pub(crate) private_key: Spanned<PathBuf>,
    pub(crate) certificates: Spanned<PathBuf>,
    #[serde(default)]
    pub(crate) also: Vec<Table<PairTable>>,
    pub(crate) proxies: Option<Table<ProxiesTable>>,
    #[serde(default)]
    pub(crate) limits: Table<ListenerLimits>,
}

/// `[listener.proxies]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ProxiesTable {
    /// Addresses and networks of the proxies that come by TLS. Default none: then `socket` has to be named.
    #[serde(default)]
    pub(crate) addresses: Vec<String>,
    /// Unix socket at which proxies of this machine come without TLS. Default none.
    pub(crate) socket: Option<Spanned<PathBuf>>,
    /// Field with the caller's certificate. Default that of RFC 9440, `client-cert`.
    pub(crate) certificate_field: Option<String>,
    /// Field with the caller's address. Default none: the caller's address is the proxy's. Required with `socket`.
    pub(crate) address_field: Option<String>,
}

/// `[operator]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct OperatorTable {
    /// IP address and port of the operator's server: HTTP without TLS.
    pub(crate) address: String,
    /// Whether there are pages for people beside what programs ask. Default true: they show no more of people than the metrics.
    #[serde(default = "yes")]
    pub(crate) page: bool,
    /// Names by which the pages may be asked for, beside addresses of this machine. Default none.
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    /// Whether operations may be resumed, cancelled and replayed on the pages. Default false: the address has no login.
    #[serde(default)]
    pub(crate) actions: bool,
    /// Field in which a proxy with a login names who asks. Default none: who decides is known by address.
    pub(crate) user_field: Option<String>,
    /// Addresses and networks of these proxies. Default none.
    #[serde(default)]
    pub(crate) proxies: Vec<String>,
    /// Pages that keep themselves up to date at once. Default 16, 0 to 1,000.
    #[serde(default = "live_streams")]
    pub(crate) live_streams: u32,
}

fn yes() -> bool {
    true
}

fn live_streams() -> u32 {
    16
}

/// `[[listener.also]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PairTable {
    pub(crate) private_key: Spanned<PathBuf>,
    pub(crate) certificates: Spanned<PathBuf>,
}

impl ListenerTable {
    /// Every private key and its certificates, with the name of the table they stand in.
    pub(crate) fn pairs(&self) -> Vec<(String, &Spanned<PathBuf>, &Spanned<PathBuf>)> {
        let own = ("listener".to_owned(), &self.private_key, &self.certificates);
        let also = self.also.iter().zip(1..);
        let also = also.map(|(pair, number)| {
            let name = format!("listener.also[{number}]");
            (name, &pair.private_key, &pair.certificates)
        });
        std::iter::once(own).chain(also).collect()
    }
}
