// SPDX-License-Identifier: Apache-2.0
// The contract, served. What is imported from `silta:agency` is the host: `silta component wit` prints all there is. Functions return what the contract has as
// their result, and throw a problem (`wire.js`) where it has one.

import { compact } from "silta:agency/ids@0.1.0";
import { read as configured } from "silta:agency/settings@0.1.0";

import { blobOf, textOf } from "./blobs.js";
import { checkCaller } from "./caller.js";
import { ANNOUNCE, CALLERS, CLIENT, LARGEST_MESSAGE, NOTIFY, adjusted, description } from "./describe.js";
import {
  announcementHead,
  problem,
  readNotification,
  readParameters,
  readSettings,
  readTaken,
  retryClass,
} from "./wire.js";

const JSON_TYPE = "application/json";

/** @type {typeof import("silta:agency/descriptor@0.1.0")} */
export const descriptor = {
  describe: () => description(),
  checkSettings: () => adjusted(readSettings(configured())),
};

/** @type {typeof import("silta:agency/envelope@0.1.0")} */
export const envelope = {
  build(operation, parameters, payload) {
    if (operation !== ANNOUNCE) throw unknownOperation(operation);
    const settings = readSettings(configured());
    const { recipient } = readParameters(parameters);
    if (!payload) {
      throw problem("caller", "payload.missing", "", "the content is the payload, and there is none");
    }
    const reference = compact();
    return {
      target: { tag: "http", val: { method: "POST", url: `${settings.url}/announcements` } },
      headers: [
        { name: "Content-Type", value: JSON_TYPE },
        { name: "Accept", value: JSON_TYPE },
      ],
      secretHeaders: [],
      // The content stays in the host, whatever its size.
      body: blobOf(announcementHead(reference, recipient), { base64: payload }, '"}'),
      timeoutMilliseconds: settings.timeoutMilliseconds,
      reference,
      tlsRole: CLIENT,
      keepBytes: true,
      memo: reference,
    };
  },
};

/** @type {typeof import("silta:agency/message@0.1.0")} */
export const message = {
  parse(operation, response, sending) {
    if (operation !== ANNOUNCE) throw unknownOperation(operation);
    const again = sending.earlierSendings > 0;
    if (response.tag !== "answered") {
      return { ...outcome(retryClass(null, again), "none"), text: "no answer came" };
    }
    const { status, body } = response.val;
    const told = outcome(retryClass(status, again), `http-${status}`);
    if (told.class !== "done" && told.class !== "already-accepted") return told;
    const reference = sending.memo;
    const id = readTaken(textOf(body, LARGEST_MESSAGE));
    return { ...told, reference, events: [event("parcel-announced", reference, { reference, id }, reference)] };
  },
};

/** @type {typeof import("silta:agency/notification@0.1.0")} */
export const notification = {
  validate(call) {
    if (call.tag !== "http") {
      const message = "AGENCY_ID sends no mail, and this component takes none";
      return rejected(550, problem("counterparty", "call.mail", "", message));
    }
    const { method, target, headers, body, peer } = call.val;
    const mismatch = (status, code, message, ...headers) =>
      rejected(status, problem("counterparty", code, "", message), headers);
    const settings = readSettings(configured());
    if (target.split("?")[0] !== settings.notificationPath) {
      return mismatch(404, "call.other-path", "the call is for another path than the setting notification-path");
    }
    if (method !== "POST") {
      const allow = { name: "Allow", value: "POST" };
      return mismatch(405, "call.other-method", "notifications come by POST, and the call does not", allow);
    }
    const type = headers.find(({ name }) => name.toLowerCase() === "content-type")?.value ?? "";
    if (type.split(";")[0].trim().toLowerCase() !== JSON_TYPE) {
      return mismatch(415, "body.other-media-type", "notifications are JSON");
    }
    // Whoever has a certificate of these issuers may call. Judge here whom it names, if they certify others too.
    const stranger = checkCaller(CALLERS, peer);
    if (stranger) return rejected(403, stranger);
    let data;
    try {
      data = readNotification(textOf(body, LARGEST_MESSAGE));
    } catch (reason) {
      if (reason.fault === "counterparty") return rejected(400, reason);
      throw reason;
    }
    const reply = () => ({ status: 204, headers: [], body: undefined });
    return {
      tag: "accepted",
      val: {
        operation: NOTIFY,
        events: [event("parcel-notified", data.number, data, data.reference)],
        documents: [],
        followUps: [],
        reply: reply(),
        replyToDuplicate: reply(),
      },
    };
  },
};

const unknownOperation = (operation) =>
  problem("caller", "operation.unknown", "", `there is no operation \`${operation}\``);

/** An event; two of the same kind and key are one. */
const event = (kind, key, data, about) => ({
  kind,
  data: JSON.stringify(data),
  deduplicationKey: `${kind}/${key}`,
  about,
});

/** What an answer means, with nothing handed out. */
const outcome = (retry, code) => ({
  class: retry,
  code,
  text: "",
  reference: "",
  events: [],
  documents: [],
  followUps: [],
  cursor: undefined,
  moreWaits: false,
  nextStep: undefined,
  notBefore: undefined,
  obtained: undefined,
  refusedSecret: undefined,
});

/** A verdict: the call is answered with a status alone. */
const rejected = (status, reason, headers = []) => ({
  tag: /** @type {const} */ ("rejected"),
  val: { reply: { status, headers, body: undefined }, reason },
});
