// SPDX-License-Identifier: Apache-2.0
// The protocol: texts in, values out. No sandbox, no clock, no network; its tests run in Node, with `npm test`.

/**
 * What is wrong, and who has to act: what the contract's functions throw.
 *
 * @typedef {{fault: "caller" | "counterparty" | "configuration" | "internal", code: string, path: string, message: string}} Problem
 */

/**
 * @param {Problem["fault"]} fault
 * @param {string} code
 * @param {string} path
 * @param {string} message
 * @returns {Problem}
 */
export const problem = (fault, code, path, message) => ({ fault, code, path, message });

/** JSON Schema of the operator's settings, with every default. */
export const SETTINGS = {
  type: "object",
  required: ["url"],
  additionalProperties: false,
  properties: {
    url: {
      type: "string",
      description: "URL of the service, https, without a slash at its end.",
    },
    "timeout-seconds": {
      type: "integer",
      minimum: 1,
      maximum: 4294967,
      default: 30,
      description: "How long to wait for an answer, in seconds. Default 30.",
    },
    "notification-path": {
      type: "string",
      default: "/AGENCY_ID/notifications",
      description: "Path at which notifications are taken. Default `/AGENCY_ID/notifications`.",
    },
  },
};

/** JSON Schema of the parameters of an announcement, whose content is the payload. */
export const PARAMETERS = {
  type: "object",
  required: ["recipient"],
  additionalProperties: false,
  properties: {
    recipient: { type: "string", description: "Who gets the parcel." },
  },
};

/** JSON Schema of the data of the event `parcel-announced`. */
export const ANNOUNCED = {
  type: "object",
  required: ["reference", "id"],
  additionalProperties: false,
  properties: {
    reference: { type: "string", description: "Our reference." },
    id: { type: "string", description: "The agency's number." },
  },
};

/** JSON Schema of the data of the event `parcel-notified`. */
export const NOTIFIED = {
  type: "object",
  required: ["number", "reference", "state"],
  additionalProperties: false,
  properties: {
    number: { type: "string", description: "The agency's number of the notification." },
    reference: { type: "string", description: "Our reference of the announcement." },
    state: {
      type: "string",
      description: "What has become of the parcel. States that are not known here come as they are.",
    },
  },
};

/**
 * Reads what the operator has set.
 *
 * @param {string} text
 */
export function readSettings(text) {
  const settings = checked(SETTINGS, text, "configuration", "setting");
  const invalid = (path, message) => problem("configuration", "setting.invalid", path, message);
  if (!settings.url.startsWith("https://") || settings.url.endsWith("/")) {
    throw invalid("/url", "this has to be a URL that begins with https:// and has no / at its end");
  }
  if (!settings["notification-path"].startsWith("/")) {
    throw invalid("/notification-path", "a path begins with /");
  }
  return {
    url: settings.url,
    timeoutMilliseconds: settings["timeout-seconds"] * 1000,
    notificationPath: settings["notification-path"],
  };
}

/**
 * Reads the parameters of an announcement.
 *
 * @param {string} text
 * @returns {{recipient: string}}
 */
export function readParameters(text) {
  return checked(PARAMETERS, text, "caller", "parameter");
}

/**
 * What goes before the content of an announcement, which the host puts in as base64. Behind it stands `"}`.
 *
 * @param {string} reference
 * @param {string} recipient
 */
export function announcementHead(reference, recipient) {
  // The content is last and empty: it is opened for what the host puts in.
  return JSON.stringify({ reference, recipient, content: "" }).slice(0, -2);
}

/**
 * What to do after a status, or after silence.
 *
 * @param {number | null} status
 * @param {boolean} again nobody knows what came of an earlier sending of the same bytes
 */
export function retryClass(status, again) {
  if (status === null) return "unknown-outcome";
  if (status >= 200 && status <= 299) return "done";
  // The very same announcement is there already.
  if (status === 409) return "already-accepted";
  if (status === 429) return "retry-later-same-reference";
  // It says nothing of an earlier sending.
  if ((status === 401 || status === 403) && !again) return "denied";
  if (status >= 400 && status <= 499 && !again) return "fix-first";
  return "unknown-outcome";
}

/**
 * Reads the answer to an announcement: the agency's number of it.
 *
 * @param {string} text
 * @returns {string}
 */
export function readTaken(text) {
  const { id } = read("answer", text, ["id"]);
  if (!isToken(id)) {
    const message = "the number has other than letters, digits, - and _, or more than 100 of them";
    throw problem("counterparty", "answer.invalid", "/id", message);
  }
  return id;
}

/**
 * Reads a notification.
 *
 * @param {string} text
 * @returns {{number: string, reference: string, state: string}}
 */
export function readNotification(text) {
  const { number, reference, state } = read("notification", text, ["number", "reference", "state"]);
  for (const [path, value] of [["/number", number], ["/reference", reference]]) {
    if (!isToken(value)) {
      const message = "it has other than letters, digits, - and _, or more than 100 of them";
      throw problem("counterparty", "notification.invalid", path, message);
    }
  }
  return { number, reference, state };
}

/**
 * Texts that a message has to have. Unknown members are ignored: agencies add them without notice. No value is repeated in a problem, for it may be about a
 * person.
 */
function read(what, text, names) {
  const unexpected = (path, message) => problem("counterparty", `${what}.unexpected`, path, message);
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    throw unexpected("", "it is no JSON");
  }
  if (!isObject(message)) throw unexpected("", "it is no JSON object");
  for (const name of names) {
    if (typeof message[name] !== "string") throw unexpected(`/${name}`, "this has to be a text");
  }
  return message;
}

/** An object after a schema as those above, with its defaults, of a text. What is wrong with it is a problem of whoever wrote it. @returns {any} */
function checked(schema, text, fault, kind) {
  const wrong = (what, path, message) => problem(fault, `${kind}.${what}`, path, message);
  let object;
  try {
    object = JSON.parse(text);
  } catch {
    throw problem(fault, `${kind}s.not-json`, "", `the ${kind}s are not one JSON object`);
  }
  if (!isObject(object)) throw wrong("invalid", "", `the ${kind}s have to be an object`);
  for (const name of Object.keys(object)) {
    if (!Object.hasOwn(schema.properties, name)) {
      const known = Object.keys(schema.properties).join(", ");
      throw wrong("unknown", `/${name}`, `there is no such property; there are: ${known}`);
    }
  }
  const read = {};
  for (const [name, { type, minimum, maximum, default: usual }] of Object.entries(schema.properties)) {
    const value = Object.hasOwn(object, name) ? object[name] : usual;
    if (value === undefined) throw wrong("missing", `/${name}`, "this has to be there");
    if (type === "string" && typeof value !== "string") {
      throw wrong("invalid", `/${name}`, "this has to be a text");
    }
    if (type === "integer" && !(Number.isInteger(value) && value >= minimum && value <= maximum)) {
      throw wrong("invalid", `/${name}`, `this has to be a whole number from ${minimum} to ${maximum}`);
    }
    read[name] = value;
  }
  return read;
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a text can stand in a URL, in a key and in a log line. */
const isToken = (text) => /^[A-Za-z0-9_-]{1,100}$/.test(text);
