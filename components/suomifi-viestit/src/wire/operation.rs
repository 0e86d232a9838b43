// SPDX-License-Identifier: Apache-2.0
//! The two operations (WSDL).

use super::Settings;

/// What the service calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// VieKohteita: citizens' messages.
    Messages,
    /// VieKohdeTiloja: statuses of messages.
    Statuses,
}

impl Operation {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Messages, Self::Statuses];

    /// Local name of its element in a body.
    pub fn element(self) -> &'static str {
        match self {
            Self::Messages => "VieKohteita",
            Self::Statuses => "VieKohdeTiloja",
        }
    }

    /// SOAPAction (WSDL).
    pub fn action(self) -> &'static str {
        match self {
            Self::Messages => "http://www.suomi.fi/asiointitili/ViranomaisPaluukanava/VieKohteita",
            Self::Statuses => {
                "http://www.suomi.fi/asiointitili/ViranomaisPaluukanava/VieKohdeTiloja"
            }
        }
    }

    /// Whether it is taken.
    pub(super) fn is_enabled(self, settings: &Settings) -> bool {
        match self {
            Self::Messages => settings.messages.enabled,
            Self::Statuses => settings.statuses.enabled,
        }
    }

    /// How many Kohde a call may hold, and the setting that says so.
    pub(super) fn most_items(self, settings: &Settings) -> (usize, &'static str) {
        match self {
            Self::Messages => (settings.messages.most_items, "messages.most-items"),
            Self::Statuses => (settings.statuses.most_items, "statuses.most-items"),
        }
    }
}
