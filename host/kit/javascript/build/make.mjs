// SPDX-License-Identifier: Apache-2.0
// Makes the component of this folder. Written by `silta component build`, from the program, which runs it.

import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { interfaces } from "./contract.js";

const build = dirname(fileURLToPath(import.meta.url));
const folder = dirname(build);
const maker = import.meta.resolve("@bytecodealliance/componentize-js");
// The parser that the maker has.
const { parseSync } = createRequire(maker)("oxc-parser");

/** Everything that is wrong with a source and with those that it imports, each with its place. */
async function faultsOf(path, seen) {
  if (seen.has(path)) return [];
  seen.add(path);
  const name = relative(folder, path);
  let text;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    return [`${name}: it cannot be read (${error.code})`];
  }
  const { errors, module } = parseSync(name, text, { sourceType: "module" });
  const at = (offset) => {
    const before = text.slice(0, offset).split("\n");
    return `${name}:${before.length}:${before.at(-1).length + 1}`;
  };
  if (errors.length > 0) {
    return errors.map(({ message, labels }) => `${at(labels?.[0]?.start ?? 0)}: ${message}`);
  }
  const requests = [...module.staticImports, ...module.staticExports.flatMap(({ entries }) => entries)]
    .map(({ moduleRequest }) => moduleRequest)
    .filter(Boolean);
  const faults = module.dynamicImports.map(
    ({ start }) => `${at(start)}: \`import()\` fetches while it runs, which no component can; use \`import … from\``,
  );
  for (const { value, start } of requests) {
    if (value.startsWith("./") || value.startsWith("../")) {
      const imported = resolve(dirname(path), value);
      if (relative(folder, imported).startsWith("..")) faults.push(`${at(start)}: \`${value}\` lies outside of this folder`);
      else faults.push(...(await faultsOf(imported, seen)));
    } else if (value.startsWith("silta:agency/")) {
      if (!interfaces.includes(value)) {
        faults.push(`${at(start)}: \`${value}\` is not of the contract; it has ${interfaces.join(", ")}`);
      }
    } else {
      faults.push(
        `${at(start)}: \`${value}\` cannot be imported. A component has neither Node nor packages: import files of this folder by \`./\`, put what you need of a package into one of them, and take time, identifiers and bytes from \`silta:agency/…\``,
      );
    }
  }
  return faults;
}

const faults = await faultsOf(join(folder, "src/component.js"), new Set());
if (faults.length > 0) {
  console.error([...new Set(faults)].join("\n"));
  process.exit(1);
}
const { componentize } = await import(maker);
try {
  const { component } = await componentize({
    sourcePath: join(build, "entry.js"),
    witPath: join(build, "wit"),
    worldName: "agency",
    // All that there is: what is left needs the contract only.
    disableFeatures: ["stdio", "random", "clocks", "http", "fetch-event"],
  });
  await writeFile(join(build, "component.wasm"), component);
} catch (error) {
  console.error(told(error instanceof Error ? error.message : String(error)));
  process.exit(1);
}

/** What the maker says, without the addresses in its engine. */
function told(message) {
  const called = /attempted to call an unknown imported function: '(.*?)' '(.*?)'/.exec(message);
  if (called) {
    return `\`${called[2]}\` of \`${called[1]}\` is called while a file is loaded, when there is no host yet; call it in a function of the contract`;
  }
  return message.replace(/^Failed to initialize component \(.*\):$/m, "what files do when they are loaded failed:");
}
