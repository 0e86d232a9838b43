/// <reference path="./silta-agency-blobs.d.ts" />
/// <reference path="./silta-agency-facts.d.ts" />
/// <reference path="./silta-agency-types.d.ts" />
declare module 'silta:agency/message@0.1.0' {
  /**
   * Parses the answer to a request of an operation.
   * Errors: a problem of fault `counterparty` when the answer cannot be understood. Whether the agency took what was
   * sent is then unknown.
   */
  export function parse(operation: string, response: Response, sending: Sending): Outcome;
  export type Header = import('silta:agency/types@0.1.0').Header;
  export type Instant = import('silta:agency/types@0.1.0').Instant;
  export type Problem = import('silta:agency/types@0.1.0').Problem;
  export type Blob = import('silta:agency/blobs@0.1.0').Blob;
  export type Event = import('silta:agency/facts@0.1.0').Event;
  export type ReceivedDocument = import('silta:agency/facts@0.1.0').ReceivedDocument;
  export type FollowUp = import('silta:agency/facts@0.1.0').FollowUp;
  /**
   * An SMTP reply (RFC 5321 §4.2).
   */
  export interface MailReply {
    /**
     * Reply code.
     */
    code: number,
    /**
     * Enhanced status code (RFC 3463), such as `5.1.1`; empty where the relay gave none.
     */
    enhanced: string,
    /**
     * Text of the reply without the codes, its lines joined by line feeds.
     */
    text: string,
  }
  /**
   * What a relay replied for one forward path.
   */
  export interface RecipientReply {
    /**
     * The forward path, as in the request.
     */
    recipient: string,
    /**
     * The reply to its RCPT command.
     */
    reply: MailReply,
  }
  /**
   * What a relay answered to a mail. It has taken the mail for a recipient if the code of that recipient and the last one are both 2xx.
   */
  export interface MailAnswer {
    /**
     * The last reply: to the content, or to the command that was refused before it.
     */
    reply: MailReply,
    /**
     * Replies for the recipients, as many as were asked for.
     */
    recipients: Array<RecipientReply>,
  }
  /**
   * An HTTP answer.
   */
  export interface Answer {
    /**
     * Status code.
     */
    status: number,
    /**
     * Header fields.
     */
    headers: Array<Header>,
    /**
     * Body. Gzip (Content-Encoding) is decoded, and its field taken away. What cannot be decoded comes as it is, with its field: it is to be taken as
     * an answer that says nothing, whatever it looks like.
     */
    body: Blob,
  }
  /**
   * An answer, or the lack of one.
   */
  export type Response = ResponseAnswered | ResponseMailAnswered | ResponseUnanswered;
  /**
   * The agency answered.
   */
  export interface ResponseAnswered {
    tag: 'answered',
    val: Answer,
  }
  /**
   * The relay answered to a mail.
   */
  export interface ResponseMailAnswered {
    tag: 'mail-answered',
    val: MailAnswer,
  }
  /**
   * The request was sent, wholly or in part, and no answer came: time ran out or the connection broke.
   */
  export interface ResponseUnanswered {
    tag: 'unanswered',
  }
  /**
   * What the host knows of the request that was answered.
   */
  export interface Sending {
    /**
     * What `build` put into the request; empty when it is not known.
     */
    memo: string,
    /**
     * How often these very bytes had been sent before without a known outcome. A refusal as a duplicate then means that one of those had arrived.
     */
    earlierSendings: number,
    /**
     * The step that was answered, as `build` got it.
     */
    step?: string,
  }
  /**
   * What the host does next with the operation.
   * # Variants
   * 
   * ## `"done"`
   * 
   * Finished.
   * ## `"retry-later-same-reference"`
   * 
   * The agency refused for now; the same bytes may be sent again later.
   * ## `"retry-later-new-reference"`
   * 
   * The agency refused for now; build anew with a new reference, later.
   * ## `"unknown-outcome"`
   * 
   * Nobody knows whether the agency took it; send the very same bytes again later, until the end that `descriptor.limits` declares. Then a human decides.
   * ## `"fix-first"`
   * 
   * The agency refused the content; somebody corrects it first.
   * ## `"denied"`
   * 
   * The agency refused the sender: certificate, authorisation, agreement.
   * ## `"already-accepted"`
   * 
   * An earlier sending of these bytes had succeeded; there is nothing left to send.
   */
  export type RetryClass = 'done' | 'retry-later-same-reference' | 'retry-later-new-reference' | 'unknown-outcome' | 'fix-first' | 'denied' | 'already-accepted';
  /**
   * A secret that an answer brought.
   */
  export interface ObtainedSecret {
    /**
     * The value. Its role is the one that the operation is declared to obtain.
     */
    value: Blob,
    /**
     * Seconds for which it may be used from now on; at least 1.
     */
    lifetimeSeconds: number,
  }
  /**
   * What an answer means.
   */
  export interface Outcome {
    /**
     * What to do next.
     */
    'class': RetryClass,
    /**
     * The agency's own code as it stands on the wire, or `none` (nothing was answered) or `http-NNN` (an answer without a code).
     */
    code: string,
    /**
     * The agency's own words, shortened to 1,000 characters; where what came is no message of the agency's, what it is and what to do. May be empty.
     */
    text: string,
    /**
     * What the agency calls the transmission; empty where it does not say.
     */
    reference: string,
    /**
     * Facts for the platform.
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
     * For polling operations: where to go on, stored together with the events and handed to the next `build`. None leaves the last one as it is.
     */
    cursor?: string,
    /**
     * For polling operations: whether more waits at the agency already, so that the host goes on at once.
     */
    moreWaits: boolean,
    /**
     * What `build` makes the next exchange of, opaque to the host, which keeps it with the operation; at most 64 KiB. With it the class is `done` or
     * `already-accepted`, which is said of this step: the operation is done when a step has no next one, and what the steps handed out comes out together then.
     */
    nextStep?: string,
    /**
     * Not before this moment may it be tried again, because the agency said so (Retry-After) or its rules do. None leaves it to the host.
     * With a next step: not before this moment is its request built. The host waits for some seconds (10 at most); for longer, the operation stops and is gone on with later.
     */
    notBefore?: Instant,
    /**
     * What the operation was to obtain.
     */
    obtained?: ObtainedSecret,
    /**
     * Role of an obtained secret that the agency did not accept. The host obtains another and sends the request once more; the class says what follows
     * when that one is not accepted either, and is neither `done` nor `already-accepted`.
     */
    refusedSecret?: string,
  }
}
