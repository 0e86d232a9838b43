// SPDX-License-Identifier: Apache-2.0
// Runs a Silta component in Node, by jco: the contract's imports (../../wit), and a fresh instance for each call. For tests and simulators: nothing here limits the
// time, the memory or the number of signatures of a call, as the Rust host does.
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { readFile, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transpile } from '@bytecodealliance/jco-transpile';

/** What an import answers in the place of a result: an error of the contract. jco hands `payload` to the component. */
export class Refused extends Error {
  constructor(payload) {
    super(payload.tag);
    this.payload = payload;
  }
}

const refuse = (tag, val) => {
  throw new Refused(val === undefined ? { tag } : { tag, val });
};

const WHITE = new Set([0x20, 0x09, 0x0d, 0x0a]);
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map([...ALPHABET].map((character, value) => [character.charCodeAt(0), value]));

/** The bytes of base64 text (RFC 4648 §4), strictly. Refuses it with the offset of a byte of no alphabet, of a group of four that is none, of what follows
 * padding, or of the end where it comes too early. */
export function decodeBase64(text) {
  const places = [];
  const known = (place) => VALUES.has(text[place]) || text[place] === 0x3d;
  text.forEach((byte, place) => WHITE.has(byte) || places.push(place));
  const out = Buffer.alloc(Math.ceil(places.length / 4) * 3);
  let [size, ended] = [0, false];
  for (let at = 0; at < places.length; at += 4) {
    const group = places.slice(at, at + 4);
    if (ended) refuse('invalid-base64', BigInt(group[0]));
    if (group.length < 4) refuse('invalid-base64', BigInt(group.find((place) => !known(place)) ?? text.length));
    const padding = text[group[3]] !== 0x3d ? 0 : text[group[2]] !== 0x3d ? 1 : 2;
    const values = group.slice(0, 4 - padding).map((place) => VALUES.get(text[place]));
    const bits = values.reduce((all, value) => all * 64 + value, 0) * 64 ** padding;
    const unused = padding === 0 ? 1 : 256 ** padding;
    if (values.includes(undefined) || bits % unused !== 0) {
      refuse('invalid-base64', BigInt(group.find((place) => !known(place)) ?? group[0]));
    }
    out.writeUIntBE(bits, size, 3);
    [size, ended] = [size + 3 - padding, padding > 0];
  }
  return out.subarray(0, size);
}

/** Immutable bytes. A sealed one holds a secret. */
export class Blob {
  constructor(bytes, sealed = false) {
    this.bytes = Buffer.from(bytes);
    this.sealed = sealed;
  }
  open() {
    return this.sealed ? refuse('sealed') : this.bytes;
  }
  part(offset, length) {
    const end = offset + length;
    const bytes = this.open();
    return end > BigInt(bytes.length) ? refuse('out-of-range', BigInt(bytes.length)) : bytes.subarray(Number(offset), Number(end));
  }
  size() {
    return BigInt(this.bytes.length);
  }
  read(offset, length) {
    return new Uint8Array(this.part(offset, BigInt(length)));
  }
  slice(offset, length) {
    return new Blob(this.part(offset, length));
  }
  decodeBase64() {
    return new Blob(decodeBase64(this.open()));
  }
  digest(algorithm) {
    return new Uint8Array(createHash(algorithm).update(this.open()).digest());
  }
  find(set, start) {
    const bytes = this.part(start, 0n) && this.bytes;
    const wanted = new Set(set);
    for (let at = Number(start); at < bytes.length; at += 1) if (wanted.has(bytes[at])) return BigInt(at);
    return undefined;
  }
}

/** The blobs class of writers, which insert secrets of a host. */
const writers = (host) =>
  class Writer {
    pieces = [];
    sealed = false;
    add(bytes, sealed = false) {
      if (this.pieces === null) refuse('finished');
      this.pieces.push(Buffer.from(bytes));
      this.sealed ||= sealed;
    }
    write(bytes) {
      this.add(bytes);
    }
    append(source) {
      this.add(source.bytes, source.sealed);
    }
    appendBase64(source, lineWidth) {
      const text = source.bytes.toString('base64');
      const characters = lineWidth === undefined ? 0 : Math.max(4, lineWidth - (lineWidth % 4));
      const lines = characters === 0 ? [text] : (text.match(new RegExp(`.{1,${characters}}`, 'g')) ?? []).map((line) => `${line}\r\n`);
      this.add(Buffer.from(lines.join('')), source.sealed);
    }
    appendSecret(role) {
      const values = host.secrets[role] ?? refuse('unknown-role', role);
      this.add(Buffer.from(values[0]), true);
    }
    appendNextSecret(role) {
      const next = host.nextSecrets[role] ?? refuse('unknown-role', role);
      this.add(Buffer.from(next), true);
    }
    finish() {
      this.add('');
      const blob = new Blob(Buffer.concat(this.pieces), this.sealed);
      this.pieces = null;
      return blob;
    }
  };

