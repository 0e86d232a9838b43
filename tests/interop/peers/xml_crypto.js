// SPDX-License-Identifier: Apache-2.0
"use strict";
// xml-crypto for node as a peer. Commands and answers are those of peer.py; see ../README.md.

const fs = require("fs");
const readline = require("readline");
const { DOMParser } = require("@xmldom/xmldom");
const { SignedXml } = require("xml-crypto");

const ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const [DONE, REFUSED, FAILED, CANNOT] = [0, 1, 2, 3];
const NAMES = "signature digest method method-prefixes transform prefixes enveloped reference into".split(" ");

/** Where the library keeps what it knows, by the element that asks for it. */
const TABLES = {
  SignatureMethod: "SignatureAlgorithms",
  DigestMethod: "HashAlgorithms",
  CanonicalizationMethod: "CanonicalizationAlgorithms",
  Transform: "CanonicalizationAlgorithms",
};

class Cannot extends Error {}
class Refused extends Error {}

function options(words) {
  const found = Object.fromEntries(NAMES.map((name) => [name, ""]));
  for (const word of words) {
    const at = word.indexOf("=");
    const name = word.slice(0, at);
    if (!(name in found)) throw new Error(`no option \`${name}\``);
    found[name] = word.slice(at + 1);
  }
  return found;
}

/** XPath to the element with that Id, or to the root. */
function place(id) {
  return id === "" ? "/*" : `//*[@*[local-name(.)='Id' or local-name(.)='ID' or local-name(.)='id']='${id}']`;
}

function sign(key, certificate, source, option) {
  const enveloped = option.enveloped === "yes";
  if (!option.transform && !enveloped) throw new Cannot("writes no reference without transforms");
  const signer = new SignedXml({
    privateKey: key,
    publicCert: certificate,
    signatureAlgorithm: option.signature,
    canonicalizationAlgorithm: option.method,
    inclusiveNamespacesPrefixList: list(option["method-prefixes"]),
    // Where an Id is in the namespace of WS-Security, this mode finds it.
    idMode: source.includes("wsu:Id=") && option.reference ? "wssecurity" : undefined,
  });
  for (const [table, name] of [
    [signer.SignatureAlgorithms, option.signature],
    [signer.HashAlgorithms, option.digest],
    [signer.CanonicalizationAlgorithms, option.method],
    [signer.CanonicalizationAlgorithms, option.transform || ENVELOPED],
  ]) {
    if (!(name in table)) throw new Cannot(`has no ${name}`);
  }
  if (option["method-prefixes"]) throw new Cannot("writes a PrefixList for SignedInfo and does not use it");
  if (option.prefixes && enveloped) throw new Cannot("writes a PrefixList into the enveloped-signature transform too");
  signer.addReference({
    xpath: place(option.reference.slice(1)),
    transforms: [...(enveloped ? [ENVELOPED] : []), ...(option.transform ? [option.transform] : [])],
    digestAlgorithm: option.digest,
    isEmptyUri: option.reference === "",
    inclusiveNamespacesPrefixList: list(option.prefixes),
  });
  signer.computeSignature(source, { prefix: "ds", location: { reference: place(option.into), action: "append" } });
  return signer.getSignedXml();
}

function list(prefixes) {
  return prefixes === "" ? [] : prefixes.split(",");
}

function verify(certificate, source) {
  const document = new DOMParser().parseFromString(source);
  const signatures = document.getElementsByTagNameNS("http://www.w3.org/2000/09/xmldsig#", "Signature");
  if (signatures.length !== 1) throw new Refused(`${signatures.length} signatures`);
  const verifier = new SignedXml({ publicCert: certificate });
  for (const element of Array.from(signatures[0].getElementsByTagName("*"))) {
    const table = TABLES[element.localName];
    const name = element.getAttribute("Algorithm");
    if (table && !(name in verifier[table])) throw new Cannot(`has no ${name}`);
  }
  verifier.loadSignature(signatures[0]);
  let holds = false;
  try {
    holds = verifier.checkSignature(source);
  } catch (error) {
    throw new Refused(error.message);
  }
  if (!holds) throw new Refused("a digest does not match");
}

function answer(words) {
  try {
    const [command, ...rest] = words;
    if (command === "sign" && rest.length >= 4) {
      const [key, certificate, source, target, ...more] = rest;
      fs.writeFileSync(target, sign(text(key), text(certificate), text(source), options(more)));
    } else if (command === "verify" && rest.length >= 2) {
      options(rest.slice(2));
      verify(text(rest[0]), text(rest[1]));
    } else {
      return [FAILED, "not a command"];
    }
    return [DONE, ""];
  } catch (error) {
    if (error instanceof Cannot) return [CANNOT, error.message];
    if (error instanceof Refused) return [REFUSED, error.message];
    return [FAILED, `${error.name}: ${error.message}`];
  }
}

/** A file as text. The library takes no bytes, and a byte order mark is not part of a text. */
function text(path) {
  return fs.readFileSync(path, "utf8").replace(/^\uFEFF/, "");
}

if (process.argv[2] === "batch") {
  readline.createInterface({ input: process.stdin }).on("line", (line) => {
    const [code, reason] = answer(line.split("\t"));
    process.stdout.write(`${code} ${reason.replace(/\s+/g, " ").slice(0, 400)}\n`);
  });
} else {
  const [code, reason] = answer(process.argv.slice(2));
  if (reason) console.error(reason);
  process.exitCode = code;
}
