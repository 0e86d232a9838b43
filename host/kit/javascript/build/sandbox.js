// SPDX-License-Identifier: Apache-2.0
// What a component has in the place of what it has not, and what becomes of what its functions throw. Written by `silta component build`, from the program.

import { Blob, Writer } from "silta:agency/blobs@0.1.0";
import { write } from "silta:agency/log@0.1.0";

import { hostErrors, shapes, tellsMessages } from "./contract.js";

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

// What stays there beside the language itself. Everything else goes: a `File`, an `Event` have a clock in them, and a newer engine may have another.
const KEPT = ["self", "structuredClone", "atob", "btoa", "DOMException", "URL", "URLSearchParams", "console", "TextEncoder", "TextDecoder"];
// What the language has, by its standard (ECMA-262, and Error's kinds of the engine). `Temporal` and `Intl` are not there: both read a clock.
const LANGUAGE = `undefined NaN Infinity globalThis eval isNaN isFinite parseInt parseFloat escape unescape decodeURI encodeURI decodeURIComponent
  encodeURIComponent Object Function Array Boolean Number BigInt String Symbol RegExp Date Math JSON Reflect Proxy Promise Iterator Map Set WeakMap WeakSet
  WeakRef FinalizationRegistry ArrayBuffer DataView Int8Array Uint8Array Int16Array Uint16Array Int32Array Uint32Array Float16Array Float32Array Float64Array
  Uint8ClampedArray BigInt64Array BigUint64Array Error InternalError AggregateError EvalError RangeError ReferenceError SuppressedError SyntaxError TypeError
  URIError DisposableStack AsyncDisposableStack`.split(/\s+/);
const kept = new Set([...LANGUAGE, ...KEPT]);
for (const name of Object.getOwnPropertyNames(globalThis)) {
  if (!kept.has(name) && !delete globalThis[name]) throw new Told(`the engine does not let go of \`${name}\``);
}

Math.random = chance;
globalThis.Date = new Proxy(Date, {
  construct: (target, values, itself) => (values.length === 0 ? time() : Reflect.construct(target, values, itself)),
  apply: time,
  get: (target, name) => (name === "now" ? time : Reflect.get(target, name)),
});
// `new Date(0).constructor` is no way around it.
Object.defineProperty(Date.prototype, "constructor", { value: Date });
globalThis.performance = Object.defineProperty({ now: time }, "timeOrigin", { get: time });
globalThis.crypto = { getRandomValues: chance, randomUUID: chance };
for (const name of ["setTimeout", "setInterval", "queueMicrotask"]) globalThis[name] = timer;
globalThis.fetch = absent("network", "return what is to be sent from `envelope.build`");

