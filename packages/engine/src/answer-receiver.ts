import type { Provider, UpstreamFailure } from '@pointsman/contract'
import type { UpstreamHead } from './ports.ts'

/** How a call upstream ended: answered whole, failed, or abandoned because the client left. */
export type AttemptEnd =
  | { readonly kind: 'answered' }
  | { readonly kind: 'failed'; readonly failure: UpstreamFailure }
  | { readonly kind: 'client-left' }

/** What an attempt offers to whoever takes its answer. */
export interface AttemptControl {
  /** The answer is here, whole: what follows is our own time, not the model's. */
  answered(): void
  /** The first content is here: from now on the pieces may not stay away for longer than the idle limit. */
  firstContent(): void
  pause(): void
  resume(): void
  /** Whether a text of the vendor's may quote our credential. */
  mayQuote(text: string): boolean
  /** Ends the attempt; the call upstream is closed if it still runs. Only the first call counts. */
  finish(end: AttemptEnd): void
}

/** Takes the body of a 2xx answer. `failed` instead of `end` when the upstream broke off or a limit ran out. */
export interface AnswerReceiver {
  head(head: UpstreamHead): void
  data(bytes: Uint8Array): void
  end(): void
  failed(failure: UpstreamFailure): void
}

/** A failure that no vendor worded. */
export function ownFailure(code: UpstreamFailure['code'], message: string): UpstreamFailure {
  return { code, status: null, vendorName: null, message, retryAfterMs: null }
}

/** What an error's body is cut to: it is looked through by expressions that begin anew at each of its words, and kept in records. */
const longestTold = 2_000

/** A failure that a vendor words inside of an answer, of which neither a frame nor a body says how long it may be. */
export const toldFailure = (provider: Provider, name: string, message: string): UpstreamFailure =>
  provider.readStreamError(name.slice(0, longestTold), message.slice(0, longestTold))

/** Whoever sends again meets other callers' calls ended by then, or other workers. */
const afterOverloadMs = 1_000

/** All connections of this process to the provider are in use: not a failure of the model that would have been called. */
export const ownOverload = (message: string): UpstreamFailure => ({
  ...ownFailure('overloaded', `All connections of this server to the provider are in use: ${message}.`),
  retryAfterMs: afterOverloadMs,
})

/** A failure that no vendor worded, where another call of the same model would end alike. */
export const lastingFailure = (code: UpstreamFailure['code'], message: string): UpstreamFailure => ({
  ...ownFailure(code, message),
  lasting: true,
})

/** Nobody asked for it, and what unpacks to gigabytes must not be unpacked. */
export const packedFailure = (coding: string): UpstreamFailure =>
  lastingFailure(
    'upstream_broken',
    `The provider packed its answer (content-encoding "${coding.slice(0, 40)}"), which was not asked for.`,
  )

export const unwritableFailure = (problem: string): UpstreamFailure => ({
  ...lastingFailure(
    'upstream_broken',
    `The answer cannot be written in the form of the caller's API: ${problem}`,
  ),
  unwritable: true,
})
