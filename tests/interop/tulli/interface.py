# SPDX-License-Identifier: Apache-2.0
"""Customs' interface as zeep reads it from the descriptions in this folder: requests from options, answers as plain values."""

import base64
import datetime
import pathlib

import xmlsec
import zeep
from lxml import etree
from zeep.helpers import serialize_object

FOLDER = pathlib.Path(__file__).resolve().parent
SERVICE = "http://tulli.fi/schema/corporateservice/v1"
APPLICATION = "http://tulli.fi/schema/external/common/dme/v1"
NOTIFICATION = "http://tulli.fi/schema/notificationservice/v1"

# Options of every operation, with what stands for those that are absent; one without a value there has to be given.
REQUIRED = None
OPTIONS = {
    "upload": {
        "intermediary": REQUIRED,
        "application-request": "",
        "payload": "",
        "declarant": "",
        "application": "",
        "reference": "",
        "content-format": "application/xml",
        "signing-key": "",
        "signing-certificate": "",
    },
    "download-list": {"intermediary": REQUIRED, "start": "", "end": "", "start-date": "", "end-date": ""},
    "download": {"intermediary": REQUIRED, "storage-id": REQUIRED},
    "check-connectivity": {"intermediary": REQUIRED, "content": "Terve, Tulli"},
    "notify": {
        "intermediary": "0245442-8",
        "storage-id": REQUIRED,
        "declarant": "",
        "builder": "",
        "application": "",
        "reference": "",
        "status": "",
        "content-format": "",
        "soap": "1.2",
    },
}

# What an application request is made of, unless a finished one is given.
MADE_OF = ("payload", "declarant", "application", "reference", "signing-key", "signing-certificate")

# Children of MessageInformation, by the options of a notification.
INFORMATION = {
    "MessageStorageId": "storage-id",
    "DeclarantBusinessId": "declarant",
    "MessageBuilderBusinessId": "builder",
    "Application": "application",
    "Reference": "reference",
    "MessageStatus": "status",
    "ContentFormat": "content-format",
}


class Usage(Exception):
    """The command line is wrong."""


def options(operation, words, more=()):
    """`name=value` words as a dictionary; `more` names options of the caller's own."""
    if operation not in OPTIONS:
        raise Usage(f"no operation `{operation}`; there are {', '.join(OPTIONS)}")
    found = OPTIONS[operation] | dict.fromkeys(more, "")
    for word in words:
        name, _, value = word.partition("=")
        if name not in found:
            raise Usage(f"{operation} has no option `{name}`; it has {', '.join(found)}")
        found[name] = value
    missing = [name for name, value in found.items() if value is REQUIRED]
    if operation == "upload" and not found["application-request"]:
        missing += [name for name in MADE_OF if not found[name]]
    if missing:
        raise Usage(f"{operation} needs {', '.join(missing)}")
    return found


