import { inOnePiece, type AttemptRecord, type PointsmanError, type UsageRecord } from '@pointsman/contract'

/** A wrong field's name is the caller's, however long: a journal's queue holds no such records. */
const mostCharacters = 4_096

/**
 * A vendor's words about a request may quote it: they are told to the one who sent it, and stand in no record. What is kept
 * is what every vendor's error is made of: our code, its status, its own name.
 */
export const inOwnWords = (attempt: AttemptRecord): AttemptRecord =>
  attempt.error === null || !isVendorWorded(attempt)
    ? attempt
    : { ...attempt, error: { ...attempt.error, message: wordsOf(attempt) } }

/** The error of a whole request repeats its attempts' words. */
export function errorInOwnWords(
  error: PointsmanError | null,
  attempts: readonly AttemptRecord[],
): UsageRecord['error'] {
  if (error === null) return null
  const { code } = error
  const worded = attempts.filter(isVendorWorded)
  // Whatever the code: an error of ours tells, beside itself, what was tried before it.
  if (worded.length === 0) return { code, message: inOnePiece(error.message.slice(0, mostCharacters)) }
  return { code, message: worded.map((attempt) => `${attempt.modelId}: ${wordsOf(attempt)}`).join(' ') }
}

/** A drill's words are ours. */
const isVendorWorded = ({ drill, error, status }: AttemptRecord): boolean =>
  error !== null && drill !== 'status' && (error.vendorName !== null || (status !== null && status >= 400))

function wordsOf({ error, status }: AttemptRecord): string {
  const name = error?.vendorName == null ? '' : ` ${error.vendorName.slice(0, 100)}`
  return status !== null && status >= 400
    ? `The provider answered ${status}${name}.`
    : `The provider broke off its answer with${name}.`
}
