// SPDX-License-Identifier: Apache-2.0
// Makes the component of this folder. Written by `silta component build`, from the program, which runs it.

import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { interfaces } from "./contract.js";
// Before the maker is loaded.
import "./repeatable.mjs";

/** How this ends when the sources are at fault; Node ends with another where anything else is. */
const FAULTY = 3;

// Where the sources are, and where the component is made of copies of them: what the engine keeps of paths says nothing of the machine then.
const folder = process.argv[2];
const build = dirname(fileURLToPath(import.meta.url));
const stage = dirname(build);
// Of this folder only: what lies in one above may be anybody's.
const installed = await realpath(join(folder, "node_modules/@bytecodealliance/componentize-js"));
const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
const maker = pathToFileURL(join(installed, manifest.exports.import)).href;
// The parser that the maker has.
const { parseSync } = createRequire(maker)("oxc-parser");

/** Why a path is none of a source, if it is none. */
function foreign(path) {
  const names = relative(folder, path).split(sep);
  if (names[0] === "..") return "lies outside of this folder";
  if (names.includes("node_modules")) return "is of a package, and packages are not taken along";
  return names[0] === ".silta" ? "is in `.silta`, which is not of the sources" : undefined;
}

/** Everything that is wrong with a source and with those that it imports, each with its place. Each is copied. */
async function faultsOf(path, seen) {
  if (seen.has(path)) return [];
  seen.add(path);
  const name = relative(folder, path);
  let bytes;
  try {
    const leads = foreign(await realpath(path));
    if (leads) return [`${name}: what it leads to ${leads}`];
    bytes = await readFile(path);
  } catch (error) {
    return [`${name}: it cannot be read (${error.code})`];
  }
  const copy = join(stage, name);
  await mkdir(dirname(copy), { recursive: true });
  await writeFile(copy, bytes);
  const text = bytes.toString("utf8");
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
      const why = foreign(imported);
      if (why) faults.push(`${at(start)}: \`${value}\` ${why}`);
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
  process.exit(FAULTY);
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
  if (!isOfSources(error)) throw error;
  console.error(told(error.message));
  process.exit(FAULTY);
}

/** Whether files have failed when they were loaded, which a process that was not started or was killed says nothing of. */
function isOfSources({ message }) {
  return /^Failed to initialize component/.test(message) && !/^Process (error|was killed)/m.test(message);
}

/** What the maker says, without the addresses in its engine. */
function told(message) {
  const called = /attempted to call an unknown imported function: '(.*?)' '(.*?)'/.exec(message);
  if (called) {
    return `\`${called[2]}\` of \`${called[1]}\` is called while a file is loaded, when there is no host yet; call it in a function of the contract`;
  }
  return message.replace(/^Failed to initialize component \(.*\):$/m, "what files do when they are loaded failed:");
}