class Operation:
    """One operation of one binding, and the request that options make."""

    def __init__(self, name, found, transport=None):
        self.is_notification = name == "notify"
        # Strict: what the schema does not know is an error.
        settings = zeep.Settings(strict=True, xml_huge_tree=True)
        description = "NotificationService.wsdl" if self.is_notification else "CustomsCorporateService.wsdl"
        self.client = zeep.Client(str(FOLDER / description), transport=transport, settings=settings)
        if self.is_notification:
            port = {"1.2": "NotificationPort12", "1.1": "NotificationPort11"}.get(found["soap"])
            if port is None:
                raise Usage("soap is 1.1 or 1.2")
            service, self.namespace = "NotificationService", NOTIFICATION
        else:
            service, port, self.namespace = "CustomsCorporateService", "CustomsCorporatePort", SERVICE
        self.binding = self.client.wsdl.services[service].ports[port].binding
        self.name = "".join(word.capitalize() for word in name.split("-"))
        self.found = found

    def call(self, url):
        """Sends the request and gives the answer, typed."""
        proxy = self.client.create_service(self.binding.name.text, url)
        return getattr(proxy, self.name)(**self.request())

    def read(self, response):
        """An answer as it came by HTTP (`requests.Response`), typed."""
        return self.binding.process_reply(self.client, self.binding.get(self.name), response)

    def request(self):
        """What the operation is called with."""
        header = {"IntermediaryBusinessId": self.found["intermediary"], "Timestamp": now()}
        if not self.is_notification:
            header |= {"Language": "EN", "IntermediarySoftwareInfo": f"zeep {zeep.__version__}"}
        return {"RequestHeader": header} | getattr(self, f"_{self.name}")()

    def _Upload(self):
        given = self.found["application-request"]
        if given:
            document = pathlib.Path(given).read_bytes()
        else:
            document = self.application_request()
        return {"ApplicationRequestMessage": document}

    def _DownloadList(self):
        pairs = {
            "start": ("StartTimestamp", datetime.datetime.fromisoformat),
            "end": ("EndTimestamp", datetime.datetime.fromisoformat),
            "start-date": ("StartDate", datetime.date.fromisoformat),
            "end-date": ("EndDate", datetime.date.fromisoformat),
        }
        window = {element: read(self.found[name]) for name, (element, read) in pairs.items() if self.found[name]}
        return {"DownloadMessageListFilteringCriteria": window}

    def _Download(self):
        return {"DownloadMessageFilteringCriteria": {"MessageStorageId": self.found["storage-id"]}}

    def _CheckConnectivity(self):
        return {"EchoContent": self.found["content"]}

    def _Notify(self):
        information = {element: self.found[name] for element, name in INFORMATION.items() if self.found[name]}
        return {"MessageInformation": information | {"Timestamp": now()}}

    def application_request(self):
        """The application request: elements by zeep, the signature over Content by libxmlsec."""
        element = self.client.get_element(f"{{{APPLICATION}}}ApplicationRequest")
        content = {"_value_1": pathlib.Path(self.found["payload"]).read_bytes(), "Id": "content"}
        value = element(
            DeclarantBusinessId=self.found["declarant"],
            MessageBuilderBusinessId=self.found["intermediary"],
            MessageBuilderSoftwareInfo=f"zeep {zeep.__version__}",
            Application=self.found["application"],
            Environment="TEST",
            Timestamp=now(),
            Reference=self.found["reference"],
            ContentFormat=self.found["content-format"],
            Content=content,
            Signature=zeep.xsd.SkipValue,
        )
        parent = etree.Element("parent")
        element.render(parent, value)
        root = etree.fromstring(etree.tostring(parent[0]))
        sign(root, self.found["signing-key"], self.found["signing-certificate"])
        return etree.tostring(root, encoding="UTF-8", xml_declaration=True)

    def application_response(self, document):
        """A document from Customs, typed."""
        element = self.client.get_element(f"{{{APPLICATION}}}ApplicationResponse")
        return element.parse(etree.fromstring(document), self.client.wsdl.types)


def sign(root, key, certificate):
    """Signs the child with Id `content` into the root."""
    kinds = xmlsec.constants
    signature = xmlsec.template.create(root, kinds.TransformExclC14N, kinds.TransformRsaSha256, ns="ds")
    root.append(signature)
    reference = xmlsec.template.add_reference(signature, kinds.TransformSha256, uri="#content")
    xmlsec.template.add_transform(reference, kinds.TransformExclC14N)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(key, kinds.KeyDataFormatPem)
    context.key.load_cert_from_file(certificate, kinds.KeyDataFormatPem)
    context.sign(signature)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def plain(value):
    """Typed values of zeep as values of JSON: base64 for bytes, ISO 8601 for times; what is absent stays away."""
    value = serialize_object(value, dict)
    match value:
        case dict():
            return {name: plain(inner) for name, inner in value.items() if inner is not None}
        case list():
            return [plain(inner) for inner in value]
        case bytes():
            return base64.b64encode(value).decode()
        case datetime.date():
            return value.isoformat()
        case etree._Element():
            return etree.tostring(value).decode()
        case _:
            return value


def fault(error):
    """A fault as it came; its detail by local name."""
    detail = error.detail if isinstance(error.detail, etree._Element) else []
    inside = {etree.QName(leaf).localname: leaf.text for leaf in (detail.iter() if len(detail) else []) if not len(leaf)}
    return {"code": error.code, "message": error.message, "detail": inside}
