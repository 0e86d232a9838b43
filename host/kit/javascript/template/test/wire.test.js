// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";

import {
  announcementHead,
  readNotification,
  readParameters,
  readSettings,
  readTaken,
  retryClass,
} from "../src/wire.js";

/** What is thrown. */
const thrown = (run) => {
  try {
    run();
  } catch (problem) {
    return [problem.fault, problem.code, problem.path];
  }
  return assert.fail("nothing was thrown");
};

test("an announcement is JSON once its content is in it", () => {
  const whole = JSON.parse(`${announcementHead("R-1", 'somebody "else"')}AAAA"}`);
  assert.deepEqual(whole, { reference: "R-1", recipient: 'somebody "else"', content: "AAAA" });
});

test("silence, and servers that fail, leave the outcome unknown", () => {
  for (const status of [null, 500, 503, 302]) assert.equal(retryClass(status, false), "unknown-outcome");
  assert.equal(retryClass(403, false), "denied");
  assert.equal(retryClass(403, true), "unknown-outcome");
  assert.equal(retryClass(409, true), "already-accepted");
});

test("what is no answer and no notification is told with its place", () => {
  const refused = ["counterparty", "notification.unexpected"];
  assert.deepEqual(thrown(() => readNotification("<html>")), [...refused, ""]);
  assert.deepEqual(thrown(() => readNotification('{"number": "1"}')), [...refused, "/reference"]);
  const invalid = '{"number": "1", "reference": "a b", "state": "lost"}';
  assert.deepEqual(thrown(() => readNotification(invalid)), ["counterparty", "notification.invalid", "/reference"]);
  assert.deepEqual(thrown(() => readTaken('{"id": "a/b"}')), ["counterparty", "answer.invalid", "/id"]);
});

test("settings have defaults, and what cannot work is told with its place", () => {
  const { timeoutMilliseconds, notificationPath } = readSettings('{"url": "https://a.example"}');
  assert.deepEqual([timeoutMilliseconds, notificationPath], [30_000, "/AGENCY_ID/notifications"]);
  for (const [text, code, path] of [
    ["{}", "setting.missing", "/url"],
    ['{"url": "http://a.example"}', "setting.invalid", "/url"],
    ['{"url": "https://a.example", "timeout-seconds": 0}', "setting.invalid", "/timeout-seconds"],
    ['{"url": "https://a.example", "path": "/"}', "setting.unknown", "/path"],
  ]) {
    assert.deepEqual(thrown(() => readSettings(text)), ["configuration", code, path]);
  }
});

test("what is wrong with parameters is the caller's", () => {
  assert.deepEqual(readParameters('{"recipient": "somebody"}'), { recipient: "somebody" });
  for (const [text, code, path] of [
    ["{", "parameters.not-json", ""],
    ["", "parameters.not-json", ""],
    ["null", "parameter.invalid", ""],
    ["[]", "parameter.invalid", ""],
    ["{}", "parameter.missing", "/recipient"],
    ['{"recipient": 1}', "parameter.invalid", "/recipient"],
    ['{"recipient": "r", "sender": "s"}', "parameter.unknown", "/sender"],
  ]) {
    assert.deepEqual(thrown(() => readParameters(text)), ["caller", code, path]);
  }
});
