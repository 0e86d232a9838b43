// SPDX-License-Identifier: Apache-2.0
//! The operations that Customs serves.

use roxmltree::Node;

/// An operation (guide 2015, [seed p17]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Hands over a message.
    Upload,
    /// Lists the messages that are waiting.
    DownloadList,
    /// Fetches a message.
    Download,
    /// Echoes a text.
    CheckConnectivity,
}

impl Operation {
    pub(super) const ALL: [Self; 4] = [
        Self::Upload,
        Self::DownloadList,
        Self::Download,
        Self::CheckConnectivity,
    ];

    /// The operation whose request this element is.
    pub(super) fn of(element: Node<'_, '_>, namespace: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operation| element.has_tag_name((namespace, operation.request())))
    }

    /// The element in the Body of a request.
    pub fn request(self) -> &'static str {
        match self {
            Self::Upload => "UploadRequest",
            Self::DownloadList => "DownloadListRequest",
            Self::Download => "DownloadRequest",
            Self::CheckConnectivity => "CheckConnectivityRequest",
        }
    }

    /// The element in the Body of an answer.
    pub fn response(self) -> &'static str {
        match self {
            Self::Upload => "UploadResponse",
            Self::DownloadList => "DownloadListResponse",
            Self::Download => "DownloadResponse",
            Self::CheckConnectivity => "CheckConnectivityResponse",
        }
    }
}
