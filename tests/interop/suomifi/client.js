// SPDX-License-Identifier: Apache-2.0
"use strict";
// Suomi.fi messages by the library soap for node, calling a return channel by the description beside this file.
//
// `client.js OPERATION URL NAME=VALUE…` calls, and prints what the library made of the answer as one JSON object: `answer`, or `fault`. OPERATION
// is VieKohteita or VieKohdeTiloja. Options:
//   request            JSON: what the operation is called with, by the names of the description (attributes like elements), in its order
//   ca                 PEM: where the receiver's certificate has to go back to
//   key, certificate   PEM: with them the call is signed by WSSecurityCert, Timestamp and Body
//   algorithms         sha1 (the default), or sha256
//   transforms         of what is signed: exclusive (the default), or library, which are enveloped-signature and exclusive
//   sent, answer       files in which the call and the answer are kept as they were
// Exits with 0 when an answer or a fault came, with 2 otherwise.

const fs = require("fs");
const https = require("https");
const path = require("path");
const soap = require("soap");

const OPERATIONS = ["VieKohteita", "VieKohdeTiloja"];
const DEFAULTS = {
  request: undefined,
  ca: undefined,
  key: "",
  certificate: "",
  algorithms: "sha1",
  transforms: "exclusive",
  sent: "",
  answer: "",
};
const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ALGORITHMS = {
  sha1: {
    signatureAlgorithm: "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    digestAlgorithm: "http://www.w3.org/2000/09/xmldsig#sha1",
  },
  sha256: {
    signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    digestAlgorithm: "http://www.w3.org/2001/04/xmlenc#sha256",
  },
};
const ATTRIBUTES = [
  "AsiakasTunnus",
  "Sahkoposti",
  "Matkapuhelin",
  "TunnusTyyppi",
  "ViittausTunniste",
  "ViittausTunnisteTyyppi",
];

/** Options from the command line. */
function options(words) {
  const found = { ...DEFAULTS };
  for (const word of words) {
    const at = word.indexOf("=");
    const name = word.slice(0, at);
    if (!(name in found)) throw new Error(`no option \`${word}\`; there are ${Object.keys(DEFAULTS).join(", ")}`);
    found[name] = word.slice(at + 1);
  }
  for (const [name, value] of Object.entries(found)) {
    if (value === undefined) throw new Error(`it needs ${name}`);
  }
  if (!(found.algorithms in ALGORITHMS)) throw new Error("algorithms is sha1 or sha256");
  return found;
}

/** Attributes where the library wants them. */
function withAttributes(value) {
  if (Array.isArray(value)) return value.map(withAttributes);
  if (value === null || typeof value !== "object") return value;
  const made = {};
  for (const [name, inner] of Object.entries(value)) {
    if (ATTRIBUTES.includes(name)) (made.attributes ??= {})[name] = inner;
    else made[name] = withAttributes(inner);
  }
  return made;
}

function security(found) {
  const transforms = found.transforms === "library" ? {} : { signatureTransformations: [EXCLUSIVE] };
  return new soap.WSSecurityCert(fs.readFileSync(found.key), fs.readFileSync(found.certificate), "", {
    ...ALGORITHMS[found.algorithms],
    ...transforms,
    hasTimeStamp: true,
    signerOptions: { idMode: "wssecurity" },
  });
}

function keep(file, content) {
  if (file) fs.writeFileSync(file, content);
}

async function call(name, url, words) {
  if (!OPERATIONS.includes(name)) throw new Error(`no operation \`${name}\`; there are ${OPERATIONS.join(", ")}`);
  const found = options(words);
  const client = await soap.createClientAsync(path.join(__dirname, "viranomaispaluukanava.wsdl"), {}, url);
  if (found.key) client.setSecurity(security(found));
  client.addSoapHeader({ paluukanavaUrl: url }, "", "asi", "http://www.suomi.fi/asiointitili");
  const request = withAttributes(JSON.parse(fs.readFileSync(found.request, "utf8")));
  const agent = new https.Agent({ ca: fs.readFileSync(found.ca) });
  return new Promise((resolve, reject) => {
    client[name](
      request,
      (error, answer, raw) => {
        keep(found.sent, client.lastRequest);
        if (raw) keep(found.answer, raw);
        const fault = error && error.root && error.root.Envelope && error.root.Envelope.Body.Fault;
        if (fault) resolve({ fault: { code: fault.faultcode, text: fault.faultstring } });
        else if (error) reject(error);
        else resolve({ answer });
      },
      { httpsAgent: agent, proxy: false },
    );
  });
}

const [name, url, ...words] = process.argv.slice(2);
call(name, url, words).then(
  (result) => console.log(JSON.stringify(result)),
  (error) => {
    console.error(String(error && error.message ? error.message : error));
    process.exitCode = 2;
  },
);
