// SPDX-License-Identifier: Apache-2.0
// submit.mjs FILE: submits a declaration by fetch, waits for its end, and takes what has arrived out of the inbox. NODE_EXTRA_CA_CERTS names the gateway's issuer.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

const { SILTA_URL: url, SILTA_TOKEN: token } = process.env;
async function ask(method, path, options = {}) {
  const headers = { Authorization: `Bearer ${token}`, ...options.headers };
  const answer = await fetch(url + path, { method, ...options, headers });
  const body = answer.headers.get("content-type")?.includes("json") ? await answer.json() : undefined;
  if (!answer.ok) throw new Error(`${answer.status} ${body?.code}: ${body?.detail}`); // application/problem+json
  return body;
}

const content = await readFile(process.argv[2]);
const key = createHash("sha256").update(content).digest("hex").slice(0, 32); // the same request under the same key is one submission
const form = new FormData();
form.append("parameters", new Blob([JSON.stringify({ declarant: "9000003-8", application: "INTRASTAT", contentFormat: "application/xml" })], { type: "application/json" }));
form.append("payload", new Blob([content], { type: "application/xml" }), "declaration.xml");
const { href } = await ask("POST", "/v1/agencies/tulli/operations/upload", { body: form, headers: { "Idempotency-Key": `"${key}"` } });
let state;
while (!["ended", "held"].includes((state = await ask("GET", href)).state)) await setTimeout(200);
console.log("operation", state.id, state.state, state.ended?.end ?? state.heldBecause);
for (const { entry: { position, events }, lease } of (await ask("GET", "/v1/inbox?wait=5")).entries) {
  console.log("entry", position, events.map((event) => event.kind));
  const body = JSON.stringify({ epoch: lease.epoch });
  await ask("POST", `/v1/inbox/${position}/ack`, { body, headers: { "Content-Type": "application/json" } });
}
