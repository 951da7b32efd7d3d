import type { Exchange } from '@pointsman/gateway'
import { expect, test } from 'vitest'
import { handleInvocation } from './handle-invocation.ts'

const encoder = new TextEncoder()

/** Asked of a gateway that answers so. */
async function asked(event: unknown, status = 200, body = '{"a":1}', type = 'application/json') {
  const seen: { exchange: Exchange; text: string }[] = []
  const handle = async (exchange: Exchange): Promise<void> => {
    seen.push({ exchange, text: Buffer.from(await exchange.readBody(1_000)).toString() })
    exchange.client.head(status, ['Content-Type', type, 'X-Pointsman-Request-Id', 'r-1'])
    exchange.client.end(encoder.encode(body))
  }
  const answer = await handleInvocation(event, {
    ...{ gateway: { handle }, nowUs: () => 5, serviceKey: 'own' },
  }).catch((error: unknown) => error)
  return { answer, exchange: seen[0]?.exchange, text: seen[0]?.text }
}

test('is a request that comes with the function’s key, and its answer an object', async () => {
  const { answer, exchange, text } = await asked({
    ...{ endpoint: '/v1/chat/completions?a=1&b=?', headers: { 'X-Pointsman-Tags': 'a' } },
    body: { model: 'ä' },
  })
  expect([exchange?.method, exchange?.path, exchange?.query, text]).toEqual([
    ...['POST', '/v1/chat/completions', 'a=1&b=?', '{"model":"ä"}'],
  ])
  expect(['authorization', 'content-type', 'x-pointsman-tags'].map((name) => exchange?.header(name))).toEqual(
    [...['Bearer own', 'application/json', 'a']],
  )
  expect(answer).toEqual({
    ...{ statusCode: 200, body: { a: 1 }, isBase64Encoded: false },
    headers: { 'content-type': 'application/json', 'x-pointsman-request-id': 'r-1' },
  })
})

test.each(['Authorization', 'x-api-key', 'API-Key', 'x-goog-api-key'])(
  'a key that it shows by %s is the one that counts',
  async (name) => {
    const { exchange } = await asked({ endpoint: '/', headers: { [name]: 'theirs' }, body: {} })
    expect(exchange?.rawHeaders.filter((text) => text === 'theirs' || text.includes('own'))).toEqual([
      'theirs',
    ])
  },
)

test('an answer that is no JSON stays the text that it is', async () => {
  const { answer } = await asked({ endpoint: '/', body: {} }, 200, 'data: {}\n\n', 'text/event-stream')
  expect(answer).toMatchObject({ body: 'data: {}\n\n', isBase64Encoded: false })
})

test.each([
  ['OpenAI', 429, '{"error":{"message":"Slowly.","code":"limit_reached"}}', 'Slowly. (request r-1)'],
  ['Bedrock', 503, '{"message":"Nobody."}', 'Nobody. (request r-1)'],
  ['nobody', 500, '{}', 'The answer has the status 500. (request r-1)'],
])('a refusal in the form of %s is an error of its status', async (_face, status, body, message) => {
  const { answer } = await asked({ endpoint: '/', body: {} }, status, body)
  expect(answer).toBeInstanceOf(Error)
  // Where the function was written is nobody's business: the whole of it goes into the history of an execution.
  expect(answer).toMatchObject({
    ...{ name: `Http.StatusCode.${status}`, message, stack: `Http.StatusCode.${status}: ${message}` },
  })
})

test.each([
  [{}, 'Missing field endpoint. Invoked directly, this function takes'],
  [{ Records: [] }, 'Missing field endpoint.'],
  [
    { endpoint: { S: '/v1' }, body: {} },
    'Unexpected field type: "endpoint" is of type object and has to be a text. It is a typed',
  ],
  [{ endpoint: 'https://bedrock-runtime.eu-west-1.amazonaws.com/', body: {} }, '"endpoint" has to be a path'],
  [{ endpoint: '/', body: '{}' }, 'Unexpected field type: "body" is of type string and has to be an object.'],
  [{ endpoint: '/' }, 'Unexpected field type: "body" is missing and has to be an object.'],
  [{ endpoint: '/', body: [] }, 'Unexpected field type: "body" is a list and'],
  [{ endpoint: '/', headers: null, body: {} }, 'Unexpected field type: "headers" is null and'],
  [
    { endpoint: '/', headers: { a: 1 }, body: {} },
    'Unexpected field type: "headers.a" is of type number and',
  ],
  [{ endpoint: '/', body: {}, model: 'm' }, '"model" is no field of an event.'],
  [{ requestContext: {}, endpoint: '/', body: {} }, 'This handler takes no HTTP: "index.handler" does.'],
  [null, 'Invoked directly, this function takes'],
  ['text', 'Invoked directly, this function takes'],
])('%j is refused before anybody is asked', async (event, message) => {
  const { answer, exchange } = await asked(event)
  expect(exchange).toBeUndefined()
  expect(answer).toMatchObject({
    ...{ name: 'Http.StatusCode.400', message: expect.stringContaining(message) as unknown },
  })
})
