// SPDX-License-Identifier: Apache-2.0
use std::{borrow::Cow, collections::BTreeMap};

use agency_http::SettingError;
use canonical_xml::is_ncname;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use xml_signature::{DigestAlgorithm, SignatureAlgorithm};

use super::{Layouts, Names, Operation, text::can_be_written};

/// The shape of the messages: everything that Customs' schema package fixes and public sources do not tell.
///
/// Whoever holds the package sets what differs; the defaults are the best reading of public documents.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// SOAP version of requests. Default 1.1, from the names in guide 2015 p. 12.
    pub soap_version: SoapVersion,
    /// SOAPAction of requests. Default empty, as in a sibling service of Customs.
    pub soap_action: String,
    /// SOAPAction of an operation where each has its own, by its name here: `upload`, `download-list`, `download`, `check-connectivity`. Default none.
    pub soap_actions: BTreeMap<String, String>,
    /// Namespace of the SOAP body's elements. Requests use `http://tulli.fi/schema/corporateservice/v1` (a guess) when this is not
    /// set; answers are then read by local name in any namespace, otherwise in this namespace only.
    pub service_namespace: Option<String>,
    /// Namespace of the application request and response. Requests use `http://tulli.fi/schema/external/common/dme/v1` (a guess) when this is not
    /// set; responses are then read by local name in any namespace, otherwise in this namespace only.
    pub application_namespace: Option<String>,
    /// Namespace of the notification service. When it is not set, calls are read by local name in any namespace. Answers are in the namespace of the call.
    pub notification_namespace: Option<String>,
    /// Where an answer to Notify has its code: guide 2015 p. 27 lists ResponseHeader, ResponseCode and ResponseText one beside another. Default `siblings`.
    pub notify_response_form: NotifyResponseForm,
    /// Elements that a list may be narrowed by besides its window, in the order in which the schema has them. Default none: they are not public.
    pub list_filters: Vec<Cow<'static, str>>,
    /// Media types of formats that Customs names in words of its own, besides `XML`, `PDF` and `ZIP`. Default none: the words are not public. What
    /// looks like a media type is one.
    pub content_formats: BTreeMap<String, String>,
    /// Local names of the roots of messages by which Customs reports errors of the schema (the guide of 2021 has `DmeErrorMessage`).
    pub error_messages: Vec<Cow<'static, str>>,
    /// Whether the application request begins with an XML declaration. Default true.
    pub xml_declaration: bool,
    /// What the signature refers to, and how. Default `content-by-id`: guide 2015 p. 14 has the whole element Content signed.
    pub signature_form: SignatureForm,
    /// Signature algorithm. Default `rsa-sha256`, as in a sibling service of Customs.
    pub signature_algorithm: SignatureMethod,
    /// Digest algorithm of the reference. Default `sha256`.
    pub digest_algorithm: DigestMethod,
    /// Attribute by which the signed element is found. Default `Id`.
    pub id_attribute: Cow<'static, str>,
    /// Value of that attribute on Content. Default `content`.
    pub content_id: Cow<'static, str>,
    /// Value of that attribute on the application request. Default `applicationRequest`, as in a sibling service of Customs.
    pub application_request_id: Cow<'static, str>,
    /// Prefix of the signature's elements; empty makes their namespace the default one. Default `ds`.
    pub signature_prefix: Cow<'static, str>,
    /// Name of the element around ContentFormat and Content, in the namespace of the application request. Default none: guide 2015 p. 14 has Content in the
    /// application request itself; chapter 7.10 knows a structure ApplicationContent.
    pub content_wrapper: Option<Cow<'static, str>>,
    /// Prefix of the elements of requests; empty makes their namespace the default one. Default empty.
    pub service_prefix: Cow<'static, str>,
    /// Prefix of the elements of the application request; empty makes their namespace the default one. Default empty.
    pub application_prefix: Cow<'static, str>,
    /// Whether answers and calls are read by local name in any namespace although one is set, as has to be where a schema leaves local elements unqualified or
    /// has them in several namespaces. Default false.
    pub any_namespace: bool,
    /// Namespaces of the prefixes in `layouts`; an empty one is none. Default none.
    pub prefixes: BTreeMap<String, String>,
    /// Messages in another arrangement. Default none.
    pub layouts: Layouts,
    /// Element names.
    pub names: Names,
}

