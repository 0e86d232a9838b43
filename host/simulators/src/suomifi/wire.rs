// SPDX-License-Identifier: Apache-2.0
//! Names and codes of the return channel, as its newer description and document V1.1 have them.

/// Namespace of SOAP 1.1 envelopes.
pub(super) const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// Namespace of everything in a Body, and of the header `paluukanavaUrl`.
pub(super) const ASIOINTITILI: &str = "http://www.suomi.fi/asiointitili";

/// Namespace of `xsi:nil`.
pub(super) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// A call of the return channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Messages of citizens and companies.
    VieKohteita,
    /// What became of messages of the authority.
    VieKohdeTiloja,
}

impl Operation {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::VieKohteita => "VieKohteita",
            Self::VieKohdeTiloja => "VieKohdeTiloja",
        }
    }

    /// Value of the header field SOAPAction, without quotes.
    pub(super) fn action(self) -> String {
        format!("{ASIOINTITILI}/ViranomaisPaluukanava/{}", self.name())
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::VieKohteita => Self::VieKohdeTiloja,
            Self::VieKohdeTiloja => Self::VieKohteita,
        }
    }
}

/// The call succeeded (document V1.1, §1.4).
pub(super) const SUCCEEDED: i32 = 0;

/// Every TilaKoodi of a call (document V1.1, §1.4).
pub(super) const CALL_CODES: [i32; 8] = [SUCCEEDED, 400, 403, 404, 405, 406, 450, 453];

/// Every KohteenTila in an answer to VieKohteita (document V1.1, table of the answer).
pub(super) const STATES: [i32; 11] = [200, 202, 520, 521, 522, 523, 524, 525, 528, 529, 550];

/// Those of them that say that the message has been stored: visible, or waiting for that.
pub(super) const STORED: &[i32] = &[200, 202];
