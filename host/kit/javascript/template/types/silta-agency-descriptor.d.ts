/// <reference path="./silta-agency-types.d.ts" />
declare module 'silta:agency/descriptor@0.1.0' {
  /**
   * Describes the component. Depends on nothing but the component.
   */
  export function describe(): Description;
  /**
   * Judges the operator's settings before they serve, and names the operations whose limits they change.
   * Errors: a problem of fault `configuration` whose path is a JSON pointer into the settings.
   */
  export function checkSettings(): Array<AdjustedLimits>;
  export type Json = import('silta:agency/types@0.1.0').Json;
  export type Problem = import('silta:agency/types@0.1.0').Problem;
  export type Header = import('silta:agency/types@0.1.0').Header;
  /**
   * A name in one language.
   */
  export interface Title {
    /**
     * BCP 47 language tag, such as `en` or `fi`.
     */
    language: string,
    /**
     * The text.
     */
    text: string,
  }
  /**
   * A document of the agency that the component implements.
   */
  export interface Document {
    /**
     * Title as published.
     */
    title: string,
    /**
     * Version or date as published.
     */
    version: string,
    /**
     * What of it is implemented, and what not, in a sentence.
     */
    coverage: string,
  }
  /**
   * Which way an operation goes.
   * # Variants
   * 
   * ## `"outbound"`
   * 
   * We call the agency: `envelope.build`, then `message.parse` of its answer.
   * ## `"inbound"`
   * 
   * The agency calls us: `notification.validate`.
   */
  export type Direction = 'outbound' | 'inbound';
  /**
   * What carries an operation.
   * # Variants
   * 
   * ## `"https"`
   * 
   * HTTP over TLS.
   * ## `"smtp"`
   * 
   * SMTP.
   */
  export type Transport = 'https' | 'smtp';
  /**
   * May the host send an operation again by itself?
   * # Variants
   * 
   * ## `"read-only"`
   * 
   * It changes nothing at the agency; it may be repeated freely within the rate limit.
   * ## `"by-reference"`
   * 
   * Repeating the same bytes is safe: the agency recognises them by their reference.
   * ## `"never"`
   * 
   * A repetition may take effect twice; a human decides.
   */
  export type Idempotency = 'read-only' | 'by-reference' | 'never';
  /**
   * At most so many calls in so long a time, counted per agency.
   */
  export interface RateLimit {
    /**
     * Number of calls.
     */
    calls: number,
    /**
     * Length of the sliding window in seconds.
     */
    windowSeconds: number,
  }
  /**
   * How often, and how long, bytes of unknown outcome (`message.retry-class`) are sent again. At whichever end comes first the host stops and tells a human, as
   * `parse` does in the events of the last outcome.
   */
  export interface Resending {
    /**
     * Sendings of the same bytes at most, the first one included; at least 1.
     */
    sendings: number,
    /**
     * Seconds from the first sending to the last one at most.
     */
    seconds: number,
  }
  /**
   * How long, how often and how much. The host keeps to the sizes in every call, and to the rest where it sends and queues by itself; who sends by
   * other means keeps to them too.
   */
  export interface Limits {
    /**
     * How long the host waits for the answer of the agency; for an inbound operation, how soon the agency expects ours. In milliseconds.
     */
    timeoutMilliseconds: number,
    /**
     * How often it may be called; none is no limit.
     */
    rateLimit?: RateLimit,
    /**
     * How many may be under way at once; none is no limit.
     */
    concurrency?: number,
    /**
     * How many requests of one reference may be under way at once; none is no limit.
     */
    referenceConcurrency?: number,
    /**
     * Whether `build` takes a payload, and its largest size in bytes; none takes no payload.
     */
    payloadLimit?: bigint,
    /**
     * Number of attachments `build` takes at most.
     */
    attachmentLimit: number,
    /**
     * Largest answer or call in bytes that the host should read.
     */
    responseLimit: bigint,
    /**
     * What the operator can do to have larger ones read, naming the setting; a clause for the host's error. Empty where nothing can be done.
     */
    responseAdvice: string,
    /**
     * How often the host sends bytes again whose outcome is unknown; none where nothing is sent again.
     */
    resending?: Resending,
    /**
     * Exchanges that one operation takes at most (`message.outcome.next-step`); at least 1. For an inbound operation 1.
     */
    steps: number,
  }
  /**
   * An operation that is run again and again, to see what there is.
   */
  export interface Poll {
    /**
     * Seconds from one run to the next, unless the operator configures another interval; at least 1. The rate limit holds beside it.
     */
    intervalSeconds: number,
  }
  /**
   * One thing that can be done with the agency.
   */
  export interface Operation {
    /**
     * Name used in every other function; lower case with hyphens.
     */
    name: string,
    /**
     * What it does, in a sentence.
     */
    summary: string,
    /**
     * Which way it goes.
     */
    direction: Direction,
    /**
     * JSON Schema (2020-12) of the parameters, which are one object; the empty string for an inbound operation.
     */
    parameters: Json,
    /**
     * What carries it.
     */
    transport: Transport,
    /**
     * May it be repeated?
     */
    idempotency: Idempotency,
    /**
     * Whether a payload of no bytes is one. Otherwise the host refuses it: a file that was never written is the likeliest of its causes.
     */
    emptyPayload: boolean,
    /**
     * Whether the host is to run it by itself at intervals, and at which; none for operations that somebody asks for.
     */
    poll?: Poll,
    /**
     * Secrets that are obtained (`secret-source.obtained`) and that its requests carry. The host has each of them before `build`.
     */
    credentials: Array<string>,
    /**
     * Its limits, unless `check-settings` has others.
     */
    limits: Limits,
  }
  /**
   * A kind of event that the component hands out.
   */
  export interface EventKind {
    /**
     * The kind, as in `facts.event`.
     */
    kind: string,
    /**
     * What has happened when there is one, in a sentence.
     */
    summary: string,
    /**
     * JSON Schema (2020-12) of its data.
     */
    data: Json,
  }
  /**
   * A key the component signs with.
   */
  export interface KeyRole {
    /**
     * Name used with `keys`.
     */
    name: string,
    /**
     * What the key is for and who issues its certificate.
     */
    purpose: string,
    /**
     * Without it no operation works.
     */
    required: boolean,
  }
  /**
   * A set of trust anchors the component asks for.
   */
  export interface AnchorSet {
    /**
     * Name used with `trust`.
     */
    name: string,
    /**
     * Whose certificates lead to it.
     */
    purpose: string,
    /**
     * Without it no operation works.
     */
    required: boolean,
  }
  /**
   * What a secret is written in.
   * # Variants
   * 
   * ## `"any"`
   * 
   * Any text in UTF-8.
   * ## `"base64"`
   * 
   * Base64 (RFC 4648 §4): padded, unused bits zero, no white space.
   * ## `"plain"`
   * 
   * Printable ASCII but for the space and `"`, `\`, `&`, `<`, `>`, `'`: it stands in JSON and XML as it is.
   * ## `"password"`
   * 
   * The characters of `plain`, with at least one lower-case letter, one upper-case letter, one digit and one symbol, as many a service demands of a
   * password. The symbols of values that the host makes are among `$#~!`.
   */
  export type SecretAlphabet = 'any' | 'base64' | 'plain' | 'password';
  /**
   * What every value of a secret has to look like, by the agency's own rules. The host refuses a deployment with any other, so that nobody
   * learns of it from the agency.
   */
  export interface SecretForm {
    /**
     * Fewest characters (Unicode scalar values; of base64 text, not of what it stands for).
     */
    minimumCharacters: number,
    /**
     * Most characters.
     */
    maximumCharacters: number,
    /**
     * What they may be.
     */
    alphabet: SecretAlphabet,
  }
  /**
   * How a secret is replaced by another. What the operation carries (`operation.credentials`) is obtained anew before its first request. The operation's requests hold the value that is to come (`blobs.writer.append-next-secret`), which the host has made after the
   * role's form and kept durably before. It becomes the current one once the check has succeeded with it in the place of the current one, or without a
   * check once the operation has. Whether the agency took it when no answer came is found out by the check with the value that is to come; without one, by
   * the operation, which is then run again with the same value.
   */
  export interface Rotation {
    /**
     * Operation that sends the value that is to come.
     */
    operation: string,
    /**
     * Operation that succeeds only with the value in force, that changes nothing and needs no parameters; none where there is none.
     */
    check?: string,
    /**
     * Seconds for which the agency may still use the value that was replaced; it is accepted (`secrets.matches`) for so long.
     */
    overlapSeconds: number,
  }
  /**
   * Where the values of a secret come from.
   */
  export type SecretSource = SecretSourceConfigured | SecretSourceObtained | SecretSourceRotated;
  /**
   * From the operator.
   */
  export interface SecretSourceConfigured {
    tag: 'configured',
  }
  /**
   * From an operation, whose answers hand one out for a while (`message.obtained-secret`); it needs no parameters. The operator configures none, and the host keeps
   * it in memory only.
   */
  export interface SecretSourceObtained {
    tag: 'obtained',
    val: string,
  }
  /**
   * From the operator at first, and from the host after that. The role has a form.
   */
  export interface SecretSourceRotated {
    tag: 'rotated',
    val: Rotation,
  }
  /**
   * A shared secret the component asks for.
   */
  export interface SecretRole {
    /**
     * Name used with `secrets` and `blobs.writer.append-secret`.
     */
    name: string,
    /**
     * What the secret is for.
     */
    purpose: string,
    /**
     * Without it no operation works. One that is obtained is not configured, so that nothing is required of the operator.
     */
    required: boolean,
    /**
     * What its values have to look like; none takes any bytes.
     */
    form?: SecretForm,
    /**
     * Where its values come from.
     */
    source: SecretSource,
  }
  /**
   * Input of a `build` self-test.
   */
  export interface BuildExercise {
    /**
     * Operation name.
     */
    operation: string,
    /**
     * Parameters.
     */
    parameters: Json,
    /**
     * Payload.
     */
    payload: Uint8Array,
  }
  /**
   * Input of a `parse` self-test.
   */
  export interface ParseExercise {
    /**
     * Operation name.
     */
    operation: string,
    /**
     * HTTP status of the answer.
     */
    status: number,
    /**
     * Header fields of the answer.
     */
    headers: Array<Header>,
    /**
     * Body of the answer.
     */
    body: Uint8Array,
  }
  /**
   * Input of a `validate` self-test.
   */
  export interface ValidateExercise {
    /**
     * Method.
     */
    method: string,
    /**
     * Path and query.
     */
    target: string,
    /**
     * Header fields.
     */
    headers: Array<Header>,
    /**
     * Body.
     */
    body: Uint8Array,
  }
  /**
   * What to run in a self-test.
   */
  export type Exercise = ExerciseBuild | ExerciseParse | ExerciseValidate;
  /**
   * `envelope.build` without attachments.
   */
  export interface ExerciseBuild {
    tag: 'build',
    val: BuildExercise,
  }
  /**
   * `message.parse`.
   */
  export interface ExerciseParse {
    tag: 'parse',
    val: ParseExercise,
  }
  /**
   * `notification.validate` of an HTTP request from 127.0.0.1 without a client certificate.
   */
  export interface ExerciseValidate {
    tag: 'validate',
    val: ValidateExercise,
  }
  /**
   * What a self-test must come to.
   */
  export type Expectation = ExpectationRequest | ExpectationOutcome | ExpectationProblem | ExpectationAccepted;
  /**
   * A request whose body has this SHA-256 (32 bytes); empty: any request.
   */
  export interface ExpectationRequest {
    tag: 'request',
    val: Uint8Array,
  }
  /**
   * An outcome with this code.
   */
  export interface ExpectationOutcome {
    tag: 'outcome',
    val: string,
  }
  /**
   * A problem with this code, or the reason of a rejection.
   */
  export interface ExpectationProblem {
    tag: 'problem',
    val: string,
  }
  /**
   * An acceptance as this operation.
   */
  export interface ExpectationAccepted {
    tag: 'accepted',
    val: string,
  }
  /**
   * A call that the host makes before a component may serve. It runs with settings of its own, the time 2026-01-01T00:00:00Z, fixed
   * identifiers (zeros), and a signer that signs nothing: `keys.sign` returns 256 zero bytes and `keys.certificates` one certificate
   * of the single byte 0, for any role; `keys.algorithms` returns `rsa-sha256`. It has no secrets; anchor sets are the operator's.
   */
  export interface SelfTest {
    /**
     * Name shown when it fails.
     */
    name: string,
    /**
     * Settings to run with, in place of the operator's.
     */
    settings: Json,
    /**
     * What to run.
     */
    exercise: Exercise,
    /**
     * What must come out.
     */
    expectation: Expectation,
  }
  /**
   * Everything about a component.
   */
  export interface Description {
    /**
     * Agency id: lower case with hyphens, the key of its configuration.
     */
    agency: string,
    /**
     * Names of the agency's service.
     */
    titles: Array<Title>,
    /**
     * Version of the component (Semantic Versioning 2.0).
     */
    version: string,
    /**
     * Documents implemented.
     */
    documents: Array<Document>,
    /**
     * Operations.
     */
    operations: Array<Operation>,
    /**
     * Kinds of events that it hands out. New kinds may appear without notice in an agency's messages; a component hands those out as one of these.
     */
    events: Array<EventKind>,
    /**
     * Keys asked for.
     */
    keyRoles: Array<KeyRole>,
    /**
     * Anchor sets asked for.
     */
    anchorSets: Array<AnchorSet>,
    /**
     * Secrets asked for.
     */
    secretRoles: Array<SecretRole>,
    /**
     * JSON Schema (2020-12) of the settings, with every default.
     */
    settingsSchema: Json,
    /**
     * Self-tests.
     */
    selfTests: Array<SelfTest>,
  }
  /**
   * Limits that follow from the operator's settings.
   */
  export interface AdjustedLimits {
    /**
     * Operation of the description.
     */
    operation: string,
    /**
     * All its limits, in place of those described.
     */
    limits: Limits,
  }
}
