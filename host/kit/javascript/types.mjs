// SPDX-License-Identifier: Apache-2.0
// Writes the contract's types for authors of JavaScript, by jco: `node types.mjs NODE_MODULES WIT_FOLDER OUT_FOLDER`.
// What it writes is kept in `template/types`, so that beginning a component needs no Node; a test holds it to the contract.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, folder, out] = process.argv.slice(2).map((path) => resolve(path));
const generator = join(modules, "@bytecodealliance/jco-transpile/vendor/js-component-bindgen-component.js");
const { $init, generateTypes } = await import(pathToFileURL(generator).href);
await $init;

// As one text, which begins with the file that names the package: jco does not find files in every folder.
const names = readdirSync(folder).filter((name) => name.endsWith(".wit"));
const texts = ["world.wit", ...names.filter((name) => name !== "world.wit").sort()].map((name) =>
  readFileSync(join(folder, name), "utf8"),
);
const files = generateTypes("agency", {
  wit: { tag: "source", val: texts.join("\n") },
  world: "agency",
  features: { tag: "list", val: [] },
  guest: true,
  tlaCompat: false,
  flagsAsBigint: false,
  variantsInlineCases: false,
  useNamespaceObjects: false,
  enumValuesScreamingSnakeCase: false,
});
mkdirSync(out, { recursive: true });
for (const [name, bytes] of files) {
  // That of the whole world says what the files of the interfaces say.
  if (name !== "agency.d.ts") writeFileSync(join(out, basename(name)), bytes);
}
