// SPDX-License-Identifier: Apache-2.0
//! WSDL 1.1: operations, their messages, and how bindings put them into SOAP.

mod binding;

use std::collections::{BTreeMap, BTreeSet};

use canonical_xml::{Document, ElementRef, Limits, Position, ReadError};
use xml_schema::{QName, XSD_NAMESPACE};

use crate::error::PackageError;
use binding::{Binding, Header};

/// WSDL 1.1.
const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";

/// What WSDLs say of operations.
#[derive(Debug, Clone, Default)]
pub struct Service {
    /// Operations, in the order of files and of the text.
    pub operations: Vec<Operation>,
    /// Addresses that ports name, which are seldom the true ones.
    pub locations: Vec<String>,
}

/// An operation of a port type.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// The port type that it is of.
    pub port_type: String,
    /// What is said of it.
    pub documentation: String,
    /// The element in the body of the request.
    pub request: Option<QName>,
    /// The element in the body of the answer.
    pub response: Option<QName>,
    /// SOAP version and SOAPAction of each binding; none where nothing binds it.
    pub bound: Vec<(SoapVersion, String)>,
    /// Header blocks of the request.
    pub headers: Vec<HeaderUse>,
    /// What of it cannot be read, each with file and line: style rpc, messages of several parts, header blocks that are no elements.
    pub faults: Vec<String>,
    /// File in the package.
    pub file: String,
    /// Where in it.
    pub position: Position,
}

impl Operation {
    /// The binding to speak by, version and SOAPAction: that of SOAP 1.1, or else the first.
    pub fn binding(&self) -> Option<(SoapVersion, &str)> {
        let of_1_1 = self
            .bound
            .iter()
            .find(|(version, _)| *version == SoapVersion::V11);
        let (version, action) = of_1_1.or_else(|| self.bound.first())?;
        Some((*version, action))
    }
}

/// A header block of requests, as a binding has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderUse {
    /// Its element.
    pub element: QName,
    /// File and place of the binding's line.
    pub place: (String, Position),
}

/// SOAP version of a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoapVersion {
    /// SOAP 1.1.
    V11,
    /// SOAP 1.2.
    V12,
}

impl SoapVersion {
    /// As settings have it.
    pub fn number(self) -> &'static str {
        match self {
            Self::V11 => "1.1",
            Self::V12 => "1.2",
        }
    }
}

/// Parts of a message: name, and the element if it has one.
type Parts = Vec<(String, Option<QName>)>;

/// By file, line and column of the declaration.
pub(crate) type Documentation = BTreeMap<(String, u32, u32), String>;

/// The files, read as XML.
pub(crate) struct Documents<'f> {
    parsed: Vec<(&'f str, Document<'f>)>,
    /// Schemas that this reader cannot read, for the validator to judge: `xmldsig-core-schema.xsd` has a document type declaration.
    others: Vec<&'f str>,
}

impl<'f> Documents<'f> {
    pub(crate) fn parse(files: &'f BTreeMap<String, Vec<u8>>) -> Result<Self, PackageError> {
        let (mut parsed, mut others) = (Vec::new(), Vec::new());
        for (name, bytes) in files {
            match read(bytes) {
                Ok(document) => parsed.push((name.as_str(), document)),
                Err(error) if is_wsdl(name) => {
                    let position = Position {
                        line: error.line,
                        column: error.column,
                    };
                    return Err(PackageError::at(name, position, error.kind.to_string()));
                }
                Err(_) => others.push(name.as_str()),
            }
        }
        Ok(Self { parsed, others })
    }

