import type { Outlet } from '../emission/outlet.ts'
import type { Exchange } from '../exchange.ts'
import type { FaultEffect } from '../faults/rule.ts'
import type { JsonValue } from '../json.ts'
import { failureBody, GeminiFailure, retryInfo } from './failure.ts'

export const jsonType = 'application/json; charset=UTF-8'

/** Sends a refusal: status, and `{"error":{…}}`; a stream of JSON that was refused is a list of one such object. */
export function sendFailure(
  exchange: Exchange,
  outlet: Outlet,
  failure: GeminiFailure,
  headers: Readonly<Record<string, string>> = {},
): void {
  const json = failureBody(failure)
  const body = Buffer.from(isJsonStream(exchange.head.target) ? `[${json}]\n` : json, 'utf8')
  exchange.line.errorName = failure.name
  outlet.begin(failure.code, { 'content-type': jsonType, 'content-length': body.length, ...headers })
  outlet.end(body)
}

/** True for streams that are asked for without `alt=sse`. */
function isJsonStream(target: string): boolean {
  return /(?::|%3A)streamGenerateContent(?:\?|$)/i.test(target) && !/[?&]alt=sse(?:&|$)/.test(target)
}

/** Sends the bare answer that a script puts in place of the real one; false when it puts none there. */
export function sendScriptedStatus(outlet: Outlet, effect: FaultEffect): boolean {
  const scripted = effect.status
  if (scripted === undefined) return false
  const isText = typeof scripted.body === 'string'
  const text = typeof scripted.body === 'string' ? scripted.body : bodyText(scripted.body)
  const body = Buffer.from(text, 'utf8')
  outlet.begin(scripted.code, {
    'content-type': isText ? 'text/plain' : jsonType,
    'content-length': body.length,
    ...retryHeader(effect),
    ...scripted.headers,
  })
  outlet.end(body)
  return true
}

/** The header that a script adds to a refusal; the API itself tells the wait in the body. */
export function retryHeader(effect: FaultEffect): Readonly<Record<string, string>> {
  return effect.retryAfter === undefined ? {} : { 'retry-after': String(effect.retryAfter) }
}

function bodyText(body: JsonValue | undefined): string {
  return body === undefined ? '' : JSON.stringify(body)
}

/** What the script puts in place of an answer; null when it puts no error there. */
export function scriptedFailure(effect: FaultEffect): GeminiFailure | null {
  const seconds = typeof effect.retryAfter === 'number' ? effect.retryAfter : null
  if (effect.throttle !== undefined) return quotaFailure(effect.throttle === 'tokens', seconds ?? 30)
  if (effect.error === undefined) return null
  const { name, message, status } = effect.error
  return new GeminiFailure(name, message, {
    ...(status === undefined ? {} : { code: status }),
    ...(seconds === null ? {} : { details: [retryInfo(seconds)] }),
  })
}

/** RESOURCE_EXHAUSTED as the API tells it: which quota, where to read on, and how long to wait. */
function quotaFailure(ofTokens: boolean, seconds: number): GeminiFailure {
  const metric = ofTokens
    ? 'generativelanguage.googleapis.com/generate_content_paid_tier_input_token_count'
    : 'generativelanguage.googleapis.com/generate_content_paid_tier_requests'
  const quotaId = ofTokens
    ? 'GenerateContentPaidTierInputTokensPerModelPerMinute'
    : 'GenerateRequestsPerMinutePerProjectPerModel'
  return new GeminiFailure(
    'RESOURCE_EXHAUSTED',
    'You exceeded your current quota, please check your plan and billing details. For more information on this error, ' +
      `head to: https://ai.google.dev/gemini-api/docs/rate-limits.\n* Quota exceeded for metric: ${metric}\n` +
      `Please retry in ${seconds}s.`,
    {
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
          violations: [{ quotaMetric: metric, quotaId }],
        },
        {
          '@type': 'type.googleapis.com/google.rpc.Help',
          links: [
            {
              description: 'Learn more about Gemini API quotas',
              url: 'https://ai.google.dev/gemini-api/docs/rate-limits',
            },
          ],
        },
        retryInfo(seconds),
      ],
    },
  )
}
