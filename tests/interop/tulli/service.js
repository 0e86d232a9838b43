// SPDX-License-Identifier: Apache-2.0
"use strict";
// Customs' service, or a customer's for notifications, by the library soap for node from the descriptions beside this file, on loopback.
//
// `service.js [NAME=VALUE…]` prints one JSON object per line: first `port` and `path`, then for each request what the library read of
// it: `operation`, `request`, the HTTP headers `contentType` and `soapAction`; of an upload besides `applicationRequest` (fields),
// `content` (base64) and `signature` ("holds" or why not); `peer` is the subject of the client's certificate. It ends when standard input
// ends. Options:
//   interface                    "customs" (the default) or "notification"
//   key, certificate             PEM; with them it speaks TLS
//   client-ca                    PEM; with it clients have to show a certificate that goes back to it
//   signing-key, signing-certificate  PEM; with them documents in answers are signed, enveloped
//   refusal                      a response code for every answer instead of 000
//   soap, shape                  of answers to notifications: "1.2" or "1.1", "siblings" or "in-header"; the first is the default
//   fault                        a code: every answer is a fault with that in its detail; "bare": without detail

const crypto = require("crypto");
const fs = require("fs");
const http = require("http");
const https = require("https");
const path = require("path");
const { DOMParser } = require("@xmldom/xmldom");
const soap = require("soap");
const { SignedXml } = require("xml-crypto");

const APPLICATION = "http://tulli.fi/schema/external/common/dme/v1";
const DSIG = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED = DSIG + "enveloped-signature";
const PATH = { customs: "/dme", notification: "/notify" };

/** The one message that waits: always the same, so that tests can say what has to come out. */
const WAITING = {
  MessageStorageId: "{6f1b0c9e-5a0d-4f8e-9d57-2f3f6f1e7a10}",
  DeclarantBusinessId: "7654321-2",
  MessageBuilderBusinessId: "1234567-1",
  Application: "IMPORT",
  Reference: "WAITING-1",
  MessageStatus: "WAITING",
  Timestamp: "2026-01-31T12:00:00+02:00",
  ContentFormat: "application/xml",
};
const REPLY = '<?xml version="1.0" encoding="UTF-8"?>\n<Reply xmlns="urn:silta:interop"><Text>Hyväksytty &amp; selvä</Text></Reply>';
const PDF =
  "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n" +
  "trailer<</Root 1 0 R>>\n%%EOF\n";

const DEFAULTS = {
  interface: "customs",
  key: "",
  certificate: "",
  "client-ca": "",
  "signing-key": "",
  "signing-certificate": "",
  soap: "1.2",
  shape: "siblings",
  refusal: "",
  fault: "",
};

function options(words) {
  const found = { ...DEFAULTS };
  for (const word of words) {
    const at = word.indexOf("=");
    const name = word.slice(0, at);
    if (!(name in found)) throw new Error(`no option \`${name}\`; there are ${Object.keys(DEFAULTS).join(", ")}`);
    found[name] = word.slice(at + 1);
  }
  return found;
}

const option = options(process.argv.slice(2));
const base64 = (text) => Buffer.from(text, "utf8").toString("base64");

/** The document in the answer to Download. */
function applicationResponse() {
  const fields = ["MessageStorageId", "DeclarantBusinessId", "MessageBuilderBusinessId", "Application"];
  const leaf = (name, value) => `<${name}>${value}</${name}>`;
  const block = (format, content) => leaf("ApplicationContent", leaf("ContentFormat", format) + leaf("Content", base64(content)));
  const inside =
    fields.map((name) => leaf(name, WAITING[name])).join("") +
    leaf("Environment", "TEST") +
    leaf("Timestamp", WAITING.Timestamp) +
    leaf("Reference", WAITING.Reference) +
    block("application/xml", REPLY) +
    block("application/pdf", PDF);
  const document = `<ApplicationResponse xmlns="${APPLICATION}">${inside}</ApplicationResponse>`;
  return option["signing-key"] ? signed(document) : document;
}

function signed(document) {
  const signer = new SignedXml({
    privateKey: fs.readFileSync(option["signing-key"]),
    publicCert: fs.readFileSync(option["signing-certificate"]),
    signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    canonicalizationAlgorithm: EXCLUSIVE,
  });
  signer.addReference({
    xpath: "/*",
    transforms: [ENVELOPED, EXCLUSIVE],
    digestAlgorithm: "http://www.w3.org/2001/04/xmlenc#sha256",
    isEmptyUri: true,
  });
  signer.computeSignature(document, { prefix: "ds", location: { reference: "/*", action: "append" } });
  return signer.getSignedXml();
}