    /// The files that the schema is compiled from: all that have one, but for chameleons, which count where they are included.
    pub(crate) fn entries(&self) -> Vec<&'f str> {
        let included = self.included();
        let is_entry = |document: &Document<'_>, name: &str| {
            let mut schemas = document
                .elements()
                .filter(|one| one.is(XSD_NAMESPACE, "schema"));
            let names = |schema: ElementRef<'_>| schema.attribute("", "targetNamespace").is_some();
            let last = name.rsplit('/').next().unwrap_or(name);
            schemas.any(|schema| names(schema) || !included.contains(last))
        };
        let entries = self.parsed.iter();
        let entries = entries.filter(|(name, document)| is_entry(document, name));
        let entries = entries.map(|(name, _)| *name);
        entries.chain(self.others.iter().copied()).collect()
    }

    /// What schemas say of their declarations for people, by file, line and column: white space collapsed.
    pub(crate) fn documentation(&self) -> Documentation {
        let mut said = Documentation::new();
        for (name, document) in &self.parsed {
            for (element, position) in document.positioned() {
                let annotations = declared(element, "annotation");
                let documentations =
                    annotations.flat_map(|annotation| declared(annotation, "documentation"));
                let text = texts(documentations);
                if !text.is_empty() {
                    let place = ((*name).to_owned(), position.line, position.column);
                    said.insert(place, text);
                }
            }
        }
        said
    }

    /// Last steps of the locations that are included somewhere.
    fn included(&self) -> BTreeSet<String> {
        let elements = self
            .parsed
            .iter()
            .flat_map(|(_, document)| document.elements());
        let includes = elements.filter(|element| element.is(XSD_NAMESPACE, "include"));
        let locations = includes.filter_map(|include| include.attribute("", "schemaLocation"));
        let last = |location: &str| location.rsplit(['/', '\\']).next().map(str::to_owned);
        locations.filter_map(|location| last(&location)).collect()
    }

    /// What the WSDLs say together: they may be spread over files that import each other.
    pub(crate) fn service(&self) -> Result<Service, PackageError> {
        let mut service = Service::default();
        let definitions: Vec<_> = self.definitions().collect();
        self.check_imports(&definitions)?;
        let mut messages: BTreeMap<QName, Parts> = BTreeMap::new();
        let mut bindings = Vec::new();
        for (file, root) in &definitions {
            let target = target(*root);
            for message in named(*root, "message") {
                messages.insert(own(&target, message), parts(file, message)?);
            }
            for element in named(*root, "binding") {
                bindings.extend(Binding::read(file, element));
            }
            let ports = named(*root, "service").flat_map(|service| named(service, "port"));
            let addresses = ports.flat_map(ElementRef::children);
            let locations = addresses.filter_map(|address| address.attribute("", "location"));
            service
                .locations
                .extend(locations.map(|one| one.into_owned()));
        }
        for (file, root) in &definitions {
            let target = target(*root);
            for port_type in named(*root, "portType") {
                let name = own(&target, port_type);
                for operation in named(port_type, "operation") {
                    let bound = bindings.iter().filter(|binding| binding.port_type == name);
                    let read = Reading {
                        file,
                        messages: &messages,
                        bindings: bound.collect(),
                    };
                    service.operations.push(read.operation(&name, operation)?);
                }
            }
        }
        Ok(service)
    }

    fn definitions(&self) -> impl Iterator<Item = (&'f str, ElementRef<'_>)> {
        let roots = self.parsed.iter();
        let roots = roots.map(|(name, document)| (*name, document.root()));
        roots.filter(|(_, root)| root.is(WSDL, "definitions"))
    }

    /// An imported WSDL has to be there; where it lies does not matter, since all of them are read.
    fn check_imports(&self, definitions: &[(&str, ElementRef<'_>)]) -> Result<(), PackageError> {
        let known: BTreeSet<_> = definitions.iter().map(|(_, root)| target(*root)).collect();
        for (file, root) in definitions {
            for import in named(*root, "import") {
                let namespace = import.attribute("", "namespace").unwrap_or_default();
                let location = import.attribute("", "location").unwrap_or_default();
                let is_schema = location.to_ascii_lowercase().ends_with(".xsd");
                if !known.contains(&*namespace) && !is_schema {
                    let message = format!(
                        "no WSDL of the imported namespace `{namespace}` is in the package; nothing is fetched from `{location}`, so put the file into it"
                    );
                    return Err(PackageError::at(file, import.position(), message));
                }
            }
        }
        Ok(())
    }
}

struct Reading<'r> {
    file: &'r str,
    messages: &'r BTreeMap<QName, Parts>,
    bindings: Vec<&'r Binding>,
}

