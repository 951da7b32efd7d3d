import type { Outlet, ResponseHeaders } from '../emission/outlet.ts'
import type { Exchange } from '../exchange.ts'
import type { FaultEffect } from '../faults/rule.ts'
import { AnthropicFailure, failureBody } from './failure.ts'

/** Where a script does not say how long to wait: the vendor always tells with a 429. */
const RETRY_AFTER_SECONDS = 1

/** Sends a refusal in the vendor's form. */
export function sendFailure(
  exchange: Exchange,
  outlet: Outlet,
  failure: AnthropicFailure,
  headers: ResponseHeaders,
): void {
  const { line } = exchange
  const body = Buffer.from(failureBody(failure.name, failure.message, line.requestId), 'utf8')
  line.errorName = failure.name
  const mayRetry = failure.status === 429 || failure.status >= 500
  outlet.begin(failure.status, {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-should-retry': String(mayRetry),
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
    const told = wait === null ? headers : { ...headers, 'retry-after': String(wait) }
    sendFailure(exchange, outlet, failure, told)
    return true
  }
  const scripted = effect.status
  if (scripted === undefined) return false
  const isText = typeof scripted.body === 'string'
  const body = Buffer.from(bodyText(scripted.body), 'utf8')
  outlet.begin(scripted.code, {
    'content-type': isText ? 'text/plain' : 'application/json',
    'content-length': body.length,
    ...headers,
    ...(effect.retryAfter === undefined ? {} : { 'retry-after': String(effect.retryAfter) }),
    ...scripted.headers,
  })
  outlet.end(body)
  return true
}

function bodyText(body: NonNullable<FaultEffect['status']>['body']): string {
  if (body === undefined) return ''
  return typeof body === 'string' ? body : JSON.stringify(body)
}

function scriptedFailure(effect: FaultEffect): AnthropicFailure | null {
  if (effect.throttle !== undefined) {
    const what = effect.throttle === 'tokens' ? 'input tokens' : 'requests'
    return new AnthropicFailure(
      'rate_limit_error',
      `This request would exceed your organization's rate limit of ${what} per minute.`,
    )
  }
  if (effect.error === undefined) return null
  return new AnthropicFailure(effect.error.name, effect.error.message, effect.error.status)
}
