import type { JsonValue } from '../json.ts'

/**
 * What a script does to a request. One way of ending at most (`error`, `throttle`, `status`, `stall`, `…AfterChunks`,
 * `malformedFrame`, `garbageJson`, `withoutMetadata`); the rest may be added to any of them.
 *
 * A chunk is a piece of content: a delta of text, thought or tool arguments. `n` = 0 means that the stream has begun
 * (headers, and the start event) and no content was sent; an answer of fewer chunks than `n` breaks before its stop
 * event. On an operation that does not stream, `n` = 0 acts before the headers, any other `n` after half of the body.
 */
export interface FaultEffect {
  /** Waits so long before anything else. */
  readonly delayMs?: number
  /** Refuses by the vendor's error name: `ModelNotReadyException`, `AccessDeniedException`, … */
  readonly error?: { readonly name: string; readonly message?: string; readonly status?: number }
  /** 429 in the vendor's words: too many requests (the default), or too many tokens. */
  readonly throttle?: true | 'requests' | 'tokens'
  /** Any answer at all; a body that is not a string is sent as JSON. */
  readonly status?: {
    readonly code: number
    readonly body?: JsonValue
    readonly headers?: Readonly<Record<string, string>>
  }
  /** Header of a refusal: seconds as a number, anything else (an HTTP date) as it is. */
  readonly retryAfter?: number | string
  /** Never answers. */
  readonly stall?: true
  readonly stallAfterChunks?: number
  /** Destroys the connection; on HTTP/2 resets the stream, as other streams share the connection. */
  readonly cutAfterChunks?: number
  /** Ends cleanly, without the stop event: the truncation that looks most like an end. */
  readonly endAfterChunks?: number
  readonly exceptionAfterChunks?: { readonly n: number; readonly name: string; readonly message?: string }
  /** A frame whose checksum is wrong (after `n` chunks, 1 when `true`). */
  readonly malformedFrame?: true | { readonly n: number }
  /** A frame, or a body, whose JSON does not parse (after `n` chunks, 1 when `true`). */
  readonly garbageJson?: true | { readonly n: number }
  /** Ends cleanly after the stop event, without the usage. */
  readonly withoutMetadata?: true
  /** Ends an answer for this reason, in the vendor's own word: `SAFETY`, `pause_turn`, … (Gemini, Anthropic). */
  readonly finishReason?: string
  /** Blocks the prompt, for this reason in the vendor's own word, so that there is no answer at all (Gemini). */
  readonly blockReason?: string
  /** Waits so long between chunks, beside the usual latency. */
  readonly slowChunksMs?: number
  /** Sends the body in writes of so many bytes, whatever they cut in two. */
  readonly chunkBytes?: number
  /** Puts this text in place of the invented one, and cuts it into so many chunks. */
  readonly answer?: { readonly text: string; readonly pieces?: number }
}

/** Which requests a rule is for: all that are given must match. `*` in a pattern stands for any characters. */
export interface FaultMatch {
  readonly model?: string
  readonly region?: string
  readonly operation?: string
}

export interface FaultRule {
  readonly match?: FaultMatch
  /** How often it acts; `forever` (the default) until cleared. */
  readonly times?: number | 'forever'
  /** 0 to 1, drawn from the simulator's seed; default 1. A request that it passes by goes to the next rule. */
  readonly probability?: number
  readonly effect: FaultEffect
}

/** What matching looks at. */
export interface FaultSubject {
  readonly model: string
  readonly region: string
  readonly operation: string
}

/** How and where an answer breaks off, in one form for all effects that do so. */
export interface AnswerBreak {
  readonly afterChunks: number
  readonly how: 'stall' | 'cut' | 'end' | 'exception' | 'malformedFrame' | 'garbageJson'
  readonly exceptionName: string
  readonly message: string | null
}

/** The break that an effect asks for; null when the answer is to come to its end. */
export function answerBreak(effect: FaultEffect): AnswerBreak | null {
  const plain = { exceptionName: '', message: null }
  if (effect.stallAfterChunks !== undefined)
    return { ...plain, afterChunks: effect.stallAfterChunks, how: 'stall' }
  if (effect.cutAfterChunks !== undefined) return { ...plain, afterChunks: effect.cutAfterChunks, how: 'cut' }
  if (effect.endAfterChunks !== undefined) return { ...plain, afterChunks: effect.endAfterChunks, how: 'end' }
  if (effect.malformedFrame !== undefined) {
    return { ...plain, afterChunks: chunksOf(effect.malformedFrame), how: 'malformedFrame' }
  }
  if (effect.garbageJson !== undefined) {
    return { ...plain, afterChunks: chunksOf(effect.garbageJson), how: 'garbageJson' }
  }
  const exception = effect.exceptionAfterChunks
  if (exception === undefined) return null
  return {
    afterChunks: exception.n,
    how: 'exception',
    exceptionName: exception.name,
    message: exception.message ?? null,
  }
}

function chunksOf(place: true | { readonly n: number }): number {
  return place === true ? 1 : place.n
}
