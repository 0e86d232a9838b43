declare module 'silta:agency/ids@0.1.0' {
  /**
   * A UUID version 7 (RFC 9562) in its 36-character form.
   */
  export function uuid(): string;
  /**
   * 14 characters of `0123456789ABCDEFGHJKMNPQRSTVWXYZ`, ascending in time over restarts of the host. For fields too short for
   * a UUID: unique among the identifiers of one host, and among hosts with overwhelming likelihood, but not unguessable.
   */
  export function compact(): string;
}
