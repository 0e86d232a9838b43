/// <reference path="./silta-agency-blobs.d.ts" />
/// <reference path="./silta-agency-types.d.ts" />
declare module 'silta:agency/facts@0.1.0' {
  export type Json = import('silta:agency/types@0.1.0').Json;
  export type Blob = import('silta:agency/blobs@0.1.0').Blob;
  /**
   * Something that happened, for the platform.
   */
  export interface Event {
    /**
     * Kind, lower case with hyphens; new kinds may appear.
     */
    kind: string,
    /**
     * Details as one JSON object.
     */
    data: Json,
    /**
     * Two events with the same key are one event.
     */
    deduplicationKey: string,
    /**
     * Reference of the request of ours (`envelope.request`) that it is about, where the agency says so: a receipt, a read event, a reply. The host links
     * the event to the operation by it.
     */
    about?: string,
  }
  /**
   * A file that came along.
   */
  export interface ReceivedDocument {
    /**
     * Name, without a folder; made up where the agency gives none.
     */
    name: string,
    /**
     * Media type.
     */
    mediaType: string,
    /**
     * Content.
     */
    content: Blob,
  }
  /**
   * An operation to run next.
   */
  export interface FollowUp {
    /**
     * Operation of the same agency.
     */
    operation: string,
    /**
     * Its parameters.
     */
    parameters: Json,
    /**
     * Two follow-ups with the same key are one follow-up.
     */
    deduplicationKey: string,
  }
}
