// SPDX-License-Identifier: Apache-2.0
// What the component says of itself.

import { ANNOUNCED, NOTIFIED, PARAMETERS, SETTINGS } from "./wire.js";

/** Version of the component (Semantic Versioning 2.0). */
const VERSION = "0.1.0";

/** Outbound: announces a parcel. */
export const ANNOUNCE = "announce";

/** Inbound: tells what has become of a parcel. */
export const NOTIFY = "notify";

/** Key role of our certificate, by which the agency knows us. */
export const CLIENT = "client";

/** Anchor set of the issuers of callers' certificates. */
export const CALLERS = "callers";

/** Largest answer or notification, in bytes. */
export const LARGEST_MESSAGE = 64 * 1024;

/** Largest content of an announcement, in bytes. */
const LARGEST_CONTENT = 5 * 1024 * 1024;

/** How soon a notification is answered, in milliseconds. */
const ANSWER_MILLISECONDS = 5_000;

/** @returns {import("silta:agency/descriptor@0.1.0").Description} */
export function description() {
  return {
    agency: "AGENCY_ID",
    titles: [{ language: "en", text: "AGENCY_ID, an agency that does not exist" }],
    version: VERSION,
    documents: [{ title: "README of the component", version: "1", coverage: "All of it." }],
    operations: [
      {
        ...operation(ANNOUNCE, "Announces a parcel, whose content is the payload."),
        direction: "outbound",
        parameters: JSON.stringify(PARAMETERS),
        idempotency: "by-reference",
        limits: announceLimits(30_000),
      },
      {
        ...operation(NOTIFY, "Something has become of a parcel."),
        direction: "inbound",
        parameters: "",
        idempotency: "read-only",
        limits: limits(ANSWER_MILLISECONDS),
      },
    ],
    events: [
      {
        kind: "parcel-announced",
        summary: "The agency knows of a parcel.",
        data: JSON.stringify(ANNOUNCED),
      },
      {
        kind: "parcel-notified",
        summary: "Something has become of a parcel.",
        data: JSON.stringify(NOTIFIED),
      },
    ],
    keyRoles: [
      {
        name: CLIENT,
        purpose: "the client certificate, by which the agency knows us",
        required: false,
      },
    ],
    anchorSets: [
      {
        name: CALLERS,
        purpose: "issuers of the certificates that the agency calls with",
        required: false,
      },
    ],
    secretRoles: [],
    settingsSchema: JSON.stringify(SETTINGS),
    selfTests: selfTests(),
  };
}

/** The limits of all operations under these settings. */
export function adjusted(settings) {
  return [
    { operation: ANNOUNCE, limits: announceLimits(settings.timeoutMilliseconds) },
    { operation: NOTIFY, limits: limits(ANSWER_MILLISECONDS) },
  ];
}

const operation = (name, summary) => ({
  name,
  summary,
  transport: /** @type {const} */ ("https"),
  emptyPayload: false,
  poll: undefined,
  credentials: [],
});

const announceLimits = (timeoutMilliseconds) => ({
  ...limits(timeoutMilliseconds),
  payloadLimit: BigInt(LARGEST_CONTENT),
  // The agency knows a reference for a day.
  resending: { sendings: 5, seconds: 24 * 60 * 60 },
});

/** Limits of time and of the size of an answer or a call, and no others. Sizes are 64-bit numbers, which are `BigInt`. */
const limits = (timeoutMilliseconds) => ({
  timeoutMilliseconds,
  rateLimit: undefined,
  concurrency: undefined,
  referenceConcurrency: undefined,
  payloadLimit: undefined,
  attachmentLimit: 0,
  responseLimit: BigInt(LARGEST_MESSAGE),
  responseAdvice: "",
  resending: undefined,
  steps: 1,
});

/** They run at each deployment, in milliseconds: what must never go into service broken. */
function selfTests() {
  const bytes = (text) => new TextEncoder().encode(text);
  const build = (parameters) => ({
    tag: /** @type {const} */ ("build"),
    val: { operation: ANNOUNCE, parameters, payload: bytes("content") },
  });
  /** @typedef {import("silta:agency/descriptor@0.1.0").SelfTest} SelfTest */
  /** @type {[string, SelfTest["exercise"], SelfTest["expectation"]][]} */
  const tests = [
    ["an announcement is built", build('{"recipient": "r"}'), { tag: "request", val: new Uint8Array() }],
    [
      "an announcement without a recipient is refused",
      build("{}"),
      { tag: "problem", val: "parameter.missing" },
    ],
    [
      "an answer is understood",
      { tag: "parse", val: { operation: ANNOUNCE, status: 200, headers: [], body: bytes('{"id": "P-1"}') } },
      { tag: "outcome", val: "http-200" },
    ],
    [
      "a caller without a certificate is refused",
      {
        tag: "validate",
        val: {
          method: "POST",
          target: "/AGENCY_ID/notifications",
          headers: [{ name: "Content-Type", value: "application/json" }],
          body: bytes("{}"),
        },
      },
      { tag: "problem", val: "caller.no-certificate" },
    ],
  ];
  const settings = '{"url": "https://AGENCY_ID.example/v1"}';
  return tests.map(([name, exercise, expectation]) => ({ name, settings, exercise, expectation }));
}
