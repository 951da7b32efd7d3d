import type { Exchange, RequestHead } from './exchange.ts'

/** One vendor's API on the simulator's address, beside the others. */
export interface Face {
  /** Larger bodies are refused. */
  readonly mostBodyBytes: number
  /** True for the requests that are this vendor's, by their path and headers. */
  takes(head: RequestHead): boolean
  /** Answers a request whose body has been read. Never throws. */
  handle(exchange: Exchange, body: Buffer): void
  /** What it says of a body that cannot be taken, before it is read. */
  bodyRefusal(outcome: 'too-large' | 'too-many'): { readonly status: number; readonly body: string }
}

/** How long answers take. */
export interface SimulatedLatency {
  /** Until the first token, and so until the headers. */
  readonly firstTokenMs: number
  /** For each further token; an answer that does not stream waits for all of them. */
  readonly perTokenMs: number
}
