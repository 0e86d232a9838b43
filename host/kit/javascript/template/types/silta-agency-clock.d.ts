/// <reference path="./silta-agency-types.d.ts" />
declare module 'silta:agency/clock@0.1.0' {
  /**
   * The time at which the call began.
   */
  export function now(): Instant;
  export type Instant = import('silta:agency/types@0.1.0').Instant;
}
