// SPDX-License-Identifier: Apache-2.0
//! What the inbox is told of certificates of our own that end.

use std::time::SystemTime;

use serde_json::json;
use silta_store::record::{Arrival, Event};

use crate::{inbox::OWN_ENTRIES, platform::view::moment};

/// Kind of the one event of such an entry, and its operation: no component has named one.
pub const CERTIFICATE_ENDS: &str = "silta.certificate-ends";

/// A certificate of our own that ends soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingCertificate<'a> {
    /// The agency to which we come or answer with it; `None` where it is for all that call.
    pub agency: Option<&'a str>,
    /// Field of the configuration that names its file.
    pub field: &'a str,
    /// What it is, such as `the certificate of CN=…`.
    pub what: &'a str,
    /// SHA-256 of it, in hexadecimal.
    pub sha256: &'a str,
    /// When it ends.
    pub ends: SystemTime,
    /// The notice that it is for: so many days before the end at most.
    pub threshold: u32,
}

impl EndingCertificate<'_> {
    /// An entry with one event, the same for whoever tells it: of the certificate and the notice. Its data is `{"field", "what", "sha256", "ends", "days",
    /// "threshold", "remedy"}`; `days` are whole days that are left, 0 when it has ended.
    pub fn arrival(&self, now: SystemTime) -> Arrival {
        let left = self.ends.duration_since(now).unwrap_or_default();
        let data = json!({
            "field": self.field,
            "what": self.what,
            "sha256": self.sha256,
            "ends": moment(self.ends.into()),
            "days": left.as_secs() / (24 * 60 * 60),
            "threshold": self.threshold,
            "remedy": "order another certificate, and put it into the files that the field names: they are read again without a restart",
        });
        let Self {
            sha256, threshold, ..
        } = self;
        Arrival {
            agency: self.agency.unwrap_or(OWN_ENTRIES).to_owned(),
            operation: CERTIFICATE_ENDS.to_owned(),
            at: now.into(),
            events: vec![Event {
                kind: CERTIFICATE_ENDS.to_owned(),
                data: data.to_string(),
                deduplication_key: format!("{CERTIFICATE_ENDS}/{sha256}/{threshold}"),
                about: None,
            }],
            ..Arrival::default()
        }
    }
}

/// Which notice is due: the smallest of the numbers of days that what is left does not exceed.
pub fn due_notice(ends: SystemTime, now: SystemTime, days: &[u32]) -> Option<u32> {
    let left = ends.duration_since(now).unwrap_or_default().as_secs();
    let due = days.iter().copied();
    due.filter(|days| left <= u64::from(*days) * 24 * 60 * 60)
        .min()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use silta_store::{MemoryStore, Store, record::Receipt};

    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[test]
    fn the_notice_that_is_due_is_the_last_one_reached() {
        let now = SystemTime::UNIX_EPOCH + DAY * 10_000;
        let days = [30, 14, 7, 1];
        let due = |left: Duration| due_notice(now + left, now, &days);
        assert_eq!(due(DAY * 30 + Duration::from_secs(1)), None);
        assert_eq!(due(DAY * 30), Some(30));
        assert_eq!(due(DAY * 14), Some(14));
        assert_eq!(due(DAY * 2), Some(7));
        assert_eq!(due(Duration::ZERO), Some(1));
        assert_eq!(due_notice(now - DAY, now, &days), Some(1));
        assert_eq!(due_notice(now, now, &[]), None);
    }

    #[test]
    fn two_nodes_tell_the_inbox_once() {
        let store = MemoryStore::new();
        let now = SystemTime::now();
        let ending = EndingCertificate {
            agency: None,
            field: "listener.certificates",
            what: "the certificate of CN=a",
            sha256: "00ff",
            ends: now + DAY * 6,
            threshold: 7,
        };
        let first = store.commit(&ending.arrival(now)).unwrap();
        let second = store.commit(&ending.arrival(now + DAY)).unwrap();
        assert!(matches!((first, second), (Receipt::New(a), Receipt::Duplicate(b)) if a == b));
        let renewed = EndingCertificate {
            sha256: "00fe",
            ..ending.clone()
        };
        let later = EndingCertificate {
            threshold: 1,
            ..ending
        };
        for other in [renewed, later] {
            assert!(matches!(
                store.commit(&other.arrival(now)),
                Ok(Receipt::New(_))
            ));
        }
    }
}