setting_tables::table! {
    Profile: Profile::default();
    soap_version, soap_action, soap_actions, service_namespace, application_namespace,
    notification_namespace, notify_response_form, list_filters, content_formats, error_messages,
    xml_declaration, signature_form, signature_algorithm, digest_algorithm, id_attribute,
    content_id, application_request_id, signature_prefix, content_wrapper, service_prefix,
    application_prefix, any_namespace, prefixes, layouts, names,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            soap_version: SoapVersion::V11,
            soap_action: String::new(),
            soap_actions: BTreeMap::new(),
            service_namespace: None,
            application_namespace: None,
            notification_namespace: None,
            notify_response_form: NotifyResponseForm::default(),
            list_filters: Vec::new(),
            content_formats: BTreeMap::new(),
            error_messages: vec!["DmeErrorMessage".into()],
            xml_declaration: true,
            signature_form: SignatureForm::ContentById,
            signature_algorithm: SignatureMethod::RsaSha256,
            digest_algorithm: DigestMethod::Sha256,
            id_attribute: "Id".into(),
            content_id: "content".into(),
            application_request_id: "applicationRequest".into(),
            signature_prefix: "ds".into(),
            content_wrapper: None,
            service_prefix: "".into(),
            application_prefix: "".into(),
            any_namespace: false,
            prefixes: BTreeMap::new(),
            layouts: Layouts::default(),
            names: Names::default(),
        }
    }
}

impl Profile {
    /// The first name or Id among the settings that no document can contain; places of what answers have are judged besides.
    pub fn unusable_name(&self) -> Option<&str> {
        let own = [
            &self.id_attribute,
            &self.content_id,
            &self.application_request_id,
        ];
        let optional = self.content_wrapper.iter().chain(&self.list_filters);
        let prefixes = [&self.service_prefix, &self.application_prefix];
        let prefixes = prefixes.into_iter().filter(|prefix| !prefix.is_empty());
        let plain = own.into_iter().chain(optional).chain(prefixes);
        let mut plain = plain.chain(self.names.written());
        let header = &self.names.response_header;
        let header =
            Some(header).filter(|header| !self.names.have_no_header() && !is_ncname(header));
        let wrong = plain.find(|name| !is_ncname(name)).or(header);
        wrong.map(|name| &**name)
    }

