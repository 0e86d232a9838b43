// SPDX-License-Identifier: Apache-2.0
// Who calls.

import { problem } from "./wire.js";

/** What the host says of a certificate (`trust.identify-error`), by its names in the contract. */
const REASONS = {
  "no-path": ["caller.untrusted", "leads to no anchor of the set"],
  "certificate-unreadable": ["caller.certificate-unreadable", "is no X.509 certificate, for the set"],
  "too-many-certificates": ["caller.too-many-certificates", "comes with more others than are looked at, for the set"],
  "not-yet-valid": ["caller.not-yet-valid", "is not valid yet, for the set"],
  expired: ["caller.expired", "or one above it has expired, for the set"],
  revoked: ["caller.revoked", "or one above it is revoked, for the set"],
  "wrong-usage": ["caller.wrong-usage", "is not meant for calls, for the set"],
  "not-acceptable": ["caller.not-acceptable", "or one above it breaks a rule of RFC 5280, for the set"],
  unsupported: ["caller.unsupported", "or one above it has something that is not supported, for the set"],
};

/** Judges the caller's certificate by an anchor set: nothing, or the problem. What is the operator's matter is thrown. */
export function checkCaller(anchorSet, peer) {
  if (!peer) {
    return problem("counterparty", "caller.no-certificate", "", "the caller has shown no client certificate");
  }
  try {
    peer.identify(anchorSet, "tls-client");
    return undefined;
  } catch (error) {
    // Errors of the host come as Error, with what the contract has as `payload`.
    const { tag, val } = error.payload ?? {};
    if (!Object.hasOwn(REASONS, tag)) throw ofTheOperator(anchorSet, error);
    const [code, words] = REASONS[tag];
    const detail = typeof val === "string" ? `: ${val}` : "";
    return problem("counterparty", code, "", `the caller's certificate ${words} \`${anchorSet}\`${detail}`);
  }
}

function ofTheOperator(anchorSet, error) {
  switch (error.payload?.tag) {
    case "unknown-anchor-set":
      return problem("configuration", "anchors.missing", "", `there is no anchor set \`${anchorSet}\`; configure it`);
    case "revocation-unknown": {
      const message = `whether the caller's certificate is revoked cannot be told: ${error.payload.val}`;
      return problem("configuration", "caller.revocation-unknown", "", message);
    }
    default:
      return error;
  }
}
