// SPDX-License-Identifier: Apache-2.0
// Bytes, which stay in the host.

import { Writer } from "silta:agency/blobs@0.1.0";

import { problem } from "./wire.js";

/** A blob of texts, and of the base64 of blobs, which do not enter the component. */
export function blobOf(...parts) {
  const writer = new Writer();
  for (const part of parts) {
    if (typeof part === "string") writer.write(new TextEncoder().encode(part));
    else writer.appendBase64(part.base64, undefined);
  }
  return writer.finish();
}

/** The text of a blob of at most so many bytes; a problem of the counterparty otherwise. */
export function textOf(blob, most) {
  const wrong = (code, message) => problem("counterparty", code, "", message);
  const size = blob.size();
  if (size > BigInt(most)) {
    throw wrong("body.too-large", `it has ${size} bytes, and at most ${most} are read`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(blob.read(0n, Number(size)));
  } catch (error) {
    if (error instanceof TypeError) throw wrong("body.not-utf-8", "it is no text in UTF-8");
    throw error;
  }
}
