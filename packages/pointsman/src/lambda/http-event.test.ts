import { describe, expect, test } from 'vitest'
import { readHttpEvent } from './http-event.ts'

/** As docs.aws.amazon.com shows them, shortened. */
export const functionUrlEvent = {
  version: '2.0',
  routeKey: '$default',
  rawPath: '/v1/chat/completions',
  rawQueryString: 'alt=sse&b=%2F',
  cookies: ['a=1', 'b=2'],
  headers: { authorization: 'Bearer k', 'content-type': 'application/json' },
  requestContext: {
    domainName: 'abc123.lambda-url.eu-central-1.on.aws',
    stage: '$default',
    http: { method: 'POST', path: '/v1/chat/completions', sourceIp: '192.0.2.1' },
  },
  body: '{"ä":1}',
  isBase64Encoded: false,
}

describe('payload format 2.0', () => {
  test('of a function URL: it may stream', () => {
    expect(readHttpEvent(functionUrlEvent)).toEqual({
      method: 'POST',
      path: '/v1/chat/completions',
      query: 'alt=sse&b=%2F',
      rawHeaders: [
        ...['authorization', 'Bearer k', 'content-type', 'application/json'],
        ...['cookie', 'a=1; b=2'],
      ],
      body: new TextEncoder().encode('{"ä":1}'),
      streams: true,
    })
  })

  test('of an HTTP API: its stage is no part of the path, its answer is one object', () => {
    const event = {
      ...functionUrlEvent,
      rawPath: '/prod/model/eu.amazon.nova-lite-v1%3A0/converse',
      requestContext: {
        ...functionUrlEvent.requestContext,
        ...{ domainName: 'abc.execute-api.eu-central-1.amazonaws.com', stage: 'prod' },
      },
      body: Buffer.from([0, 255]).toString('base64'),
      isBase64Encoded: true,
    }
    expect(readHttpEvent(event)).toMatchObject({
      path: '/model/eu.amazon.nova-lite-v1%3A0/converse',
      body: Buffer.from([0, 255]),
      streams: false,
    })
    const plain = { ...event, requestContext: { ...event.requestContext, stage: '$default' } }
    expect(readHttpEvent(plain).path).toBe('/prod/model/eu.amazon.nova-lite-v1%3A0/converse')
  })

  test('without a body', () => {
    const { body: _, ...without } = functionUrlEvent
    expect(readHttpEvent(without).body.byteLength).toBe(0)
  })
})

test('payload format 1.0, of a REST API', () => {
  const event = {
    resource: '/{proxy+}',
    path: '/model/eu.amazon.nova-lite-v1:0/converse',
    httpMethod: 'POST',
    multiValueHeaders: { 'X-Api-Key': ['k'], Accept: ['a', 'b'] },
    headers: { 'X-Api-Key': 'k', Accept: 'b' },
    multiValueQueryStringParameters: { q: ['1 2', '3'] },
    requestContext: { stage: 'prod' },
    body: null,
    isBase64Encoded: false,
  }
  expect(readHttpEvent(event)).toEqual({
    method: 'POST',
    path: '/model/eu.amazon.nova-lite-v1:0/converse',
    query: 'q=1%202&q=3',
    rawHeaders: ['X-Api-Key', 'k', 'Accept', 'a', 'Accept', 'b'],
    body: new Uint8Array(),
    streams: false,
  })
  expect(readHttpEvent({ ...event, multiValueHeaders: null }).rawHeaders).toEqual([
    ...['X-Api-Key', 'k', 'Accept', 'b'],
  ])
})

test.each([null, {}, [], 'a', { version: '2.0' }, { Records: [] }, { httpMethod: 'GET', path: '/' }])(
  'an event that is no HTTP is refused in words: %j',
  (event) => {
    expect(() => readHttpEvent(event)).toThrow('This function answers HTTP')
  },
)
