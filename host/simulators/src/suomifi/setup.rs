// SPDX-License-Identifier: Apache-2.0
//! What a caller is set up with.

use std::sync::Arc;
use std::time::Duration;

/// What is not valid in a message, each with line, path and what is expected, and nothing of what it says.
pub type Violations = Arc<dyn Fn(&[u8]) -> Vec<String> + Send + Sync>;

/// How the return channel is called.
///
/// Not `Debug`, since it holds private keys.
#[derive(Clone)]
pub struct SuomifiSetup {
    /// Issuers of the receiver's TLS certificate, PEM.
    pub receiver_anchors_pem: String,
    /// What is shown in the TLS handshake. Default none: client certificates of the service are not documented.
    pub client: Option<Credential>,
    /// Who signs, and how. Default none, which leaves calls unsigned.
    pub signing: Option<Signing>,
    /// ViranomaisTunnus, which the service issues. Default `silta_viranomainen`.
    pub authority_id: String,
    /// PalveluTunnus, which the service issues. Default `silta_palvelu`.
    pub service_id: String,
    /// KayttajaTunnus. Default `viestit`.
    pub user_id: String,
    /// SanomaVersio. Default `1.0`, one of those seen.
    pub message_version: String,
    /// SanomaVarmenneNimi, the name in the authority's certificate. Default none, and no such element.
    pub certificate_name: Option<String>,
    /// Content of the SOAP header `paluukanavaUrl`. Default none, which stands for the URL that is called.
    pub return_channel_url: Option<String>,
    /// ViranomaisenEmail, of authorities that are connected by mail as well. Default none, and no such element.
    pub authority_email: Option<String>,
    /// In which of the two published shapes answers have to be. Default that of the description.
    pub answer_shape: AnswerShape,
    /// When and how often a call is repeated that was not answered.
    pub redelivery: Redelivery,
    /// How long a call may take, from connecting to the end of the answer. Default 30 seconds; the real one is not known.
    pub time_limit: Duration,
    /// Bytes in each attachment that is generated, about. Default 20,000.
    pub attachment_size: usize,
    /// Judges calls and answers by a schema package; a call that is not valid is not made. Default none.
    pub schemas: Option<Violations>,
    /// Makes the same messages with the same ids again. Default none, which makes others each time.
    pub seed: Option<u64>,
}

impl SuomifiSetup {
    /// A setup that trusts receivers with certificates of these issuers, PEM, with the defaults for everything else.
    pub fn new(receiver_anchors_pem: impl Into<String>) -> Self {
        Self {
            receiver_anchors_pem: receiver_anchors_pem.into(),
            client: None,
            signing: None,
            authority_id: "silta_viranomainen".to_owned(),
            service_id: "silta_palvelu".to_owned(),
            user_id: "viestit".to_owned(),
            message_version: "1.0".to_owned(),
            certificate_name: None,
            return_channel_url: None,
            authority_email: None,
            answer_shape: AnswerShape::Wsdl,
            redelivery: Redelivery::default(),
            time_limit: Duration::from_secs(30),
            attachment_size: 20_000,
            schemas: None,
            seed: None,
        }
    }
}

/// A certificate chain with the private key of its leaf, PEM both.
///
/// Not `Debug`, since it holds a private key.
#[derive(Clone)]
pub struct Credential {
    /// The chain, leaf first.
    pub certificates_pem: String,
    /// The leaf's key.
    pub key_pem: String,
}

/// A signature by WS-Security over Body and Timestamp, its certificate in a BinarySecurityToken.
#[derive(Clone)]
pub struct Signing {
    /// Who signs; the key has to be RSA. Of the chain, the leaf alone goes into the message.
    pub credential: Credential,
    /// With which algorithms. Default SHA-1, the only profile that is published.
    pub algorithms: Algorithms,
    /// From Created to Expires. Default 60 seconds, as that profile has it.
    pub time_to_live: Duration,
    /// Whether the header says that it must be understood. Default true.
    pub must_understand: bool,
}

impl Signing {
    /// With these, PEM both, and the defaults for everything else.
    pub fn new(certificates_pem: impl Into<String>, key_pem: impl Into<String>) -> Self {
        Self {
            credential: Credential {
                certificates_pem: certificates_pem.into(),
                key_pem: key_pem.into(),
            },
            algorithms: Algorithms::Sha1,
            time_to_live: Duration::from_secs(60),
            must_understand: true,
        }
    }
}

/// What is signed and digested with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithms {
    /// `rsa-sha1` and `sha1`, those of the published policy `wspAsiointitiliSignature`.
    Sha1,
    /// `rsa-sha256` and `sha256`.
    Sha256,
}

/// The two published shapes of an answer to VieKohteita; see [`SuomifiSetup::answer_shape`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AnswerShape {
    /// Of the description: Kohde holds AsiointitiliTunniste, ViranomaisTunniste, KohteenTila, KohteenTilaKuvaus.
    Wsdl,
    /// Of document V1.1: Kohde holds ViranomaisTunniste and Asiakas, which holds the rest.
    DocumentV11,
}

/// The service's policy is not known; this one is made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redelivery {
    /// How often a call is made in all, at least once, while it is not answered: no answer in time, or HTTP alone answers. Default 3.
    pub attempts: u32,
    /// Time between two of them. Default five seconds.
    pub pause: Duration,
    /// Whether a SOAP Fault is followed by another attempt as well. Default false: document V1.1, §2.3, calls that pointless.
    pub after_fault: bool,
    /// Whether each attempt has a SanomaTunniste of its own. Default false.
    pub new_message_id: bool,
}

impl Default for Redelivery {
    fn default() -> Self {
        Self {
            attempts: 3,
            pause: Duration::from_secs(5),
            after_fault: false,
            new_message_id: false,
        }
    }
}
