import { PointsmanError } from '@pointsman/contract'
import type { EventRequest } from './http-event.ts'

interface Members {
  readonly [name: string]: unknown
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const takes =
  'Invoked directly, this function takes {"endpoint": "/v1/chat/completions", "headers": {…}, "body": {…}}.'
const known: ReadonlySet<string> = new Set(['endpoint', 'headers', 'body'])
const keyHeaders: ReadonlySet<string> = new Set(['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'])

/**
 * Reads what a state machine or another function hands over by `lambda:InvokeFunction`: `endpoint`, `headers` and `body` of
 * one request. It comes with `serviceKey` unless a header shows a key. Throws PointsmanError that names the member.
 */
export function readInvocation(event: unknown, serviceKey: string): EventRequest {
  if (!isMembers(event)) throw wrong('', takes)
  // Whoever reaches this function over HTTP is somebody whom IAM did not look at.
  if ('requestContext' in event)
    throw wrong('requestContext', `This handler takes no HTTP: "index.handler" does. ${takes}`)
  const { body, endpoint, headers = {} } = event
  if (endpoint === undefined) throw wrong('endpoint', `Missing field endpoint. ${takes}`)
  if (typeof endpoint !== 'string') throw unexpected('endpoint', endpoint, 'a text')
  if (!endpoint.startsWith('/'))
    throw wrong('endpoint', `"endpoint" has to be a path, such as /v1/chat/completions. ${takes}`)
  const unknown = Object.keys(event).find((name) => !known.has(name))
  if (unknown !== undefined) throw wrong(unknown, `"${unknown}" is no field of an event. ${takes}`)
  if (!isMembers(headers)) throw unexpected('headers', headers, 'an object')
  if (!isMembers(body)) throw unexpected('body', body, 'an object')
  const [path = '', ...query] = endpoint.split('?')
  return {
    ...{ method: 'POST', path, query: query.join('?'), streams: false },
    rawHeaders: ['content-type', 'application/json', ...rawHeaders(headers, serviceKey)],
    body: new TextEncoder().encode(JSON.stringify(body)),
  }
}

function rawHeaders(headers: Members, serviceKey: string): readonly string[] {
  const flat = Object.entries(headers).flatMap(([name, value]) => {
    if (typeof value !== 'string') throw unexpected(`headers.${name}`, value, 'a text')
    return [name, value]
  })
  const showsKey = Object.keys(headers).some((name) => keyHeaders.has(name.toLowerCase()))
  return showsKey ? flat : [...flat, 'authorization', `Bearer ${serviceKey}`]
}

const wrong = (field: string, message: string): PointsmanError =>
  new PointsmanError('invalid_request', message, { field })

function unexpected(field: string, value: unknown, wanted: string): PointsmanError {
  const isTyped = isMembers(value) && Object.keys(value).join() === 'S'
  const mend = isTyped ? ' It is a typed value of DynamoDB: select its member S.' : ''
  return wrong(field, `Unexpected field type: "${field}" is ${wordOf(value)} and has to be ${wanted}.${mend}`)
}

function wordOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'missing'
  return Array.isArray(value) ? 'a list' : `of type ${typeof value}`
}
