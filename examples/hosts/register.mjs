// SPDX-License-Identifier: Apache-2.0
// node register.mjs vero.wasm: builds the request that registers for the Tax Administration's push, without sending it, and prints it.
import { defaults, load } from './silta.mjs';

const component = await load(process.argv[2]);
const host = {
  ...defaults(),
  settings: JSON.stringify({ environment: 'FIS', url: 'https://vero.example/FIS' }),
  secrets: { callback: ['bWFkZSB1cCBmb3IgdGhpcyBleGFtcGxl'] },
};
const parameters = JSON.stringify({ callbackUrl: 'https://silta.example/vero/Notify/v1' });
// Operation, parameters, payload, attachments, cursor, step: `envelope.build` of the contract.
const request = component.call(host, 'envelope.build', () => ['register-push', parameters, undefined, [], undefined, undefined]);
console.log(request.target.val.method, request.target.val.url);
console.log(request.body.bytes.toString());
