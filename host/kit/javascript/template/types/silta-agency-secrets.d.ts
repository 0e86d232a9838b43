/// <reference path="./silta-agency-blobs.d.ts" />
declare module 'silta:agency/secrets@0.1.0' {
  /**
   * Whether `candidate` equals one of the role's secrets: the current one, one that is replacing it, one that was replaced a short while ago.
   * Takes the same time whatever the content of `candidate`. Secrets that are obtained are not compared with anything.
   * Errors: `unknown-role`, also for a secret that is obtained.
   */
  export function matches(role: string, candidate: Uint8Array): boolean;
  /**
   * HMAC-SHA-256 (RFC 2104) of a blob with the current secret of the role as the key; 32 bytes.
   * Errors: all of `secret-error`.
   */
  export function authenticate(role: string, content: Blob): Uint8Array;
  /**
   * Whether `code` is the HMAC-SHA-256 of a blob with one of the role's secrets, as in `matches`, as the key. Takes the same time whatever `code` is.
   * Errors: all of `secret-error`.
   */
  export function isAuthentic(role: string, content: Blob, code: Uint8Array): boolean;
  export type Blob = import('silta:agency/blobs@0.1.0').Blob;
  /**
   * Why a secret could not be used.
   */
  export type SecretError = SecretErrorUnknownRole | SecretErrorSealed;
  /**
   * No secret is configured for the role, or none has been obtained yet.
   */
  export interface SecretErrorUnknownRole {
    tag: 'unknown-role',
  }
  /**
   * The blob holds a secret.
   */
  export interface SecretErrorSealed {
    tag: 'sealed',
  }
}
