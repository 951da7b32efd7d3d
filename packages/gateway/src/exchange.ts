import type { ClientSink } from '@pointsman/engine'

/** What a connection remembers from one of its requests to the next. It goes with the connection. */
export interface ConnectionMemory {
  /** The key that came last, and its digest. */
  key: { readonly presented: string; readonly digest: string } | null
}

/**
 * One request and its answer, as the stages see them: small enough for `node:http`, HTTP/2 and `fetch`, so that
 * no stage knows which one it serves. Raw on purpose: Request, Response and web streams cost more per request than all
 * our stages together (measured, 28 µs).
 */
export interface Exchange {
  readonly method: string
  /** As received, still encoded, without the query. */
  readonly path: string
  /** Without `?`; empty when there is none. */
  readonly query: string
  /** Name, value, name, value, …, as received. */
  readonly rawHeaders: readonly string[]
  /** Monotonic microseconds of the request's first byte. */
  readonly startedAtUs: number
  /** First value of a header; `name` in lower case. */
  header(name: string): string | undefined
  /**
   * The whole body, at once where it has come already. Bytes are counted as they come, whatever Content-Length says; throws PointsmanError
   * `body_too_large` before more than the limit was kept, `client_closed` when the client stops halfway, `request_timeout` when it takes too long.
   */
  readBody(limitBytes: number): Uint8Array | Promise<Uint8Array>
  /** The body as it comes, for what is handed on unread. */
  bodyChunks(): AsyncIterable<Uint8Array>
  /**
   * Nobody needs what `readBody` gave, and nobody sends it any more: its memory may be used for something else at once.
   * Absent = it is left to the collector.
   */
  freeBody?(body: Uint8Array): void
  readonly client: ClientSink
  /** Absent = its connection remembers nothing. */
  readonly memory?: ConnectionMemory
}
