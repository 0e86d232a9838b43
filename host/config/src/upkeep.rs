// SPDX-License-Identifier: Apache-2.0
use std::{
    fmt,
    ops::RangeInclusive,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use silta::{
    AnchorSet, Deployment,
    keys::{Chain, Validity},
    time,
    trust::Dated,
};
use toml::Spanned;

use crate::{error::ConfigError, load::Config, read};

/// How long before its end something of ours is told to renew: an order of certificates takes weeks.
const NOTICE: Duration = Duration::from_secs(30 * DAY);

/// What `certificate-notice-days` can have: certificates live for two years at most.
const NOTICE_RANGE: RangeInclusive<u32> = 1..=730;

/// How many of them at most: each is an entry of the inbox for each certificate.
const MOST_NOTICES: usize = 10;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// When something that the configuration names runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// Field that names its file, such as `agencies.tulli.keys.builder.certificates`.
    pub field: String,
    /// What it is, such as `the certificate of CN=…`.
    pub what: String,
    /// When it runs out.
    pub at: SystemTime,
    /// Of a certificate of our own.
    pub own: Option<OwnCertificate>,
}

/// A certificate that we answer or come with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCertificate {
    /// The agency to which we do; `None` where it is for all that call.
    pub agency: Option<String>,
    /// SHA-256 of it, in hexadecimal.
    pub sha256: String,
}

/// How long something has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remaining {
    /// More than 30 days.
    Enough,
    /// So many whole days.
    Days(u64),
    /// Nothing.
    Nothing,
}

impl Expiry {
    /// Whom a certificate names; what it is, for all else.
    pub fn subject(&self) -> &str {
        let what = self.what.as_str();
        what.strip_prefix("the certificate of ").unwrap_or(what)
    }

    /// How long is left at a time.
    pub fn remaining(&self, now: SystemTime) -> Remaining {
        match self.at.duration_since(now) {
            Ok(left) if left > NOTICE => Remaining::Enough,
            Ok(left) => Remaining::Days(left.as_secs() / DAY),
            Err(_) => Remaining::Nothing,
        }
    }

    /// What there is to say of it, from 30 days before its end on; without the field.
    pub fn notice(&self, now: SystemTime) -> Option<String> {
        let what = &self.what;
        let end = time::display(self.at);
        match self.remaining(now) {
            Remaining::Enough => None,
            Remaining::Days(days) => Some(format!(
                "{what} runs out on {end}, in {days} days; renew it"
            )),
            Remaining::Nothing => Some(format!("{what} ran out on {end}; renew it")),
        }
    }

    /// What to tell whoever can renew it, from 30 days before its end on.
    pub fn warning(&self, now: SystemTime) -> Option<String> {
        let notice = self.notice(now)?;
        Some(format!("{}: {notice}", self.field))
    }

    /// Expiries of certificates that a field names.
    pub fn of_certificates(field: &str, validities: &[Validity]) -> Vec<Self> {
        let expiry = |validity: &Validity| Self {
            field: field.to_owned(),
            what: format!("the certificate of {}", validity.subject),
            at: validity.not_after,
            own: None,
        };
        validities.iter().map(expiry).collect()
    }

    /// Expiries of certificates of our own that a field names, for an agency or for all that call.
    pub fn of_own(field: &str, agency: Option<&str>, validities: &[Validity]) -> Vec<Self> {
        let expiries = Self::of_certificates(field, validities).into_iter();
        let own = expiries.zip(validities).map(|(expiry, validity)| Self {
            own: Some(OwnCertificate {
                agency: agency.map(str::to_owned),
                sha256: validity.sha256.clone(),
            }),
            ..expiry
        });
        own.collect()
    }

    /// Expiries of what is in an anchor set; `field` is that of the set.
    pub fn of_anchors(field: &str, set: &AnchorSet) -> Vec<Self> {
        let expiry = |dated: &Dated| match dated {
            Dated::Anchor { subject, not_after } => Self {
                field: format!("{field}.certificates"),
                what: format!("the anchor {subject}"),
                at: *not_after,
                own: None,
            },
            Dated::ListSigner { subject, not_after } => Self {
                field: format!("{field}.list-signers"),
                what: format!("the certificate of {subject}, who signs revocation lists,"),
                at: *not_after,
                own: None,
            },
            Dated::List {
                issuer,
                next_update,
            } => Self {
                field: format!("{field}.revocation-lists"),
                what: format!("the revocation list of {issuer}"),
                at: *next_update,
                own: None,
            },
        };
        set.dated().iter().map(expiry).collect()
    }
}

