/// <reference path="./silta-agency-types.d.ts" />
declare module 'silta:agency/settings@0.1.0' {
  /**
   * The agency's settings, an object after the schema the descriptor publishes; what is left out has the documented default. `{}` when nothing is configured.
   */
  export function read(): Json;
  export type Json = import('silta:agency/types@0.1.0').Json;
}