impl Reading<'_> {
    fn operation(
        &self,
        port_type: &QName,
        operation: ElementRef<'_>,
    ) -> Result<Operation, PackageError> {
        let name = operation.attribute("", "name").unwrap_or_default();
        let bound: Vec<_> = self
            .bindings
            .iter()
            .filter_map(|binding| binding.operations.get(&*name))
            .collect();
        let (mut headers, mut faults) = (Vec::new(), Vec::new());
        for used in bound.iter().flat_map(|bound| &bound.headers) {
            let parts = self.messages.get(&used.message);
            let mut parts = parts.into_iter().flatten();
            let Some((_, Some(element))) = parts.find(|(name, _)| *name == used.part) else {
                let (file, position) = &used.place;
                faults.push(format!(
                    "{file}:{}: the header's part `{}` is no element of a message",
                    position.line, used.part
                ));
                continue;
            };
            let header = HeaderUse {
                element: element.clone(),
                place: used.place.clone(),
            };
            if !headers.contains(&header) {
                headers.push(header);
            }
        }
        let asked: Vec<_> = bound.iter().flat_map(|bound| &bound.headers).collect();
        let answered: Vec<_> = bound.iter().flat_map(|bound| &bound.answered).collect();
        let request = self.body((operation, "input"), &asked, &mut faults)?;
        let response = self.body((operation, "output"), &answered, &mut faults)?;
        Ok(Operation {
            request,
            response,
            documentation: texts(named(operation, "documentation")),
            name: name.into_owned(),
            port_type: port_type.local().to_owned(),
            bound: bound
                .iter()
                .map(|one| (one.version, one.action.clone()))
                .collect(),
            headers,
            faults,
            file: self.file.to_owned(),
            position: operation.position(),
        })
    }

    /// The element of the body: that of the one part that is in no header of that direction. Where it is no single element, that is noted: an operation that is
    /// none of ours may be of any style.
    fn body(
        &self,
        (operation, direction): (ElementRef<'_>, &'static str),
        headers: &[&Header],
        faults: &mut Vec<String>,
    ) -> Result<Option<QName>, PackageError> {
        let Some(node) = named(operation, direction).next() else {
            return Ok(None);
        };
        let message = qualified(node, "message");
        let known = message.and_then(|message| {
            let parts = self.messages.get(&message)?;
            Some((message, parts))
        });
        let Some((message, parts)) = known else {
            let message = format!("the message of this {direction} is not in the package");
            return Err(PackageError::at(self.file, node.position(), message));
        };
        let is_header = |part: &str| {
            let mut headers = headers.iter();
            headers.any(|header| header.message == message && header.part == part)
        };
        let mut body = parts.iter().filter(|(part, _)| !is_header(part));
        match (body.next(), body.next()) {
            (None, _) => Ok(None),
            (Some((_, Some(element))), None) => Ok(Some(element.clone())),
            _ => {
                faults.push(format!(
                    "{}:{}: its {direction} is no single element (style rpc, or several parts), which is not read",
                    self.file,
                    node.position().line
                ));
                Ok(None)
            }
        }
    }
}

fn read(bytes: &[u8]) -> Result<Document<'_>, ReadError> {
    let limits = Limits {
        bytes: bytes.len().max(1),
        events: 4 << 20,
        ..Limits::default()
    };
    Document::parse(bytes, &limits)
}

fn is_wsdl(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".wsdl")
}

fn target(root: ElementRef<'_>) -> String {
    let target = root.attribute("", "targetNamespace");
    target.unwrap_or_default().into_owned()
}

fn own(target: &str, element: ElementRef<'_>) -> QName {
    let name = element.attribute("", "name").unwrap_or_default();
    QName::new(target, &*name)
}

/// The children of that name in WSDL.
fn named<'d>(
    parent: ElementRef<'d>,
    local: &'static str,
) -> impl Iterator<Item = ElementRef<'d>> + use<'d> {
    parent.children().filter(move |child| child.is(WSDL, local))
}

/// The name that an attribute refers to.
fn qualified(element: ElementRef<'_>, attribute: &str) -> Option<QName> {
    let text = element.attribute("", attribute)?;
    let (namespace, local) = element.resolve_qname(text.trim())?;
    Some(QName::new(namespace, local))
}

fn parts(file: &str, message: ElementRef<'_>) -> Result<Parts, PackageError> {
    let mut parts = Parts::new();
    for part in named(message, "part") {
        let element = qualified(part, "element");
        if part.attribute("", "element").is_some() && element.is_none() {
            let fault = "the element of this part has a prefix that is bound to nothing";
            return Err(PackageError::at(file, part.position(), fault));
        }
        let name = part.attribute("", "name").unwrap_or_default();
        parts.push((name.into_owned(), element));
    }
    Ok(parts)
}

/// Texts of elements and of what is in them, white space collapsed.
fn texts<'d>(elements: impl Iterator<Item = ElementRef<'d>>) -> String {
    let all = elements.flat_map(|element| std::iter::once(element).chain(element.descendants()));
    let texts = all.filter_map(|element| element.text().to_str());
    let words: Vec<String> = texts
        .flat_map(|text| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    words.join(" ")
}

/// The children of that name in XML Schema.
fn declared<'d>(
    parent: ElementRef<'d>,
    local: &'static str,
) -> impl Iterator<Item = ElementRef<'d>> + use<'d> {
    let children = parent.children();
    children.filter(move |child| child.is(XSD_NAMESPACE, local))
}