const levels = { info: "info", warn: "warning", error: "error", assert: "error" };
for (const [name, before] of Object.entries(console)) {
  if (typeof before !== "function") continue;
  // Of what is asserted, only what fails is said.
  const says = name === "assert" ? ([is]) => !is : () => true;
  console[name] = (...values) => {
    if (!isServing) before.apply(console, values);
    else if (says(values)) write(levels[name] ?? "debug", values.map(asText).join(" "));
  };
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
      if (isPromise(result)) throw new Told(`${returned} is a promise; it has to be done when it returns`);
      check(shapes[face][name], result, returned, new Set());
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

/** Whether a value is of a class of the language: what comes from the host is made by code with globals of its own, so that `instanceof` says no. */
const isMade = (value, name) => Object.prototype.toString.call(value) === `[object ${name}]`;

const NAMES = ["Error", "InternalError", "AggregateError", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"];

/** A line of a stack, which the sources may have written themselves: a function, and a place in them. */
const PLACE = /^([\w$./<>[\]]{0,100})@.*?(src\/[\w./-]{1,100}:\d{1,9}:\d{1,9})$/;

/**
 * What was thrown, and where. Messages of the engine may repeat values of a message of the agency, so that they are told where the component is tested only; of
 * the rest, which the sources can set as well, what has one of the forms that the engine and the host give it.
 */
function told(thrown) {
  if (!isMade(thrown, "Error")) return "what was thrown is neither a problem nor an Error";
  const places = String(thrown.stack)
    .split("\n")
    .map((line) => PLACE.exec(line))
    .filter(Boolean)
    .slice(0, 5)
    .map(([, name, place]) => (name ? `${name}, ${place}` : place));
  const name = NAMES.includes(thrown.name) ? thrown.name : "Error";
  const says = tellsMessages || thrown instanceof Told ? `: ${thrown.message}` : "";
  // An error of the host has its case in the contract.
  const given = thrown.payload?.tag ?? thrown.payload;
  const refused = hostErrors.includes(given) ? ` (the host says ${given})` : "";
  return `${name}${says}${refused}${places.length > 0 ? ` at ${places.join("; ")}` : ""}`;
}

/** Resources that are returned, by their names in the contract, and what makes them. */
const RESOURCES = { blob: [Blob, "a Blob of `silta:agency/blobs`, which `finish()` of a Writer makes"] };

const WHOLE = { u8: [0, 255], u16: [0, 65535], u32: [0, 4294967295], s8: [-128, 127], s16: [-32768, 32767], s32: [-2147483648, 2147483647] };
const LARGE = { u64: [0n, 18446744073709551615n], s64: [-9223372036854775808n, 9223372036854775807n] };

/** Throws where a value is not of a type of the contract. `given` has the handles that were met before in the same result. */
function check(shape, value, place, given) {
  const wrong = (what) => {
    throw new Told(`${place} has to be ${what}, and ${kindOf(value)}`);
  };
  if (typeof shape === "string") return checkPlain(shape, value, wrong);
  const [[kind, part]] = Object.entries(shape);
  switch (kind) {
    case "option":
      return value === undefined || value === null ? undefined : check(part, value, place, given);
    case "bytes":
      return isMade(value, "Uint8Array") ? undefined : wrong("a Uint8Array");
    case "list":
      if (!Array.isArray(value)) wrong("an array");
      // By index, which passes over no holes.
      for (let index = 0; index < value.length; index += 1) check(part, value[index], `${place}[${index}]`, given);
      return undefined;
    case "enum":
      return part.includes(value) ? undefined : wrong(`one of ${part.join(", ")}`);
    case "record":
      if (typeof value !== "object" || value === null) wrong("an object");
      return Object.entries(part).forEach(([name, field]) => check(field, value[name], `${place}.${name}`, given));
    case "variant":
      if (typeof value !== "object" || value === null || !Object.hasOwn(part, value.tag)) {
        wrong(`an object whose tag is one of ${Object.keys(part).join(", ")}`);
      }
      return part[value.tag] === null ? undefined : check(part[value.tag], value.val, `${place}.val`, given);
    default:
      return checkHandle(part, value, place, given, wrong);
  }
}

/** A resource is handed over, so that it can be returned once only, and not when it was let go before. */
function checkHandle(part, value, place, given, wrong) {
  const [resource, what] = RESOURCES[part];
  if (!(value instanceof resource)) wrong(what);
  const held = Object.getOwnPropertySymbols(value).find(({ description }) => description === "handle");
  if (!held || value[held] === undefined) throw new Told(`${place} is a ${part} that was let go before`);
  if (given.has(value)) throw new Told(`${place} is a ${part} that is returned in another place, too; make one for each`);
  given.add(value);
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

const isPromise = (value) => typeof value?.then === "function";

/** What a value is, without the value. */
function kindOf(value) {
  if (value === undefined) return "is missing";
  if (value === null) return "is null";
  if (isPromise(value)) return "is a promise; it has to be done when it is returned";
  if (value instanceof Writer) return "is a Writer";
  if (typeof value === "object") return Array.isArray(value) ? "is an array" : "is an object";
  return `is a ${typeof value}`;
}
