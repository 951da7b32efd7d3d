import type { Outlet } from '../emission/outlet.ts'
import type { Exchange } from '../exchange.ts'
import type { FaultEffect } from '../faults/rule.ts'
import type { JsonValue } from '../json.ts'
import { BedrockFailure, failureBody } from './failure.ts'

// What stands behind the colon on the real service; clients must cut it off.
const ERROR_TYPE_SUFFIX = ':http://internal.amazon.com/coral/com.amazon.bedrock/'

/** Sends a refusal: status, `x-amzn-errortype`, and `{"message":…}`. */
export function sendFailure(
  exchange: Exchange,
  outlet: Outlet,
  failure: BedrockFailure,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(failureBody(failure.name, failure.message), 'utf8')
  exchange.line.errorName = failure.name
  outlet.begin(failure.status, {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-amzn-requestid': exchange.line.requestId,
    'x-amzn-errortype': `${failure.name}${ERROR_TYPE_SUFFIX}`,
    ...headers,
  })
  outlet.end(body)
}

/** Sends what the script puts in place of an answer; false when it puts nothing there. */
export function sendScriptedRefusal(exchange: Exchange, outlet: Outlet, effect: FaultEffect): boolean {
  const headers = effect.retryAfter === undefined ? {} : { 'retry-after': String(effect.retryAfter) }
  const failure = scriptedFailure(effect)
  if (failure !== null) {
    sendFailure(exchange, outlet, failure, headers)
    return true
  }
  const scripted = effect.status
  if (scripted === undefined) return false
  const isText = typeof scripted.body === 'string'
  const text = typeof scripted.body === 'string' ? scripted.body : bodyText(scripted.body)
  const body = Buffer.from(text, 'utf8')
  outlet.begin(scripted.code, {
    'content-type': isText ? 'text/plain' : 'application/json',
    'content-length': body.length,
    'x-amzn-requestid': exchange.line.requestId,
    ...headers,
    ...scripted.headers,
  })
  outlet.end(body)
  return true
}

function bodyText(body: JsonValue | undefined): string {
  return body === undefined ? '' : JSON.stringify(body)
}

function scriptedFailure(effect: FaultEffect): BedrockFailure | null {
  if (effect.throttle !== undefined) {
    const what = effect.throttle === 'tokens' ? 'tokens' : 'requests'
    return new BedrockFailure('ThrottlingException', `Too many ${what}, please wait before trying again.`)
  }
  if (effect.error === undefined) return null
  return new BedrockFailure(effect.error.name, effect.error.message, effect.error.status)
}
