// SPDX-License-Identifier: Apache-2.0
// Has the maker's engine begin with the same memory in each build, so that the same sources make the same component. Written by `silta component build`, from the program.
//
// The engine is run once, its memory is written down, and that is the component. On the way it asks the system for chance, time and the identity of files, and is told the paths
// that it was started with; all of that stays in its memory. So it runs with constants in their place: at each place where it asks, as many bytes of other code stand while it runs, and
// the maker's own code is put back before anybody else runs it. Paths are told as they are for the component: below `/`.

import children from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/** `i64.const 7` in as many bytes as `local.get 4, i64.load offset=N` has. */
const SEVEN = "4287808000";

/** What the engine of componentize-js 0.23.0 has where it asks, and what it runs with instead. */
const PLACES = [
  // random_get: fills the memory with sevens. All zeros would be asked for again.
  ["200020011050" + "41ffff0371" + "0440000b0b", "200041072001fc0b00" + "010101010101" + "0b"],
  // random_get of the value that guards the stack.
  ["2001410c6a4104" + "1050" + "2100", "2001410736020c" + "4100" + "2100"],
  // clock_time_get: the seventh nanosecond.
  ["200042012001" + "1042" + "41ffff0371" + "0b", "20014207370300" + "4100" + "01010101" + "0b"],
  // path_filestat_get: number of the file and of its disk, and its three times.
  ["2002" + "2004290308" + "3703082002" + "2004290300" + "3703002002" + "4200370338", `2002${SEVEN}3703082002${SEVEN}3703002002` + "4200370338"],
  ...["382207", "302209", "28220b"].map((rest) => [
    `20042903${rest}428094ebdc0380`,
    `${SEVEN}${rest.slice(2)}428094ebdc0380`,
  ]),
].map((pair) => pair.map((hex) => Buffer.from(hex, "hex")));

/** Puts one code into the place of another, at each place; whether each was there, once. */
function replaced(file, pairs) {
  const bytes = readFileSync(file);
  for (const [from, to] of pairs) {
    const at = bytes.indexOf(from);
    if (at < 0 || bytes.indexOf(from, at + 1) >= 0) return false;
    to.copy(bytes, at);
  }
  writeFileSync(file, bytes);
  return true;
}

/** The arguments and the input of the program that runs the engine, with paths as the engine may keep them; none where they are not as expected. */
function withoutPaths(args, input) {
  const told = /^--initializer-script-path (.*)\/([^/ ]+) --strip-path-prefix \S+ (\S+)$/.exec(input ?? "");
  if (!told) return undefined;
  const [, folder, initializer, source] = told;
  return {
    args: args.map((arg) => (arg === `--dir=${folder}` ? `--mapdir=/initializer::${folder}` : arg)),
    input: `--initializer-script-path /initializer/${initializer} --strip-path-prefix / ${source}`,
  };
}

// Where nothing of the component reads a clock any more, the maker puts the time in at which it did so.
Date.now = () => 7;

const { spawnSync } = children;

children.spawnSync = (program, args, options) => {
  const out = args?.find((arg) => arg.startsWith("-o="))?.slice(3);
  const plain = withoutPaths(args ?? [], options?.input);
  if (!out || !plain || !replaced(args.at(-1), PLACES)) {
    console.error("this version of componentize-js is not known: the component is made, and is another one with each build");
    return spawnSync(program, args, options);
  }
  const ended = spawnSync(program, plain.args, { ...options, input: plain.input });
  if (ended.status === 0 && !replaced(out, PLACES.map(([from, to]) => [to, from]))) {
    throw new Error("the engine's own code could not be put back; nothing was made");
  }
  return ended;
};
// What has been imported by name is the function of before, without this.
syncBuiltinESMExports();