/** The other side of a connection: its certificates in DER. */
const peers = (host) =>
  class Peer {
    constructor(certificates) {
      this.certificates = certificates;
    }
    identify(anchorSet, purpose) {
      return host.trust.identifyPeer(this.certificates, anchorSet, purpose);
    }
  };

const roleOf = (host, role) => host.secrets[role] ?? refuse('unknown-role');
const code = (secret, content) => createHmac('sha256', secret).update(content.sealed ? refuse('sealed') : content.bytes).digest();
const equal = (one, other) => one.length === other.length && timingSafeEqual(one, other);

/** What a component may ask for, with nothing configured, for one call. Put your own in the place of each: `{ ...defaults(), settings: '{"url": …}' }`. */
export function defaults() {
  const begun = Date.now();
  return {
    /** The operator's settings: one JSON object. */
    settings: '{}',
    /** Values of secrets by role, the current one first, and those that are to replace current ones. */
    secrets: {},
    nextSecrets: {},
    /** One time, for one call: seconds since 1970 as a BigInt, and nanoseconds. */
    now: () => ({ seconds: BigInt(Math.floor(begun / 1000)), nanoseconds: (begun % 1000) * 1e6 }),
    ids: {
      uuid: () => {
        const at = Date.now().toString(16).padStart(12, '0');
        return `${at.slice(0, 8)}-${at.slice(8)}-7${randomUUID().slice(15)}`;
      },
      compact: () => `${Date.now().toString(16).padStart(11, '0')}${randomUUID().slice(0, 3)}`.toUpperCase(),
    },
    log: (level, message) => console.error(`${level}: ${message}`),
    /** Keys stay here; a component names a role. */
    keys: {
      certificates: () => refuse('unknown-role'),
      algorithms: () => refuse('unknown-role'),
      sign: () => refuse('unknown-role'),
    },
    /** Judging certificates is for a library that does it by RFC 5280. */
    trust: {
      verify: () => refuse('algorithm-not-allowed'),
      pinned: () => refuse('unknown-anchor-set'),
      identify: () => refuse('unknown-anchor-set'),
      identifyPeer: () => refuse('unknown-anchor-set'),
    },
  };
}

/** The imports of the contract, for one call. */
export function imports(host) {
  const Peer = peers(host);
  const bound = {
    'silta:agency/blobs': { Blob, Writer: writers(host) },
    'silta:agency/keys': { ...host.keys, signBlob: (role, algorithm, content) => host.keys.sign(role, algorithm, content.open()) },
    'silta:agency/secrets': {
      matches: (role, candidate) => roleOf(host, role).map((value) => equal(Buffer.from(value), Buffer.from(candidate))).includes(true),
      authenticate: (role, content) => new Uint8Array(code(roleOf(host, role)[0], content)),
      isAuthentic: (role, content, shown) => roleOf(host, role).map((value) => equal(code(value, content), Buffer.from(shown))).includes(true),
    },
    'silta:agency/trust': { ...host.trust, Peer },
    'silta:agency/clock': { now: host.now },
    'silta:agency/ids': host.ids,
    'silta:agency/log': { write: host.log },
    'silta:agency/settings': { read: () => host.settings },
    'silta:agency/types': {},
    'silta:agency/facts': {},
  };
  return { bound, Peer };
}

/** A component in a file. */
export async function load(path) {
  const folder = await mkdtemp(join(tmpdir(), 'silta-'));
  const name = basename(path, '.wasm');
  const { files } = await transpile(path, { name, instantiation: 'sync', noTypescript: true });
  for (const [file, bytes] of Object.entries({ ...files, 'package.json': '{"type": "module"}' })) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), bytes);
  }
  const { instantiate } = await import(pathToFileURL(join(folder, `${name}.js`)));
  const modules = new Map();
  for (const file of Object.keys(files).filter((file) => file.endsWith('.wasm'))) {
    modules.set(file, await WebAssembly.compile(await readFile(join(folder, file))));
  }
  await rm(folder, { recursive: true });
  return new Component(instantiate, modules);
}

class Component {
  constructor(instantiate, modules) {
    Object.assign(this, { instantiate, modules });
  }
  /** Calls a function such as `envelope.build` in a fresh instance. `make` gives the arguments; it gets the classes whose objects stand for blobs and peers. A
   * problem is thrown as it is: a record, no `Error`. */
  call(host, name, make = () => []) {
    const { bound, Peer } = imports(host);
    const exports = this.instantiate((file) => this.modules.get(file), bound);
    const [face, method] = name.split('.');
    const camel = method.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
    return exports[face][camel](...make({ Blob, Peer }));
  }
}
