import type { Exchange, Gateway } from '@pointsman/gateway'
import { expect, test } from 'vitest'
import type { AnswerPrelude, ResponseStream } from './answer-clients.ts'
import { handleEvent } from './handle-event.ts'

/** As Lambda's own: `end` takes no bytes; what is told to listeners is told by the test. */
class Stream implements ResponseStream {
  readonly written: string[] = []
  readonly listeners = new Map<string, () => void>()
  prelude: AnswerPrelude | null = null
  ended = false
  isFull = false

  write(bytes: Uint8Array): boolean {
    this.written.push(Buffer.from(bytes).toString())
    return !this.isFull
  }

  end(): void {
    this.ended = true
  }

  once(event: string, listener: () => void): void {
    this.listeners.set(event, listener)
  }

  on(event: string, listener: () => void): void {
    this.listeners.set(event, listener)
  }
}

const event = (domainName: string) => ({
  version: '2.0',
  ...{ rawPath: '/v1/models', rawQueryString: 'a=1', headers: { 'X-A': 'b' }, body: 'text' },
  requestContext: { domainName, stage: '$default', http: { method: 'POST' } },
})
const url = event('x.lambda-url.eu-central-1.on.aws')
const api = event('x.execute-api.eu-central-1.amazonaws.com')

async function answered(asked: unknown, handle: (exchange: Exchange, stream: Stream) => Promise<void>) {
  const stream = new Stream()
  const gateway: Gateway = { handle: (exchange) => handle(exchange, stream) }
  const place = {
    withPrelude: (prelude: AnswerPrelude) => {
      stream.prelude = prelude
      return stream
    },
    plain: () => stream,
  }
  const failure = await handleEvent(asked, place, { gateway, nowUs: () => 5 }).then(
    () => null,
    (error: unknown) => String(error),
  )
  return { stream, failure }
}

test('the stages see the request as it was sent', async () => {
  await answered(url, async ({ client, method, path, query, startedAtUs }) => {
    expect([method, path, query, startedAtUs]).toEqual(['POST', '/v1/models', 'a=1', 5])
    client.head(204, [])
    client.end()
  })
  await answered(url, async (exchange) => {
    expect([exchange.header('x-a'), exchange.header('none')]).toEqual(['b', undefined])
    expect(Buffer.from(await exchange.readBody(4)).toString()).toBe('text')
    await expect(exchange.readBody(3)).rejects.toMatchObject({ code: 'body_too_large' })
    exchange.client.head(204, [])
    exchange.client.end()
  })
})

test('pieces go out as they come, and an answer without a body has its head', async () => {
  const { stream } = await answered(url, async ({ client }) => {
    client.head(200, ['Content-Type', 'text/plain', 'x-a', '1', 'X-A', '2'])
    client.write(Buffer.from('a'))
    client.end(Buffer.from('b'))
  })
  expect(stream.prelude).toEqual({
    statusCode: 200,
    headers: { 'content-type': 'text/plain', 'x-a': '1, 2' },
  })
  expect([stream.written, stream.ended]).toEqual([['a', 'b'], true])
  const empty = await answered(url, async ({ client }) => {
    client.head(204, [])
    client.end()
  })
  expect([empty.stream.written, empty.stream.ended]).toEqual([[''], true])
})

test('a full stream holds its source back, and one that is gone lets it go', async () => {
  await answered(url, async ({ client }, stream) => {
    client.head(200, [])
    stream.isFull = true
    expect(client.write(Buffer.from('a'))).toBe(false)
    let drained = false
    const waiting = client.drained().then(() => (drained = true))
    await Promise.resolve()
    expect(drained).toBe(false)
    stream.listeners.get('drain')?.()
    await waiting
    client.write(Buffer.from('b'))
    let left = false
    client.onClosed(() => (left = true))
    const second = client.drained()
    stream.listeners.get('close')?.()
    await second
    expect([left, client.closed]).toEqual([true, true])
    client.end()
  })
})

test('an answer that was not finished is told as failed, streamed or not', async () => {
  const begun = async ({ client }: Exchange) => {
    client.head(200, [])
    client.write(Buffer.from('half'))
  }
  expect((await answered(url, begun)).failure).toContain('not finished')
  const whole = await answered(api, begun)
  expect([whole.failure, whole.stream.written]).toEqual([expect.stringContaining('not finished'), []])
})

test('bytes that are no text go to an API as base64', async () => {
  const { stream } = await answered(api, async ({ client }) => {
    client.head(200, [])
    client.end(Uint8Array.of(0, 255))
  })
  expect(JSON.parse(stream.written.join(''))).toEqual({
    ...{ statusCode: 200, headers: {}, body: 'AP8=', isBase64Encoded: true },
  })
})
