import { PointsmanError, type ErrorCode, type ModelId, type UpstreamFailure } from '@pointsman/contract'
import { ownFailure } from './answer-receiver.ts'
import type { FailedCandidate } from './run.ts'

const ofCredentials: ReadonlySet<ErrorCode> = new Set(['provider_auth', 'credentials_missing'])

/** Errors that pass by themselves: a word on when is the caller's too. */
const waits: ReadonlySet<ErrorCode> = new Set(['upstream_throttled', 'upstream_overloaded', 'overloaded'])

export interface Exhaustion {
  readonly failures: readonly FailedCandidate[]
  /** Left out by the gates, unable to honour the request, or not come to. */
  readonly untried: readonly { readonly modelId: ModelId; readonly reason: string }[]
  /** The request's whole time, where that ended the plan between two attempts. */
  readonly lateAfterMs: number | null
}

/**
 * The one error for a plan of which nothing is left: the deadline where that ended it. Else the most telling one:
 * throttled, if all were, with the shortest Retry-After, as is overloaded; a missing credential if that is all that is
 * missing; a refused one if credentials are the only trouble; else the last that was neither. What the vendor refused in the request itself
 * is passed on as it is.
 */
export function exhaustedError(exhaustion: Exhaustion): PointsmanError {
  const { failures, untried, lateAfterMs } = exhaustion
  const last = failures.at(-1)?.failure
  if (last?.code === 'upstream_rejected' || last?.code === 'upstream_content_policy') return rejected(last)
  const late = lateAfterMs === null ? null : lateFailure(lateAfterMs)
  const telling = late ?? mostTelling(failures)
  if (telling === null) {
    return new PointsmanError('internal', 'The plan ended without an attempt and without a reason.')
  }
  const retryAfterMs = waits.has(telling.code) ? shortestWait(failures) : null
  return new PointsmanError(telling.code, messageOf(telling, exhaustion), {
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
    ...(telling.vendorName === null ? {} : { vendorName: telling.vendorName }),
    data: {
      tried: failures.map(({ candidate, failure }) => ({
        model: candidate.modelId,
        region: candidate.region,
        code: failure.code,
        message: tellable(failure),
      })),
      untried: untried.map(({ modelId, reason }) => ({ model: modelId, reason })),
    },
  })
}

const lateFailure = (afterMs: number): UpstreamFailure =>
  ownFailure('upstream_timeout_total', `The request took longer than ${afterMs} ms.`)

/** Statuses of 4xx that would speak of the caller's key, a proxy on the way, or the caller's own leaving. */
const notOfTheRequest: ReadonlySet<number> = new Set([401, 403, 407, 499])

const isOfTheRequest = (status: number): boolean =>
  status >= 400 && status < 500 && !notOfTheRequest.has(status)

/** The vendor's own status and words, where they speak of the caller's request: a vendor's word may contradict its status. */
function rejected(failure: UpstreamFailure): PointsmanError {
  const { status } = failure
  return new PointsmanError(failure.code, failure.message, {
    ...(status === null || !isOfTheRequest(status) ? {} : { status }),
    ...(failure.vendorName === null ? {} : { vendorName: failure.vendorName }),
    ...(failure.tooLong === true ? { tooLong: true } : {}),
  })
}

function mostTelling(candidates: readonly FailedCandidate[]): UpstreamFailure | null {
  const failures = candidates.map(({ failure }) => failure)
  const last = failures.at(-1) ?? null
  if (failures.every(({ code }) => ofCredentials.has(code))) {
    return failures.find(({ code }) => code === 'provider_auth') ?? last
  }
  const others = failures.filter(({ code }) => !ofCredentials.has(code) && code !== 'upstream_throttled')
  return others.at(-1) ?? failures.filter(({ code }) => code === 'upstream_throttled').at(-1) ?? last
}

function shortestWait(failures: readonly FailedCandidate[]): number | null {
  const told = failures.flatMap(({ failure }) =>
    failure.retryAfterMs === null ? [] : [failure.retryAfterMs],
  )
  return told.length === 0 ? null : Math.min(...told)
}

function messageOf(telling: UpstreamFailure, { failures, untried, lateAfterMs }: Exhaustion): string {
  if (telling.code === 'credentials_missing' && failures.length === 1) return telling.message
  const tried = failures.map(
    ({ candidate, failure }) => `${candidate.modelId} in ${candidate.region}: ${wordsOf(failure)}`,
  )
  const left = untried.map(({ modelId, reason }) => `${modelId}: ${withoutFullStop(reason)}`)
  const sentences = [
    lateAfterMs === null ? 'No candidate could answer.' : telling.message,
    ...(tried.length === 0 ? [] : [`Tried ${tried.join('; ')}.`]),
    ...(left.length === 0 ? [] : [`Not tried: ${left.join('; ')}.`]),
  ]
  return sentences.join(' ')
}

const withoutFullStop = (text: string): string => text.replace(/\.$/, '')

function wordsOf(failure: UpstreamFailure): string {
  const { code, vendorName } = failure
  return `${code}${vendorName === null ? '' : ` (${vendorName})`}, ${withoutFullStop(tellable(failure))}`
}

/**
 * A vendor's words as far as a caller may read them: what it says of our credential, and the names in our account, are
 * for the operator, who finds them whole in the record's attempts.
 */
export function tellable({ code, message }: UpstreamFailure): string {
  if (code === 'provider_auth') return 'the provider refused the credential of this server'
  return message.replace(/\barn:aws[^\s,"']*/g, 'arn:…')
}
