// SPDX-License-Identifier: Apache-2.0

/// An operation that asks something of Customs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Hands a message over.
    Upload,
    /// Lists the messages that wait.
    DownloadList,
    /// Fetches a message.
    Download,
    /// Has a text sent back.
    CheckConnectivity,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Upload,
        Self::DownloadList,
        Self::Download,
        Self::CheckConnectivity,
    ];

    /// Its name in the description.
    pub fn id(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::DownloadList => "download-list",
            Self::Download => "download",
            Self::CheckConnectivity => "check-connectivity",
        }
    }
}
