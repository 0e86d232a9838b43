declare module 'silta:agency/types@0.1.0' {
  /**
   * One JSON document (RFC 8259) in UTF-8. Where a `json` has a schema, the descriptor publishes it.
   */
  export type Json = string;
  /**
   * A moment of UTC.
   */
  export interface Instant {
    /**
     * Seconds since 1970-01-01T00:00:00Z, leap seconds not counted; negative before.
     */
    seconds: bigint,
    /**
     * Nanoseconds into that second, 0 to 999 999 999.
     */
    nanoseconds: number,
  }
  /**
   * One header field of HTTP or of mail. The order of a list of fields is kept, names may repeat.
   */
  export interface Header {
    /**
     * Field name; compared without regard to ASCII case.
     */
    name: string,
    /**
     * Field value without surrounding white space and without line breaks.
     */
    value: string,
  }
  /**
   * Who has to act for a problem to go away.
   * # Variants
   * 
   * ## `"caller"`
   * 
   * The caller handed over something wrong: parameters, payload, attachments.
   * ## `"counterparty"`
   * 
   * The agency (or whoever spoke in its name) sent something wrong.
   * ## `"configuration"`
   * 
   * Settings, keys or trust anchors of this agency are wrong or missing.
   * ## `"internal"`
   * 
   * A defect of the component.
   */
  export type Fault = 'caller' | 'counterparty' | 'configuration' | 'internal';
  /**
   * Why a call gave no result. Nothing has been sent or stored when a problem is returned.
   */
  export interface Problem {
    /**
     * Who has to act.
     */
    fault: Fault,
    /**
     * Stable machine-readable code in lower case with dots, such as `parameter.missing`. Never reused for another meaning.
     */
    code: string,
    /**
     * Where: a JSON pointer into the parameters or settings (`/declarant`), a path of element names
     * (`/Envelope/Body`), `line:column`, or empty when the place is the whole input.
     */
    path: string,
    /**
     * One or two sentences for a human: what is wrong and what to do. Never contains a value of the input that could be personal.
     */
    message: string,
  }
}
