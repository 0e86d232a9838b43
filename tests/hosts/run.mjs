// SPDX-License-Identifier: Apache-2.0
// Repeats golden calls (README.md) in Node. node run.mjs COMPONENTS GOLDEN: folders of `<name>.wasm` and of `<name>/<call>.json`. Prints a line for each call
// that comes out otherwise, and how many there were; exit code 1 where one did.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Blob, Refused, decodeBase64, defaults, load } from '../../examples/hosts/silta.mjs';

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const each = (record, change) => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));

/** The bytes that `{"text"}` or `{"base64"}` stands for; undefined for anything else. */
function bytesOf(form) {
  if (!isObject(form) || Object.keys(form).length !== 1) return undefined;
  if (typeof form.text === 'string') return Buffer.from(form.text, 'utf8');
  return typeof form.base64 === 'string' ? Buffer.from(form.base64, 'base64') : undefined;
}

/** A value of the form as jco takes it; `bytes` says what bytes become. */
function lower(form, bytes, Peer) {
  const inner = (value) => lower(value, bytes, Peer);
  if (form === null) return undefined;
  if (Array.isArray(form)) return form.map(inner);
  if (!isObject(form)) return form;
  const content = bytesOf(form);
  if (content !== undefined) return bytes(content);
  if (Peer && Array.isArray(form.certificates)) return new Peer(form.certificates.map((it) => new Uint8Array(bytesOf(it))));
  const record = each(form, inner);
  if ('nanoseconds' in record) record.seconds = BigInt(record.seconds);
  return record;
}

/** What jco gives, in the form. No body of a reply is an empty one. */
function lift(value) {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Blob || value instanceof Uint8Array) return form(value instanceof Blob ? value.bytes : value);
  if (Array.isArray(value)) return value.map(lift);
  if (!isObject(value)) return value;
  const record = each(value, lift);
  if ('status' in value && value.body instanceof Blob && value.body.bytes.length === 0) record.body = null;
  return record;
}

function form(bytes) {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}

/** JSON with names in order. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

/** A host that answers as was recorded, in that order, as long as it is asked for the same. */
function recorded({ surroundings, answers }) {
  let used = 0;
  const ask = (name, ...asked) => {
    const next = answers[used];
    const found = canonical([name, lift(asked)]);
    const expected = next && canonical([next.function.replace('-blob', ''), next.arguments]);
    if (found !== expected) throw new Error(`asks ${found} where ${expected ?? 'nothing'} was recorded`);
    used += 1;
    const answer = lower(next.answer, (bytes) => new Uint8Array(bytes));
    if (!/^(keys|trust)[.]/.test(name)) return answer;
    if (answer.tag === 'err') throw new Refused(answer.val);
    return answer.val;
  };
  const from = (face, ...names) => Object.fromEntries(names.map((name) => [name, (...asked) => ask(`${face}.${name}`, ...asked)]));
  const trust = from('trust', 'verify', 'pinned', 'identify');
  trust.identifyPeer = (certificates, ...asked) => ask('trust.peer.identify', { certificates }, ...asked);
  return {
    host: {
      ...defaults(),
      settings: JSON.stringify(surroundings.settings),
      secrets: surroundings.secrets ?? {},
      now: () => ask('clock.now'),
      ids: from('ids', 'uuid', 'compact'),
      keys: from('keys', 'certificates', 'algorithms', 'sign'),
      trust,
      log: () => {},
    },
    left: () => answers.length - used,
  };
}

/** What is otherwise than recorded; undefined where nothing is. */
function difference(component, golden) {
  const { host, left } = recorded(golden);
  let result;
  try {
    const make = ({ Blob: Content, Peer }) => golden.arguments.map((it) => lower(it, (bytes) => new Content(bytes), Peer));
    result = lift(component.call(host, golden.function, make));
    if (!['descriptor.describe', 'notification.validate'].includes(golden.function)) result = { tag: 'ok', val: result };
  } catch (error) {
    if (error instanceof Error) return error.stack;
    result = { tag: 'err', val: lift(error) };
  }
  const [found, expected] = [canonical(result), canonical(golden.result)];
  if (found !== expected) return `${found}\n  instead of ${expected}`;
  return left() === 0 ? undefined : `${left()} of the recorded answers were not asked for`;
}

/** Base64 as the contract has it: text, and its bytes or the offset of what is wrong. */
function decodedOtherwise([text, expected]) {
  try {
    return decodeBase64(Buffer.from(text)).toString() === expected ? undefined : text;
  } catch (error) {
    return Number(error.payload?.val) === expected ? undefined : `${text}: ${error.message}`;
  }
}

const [components, folder] = process.argv.slice(2);
const vectors = JSON.parse(readFileSync(join(folder, '..', 'base64.json')));
const found = vectors.map(decodedOtherwise).filter(Boolean).map((what) => `base64: ${what}`);
let calls = 0;
for (const name of readdirSync(folder)) {
  const component = await load(join(components, `${name}.wasm`));
  for (const file of readdirSync(join(folder, name))) {
    const what = difference(component, JSON.parse(readFileSync(join(folder, name, file))));
    if (what) found.push(`${name}/${file}: ${what}`);
    calls += 1;
  }
}
found.forEach((line) => console.log(line));
console.log(`${calls} calls in Node, ${found.length} otherwise`);
process.exitCode = found.length === 0 && calls > 0 ? 0 : 1;
