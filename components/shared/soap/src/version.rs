// SPDX-License-Identifier: Apache-2.0
//! What differs between the two versions.

/// A version of SOAP, told by the namespace of the envelope (SOAP 1.1 §4.1.2; SOAP 1.2 Part 1 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// SOAP 1.1
    V11,
    /// SOAP 1.2
    V12,
}

impl Version {
    /// The namespace of envelope, header, body and fault.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::V11 => "http://schemas.xmlsoap.org/soap/envelope/",
            Self::V12 => "http://www.w3.org/2003/05/soap-envelope",
        }
    }

    /// The version of exactly this namespace.
    pub fn from_namespace(namespace: &str) -> Option<Self> {
        [Self::V11, Self::V12]
            .into_iter()
            .find(|version| version.namespace() == namespace)
    }

    /// The media type of a message, without parameters.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::V11 => "text/xml",
            Self::V12 => "application/soap+xml",
        }
    }

    /// The headers of an HTTP request with this action, as name and value.
    ///
    /// SOAP 1.1 §6.1.1: `SOAPAction` is always there, quoted, and `""` says that the target is in the URI.
    /// SOAP 1.2: the action is a parameter of the media type (RFC 3902 §3), left out when empty.
    ///
    /// An action is a URI. What no URI contains (quotes, white space, control characters, letters beyond ASCII) is
    /// percent-encoded, so that a value from configuration cannot break out of the header.
    pub fn http_headers(self, action: &str) -> Vec<(String, String)> {
        let action = uri_characters_only(action);
        let mut content_type = format!("{}; charset=utf-8", self.media_type());
        if self == Self::V12 && !action.is_empty() {
            content_type.push_str(&format!("; action=\"{action}\""));
        }
        let mut headers = vec![("Content-Type".to_owned(), content_type)];
        if self == Self::V11 {
            headers.push(("SOAPAction".to_owned(), format!("\"{action}\"")));
        }
        headers
    }

    /// Which role a header block for the ultimate receiver, or for whoever comes next, may name.
    pub(crate) fn is_own_role(self, role: &str) -> bool {
        match self {
            Self::V11 => matches!(role, "" | "http://schemas.xmlsoap.org/soap/actor/next"),
            Self::V12 => matches!(
                role,
                "" | "http://www.w3.org/2003/05/soap-envelope/role/next"
                    | "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"
            ),
        }
    }

    /// The attribute that names the role of a header block (SOAP 1.1 §4.2.2; SOAP 1.2 Part 1 §5.2.2).
    pub(crate) fn role_attribute(self) -> &'static str {
        match self {
            Self::V11 => "actor",
            Self::V12 => "role",
        }
    }
}

/// The fault codes both versions define, under their names of SOAP 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StandardCode {
    /// The namespace of the envelope is not known.
    VersionMismatch,
    /// A header block that must be understood was not.
    MustUnderstand,
    /// The message was wrong; sent again unchanged it will fail again. `Client` in SOAP 1.1.
    Sender,
    /// The processing failed; the same message may succeed later. `Server` in SOAP 1.1.
    Receiver,
    /// The message is in an encoding that is not known. `Client` in SOAP 1.1.
    DataEncodingUnknown,
}

impl StandardCode {
    /// The local part of the code (SOAP 1.1 §4.4.1; SOAP 1.2 Part 1 §5.4.6).
    pub fn local(self, version: Version) -> &'static str {
        match (self, version) {
            (Self::VersionMismatch, _) => "VersionMismatch",
            (Self::MustUnderstand, _) => "MustUnderstand",
            (Self::Sender | Self::DataEncodingUnknown, Version::V11) => "Client",
            (Self::DataEncodingUnknown, Version::V12) => "DataEncodingUnknown",
            (Self::Sender, Version::V12) => "Sender",
            (Self::Receiver, Version::V11) => "Server",
            (Self::Receiver, Version::V12) => "Receiver",
        }
    }
}

fn uri_characters_only(action: &str) -> String {
    let mut uri = String::with_capacity(action.len());
    for byte in action.bytes() {
        match byte {
            b'"' | b'\\' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}' | ..=b' ' | 0x7F.. => {
                uri.push_str(&format!("%{byte:02X}"));
            }
            _ => uri.push(char::from(byte)),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(version: Version, action: &str) -> String {
        let headers = version.http_headers(action).into_iter();
        headers
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect()
    }

    #[test]
    fn action_is_a_header_in_1_1_and_a_parameter_in_1_2() {
        assert_eq!(
            headers(Version::V11, "urn:upload"),
            "Content-Type: text/xml; charset=utf-8\nSOAPAction: \"urn:upload\"\n"
        );
        assert_eq!(
            headers(Version::V12, "urn:upload"),
            "Content-Type: application/soap+xml; charset=utf-8; action=\"urn:upload\"\n"
        );
    }

    #[test]
    fn empty_action() {
        assert_eq!(
            headers(Version::V11, ""),
            "Content-Type: text/xml; charset=utf-8\nSOAPAction: \"\"\n"
        );
        assert_eq!(
            headers(Version::V12, ""),
            "Content-Type: application/soap+xml; charset=utf-8\n"
        );
    }

    #[test]
    fn action_cannot_break_out_of_its_header() {
        let hostile = "a\"\r\nX: y\\ä";
        assert!(
            headers(Version::V11, hostile).ends_with("SOAPAction: \"a%22%0D%0AX:%20y%5C%C3%A4\"\n")
        );
        assert!(
            headers(Version::V12, hostile).ends_with("; action=\"a%22%0D%0AX:%20y%5C%C3%A4\"\n")
        );
    }

    #[test]
    fn version_by_exact_namespace() {
        for version in [Version::V11, Version::V12] {
            assert_eq!(Version::from_namespace(version.namespace()), Some(version));
        }
        assert_eq!(
            Version::from_namespace("http://schemas.xmlsoap.org/soap/envelope"),
            None
        );
    }
}
