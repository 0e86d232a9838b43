/// <reference path="./silta-agency-blobs.d.ts" />
declare module 'silta:agency/keys@0.1.0' {
  /**
   * Certificates of the role in DER, the signer's first, then its issuers as far as configured.
   * Errors: `unknown-role`.
   */
  export function certificates(role: string): Array<Uint8Array>;
  /**
   * Algorithms the role may sign with, best first.
   * Errors: `unknown-role`.
   */
  export function algorithms(role: string): Array<SignatureAlgorithm>;
  /**
   * Signs `bytes` (the host digests them). RSA: as many bytes as the modulus, big-endian.
   * Errors: all of `key-error`.
   */
  export function sign(role: string, algorithm: SignatureAlgorithm, bytes: Uint8Array): Uint8Array;
  /**
   * Signs the bytes of a blob, of any size, where they lie; otherwise as `sign`.
   * Errors: all of `key-error`; `sealed`, since a signature of a secret is a means to guess it.
   */
  export function signBlob(role: string, algorithm: SignatureAlgorithm, content: Blob): Uint8Array;
  export type Blob = import('silta:agency/blobs@0.1.0').Blob;
  /**
   * Algorithms that signatures are made with, each with the digest it includes. SHA-1 is not among them; for what
   * others signed see `trust.verification-algorithm`.
   * # Variants
   * 
   * ## `"rsa-sha256"`
   * 
   * RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2).
   * ## `"rsa-sha384"`
   * 
   * RSASSA-PKCS1-v1_5 with SHA-384.
   * ## `"rsa-sha512"`
   * 
   * RSASSA-PKCS1-v1_5 with SHA-512.
   * ## `"rsa-pss-sha256"`
   * 
   * RSASSA-PSS with SHA-256, MGF1 over the same digest, salt as long as the digest (RFC 8017 §8.1).
   * ## `"rsa-pss-sha384"`
   * 
   * RSASSA-PSS with SHA-384, as above.
   * ## `"rsa-pss-sha512"`
   * 
   * RSASSA-PSS with SHA-512, as above.
   * ## `"ecdsa-p256-sha256"`
   * 
   * ECDSA with SHA-256 on P-256; the signature is r and s, 32 bytes each (XML Signature 1.1 §6.4.3), never DER.
   * ## `"ecdsa-p384-sha384"`
   * 
   * ECDSA with SHA-384 on P-384; the signature is r and s, 48 bytes each, never DER.
   */
  export type SignatureAlgorithm = 'rsa-sha256' | 'rsa-sha384' | 'rsa-sha512' | 'rsa-pss-sha256' | 'rsa-pss-sha384' | 'rsa-pss-sha512' | 'ecdsa-p256-sha256' | 'ecdsa-p384-sha384';
  /**
   * Why no signature was made. Nothing was signed.
   */
  export type KeyError = KeyErrorUnknownRole | KeyErrorAlgorithmNotAllowed | KeyErrorTooManySignatures | KeyErrorCertificateNotValid | KeyErrorUnavailable | KeyErrorSealed;
  /**
   * No key is configured for the role.
   */
  export interface KeyErrorUnknownRole {
    tag: 'unknown-role',
  }
  /**
   * The role may not sign with this algorithm; the payload lists those it may sign with, best first.
   */
  export interface KeyErrorAlgorithmNotAllowed {
    tag: 'algorithm-not-allowed',
    val: Array<SignatureAlgorithm>,
  }
  /**
   * The role has made as many signatures in this call as it may; the payload is that number.
   */
  export interface KeyErrorTooManySignatures {
    tag: 'too-many-signatures',
    val: number,
  }
  /**
   * The certificate is outside its validity at the host's time; signing with it would be refused by the counterparty.
   */
  export interface KeyErrorCertificateNotValid {
    tag: 'certificate-not-valid',
  }
  /**
   * The key could not be used (a token that does not answer, say). Worth trying again later.
   */
  export interface KeyErrorUnavailable {
    tag: 'unavailable',
  }
  /**
   * The blob holds a secret.
   */
  export interface KeyErrorSealed {
    tag: 'sealed',
  }
}
