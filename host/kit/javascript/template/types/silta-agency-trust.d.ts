/// <reference path="./silta-agency-types.d.ts" />
declare module 'silta:agency/trust@0.1.0' {
  /**
   * Checks a signature with the public key of `key`: the DER of an X.509 certificate (RFC 5280 §4.1) or of a bare
   * SubjectPublicKeyInfo (§4.1.2.7). Says nothing of whether that key is trusted.
   * 
   * An RSA signature is exactly as long as the modulus. An ECDSA signature is r and s, each exactly as long as the
   * order of the curve (32, 48 or 66 bytes), neither of them zero; DER is not accepted.
   * Errors: all of `verify-error`.
   */
  export function verify(algorithm: VerificationAlgorithm, key: Uint8Array, bytes: Uint8Array, signature: Uint8Array): void;
  /**
   * What is pinned in an anchor set, in the order of the configuration: DER of certificates and of bare
   * SubjectPublicKeyInfos. Empty when nothing is. Candidates for messages that do not carry their signer's certificate.
   * Errors: `unknown-anchor-set`.
   */
  export function pinned(anchorSet: string): Array<Uint8Array>;
  /**
   * Accepts a chain (DER, the end certificate first, the rest in any order) for a purpose against an anchor set at a time, by RFC 5280
   * §6 and RFC 9618. Clocks may differ by as much as the operator has set, by default 60 s for certificates.
   * 
   * Looks at no more than 4 certificates beside the first and 12,288 bytes of all together (`too-many-certificates`), because
   * whoever shows them may be anybody; a pinned first certificate is accepted whatever comes with it. Of the rest only what
   * leads from the first to an anchor matters.
   * 
   * A first certificate that is pinned byte by byte is accepted as it is: without a path, and whatever its validity and
   * key usage, because a pin is the operator's own judgement of this one certificate, which no date takes back. The
   * identity carries the end of validity for those who want to warn. Only a revocation list of the set that names it
   * overrides the pin. A first certificate that merely carries a pinned bare key, or that bare key itself, is accepted
   * as the key and no more: the names in such a certificate are anybody's, so that the identity has none.
   * Errors: all of `identify-error`.
   */
  export function identify(anchorSet: string, chain: Array<Uint8Array>, purpose: Purpose, at: Instant): Identity;
  export type Instant = import('silta:agency/types@0.1.0').Instant;
  /**
   * Algorithms that signatures of others are verified with, each with the digest it includes.
   * # Variants
   * 
   * ## `"rsa-sha1"`
   * 
   * RSASSA-PKCS1-v1_5 with SHA-1. Refused unless the operator has switched it on for this agency.
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
   * ## `"ecdsa-sha256"`
   * 
   * ECDSA with SHA-256 on the curve of the key: P-256, P-384 or P-521 (XML Signature 1.1 §6.4.3).
   * ## `"ecdsa-sha384"`
   * 
   * ECDSA with SHA-384, as above.
   * ## `"ecdsa-sha512"`
   * 
   * ECDSA with SHA-512, as above.
   */
  export type VerificationAlgorithm = 'rsa-sha1' | 'rsa-sha256' | 'rsa-sha384' | 'rsa-sha512' | 'rsa-pss-sha256' | 'rsa-pss-sha384' | 'rsa-pss-sha512' | 'ecdsa-sha256' | 'ecdsa-sha384' | 'ecdsa-sha512';
  /**
   * Why a signature did not verify.
   */
  export type VerifyError = VerifyErrorMismatch | VerifyErrorKeyUnsuitable | VerifyErrorKeyTooShort | VerifyErrorKeyUnreadable | VerifyErrorAlgorithmNotAllowed | VerifyErrorUnsupported;
  /**
   * The signature is not one of these bytes by this key, or not of the form that the algorithm has.
   */
  export interface VerifyErrorMismatch {
    tag: 'mismatch',
  }
  /**
   * The key is of a kind the algorithm is not for, or not a sound key of its kind.
   */
  export interface VerifyErrorKeyUnsuitable {
    tag: 'key-unsuitable',
  }
  /**
   * The RSA key has fewer than 2048 bits; or fewer than 1024, where the operator has switched short ones on for this
   * agency.
   */
  export interface VerifyErrorKeyTooShort {
    tag: 'key-too-short',
  }
  /**
   * The key is neither a readable X.509 certificate nor a readable SubjectPublicKeyInfo.
   */
  export interface VerifyErrorKeyUnreadable {
    tag: 'key-unreadable',
  }
  /**
   * The host does not verify with this algorithm (SHA-1, unless switched on for this agency).
   */
  export interface VerifyErrorAlgorithmNotAllowed {
    tag: 'algorithm-not-allowed',
  }
  /**
   * The key may be in order, but the host has nothing to verify with it: another curve, RSA beyond 8192 bits, or a short
   * RSA key with any but PKCS#1 v1.5 and SHA-1, SHA-256 or SHA-512. The text names it, such as `keys on the curve
   * brainpoolP256r1 (1.3.36.3.3.2.8.1.1.7)`.
   */
  export interface VerifyErrorUnsupported {
    tag: 'unsupported',
    val: string,
  }
  /**
   * What a certificate is to be accepted for. Extended key usage (RFC 5280 §4.2.1.12) of the first certificate is judged by
   * this; a certificate without the extension serves every purpose. An issuer serves a purpose if it has no extended key
   * usage, anyExtendedKeyUsage, or one that the purpose accepts. Whatever the purpose, key usage of the first, if it is
   * there, has to have digitalSignature or contentCommitment (nonRepudiation).
   * # Variants
   * 
   * ## `"tls-client"`
   * 
   * The client of a TLS connection: clientAuth. anyExtendedKeyUsage alone is not enough: RFC 5280 leaves that to the
   * application, and a TLS client is expected to name its purpose.
   * ## `"document-signer"`
   * 
   * The signer of a document: documentSigning (RFC 9336), emailProtection, clientAuth or anyExtendedKeyUsage.
   * ## `"tls-server"`
   * 
   * The server of a TLS connection, whatever its name: serverAuth. anyExtendedKeyUsage alone is not enough, as for a client.
   */
  export type Purpose = 'tls-client' | 'document-signer' | 'tls-server';
  /**
   * Why a certificate was not accepted. Texts are parts of sentences for people: they name rules, features and dates, and
   * of the content of the certificate only what it may be used for.
   */
  export type IdentifyError = IdentifyErrorUnknownAnchorSet | IdentifyErrorCertificateUnreadable | IdentifyErrorTooManyCertificates | IdentifyErrorNoPath | IdentifyErrorNotYetValid | IdentifyErrorExpired | IdentifyErrorRevoked | IdentifyErrorRevocationUnknown | IdentifyErrorWrongUsage | IdentifyErrorNotAcceptable | IdentifyErrorUnsupported;
  /**
   * No anchor set of that name is configured: the operator's matter.
   */
  export interface IdentifyErrorUnknownAnchorSet {
    tag: 'unknown-anchor-set',
  }
  /**
   * The chain is empty (0), or the certificate at this position, counted from 1, is not readable.
   */
  export interface IdentifyErrorCertificateUnreadable {
    tag: 'certificate-unreadable',
    val: number,
  }
  /**
   * More certificates, or more bytes of them, than the host looks at: see `identify`. A limit of the host, not a rule of
   * RFC 5280.
   */
  export interface IdentifyErrorTooManyCertificates {
    tag: 'too-many-certificates',
  }
  /**
   * The first of the chain is not pinned, and no path leads from it to an anchor of the set. Comes before anything that
   * could be said of a certificate that nobody trusted has issued, such as that it has expired.
   */
  export interface IdentifyErrorNoPath {
    tag: 'no-path',
  }
  /**
   * A certificate of the path is not valid yet at that time.
   */
  export interface IdentifyErrorNotYetValid {
    tag: 'not-yet-valid',
  }
  /**
   * A certificate of the path has expired at that time.
   */
  export interface IdentifyErrorExpired {
    tag: 'expired',
  }
  /**
   * A certificate of the path, or the pinned certificate, is revoked.
   */
  export interface IdentifyErrorRevoked {
    tag: 'revoked',
  }
  /**
   * Revocation could not be determined though the anchor set demands it: the operator's matter. The text says what is
   * missing and what helps, such as `the revocation list of the issuer ran out on 2026-06-01 00:00:00 UTC; renew it`.
   */
  export interface IdentifyErrorRevocationUnknown {
    tag: 'revocation-unknown',
    val: string,
  }
  /**
   * The certificate is not meant for this purpose: by its key usage, by its extended key usage or that of an issuer, or
   * because it is one of an authority. The text names the purpose, what would do and what there is, such as `as a client
   * of TLS it needs the extended key usage clientAuth, or none at all; it has serverAuth`.
   */
  export interface IdentifyErrorWrongUsage {
    tag: 'wrong-usage',
    val: string,
  }
  /**
   * The certificate or an issuer breaks another rule of RFC 5280; the text names it.
   */
  export interface IdentifyErrorNotAcceptable {
    tag: 'not-acceptable',
    val: string,
  }
  /**
   * The certificate or an issuer has something that the host does not support, whether or not RFC 5280 allows it. The
   * text names it, such as `the extension 1.2.246.99.1, marked critical`. A pin helps.
   */
  export interface IdentifyErrorUnsupported {
    tag: 'unsupported',
    val: string,
  }
  /**
   * Who a certificate speaks for. Names are as in the certificate; an attribute that is missing, or is no character string, is
   * an empty string.
   */
  export interface Identity {
    /**
     * Subject as text: attributes in the order of the certificate, each escaped as in RFC 4514 §2.4. Empty for a pinned key
     * without a certificate, as are the other names.
     */
    subject: string,
    /**
     * Attribute serialNumber (2.5.4.5) of the subject, which Finnish authorities use for organisation numbers.
     */
    serialNumber: string,
    /**
     * Attribute commonName of the subject.
     */
    commonName: string,
    /**
     * Issuer as text, like the subject.
     */
    issuer: string,
    /**
     * Start of validity; 1970-01-01 00:00:00 for a pinned key without a certificate.
     */
    notBefore: Instant,
    /**
     * End of validity. None for a certificate that has no well-defined one (99991231235959Z, RFC 5280 §4.1.2.5), and for a
     * pinned key without a certificate.
     */
    notAfter?: Instant,
    /**
     * SHA-256 of the DER of the certificate, or of the SubjectPublicKeyInfo of a pinned key without one; 32 bytes.
     */
    fingerprint: Uint8Array,
    /**
     * Accepted because the operator pinned it: nobody vouches for the names, and validity was not judged.
     */
    pinned: boolean,
  }
  
  export class Peer implements Disposable {
    /**
     * This type does not have a public constructor.
     */
    private constructor();
    /**
    * Accepts the peer for a purpose against an anchor set, at the time of the call, by the rules of `trust.identify`. That it holds the key of its
    * certificate the host has checked already.
    * Errors: all of `identify-error`.
    */
    identify(anchorSet: string, purpose: Purpose): Identity;
    [Symbol.dispose](): void;
  }
}