/** What an upload carries. */
function inspected(message) {
  const text = Buffer.from(message, "base64").toString("utf8");
  const document = new DOMParser().parseFromString(text, "text/xml");
  const fields = {};
  for (const child of Array.from(document.documentElement.childNodes)) {
    if (child.nodeType === 1 && child.namespaceURI === APPLICATION) fields[child.localName] = child.textContent;
  }
  const { Content: content, ...rest } = fields;
  return { applicationRequest: rest, content, signature: judged(text, document) };
}

function judged(text, document) {
  const [certificate] = Array.from(document.getElementsByTagNameNS(DSIG, "X509Certificate"));
  const [signature] = Array.from(document.getElementsByTagNameNS(DSIG, "Signature"));
  if (!certificate || !signature) return "no signature with a certificate";
  const verifier = new SignedXml({ publicCert: new crypto.X509Certificate(Buffer.from(certificate.textContent, "base64")).toString() });
  verifier.loadSignature(signature);
  try {
    return verifier.checkSignature(text) ? "holds" : "a digest does not match";
  } catch (error) {
    return error.message;
  }
}

function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function result() {
  const code = option.refusal || "000";
  return { ResponseCode: code, ResponseText: code === "000" ? "OK" : "Refused" };
}

/** An answer of Customs: a refusal is nothing but the header. */
function answered(rest) {
  return { ResponseHeader: result(), ...(option.refusal ? {} : rest) };
}

function acknowledged() {
  if (option.shape === "in-header") return { ResponseHeader: result() };
  return { ResponseHeader: { Timestamp: new Date().toISOString() }, ...result() };
}

/** The library makes a point in time of xs:date and cannot write it again. */
function withoutDates(value) {
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutDates(inner)]));
}

/** An operation: writes down what came, and answers by `answer` unless it has to fault. */
function operation(name, answer) {
  return (raw, callback, headers, http) => {
    const request = withoutDates(raw);
    const inside = name === "Upload" ? inspected(request.ApplicationRequestMessage) : {};
    const { "content-type": contentType, soapaction: soapAction } = http.headers;
    const peer = option["client-ca"] ? http.socket.getPeerCertificate().subject : undefined;
    say({ operation: name, request, contentType, soapAction, peer, ...inside });
    if (option.fault) throw fault();
    return answer(request, inside);
  };
}

function fault() {
  const detail = { ErrorDetail: { attributes: { xmlns: "http://tulli.fi/schema/corporateservice/v1" }, code: option.fault, text: "Unexpected error" } };
  const rest = option.fault === "bare" ? {} : { detail };
  return { Fault: { faultcode: "soap:Server", faultstring: "Unexpected error", ...rest, statusCode: 500 } };
}

const customs = {
  Upload: operation("Upload", (request, { applicationRequest }) =>
    answered({ MessageInformation: { ...WAITING, MessageStatus: "RECEIVED", Reference: applicationRequest.Reference } }),
  ),
  DownloadList: operation("DownloadList", (request) =>
    answered({
      DownloadMessageListFilteringCriteria: request.DownloadMessageListFilteringCriteria,
      MessageInformation: [WAITING, { MessageStorageId: "{a2d3e6f4-0d0c-4a77-8b0f-0c5f3f1f9b02}" }],
    }),
  ),
  Download: operation("Download", () =>
    answered({
      ApplicationResponseMessageInformation: WAITING,
      ApplicationResponseMessage: base64(applicationResponse()),
    }),
  ),
  CheckConnectivity: operation("CheckConnectivity", (request) => answered({ EchoContent: request.EchoContent })),
};
const notification = { Notify: operation("Notify", acknowledged) };

const INTERFACES = {
  customs: ["CustomsCorporateService.wsdl", { CustomsCorporateService: { CustomsCorporatePort: customs } }],
  notification: [
    "NotificationService.wsdl",
    { NotificationService: { NotificationPort12: notification, NotificationPort11: notification } },
  ],
};

function listener() {
  if (!option.key) return http.createServer();
  const [key, cert, ca] = ["key", "certificate", "client-ca"].map((name) => option[name] && fs.readFileSync(option[name]));
  const clients = ca ? { ca, requestCert: true, rejectUnauthorized: true } : {};
  return https.createServer({ key, cert, ...clients });
}

const [description, services] = INTERFACES[option.interface];
const wsdl = path.join(__dirname, description);
const server = listener();
server.listen(0, "127.0.0.1", () => {
  soap.listen(server, {
    path: PATH[option.interface],
    services,
    xml: fs.readFileSync(wsdl, "utf8"),
    uri: wsdl,
    forceSoap12Headers: option.interface === "notification" && option.soap === "1.2",
    callback: (error) => {
      if (error) throw error;
      say({ port: server.address().port, path: PATH[option.interface] });
    },
  });
});
process.stdin.resume().on("end", () => process.exit(0));
