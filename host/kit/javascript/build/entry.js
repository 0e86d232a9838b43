// SPDX-License-Identifier: Apache-2.0
// What the component exports. Written by `silta component build`, from the program.

// First, so that it is there before anything of the agency's runs.
import { crashed, refused, serving, thrown } from "./sandbox.js";

import * as agency from "../src/component.js";

export const descriptor = {
  describe: serving(agency, "descriptor", "describe", crashed),
  checkSettings: serving(agency, "descriptor", "checkSettings", thrown),
};

export const envelope = {
  build: serving(agency, "envelope", "build", thrown),
};

export const message = {
  parse: serving(agency, "message", "parse", thrown),
};

export const notification = {
  validate: serving(agency, "notification", "validate", refused),
};
