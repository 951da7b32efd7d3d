import { PointsmanError, type ErrorCode, type UpstreamFailure } from '@pointsman/contract'
import type { FailedCandidate } from './run.ts'

const ofCredentials: ReadonlySet<ErrorCode> = new Set(['provider_auth', 'credentials_missing'])

/**
 * The one error for a plan of which nothing is left; `failures` is not empty. The most telling one: throttled, with the
 * shortest Retry-After, if all were; a missing credential if that is all that is missing; a refused one if credentials are
 * the only trouble; else the last that was neither. What the vendor refused in the request itself is passed on as it is.
 */
export function exhaustedError(failures: readonly [FailedCandidate, ...FailedCandidate[]]): PointsmanError {
  const last = failures.at(-1) ?? failures[0]
  const { code } = last.failure
  if (code === 'upstream_rejected' || code === 'upstream_content_policy') return rejected(last)
  const telling = mostTelling(failures)
  const retryAfterMs = telling.failure.code === 'upstream_throttled' ? shortestWait(failures) : null
  return new PointsmanError(telling.failure.code, messageOf(telling, failures), {
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
    ...(telling.failure.vendorName === null ? {} : { vendorName: telling.failure.vendorName }),
    data: {
      tried: failures.map(({ candidate, failure }) => ({
        model: candidate.modelId,
        region: candidate.region,
        code: failure.code,
        message: tellable(failure),
      })),
    },
  })
}

/** The vendor's own status and words: they speak of the caller's request. */
function rejected({ failure }: FailedCandidate): PointsmanError {
  return new PointsmanError(failure.code, failure.message, {
    ...(failure.status === null ? {} : { status: failure.status }),
    ...(failure.vendorName === null ? {} : { vendorName: failure.vendorName }),
  })
}

function mostTelling(failures: readonly [FailedCandidate, ...FailedCandidate[]]): FailedCandidate {
  const last = failures.at(-1) ?? failures[0]
  if (failures.every(({ failure }) => ofCredentials.has(failure.code))) {
    return failures.find(({ failure }) => failure.code === 'provider_auth') ?? last
  }
  const others = failures.filter(
    ({ failure }) => !ofCredentials.has(failure.code) && failure.code !== 'upstream_throttled',
  )
  return (
    others.at(-1) ?? failures.filter(({ failure }) => failure.code === 'upstream_throttled').at(-1) ?? last
  )
}

function shortestWait(failures: readonly FailedCandidate[]): number | null {
  const waits = failures.flatMap(({ failure }) =>
    failure.retryAfterMs === null ? [] : [failure.retryAfterMs],
  )
  return waits.length === 0 ? null : Math.min(...waits)
}

function messageOf(telling: FailedCandidate, failures: readonly FailedCandidate[]): string {
  if (telling.failure.code === 'credentials_missing' && failures.length === 1) return telling.failure.message
  const tried = failures
    .map(({ candidate, failure }) => `${candidate.modelId} in ${candidate.region}: ${wordsOf(failure)}`)
    .join('; ')
  return `No candidate could answer. Tried ${tried}`
}

function wordsOf(failure: UpstreamFailure): string {
  const { code, vendorName } = failure
  return `${code}${vendorName === null ? '' : ` (${vendorName})`}, ${tellable(failure)}`
}

/**
 * A vendor's words as far as a caller may read them: what it says of our credential, and the names in our account, are
 * for the operator, who finds them whole in the record's attempts.
 */
function tellable({ code, message }: UpstreamFailure): string {
  if (code === 'provider_auth') return 'the provider refused the credential of this server'
  return message.replace(/\barn:aws[^\s,"']*/g, 'arn:…')
}
