import { unknownUsage, type ToldUsage } from '@pointsman/contract'

// The usual figure for English text and the vendors' tokenizers; good to about a third either way, and marked as an
// estimate wherever it is used. Other scripts take more tokens for a character.
const charactersPerToken = 4

export interface Emitted {
  /** What the vendor said before the answer broke off; null when it said nothing. */
  readonly told: ToldUsage | null
  /** The request went out to the vendor, which then bills its input. */
  readonly sent: boolean
  readonly inputTokensEstimate: number
  /** Null where what was written was not to be seen: of an answer that comes whole, or not at all. */
  readonly emittedCharacters: number | null
}

/**
 * Usage of an answer whose figures never came whole: input from the request's size, output from what was emitted
 * (about four characters a token), and unknown where nobody saw it. Where the vendor said something, the larger output and its own other buckets hold.
 */
export function estimateUsage({ told, sent, inputTokensEstimate, emittedCharacters }: Emitted): ToldUsage {
  if (!sent) return unknownUsage
  const base: ToldUsage = told ?? unknownUsage
  // Told at an answer's very end: nothing is left to estimate, and a larger output would not be the sum of the calls.
  if (base.calls !== undefined) return base
  const emitted = emittedCharacters === null ? null : Math.ceil(emittedCharacters / charactersPerToken)
  return {
    ...base,
    inputTokens: base.inputTokens ?? inputTokensEstimate,
    outputTokens: emitted === null ? base.outputTokens : Math.max(base.outputTokens ?? 0, emitted),
  }
}
