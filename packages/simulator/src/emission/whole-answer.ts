import type { AnswerBreak } from '../faults/rule.ts'
import type { Outlet, ResponseHeaders } from './outlet.ts'

export interface WholeAnswer {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: Uint8Array
}

/** How far a whole answer came. */
export type WholeOutcome = 'complete' | 'broken'

/**
 * Sends an answer that does not stream, or breaks it as the script says: before the headers for a break after no
 * chunks, else in the middle of the body. Breaks that only a stream can show are the JSON being cut. An `exception`
 * is none of this function's: an answer that does not stream has a status for it.
 */
export function sendWhole(outlet: Outlet, answer: WholeAnswer, broken: AnswerBreak | null): WholeOutcome {
  if (broken === null) {
    outlet.begin(answer.status, { ...answer.headers, 'content-length': answer.body.length })
    outlet.end(answer.body)
    return 'complete'
  }
  const half = answer.body.subarray(0, broken.afterChunks === 0 ? 0 : Math.ceil(answer.body.length / 2))
  switch (broken.how) {
    case 'stall':
    case 'cut':
      if (broken.afterChunks > 0) {
        outlet.begin(answer.status, { ...answer.headers, 'content-length': answer.body.length })
        outlet.write(half)
      }
      if (broken.how === 'cut') outlet.cut()
      return 'broken'
    default:
      // No content-length: the body then ends cleanly, and only its JSON tells that something is missing.
      outlet.begin(answer.status, answer.headers)
      outlet.end(half)
      return 'broken'
  }
}
