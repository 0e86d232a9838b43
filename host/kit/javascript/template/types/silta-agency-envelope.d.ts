/// <reference path="./silta-agency-blobs.d.ts" />
/// <reference path="./silta-agency-types.d.ts" />
declare module 'silta:agency/envelope@0.1.0' {
  /**
   * Builds the request of an operation. The host has seen to it that `parameters` is one object in which no name is there twice on any
   * level, and that a payload has at least one byte unless the operation takes an empty one. `cursor` is what the last `parse` of this operation handed out, if anything.
   * `step` is none for the first exchange of an operation, and what `parse` handed out as the next step for those after it, with parameters, payload,
   * attachments and cursor as they were at first.
   */
  export function build(operation: string, parameters: Json, payload: Blob | undefined, attachments: Array<Attachment>, cursor: string | undefined, step: string | undefined): Request;
  export type Json = import('silta:agency/types@0.1.0').Json;
  export type Header = import('silta:agency/types@0.1.0').Header;
  export type Problem = import('silta:agency/types@0.1.0').Problem;
  export type Blob = import('silta:agency/blobs@0.1.0').Blob;
  /**
   * A file that goes along.
   */
  export interface Attachment {
    /**
     * File name without a folder.
     */
    name: string,
    /**
     * Media type (RFC 6838).
     */
    mediaType: string,
    /**
     * Content. Owned rather than borrowed: generators of guest bindings stumble over lists of borrowed handles.
     */
    content: Blob,
  }
  /**
   * An HTTP request line, so to speak.
   */
  export interface HttpTarget {
    /**
     * Method, such as `POST`.
     */
    method: string,
    /**
     * Absolute `https` URL.
     */
    url: string,
  }
  /**
   * An SMTP envelope (RFC 5321), as distinct from the header fields of the mail.
   */
  export interface SmtpTarget {
    /**
     * Reverse path.
     */
    sender: string,
    /**
     * Forward paths, at least one.
     */
    recipients: Array<string>,
  }
  /**
   * Where a request goes.
   */
  export type Target = TargetHttp | TargetSmtp;
  /**
   * An HTTP request.
   */
  export interface TargetHttp {
    tag: 'http',
    val: HttpTarget,
  }
  /**
   * A mail.
   */
  export interface TargetSmtp {
    tag: 'smtp',
    val: SmtpTarget,
  }
  /**
   * A header field with a secret in it, which the host writes when it sends: the component never sees it, and it is not among the bytes that are kept.
   */
  export interface SecretHeader {
    /**
     * Field name.
     */
    name: string,
    /**
     * What stands before the secret, such as `Bearer ` with its space.
     */
    prefix: string,
    /**
     * Role of the secret (`descriptor.secret-role`).
     */
    role: string,
  }
  /**
   * What to send.
   */
  export interface Request {
    /**
     * Where to.
     */
    target: Target,
    /**
     * Header fields, without those the transport itself computes (Host, Content-Length).
     */
    headers: Array<Header>,
    /**
     * Header fields with secrets. For a mail there are none.
     */
    secretHeaders: Array<SecretHeader>,
    /**
     * Body.
     */
    body: Blob,
    /**
     * How long to wait for the answer, in milliseconds.
     */
    timeoutMilliseconds: number,
    /**
     * What the agency will call this transmission; also the key by which a repetition is recognised.
     */
    reference: string,
    /**
     * Key role whose certificate authenticates the TLS connection; none for no client certificate.
     */
    tlsRole?: string,
    /**
     * Whether a repetition after an unknown outcome has to send these very bytes, so that the host stores them before the first sending.
     */
    keepBytes: boolean,
    /**
     * What `parse` needs to know of this request, opaque to the host, handed back with the answer. At most 4 KiB.
     */
    memo: string,
  }
}