/// A file with a private key or a secret that every user of this machine can read or change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposed {
    /// Field that names it.
    pub field: String,
    /// The file.
    pub file: PathBuf,
}

impl Exposed {
    /// What there is to say of it, without field and file.
    pub const NOTICE: &str = "holds a secret, and every user of this machine can read or change it; take that right away, such as with `chmod 600`";
}

impl fmt::Display for Exposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, file } = self;
        write!(f, "{field}: {} {}", file.display(), Self::NOTICE)
    }
}

impl Config {
    /// How many days before the end of a certificate of our own the inbox is told, each once; none for never.
    ///
    /// # Errors
    /// A number is out of its range, or there are too many.
    pub fn certificate_notice_days(&self) -> Result<Vec<u32>, ConfigError> {
        let days = &self.content.certificate_notice_days;
        if days.len() > MOST_NOTICES || days.iter().any(|days| !NOTICE_RANGE.contains(days)) {
            let reason = format!(
                "has to have {MOST_NOTICES} numbers at most, each from {} to {}",
                NOTICE_RANGE.start(),
                NOTICE_RANGE.end()
            );
            return Err(self.wrong("certificate-notice-days", reason));
        }
        Ok(days.clone())
    }

    /// What to tell about the files with private keys and secrets that an agency has: those that every user of this machine can
    /// read or change.
    ///
    /// # Errors
    /// The agency is not configured.
    pub fn exposed_files(&self, agency: &str) -> Result<Vec<Exposed>, ConfigError> {
        let table = self.agency(agency)?;
        let keys = table.keys.iter().map(|(role, key)| {
            let field = format!("agencies.{agency}.keys.{role}.private-key");
            (field, &key.private_key)
        });
        let secrets = table.secrets.iter().flat_map(|(role, secret)| {
            let field = format!("agencies.{agency}.secrets.{role}.files");
            secret.files.iter().map(move |path| (field.clone(), path))
        });
        let proxy = table.connect.proxy_password_file.iter();
        let proxy = proxy.map(|path| {
            (
                format!("agencies.{agency}.connect.proxy-password-file"),
                path,
            )
        });
        let relay = table.relay.iter().flat_map(|relay| &relay.password_file);
        let relay = relay.map(|path| (format!("agencies.{agency}.relay.password-file"), path));
        let all = keys.chain(secrets).chain(proxy).chain(relay);
        Ok(self.exposed(all))
    }

    /// The same of the listener.
    pub fn exposed_listener_files(&self) -> Vec<Exposed> {
        let listener = self.content.listener.as_ref();
        let pairs = listener.into_iter().flat_map(|table| table.pairs());
        let keys = pairs.map(|(name, key, _)| (format!("{name}.private-key"), key));
        self.exposed(keys)
    }

    pub(super) fn exposed<'a>(
        &self,
        files: impl Iterator<Item = (String, &'a Spanned<PathBuf>)>,
    ) -> Vec<Exposed> {
        let files = files.map(|(field, path)| (field, self.resolve(path.as_ref())));
        let exposed = files.filter(|(_, file)| read::is_everybodys(file));
        exposed
            .map(|(field, file)| Exposed { field, file })
            .collect()
    }

    /// When what a deployment of an agency has from the files of this configuration runs out: certificates of keys, anchors, and
    /// revocation lists, and the anchors of the agency's server. Pins have no end.
    ///
    /// # Errors
    /// The agency is not configured, or the anchors of its server cannot be read.
    pub fn expiries(
        &self,
        agency: &str,
        deployment: &Deployment,
    ) -> Result<Vec<Expiry>, ConfigError> {
        let mut expiries = Vec::new();
        for (role, key) in deployment.keyring().iter() {
            let field = format!("agencies.{agency}.keys.{role}.certificates");
            let validities = key.chain().validities();
            expiries.extend(Expiry::of_own(&field, Some(agency), validities));
        }
        for (name, set) in deployment.trust().sets() {
            let field = format!("agencies.{agency}.anchors.{name}");
            expiries.extend(Expiry::of_anchors(&field, set));
        }
        if let Some(file) = self.server_anchors(agency)? {
            let field = format!("agencies.{agency}.tls.server-anchors");
            let chain =
                Chain::read(&file).map_err(|error| self.error(field.clone(), error.to_string()))?;
            expiries.extend(Expiry::of_certificates(&field, chain.validities()));
        }
        Ok(expiries)
    }
}
