declare module 'silta:agency/blobs@0.1.0' {
  /**
   * Why the host refused to work on a blob. A refusal changes nothing.
   */
  export type BlobError = BlobErrorOutOfRange | BlobErrorInvalidBase64 | BlobErrorSealed | BlobErrorUnknownRole | BlobErrorFinished;
  /**
   * Offset or length reaches past the end; the payload is the size of the blob in bytes.
   */
  export interface BlobErrorOutOfRange {
    tag: 'out-of-range',
    val: bigint,
  }
  /**
   * Not base64 as RFC 4648 §4 has it, XML white space aside; the payload is the offset of the first
   * byte that cannot stand where it stands, of the first of four whose unused bits are not zero, or the size when the text ends too early.
   */
  export interface BlobErrorInvalidBase64 {
    tag: 'invalid-base64',
    val: bigint,
  }
  /**
   * The blob holds a secret; it can be appended and measured, not looked into.
   */
  export interface BlobErrorSealed {
    tag: 'sealed',
  }
  /**
   * No secret is configured for the role named.
   */
  export interface BlobErrorUnknownRole {
    tag: 'unknown-role',
    val: string,
  }
  /**
   * The writer has been finished already.
   */
  export interface BlobErrorFinished {
    tag: 'finished',
  }
  /**
   * Digest functions (FIPS 180-4). SHA-1 is for checking what others made, never for making.
   * # Variants
   * 
   * ## `"sha1"`
   * 
   * SHA-1, 20 bytes.
   * ## `"sha256"`
   * 
   * SHA-256, 32 bytes.
   * ## `"sha384"`
   * 
   * SHA-384, 48 bytes.
   * ## `"sha512"`
   * 
   * SHA-512, 64 bytes.
   */
  export type DigestAlgorithm = 'sha1' | 'sha256' | 'sha384' | 'sha512';
  
  export class Blob implements Disposable {
    /**
     * This type does not have a public constructor.
     */
    private constructor();
    /**
    * Number of bytes.
    */
    size(): bigint;
    /**
    * Copies `length` bytes from `offset` into the component. Meant for markup; at most the host's
    * hostcall limit at a time.
    * Errors: `out-of-range`, `sealed`.
    */
    read(offset: bigint, length: number): Uint8Array;
    /**
    * A blob of `length` bytes from `offset` that shares the bytes of this one.
    * Errors: `out-of-range`, `sealed`.
    */
    slice(offset: bigint, length: bigint): Blob;
    /**
    * The bytes that this base64 text stands for (RFC 4648 §4: padding required, unused bits zero). Space, tab,
    * CR and LF may stand anywhere, as XML Schema's base64Binary allows; nothing else may.
    * Errors: `invalid-base64`, `sealed`.
    */
    decodeBase64(): Blob;
    /**
    * Digest of the bytes.
    * Errors: `sealed`.
    */
    digest(algorithm: DigestAlgorithm): Uint8Array;
    /**
    * Offset of the first byte at or after `start` that is one of `set`, or none. A `start` at the end finds nothing.
    * Errors: `out-of-range` for a `start` past the end, `sealed`.
    */
    find(set: Uint8Array, start: bigint): bigint | undefined;
    [Symbol.dispose](): void;
  }
  
  export class Writer implements Disposable {
    /**
    * An empty writer.
    */
    constructor()
    /**
    * Appends a copy of `bytes`.
    * Errors: `finished`.
    */
    write(bytes: Uint8Array): void;
    /**
    * Appends a blob by sharing its bytes; costs the same whatever the size.
    * Errors: `finished`.
    */
    append(source: Blob): void;
    /**
    * Appends the base64 text (RFC 4648 §4, padded) of a blob: in one run, or, with a line width, in lines of that many
    * characters each ended by CR LF, the last one too (MIME, RFC 2045 §6.8, has 76). A width is rounded down to a multiple of 4 and is at least 4.
    * Errors: `finished`.
    */
    appendBase64(source: Blob, lineWidth: number | undefined): void;
    /**
    * Appends a secret that the component never sees. What is finished with a secret in it is sealed.
    * Errors: `unknown-role`, `finished`.
    */
    appendSecret(role: string): void;
    /**
    * Appends the value that is to replace a secret (`descriptor.rotation`). The host has made and kept it before the operation that sends it is
    * built, and only that operation has one. What is finished with it is sealed.
    * Errors: `unknown-role` also when no value is to replace the current one, `finished`.
    */
    appendNextSecret(role: string): void;
    /**
    * The blob of all that was appended. The writer takes nothing more.
    * Errors: `finished`.
    */
    finish(): Blob;
    [Symbol.dispose](): void;
  }
}
