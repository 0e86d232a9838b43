// SPDX-License-Identifier: Apache-2.0
//! When certificates of our own end.

use std::{fmt, sync::atomic::AtomicU64, time::SystemTime};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

/// Seconds of a day.
const DAY: f64 = 24.0 * 60.0 * 60.0;

/// Days that certificates of our own have left, as the operator's server shows them. Clones share them.
#[derive(Clone, Default)]
pub struct CertificateDays(Family<Of, Gauge<f64, AtomicU64>>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    field: String,
}

impl CertificateDays {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Days until the first certificate ends that a field of the configuration names; below zero when it has ended";
        registry.register("certificate_days", help, self.0.clone());
    }

    /// Shows these from now on, and no others: fields of the configuration, each with the end of a certificate that it names. Of several of one field the first
    /// that ends counts.
    pub fn show<'a>(
        &self,
        now: SystemTime,
        certificates: impl IntoIterator<Item = (&'a str, SystemTime)>,
    ) {
        let mut shown = std::collections::BTreeMap::new();
        for (field, ends) in certificates {
            let days = match ends.duration_since(now) {
                Ok(left) => left.as_secs_f64() / DAY,
                Err(over) => -over.duration().as_secs_f64() / DAY,
            };
            let least = shown.entry(field).or_insert(days);
            *least = least.min(days);
        }
        self.0.clear();
        for (field, days) in shown {
            let field = field.to_owned();
            self.0.get_or_create(&Of { field }).set(days);
        }
    }
}

impl fmt::Debug for CertificateDays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateDays").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn of_a_field_the_first_end_is_shown() {
        let days = CertificateDays::default();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let day = Duration::from_secs(24 * 60 * 60);
        days.show(now, [("gone", now)]);
        days.show(
            now,
            [
                ("a", now + day * 30),
                ("a", now + day * 7),
                ("b", now - day),
            ],
        );
        let mut registry = Registry::default();
        days.register(&mut registry);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(
            lines.contains(&"certificate_days{field=\"a\"} 7.0"),
            "{text}"
        );
        assert!(
            lines.contains(&"certificate_days{field=\"b\"} -1.0"),
            "{text}"
        );
    }
}
