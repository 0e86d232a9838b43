// SPDX-License-Identifier: Apache-2.0
//! When certificates, anchors and revocation lists run out.

use std::{fmt, sync::Arc, time::SystemTime};

use arc_swap::ArcSwap;

/// Something that runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateEnd {
    /// Field of the configuration that names its file, such as `agencies.tulli.keys.builder.certificates`.
    pub role: String,
    /// Whom it names, where it is ours. Those of others may be people, and are left out.
    pub subject: Option<String>,
    /// When it runs out.
    pub at: SystemTime,
}

/// What runs out, as the files have it now. Clones are one list.
#[derive(Clone, Default)]
pub struct Certificates(Arc<ArcSwap<Vec<CertificateEnd>>>);

impl Certificates {
    /// Takes what the files have now in place of what they had.
    pub fn set(&self, ends: Vec<CertificateEnd>) {
        self.0.store(Arc::new(ends));
    }

    /// By their ends, the next one first.
    pub(super) fn sorted(&self) -> Vec<CertificateEnd> {
        let mut ends = (**self.0.load()).clone();
        ends.sort_by(|a, b| (a.at, &a.role).cmp(&(b.at, &b.role)));
        ends
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificates")
            .field(&self.0.load().len())
            .finish()
    }
}
