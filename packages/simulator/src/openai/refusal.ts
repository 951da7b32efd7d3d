import type { Outlet, ResponseHeaders } from '../emission/outlet.ts'
import type { Exchange } from '../exchange.ts'
import type { FaultEffect } from '../faults/rule.ts'
import { failureBody, OpenaiFailure } from './failure.ts'

/** Where a script does not say how long to wait: the vendor always tells with a 429. */
const RETRY_AFTER_SECONDS = 1

/** Sends a refusal in the vendor's form. */
export function sendFailure(
  exchange: Exchange,
  outlet: Outlet,
  failure: OpenaiFailure,
  headers: ResponseHeaders,
): void {
  const body = Buffer.from(failureBody(failure), 'utf8')
  exchange.line.errorName = failure.code ?? failure.name
  outlet.begin(failure.status, {
    'content-type': 'application/json',
    'content-length': body.length,
    ...headers,
  })
  outlet.end(body)
}

/** Sends what the script puts in place of an answer; false when it puts nothing there. */
export function sendScriptedRefusal(
  exchange: Exchange,
  outlet: Outlet,
  effect: FaultEffect,
  headers: ResponseHeaders,
): boolean {
  const failure = scriptedFailure(effect)
  if (failure !== null) {
    const wait = effect.retryAfter ?? (failure.status === 429 ? RETRY_AFTER_SECONDS : null)
    sendFailure(
      exchange,
      outlet,
      failure,
      wait === null ? headers : { ...headers, 'retry-after': String(wait) },
    )
    return true
  }
  const scripted = effect.status
  if (scripted === undefined) return false
  const { body: given } = scripted
  const text = given === undefined ? '' : typeof given === 'string' ? given : JSON.stringify(given)
  const body = Buffer.from(text, 'utf8')
  outlet.begin(scripted.code, {
    'content-type': typeof given === 'string' ? 'text/plain' : 'application/json',
    'content-length': body.length,
    ...headers,
    ...(effect.retryAfter === undefined ? {} : { 'retry-after': String(effect.retryAfter) }),
    ...scripted.headers,
  })
  outlet.end(body)
  return true
}

/** A script names an error by its `type`, or by one of the codes that say more than a type does. */
const CODES: Readonly<Record<string, { readonly type: string; readonly status: number }>> = {
  invalid_api_key: { type: 'invalid_request_error', status: 401 },
  model_not_found: { type: 'invalid_request_error', status: 404 },
  context_length_exceeded: { type: 'invalid_request_error', status: 400 },
  content_filter: { type: 'invalid_request_error', status: 400 },
  content_policy_violation: { type: 'invalid_request_error', status: 400 },
  rate_limit_exceeded: { type: 'requests', status: 429 },
  insufficient_quota: { type: 'insufficient_quota', status: 429 },
}

function scriptedFailure(effect: FaultEffect): OpenaiFailure | null {
  if (effect.throttle !== undefined) {
    const of = effect.throttle === 'tokens' ? 'tokens' : 'requests'
    return new OpenaiFailure(
      of,
      `Rate limit reached for the model on ${of} per min. Please try again in 1s. Visit https://platform.openai.com/account/rate-limits to learn more.`,
      { code: 'rate_limit_exceeded' },
    )
  }
  if (effect.error === undefined) return null
  const { name, message, status } = effect.error
  const known = CODES[name]
  return known === undefined
    ? new OpenaiFailure(name, message, { status })
    : new OpenaiFailure(known.type, message ?? name, { status: status ?? known.status, code: name })
}