    /// Judges what goes into a header field or a namespace as it stands.
    ///
    /// # Errors
    /// The first setting that no request could be made with.
    pub(super) fn check(&self) -> Result<(), SettingError> {
        // RFC 9110 §5.5; SOAP 1.1 §6.1.1 has it in quotes, so that it has none itself.
        let is_quotable = |byte: u8| matches!(byte, b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        let own = self.soap_actions.values();
        let own = own.map(|action| ("/wire/soap-actions", action));
        let mut actions = own.chain([("/wire/soap-action", &self.soap_action)]);
        if let Some((pointer, _)) = actions.find(|(_, action)| !action.bytes().all(is_quotable)) {
            return Err(SettingError {
                pointer,
                message: "this stands in quotes in a header field: it is ASCII without control characters, quotes and backslashes".into(),
            });
        }
        let operations = Operation::ALL.map(Operation::id);
        let mut keys = self.soap_actions.keys();
        if let Some(key) = keys.find(|key| !operations.contains(&key.as_str())) {
            return Err(SettingError {
                pointer: "/wire/soap-actions",
                message: format!(
                    "`{key}` is no operation that asks something of Customs; those are {}",
                    operations.join(", ")
                ),
            });
        }
        for (pointer, namespace) in [
            ("/wire/service-namespace", &self.service_namespace),
            ("/wire/application-namespace", &self.application_namespace),
            ("/wire/notification-namespace", &self.notification_namespace),
        ] {
            if namespace
                .as_deref()
                .is_some_and(|namespace| !can_be_written(namespace))
            {
                return Err(SettingError {
                    pointer,
                    message: "a namespace is an absolute URI, such as http://tulli.fi/schema/corporateservice/v1".into(),
                });
            }
        }
        for (prefix, namespace) in &self.prefixes {
            if !is_ncname(prefix) || !(namespace.is_empty() || can_be_written(namespace)) {
                return Err(SettingError {
                    pointer: "/wire/prefixes",
                    message: format!(
                        "`{prefix}`: a prefix is a name, and its namespace an absolute URI, or empty for none"
                    ),
                });
            }
        }
        for (pointer, name, may_be_attribute) in self.names.read() {
            if !is_place(name, may_be_attribute) {
                let attribute = if may_be_attribute {
                    ", the last one with `@` before it if it is an attribute"
                } else {
                    ", all of elements"
                };
                return Err(SettingError {
                    pointer,
                    message: format!(
                        "`{name}` is no place in an answer; a place is names with `/` between them, such as Status/Code{attribute}"
                    ),
                });
            }
        }
        Ok(())
    }

    /// SOAPAction of an operation, by its name.
    pub fn action(&self, operation: &str) -> &str {
        let own = self.soap_actions.get(operation);
        own.unwrap_or(&self.soap_action)
    }

    /// Namespace that requests are written in.
    pub fn request_namespace(&self) -> &str {
        self.service_namespace
            .as_deref()
            .unwrap_or("http://tulli.fi/schema/corporateservice/v1")
    }

    /// Namespace that application requests are written in.
    pub fn application_request_namespace(&self) -> &str {
        self.application_namespace
            .as_deref()
            .unwrap_or("http://tulli.fi/schema/external/common/dme/v1")
    }
}

/// Whether this is a way that answers are read by.
fn is_place(name: &str, may_be_attribute: bool) -> bool {
    let (around, last) = match name.rsplit_once('/') {
        Some((around, last)) => (Some(around), last),
        None => (None, name),
    };
    let attribute = last.strip_prefix('@').filter(|_| may_be_attribute);
    let around = around.into_iter().flat_map(|around| around.split('/'));
    around.chain([attribute.unwrap_or(last)]).all(is_ncname)
}

/// Where an answer to Notify has its code and text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotifyResponseForm {
    /// Beside the header (guide 2015 p. 27, table 4).
    #[default]
    Siblings,
    /// In the header, as in Customs' own answers (guide 2015 p. 12).
    InHeader,
}

/// SOAP version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum SoapVersion {
    /// SOAP 1.1.
    #[serde(rename = "1.1")]
    V11,
    /// SOAP 1.2.
    #[serde(rename = "1.2")]
    V12,
}

impl From<SoapVersion> for soap::Version {
    fn from(version: SoapVersion) -> Self {
        match version {
            SoapVersion::V11 => Self::V11,
            SoapVersion::V12 => Self::V12,
        }
    }
}

/// What the signature refers to, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureForm {
    /// The element Content by its Id.
    ContentById,
    /// The whole application request, `URI=""`.
    EnvelopedRoot,
    /// The whole application request by its Id.
    EnvelopedById,
}

/// Signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureMethod {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaSha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaSha512,
    /// RSASSA-PSS with SHA-256.
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512.
    RsaPssSha512,
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaP384Sha384,
}

impl From<SignatureMethod> for SignatureAlgorithm {
    fn from(method: SignatureMethod) -> Self {
        match method {
            SignatureMethod::RsaSha256 => Self::RsaSha256,
            SignatureMethod::RsaSha384 => Self::RsaSha384,
            SignatureMethod::RsaSha512 => Self::RsaSha512,
            SignatureMethod::RsaPssSha256 => Self::RsaPssSha256,
            SignatureMethod::RsaPssSha384 => Self::RsaPssSha384,
            SignatureMethod::RsaPssSha512 => Self::RsaPssSha512,
            SignatureMethod::EcdsaP256Sha256 => Self::EcdsaSha256,
            SignatureMethod::EcdsaP384Sha384 => Self::EcdsaSha384,
        }
    }
}

/// Digest algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DigestMethod {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl From<DigestMethod> for DigestAlgorithm {
    fn from(method: DigestMethod) -> Self {
        match method {
            DigestMethod::Sha256 => Self::Sha256,
            DigestMethod::Sha384 => Self::Sha384,
            DigestMethod::Sha512 => Self::Sha512,
        }
    }
}
