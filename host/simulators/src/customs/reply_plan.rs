// SPDX-License-Identifier: Apache-2.0
//! Which uploads get which replies.

use std::time::Duration;

/// How accepted uploads are replied to. The reply goes to the intermediary who uploaded, cites the upload's
/// reference and is waiting after the delay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyPlan {
    /// Time between the acceptance and the reply. Default none.
    pub delay: Duration,
    /// Kinds by application: the first whose text is in the Application element, upper and lower case
    /// alike, is taken. Default: IMPORT with a PDF, EXPORT and TRANSIT with a ZIP (guide 2015, [seed p16]);
    /// that the applications' names contain these words is a guess.
    pub by_application: Vec<(String, ReplyKind)>,
    /// What every other application gets. Default [`ReplyKind::Xml`].
    pub otherwise: ReplyKind,
}

/// What a reply consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplyKind {
    /// No reply at all.
    Nothing,
    /// A reply in XML.
    Xml,
    /// A reply in XML, and a PDF.
    XmlAndPdf,
    /// A reply in XML, and a ZIP with a PDF in it.
    XmlAndZip,
    /// A DmeErrorMessage: what was accepted does not keep to its schema after all (Customs' notice of
    /// 15.2.2019). Its content is a guess.
    SchemaError,
}

impl Default for ReplyPlan {
    fn default() -> Self {
        let by_application = [
            ("IMPORT", ReplyKind::XmlAndPdf),
            ("EXPORT", ReplyKind::XmlAndZip),
            ("TRANSIT", ReplyKind::XmlAndZip),
        ];
        Self {
            delay: Duration::ZERO,
            by_application: by_application
                .map(|(application, kind)| (application.to_owned(), kind))
                .into(),
            otherwise: ReplyKind::Xml,
        }
    }
}

impl ReplyPlan {
    /// The same kind of reply for every application.
    pub fn always(kind: ReplyKind) -> Self {
        Self {
            by_application: Vec::new(),
            otherwise: kind,
            ..Self::default()
        }
    }

    pub(super) fn kind(&self, application: &str) -> ReplyKind {
        let application = application.to_uppercase();
        self.by_application
            .iter()
            .find(|(part, _)| application.contains(&part.to_uppercase()))
            .map_or(self.otherwise, |(_, kind)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_that_fits_decides() {
        let plan = ReplyPlan {
            by_application: vec![
                ("re-export".to_owned(), ReplyKind::Nothing),
                ("EXPORT".to_owned(), ReplyKind::XmlAndZip),
            ],
            ..ReplyPlan::default()
        };
        assert_eq!(plan.kind("TEST-RE-EXPORT"), ReplyKind::Nothing);
        assert_eq!(plan.kind("Export2"), ReplyKind::XmlAndZip);
        assert_eq!(plan.kind("INTRASTAT"), ReplyKind::Xml);
    }
}
