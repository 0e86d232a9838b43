// SPDX-License-Identifier: Apache-2.0
// xml-crypto: `node xml_crypto.js MODULES FOLDER DOCUMENT…`. What it reads and writes is said in on_libxml2.py.
"use strict";

const fs = require("fs");
const path = require("path");

const [modules, folder, ...documents] = process.argv.slice(2);
const load = (name) => require(path.join(modules, name));
const { SignedXml } = load("xml-crypto");
const { DOMParser } = load("@xmldom/xmldom");

const SECONDS = 2;
const LEAST_RUNS = 3;
const DSIG = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";
const read = (name) => fs.readFileSync(path.join(folder, name), "utf8");
const privateKey = read("key.pem");
const publicCert = read("certificate.pem");

function median(work) {
  work();
  const times = [];
  const end = performance.now() + SECONDS * 1e3;
  while (times.length < LEAST_RUNS || performance.now() < end) {
    const begun = performance.now();
    work();
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}

function sign(text) {
  const signer = new SignedXml({
    privateKey,
    publicCert,
    signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    canonicalizationAlgorithm: EXCLUSIVE,
  });
  signer.addReference({
    xpath: "/*",
    uri: "",
    isEmptyUri: true,
    transforms: [DSIG + "enveloped-signature", EXCLUSIVE],
    digestAlgorithm: "http://www.w3.org/2001/04/xmlenc#sha256",
  });
  signer.computeSignature(text);
  return signer.getSignedXml();
}

function verify(text) {
  const document = new DOMParser().parseFromString(text, "text/xml");
  const signature = document.getElementsByTagNameNS(DSIG, "Signature")[0];
  const verifier = new SignedXml({ publicCert, getCertFromKeyInfo: () => null });
  verifier.loadSignature(signature);
  if (!verifier.checkSignature(text)) throw new Error("the signature does not count");
  return verifier.getSignedReferences();
}

console.log(`xml-crypto ${load("xml-crypto/package.json").version}, node ${process.versions.node}`);
for (const name of documents) {
  const plain = read(`${name}.plain.xml`);
  const signed = read(`${name}.signed.xml`);
  verify(sign(plain));
  console.log(`${name}\tsign\t${median(() => sign(plain))}`);
  console.log(`${name}\tverify\t${median(() => verify(signed))}`);
}
