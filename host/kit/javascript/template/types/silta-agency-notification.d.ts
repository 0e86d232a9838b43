/// <reference path="./silta-agency-blobs.d.ts" />
/// <reference path="./silta-agency-facts.d.ts" />
/// <reference path="./silta-agency-trust.d.ts" />
/// <reference path="./silta-agency-types.d.ts" />
declare module 'silta:agency/notification@0.1.0' {
  /**
   * Judges a call.
   */
  export function validate(call: Call): Verdict;
  export type Header = import('silta:agency/types@0.1.0').Header;
  export type Problem = import('silta:agency/types@0.1.0').Problem;
  export type Blob = import('silta:agency/blobs@0.1.0').Blob;
  export type Peer = import('silta:agency/trust@0.1.0').Peer;
  export type Event = import('silta:agency/facts@0.1.0').Event;
  export type ReceivedDocument = import('silta:agency/facts@0.1.0').ReceivedDocument;
  export type FollowUp = import('silta:agency/facts@0.1.0').FollowUp;
  /**
   * An HTTP request.
   */
  export interface HttpCall {
    /**
     * Method.
     */
    method: string,
    /**
     * Path and query as received, percent-encoding untouched.
     */
    target: string,
    /**
     * Header fields.
     */
    headers: Array<Header>,
    /**
     * Body.
     */
    body: Blob,
    /**
     * The TLS client, if it has shown a certificate. That it holds the key is checked, that it is trusted is not: see `trust.peer`.
     */
    peer?: Peer,
    /**
     * Address of the peer (IPv4 or IPv6 text, no port).
     */
    peerAddress: string,
  }
  /**
   * The connection that a mail came by.
   */
  export interface MailConnection {
    /**
     * Address of the relay (IPv4 or IPv6 text, no port).
     */
    peerAddress: string,
    /**
     * Version of TLS, such as `TLSv1.3`; none for a connection without TLS.
     */
    tls?: string,
    /**
     * The relay as a TLS client, if it has shown a certificate.
     */
    peer?: Peer,
    /**
     * Whether the relay is one that the operator allows, by its address or its certificate.
     */
    allowed: boolean,
  }
  /**
   * A mail.
   */
  export interface MailCall {
    /**
     * Reverse path of the SMTP envelope; empty for a delivery report.
     */
    sender: string,
    /**
     * Forward paths of the SMTP envelope.
     */
    recipients: Array<string>,
    /**
     * The message as received (RFC 5322), header and body.
     */
    content: Blob,
    /**
     * How it came.
     */
    connection: MailConnection,
  }
  /**
   * What came in.
   */
  export type Call = CallHttp | CallMail;
  /**
   * An HTTP request.
   */
  export interface CallHttp {
    tag: 'http',
    val: HttpCall,
  }
  /**
   * A mail.
   */
  export interface CallMail {
    tag: 'mail',
    val: MailCall,
  }
  /**
   * What to answer.
   */
  export interface Reply {
    /**
     * HTTP status, or SMTP reply code for a mail.
     */
    status: number,
    /**
     * Header fields.
     */
    headers: Array<Header>,
    /**
     * Body; none is an empty one.
     */
    body?: Blob,
  }
  /**
   * A call that is genuine and is taken.
   */
  export interface Acceptance {
    /**
     * Inbound operation that was called.
     */
    operation: string,
    /**
     * Facts for the platform; may be none (a health check).
     */
    events: Array<Event>,
    /**
     * Files.
     */
    documents: Array<ReceivedDocument>,
    /**
     * Operations to run next.
     */
    followUps: Array<FollowUp>,
    /**
     * Answer once everything is stored.
     */
    reply: Reply,
    /**
     * Answer when every event was known already.
     */
    replyToDuplicate: Reply,
  }
  /**
   * A rejected call. Nothing of it is stored.
   */
  export interface Rejection {
    /**
     * Answer.
     */
    reply: Reply,
    /**
     * Why, for the operator. Its path points into the call.
     */
    reason: Problem,
  }
  /**
   * What to do with a call.
   */
  export type Verdict = VerdictAccepted | VerdictRejected;
  /**
   * The call is genuine and is taken.
   */
  export interface VerdictAccepted {
    tag: 'accepted',
    val: Acceptance,
  }
  /**
   * Rejected.
   */
  export interface VerdictRejected {
    tag: 'rejected',
    val: Rejection,
  }
}
