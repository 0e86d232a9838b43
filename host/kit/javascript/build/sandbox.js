// SPDX-License-Identifier: Apache-2.0
// What a component has in the place of what it has not, and what becomes of what its functions throw. Written by `silta component build`, from the program.

import { write } from "silta:agency/log@0.1.0";

import { shapes, tellsMessages } from "./contract.js";

/** Whether a function of the contract runs: before that, when the component is made, there is no host. */
let isServing = false;

/** What is said here has no value of a call in it, so that it is told wherever the component runs. */
class Told extends Error {
  name = "Error";
}

const absent = (what, instead) => () => {
  throw new Told(`a component has no ${what}; ${instead}`);
};

// A call is a function of its input, so that it can be done again: time and chance are the host's.
const time = absent("clock of its own", "take the time from `silta:agency/clock`");
const chance = absent("randomness", "take identifiers from `silta:agency/ids`");
const timer = absent("timers", "it runs while it is called, and no longer");

Math.random = chance;
globalThis.Date = new Proxy(Date, {
  construct: (target, values, itself) => (values.length === 0 ? time() : Reflect.construct(target, values, itself)),
  apply: time,
  get: (target, name) => (name === "now" ? time : Reflect.get(target, name)),
});
// `new Date(0).constructor` is no way around it.
Object.defineProperty(Date.prototype, "constructor", { value: Date });
if (globalThis.performance) Object.defineProperty(performance, "now", { value: time });
if (globalThis.crypto) {
  for (const name of ["getRandomValues", "randomUUID"]) Object.defineProperty(crypto, name, { value: chance });
}
for (const name of ["setTimeout", "setInterval", "queueMicrotask"]) globalThis[name] = timer;
globalThis.fetch = absent("network", "return what is to be sent from `envelope.build`");

const levels = { debug: "debug", log: "debug", trace: "debug", info: "info", warn: "warning", error: "error" };
for (const [name, level] of Object.entries(levels)) {
  const before = console[name];
  console[name] = (...values) => (isServing ? write(level, values.map(asText).join(" ")) : before?.(...values));
}

function asText(value) {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/**
 * The function of the contract, run by the agency's own. What it throws comes out as `failed` makes it, and what it returns is compared with the contract: the
 * engine would end the call without a word.
 */
export function serving(agency, face, name, failed) {
  const own = agency[face]?.[name];
  if (typeof own !== "function") {
    throw new Told(`src/component.js does not export \`${face}\` with a function \`${name}\`, which the contract has`);
  }
  const returned = `what ${face}.${name} returned`;
  return (...values) => {
    isServing = true;
    try {
      const result = own.apply(agency[face], values);
      if (result instanceof Promise) throw new Told(`${returned} is a promise; it has to be done when it returns`);
      check(shapes[face][name], result, returned);
      return result;
    } catch (thrown) {
      return failed(problemOf(thrown, `${face}.${name}`));
    }
  };
}

/** Throws it: what the contract has as the error of a function. */
export const thrown = (problem) => {
  throw problem;
};

/** A verdict, which has no error: it is a reason of our own, and the caller may try again. */
export const refused = (reason) => ({
  tag: "rejected",
  val: { reply: { status: 503, headers: [], body: undefined }, reason },
});

/** A description has no error either: the call ends, and its log says why. */
export const crashed = ({ message }) => {
  throw new Error(message);
};

/** A problem is one already; everything else is a defect. */
function problemOf(thrown, where) {
  if (isProblem(thrown)) return thrown;
  const message = `${where} failed: ${told(thrown)}`;
  write("error", message);
  return { fault: "internal", code: "component.failed", path: "", message };
}

const FAULTS = ["caller", "counterparty", "configuration", "internal"];

const isProblem = (value) =>
  typeof value === "object" &&
  value !== null &&
  FAULTS.includes(value.fault) &&
  ["code", "path", "message"].every((name) => typeof value[name] === "string");

/** What was thrown, and where. Messages of the engine may repeat values of a message of the agency, so that they are told where the component is tested only. */
function told(thrown) {
  if (!(thrown instanceof Error)) return "what was thrown is neither a problem nor an Error";
  const places = String(thrown.stack)
    .split("\n")
    .filter((line) => line.includes("src/"))
    .slice(0, 5)
    .map((line) => line.replace(/^(.*)@.*?(src\/[^:]*:\d+:\d+)$/, (_, name, place) => (name ? `${name}, ${place}` : place)));
  const says = tellsMessages || thrown instanceof Told ? `: ${thrown.message}` : "";
  // An error of the host has its case in the contract.
  const refused = thrown.payload?.tag ?? (typeof thrown.payload === "string" ? thrown.payload : "");
  return `${thrown.name}${says}${refused && ` (the host says ${refused})`}${places.length > 0 ? ` at ${places.join("; ")}` : ""}`;
}

const WHOLE = { u8: [0, 255], u16: [0, 65535], u32: [0, 4294967295], s8: [-128, 127], s16: [-32768, 32767], s32: [-2147483648, 2147483647] };
const LARGE = { u64: [0n, 18446744073709551615n], s64: [-9223372036854775808n, 9223372036854775807n] };

/** Throws where a value is not of a type of the contract. */
function check(shape, value, place) {
  const wrong = (what) => {
    throw new Told(`${place} has to be ${what}, and ${kindOf(value)}`);
  };
  if (typeof shape === "string") return checkPlain(shape, value, wrong);
  const [[kind, part]] = Object.entries(shape);
  switch (kind) {
    case "option":
      return value === undefined || value === null ? undefined : check(part, value, place);
    case "bytes":
      return value instanceof Uint8Array ? undefined : wrong("a Uint8Array");
    case "list":
      if (!Array.isArray(value)) wrong("an array");
      return value.forEach((one, index) => check(part, one, `${place}[${index}]`));
    case "enum":
      return part.includes(value) ? undefined : wrong(`one of ${part.join(", ")}`);
    case "record":
      if (typeof value !== "object" || value === null) wrong("an object");
      return Object.entries(part).forEach(([name, field]) => check(field, value[name], `${place}.${name}`));
    case "variant":
      if (typeof value !== "object" || value === null || !Object.hasOwn(part, value.tag)) {
        wrong(`an object whose tag is one of ${Object.keys(part).join(", ")}`);
      }
      return part[value.tag] === null ? undefined : check(part[value.tag], value.val, `${place}.val`);
    default:
      return typeof value === "object" && value !== null ? undefined : wrong(`a ${part}`);
  }
}

function checkPlain(kind, value, wrong) {
  if (kind in WHOLE) {
    const [least, most] = WHOLE[kind];
    return Number.isInteger(value) && value >= least && value <= most ? undefined : wrong(`a whole number from ${least} to ${most}`);
  }
  if (kind in LARGE) {
    const [least, most] = LARGE[kind];
    return typeof value === "bigint" && value >= least && value <= most ? undefined : wrong(`a BigInt, such as 1n, from ${least} to ${most}`);
  }
  const type = { string: "string", char: "string", bool: "boolean" }[kind] ?? "number";
  return typeof value === type ? undefined : wrong(`a ${type}`);
}

/** What a value is, without the value. */
function kindOf(value) {
  if (value === undefined) return "is missing";
  if (value === null) return "is null";
  return `is ${Array.isArray(value) ? "an array" : `a ${typeof value}`}`;
}
