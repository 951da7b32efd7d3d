/**
 * Reads a `retry-after` header: seconds, or an HTTP date (any of RFC 9110's three forms). Null when it is
 * absent or says nothing that can be read; 0 for a date that has passed.
 */
export declare function retryAfterMs(value: string | null | undefined, nowMs: number): number | null
