import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { LedgerEntry } from './ledger.ts'
import type { Simulator } from './simulator.ts'
import { bearerToken, post, said, startForTest } from './testing/clients.ts'
import { claude, novaPro, sampleModels } from './testing/sample-models.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startForTest()
})
afterAll(async () => {
  await simulator.close()
})
afterEach(() => {
  simulator.reset()
})

const path = `/model/${novaPro}/converse`
const body = JSON.stringify({ messages: said('Hello') })
const request = [
  `POST ${path} HTTP/1.1`,
  'host: localhost',
  `authorization: Bearer ${bearerToken}`,
  `content-length: ${Buffer.byteLength(body)}`,
  'connection: close',
  '',
  body,
].join('\r\n')

function closed(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
    })
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
  })
}

describe('one port for two protocols', () => {
  test('an HTTP/1.1 request that comes in pieces, also one that begins like HTTP/2', async () => {
    for (const first of [1, 2, 5]) {
      const socket = connect(simulator.port, '127.0.0.1')
      const answer = closed(socket)
      socket.setNoDelay(true)
      socket.write(request.slice(0, first))
      await new Promise((resolve) => setTimeout(resolve, 20))
      socket.write(request.slice(first))
      expect(await answer).toMatch(/^HTTP\/1\.1 200 OK/)
    }
    const socket = connect(simulator.port, '127.0.0.1')
    const answer = closed(socket)
    socket.write('PRI * HTTP/2.0\r\n')
    await new Promise((resolve) => setTimeout(resolve, 20))
    socket.write('host: localhost\r\n\r\n')
    expect(await answer).toMatch(/^HTTP\/1\.1 400/)
  })

  test('several requests on one HTTP/1.1 connection, pipelined', async () => {
    const socket = connect(simulator.port, '127.0.0.1')
    const answer = closed(socket)
    socket.write(request.replace('connection: close', 'connection: keep-alive') + request)
    expect((await answer).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
  })

  test('two hundred streams on one HTTP/2 connection', async () => {
    const session = connectHttp2(simulator.url)
    const answers = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const stream = session.request({
          ':method': 'POST',
          ':path': path,
          authorization: `Bearer ${bearerToken}`,
          'content-type': 'application/json',
        })
        stream.end(body)
        let text = ''
        for await (const chunk of stream) text += String(chunk)
        return text
      }),
    )
    session.close()
    expect(answers.every((text) => text.includes('"stopReason":"end_turn"'))).toBe(true)
    expect(simulator.ledger()).toHaveLength(200)
  })

  test('a body over the limit is refused before it is read whole', async () => {
    const big = `{"messages":"${'x'.repeat(25_000_001)}"}`
    const answer = await post(simulator, path, big).catch((error: unknown) => error)
    // The refusal may overtake the body: the client then sees either the answer or its connection closed.
    if (answer instanceof Response) expect(answer.status).toBe(413)
    await expect.poll(() => simulator.ledger().at(-1)?.status).toBe(413)
    expect((await post(simulator, path, body)).status).toBe(200)
  })

  test('close ends connections at once, stalled ones too', async () => {
    const other = await startForTest()
    other.script({ effect: { stall: true } })
    const session = connectHttp2(other.url)
    session.on('error', () => session.destroy())
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      authorization: `Bearer ${bearerToken}`,
    })
    const ended = new Promise((resolve) => stream.on('close', resolve))
    stream.on('error', () => stream.destroy())
    stream.end(body)
    const waiting = post(other, path, body)
    const refused = expect(waiting).rejects.toThrow()
    await expect.poll(() => other.ledger().length).toBe(2)
    await other.close()
    await Promise.all([refused, ended])
    await expect(post(other, path, body)).rejects.toThrow()
  })

  test('an address that is taken is told', async () => {
    await expect(startForTest({ port: simulator.port })).rejects.toThrow(/EADDRINUSE/)
  })
})

describe('back-pressure', () => {
  test('a client that does not read is sent what the connection holds, and the rest once it reads', async () => {
    const models = sampleModels.map((model) => ({ ...model, maxOutputTokens: 10_000_000 }))
    const other = await startForTest({ models })
    other.script({ effect: { answer: { text: 'a long answer '.repeat(2_000_000), pieces: 2_000 } } })
    const socket = connect(other.port, '127.0.0.1')
    socket.pause()
    socket.write(request.replace('/converse ', '/converse-stream '))
    const sent = (): number => other.ledger()[0]?.bytes ?? 0
    let before = -1
    await expect
      .poll(
        () => {
          const stands = sent() === before && before > 0
          before = sent()
          return stands
        },
        { interval: 200, timeout: 20_000 },
      )
      .toBe(true)
    expect(sent()).toBeLessThan(16_000_000)
    let received = 0
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    socket.resume()
    await new Promise((resolve) => socket.once('close', resolve))
    expect(received).toBeGreaterThan(28_000_000)
    expect(other.ledger()[0]).toMatchObject({ finished: true, chunks: 2_000 })
    await other.close()
  })
})

describe('the ledger', () => {
  test('tells what came and what was given, without secrets', async () => {
    const answer = await post(simulator, `${path}-stream`, body, {
      'x-pointsman-tags': 'a',
      'x-api-key': 'secret-key',
      'user-agent': 'test/1',
    })
    const bytes = (await answer.arrayBuffer()).byteLength
    await expect.poll(() => simulator.ledger()[0]?.finished).toBe(true)
    const [entry] = simulator.ledger()
    expect(entry).toMatchObject({
      sequence: 1,
      protocol: 'http/1.1',
      method: 'POST',
      path: `${path}-stream`,
      authorization: { kind: 'bearer', keyId: null },
      bodyBytes: Buffer.byteLength(body),
      operation: 'converse-stream',
      model: novaPro,
      region: 'eu-central-1',
      promptTokens: 6,
      status: 200,
      errorName: null,
      bytes,
      clientLeft: false,
      failure: null,
    })
    expect(entry?.bodySha256).toMatch(/^[0-9a-f]{64}$/)
    expect(entry?.headers).toMatchObject({ 'x-pointsman-tags': 'a', 'user-agent': 'test/1' })
    expect(entry?.usage?.outputTokens).toBe(entry?.tokens)
    expect(JSON.stringify(entry)).not.toMatch(/secret-key|ABSK/)
  })

  test('sees a client leave in the middle of a stream, on both protocols', async () => {
    simulator.script({ effect: { stallAfterChunks: 2 } })
    const controller = new AbortController()
    const answer = await fetch(`${simulator.url}${path}-stream`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${bearerToken}` },
      signal: controller.signal,
    })
    expect(answer.status).toBe(200)
    controller.abort()
    const session = connectHttp2(simulator.url)
    const stream = session.request({
      ':method': 'POST',
      ':path': `${path}-stream`,
      authorization: `Bearer ${bearerToken}`,
    })
    stream.end(body)
    await new Promise((resolve) => stream.once('data', resolve))
    stream.close(8)
    const left = (entry: LedgerEntry): readonly unknown[] => [
      entry.clientLeft,
      entry.finished,
      entry.chunks,
      entry.usage,
    ]
    await expect
      .poll(() => simulator.ledger().map(left))
      .toEqual([
        [true, false, 2, null],
        [true, false, 2, null],
      ])
    expect(simulator.ledger()[0]?.clientLeftAfterMs).toBeTypeOf('number')
    session.close()
  })

  test('sees a whole HTTP/2 connection go', async () => {
    simulator.script({ effect: { stallAfterChunks: 1 } })
    const session = connectHttp2(simulator.url)
    const stream = session.request({
      ':method': 'POST',
      ':path': `${path}-stream`,
      authorization: `Bearer ${bearerToken}`,
    })
    stream.end(body)
    await new Promise((resolve) => stream.once('data', resolve))
    session.destroy()
    await expect
      .poll(() => simulator.ledger()[0])
      .toMatchObject({ clientLeft: true, finished: false, chunks: 1 })
  })

  test('keeps the last 10,000', async () => {
    const { Ledger } = await import('./ledger.ts')
    const { newLedgerLine } = await import('./ledger-line.ts')
    const ledger = new Ledger()
    const head = { protocol: 'h2', method: 'GET', target: '/', headers: {}, rawHeaders: [] } as const
    for (let count = 0; count < 10_010; count += 1) ledger.open(newLedgerLine(head, 0))
    const entries = ledger.entries()
    expect([entries.length, entries[0]?.sequence, entries.at(-1)?.sequence]).toEqual([10_000, 11, 10_010])
    expect(ledger.entries(10_008).map((entry) => entry.sequence)).toEqual([10_009, 10_010])
  })
})

describe('control endpoints', () => {
  const control = (action: string, sent?: unknown, type = 'application/json'): Promise<Response> =>
    fetch(`${simulator.url}/__simulator/${action}`, {
      ...(sent === undefined
        ? {}
        : { method: 'POST', body: JSON.stringify(sent), headers: { 'content-type': type } }),
    })

  test('script, ledger and reset', async () => {
    const scripted = await control('script', [
      { times: 1, effect: { throttle: true } },
      { effect: { delayMs: 1 } },
    ])
    const { ids } = (await scripted.json()) as { ids: readonly string[] }
    expect(ids).toHaveLength(2)
    expect((await post(simulator, path, body)).status).toBe(429)
    expect((await post(simulator, path, body)).status).toBe(200)
    const { entries } = (await (await control('ledger?after=1')).json()) as {
      entries: readonly LedgerEntry[]
    }
    expect(entries.map((entry) => entry.rule)).toEqual([ids[1]])
    expect(await (await control('reset', {})).json()).toEqual({ reset: true })
    expect(simulator.ledger()).toEqual([])
  })

  test('of several rules all are taken, or none', async () => {
    const valid = { effect: { throttle: true } }
    expect((await control('script', [valid, { effect: { stal: true } }])).status).toBe(400)
    const tooMany = Array.from({ length: 1_001 }, () => valid)
    const refused = await control('script', tooMany)
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('at most 1000 rules'),
    ])
    expect((await post(simulator, path, body)).status).toBe(200)
  })

  test('what is wrong is said', async () => {
    const wrong = await control('script', { effect: { stal: true } })
    expect([wrong.status, await wrong.text()]).toEqual([
      400,
      expect.stringContaining('rule.effect.stal should be'),
    ])
    const half = await fetch(`${simulator.url}/__simulator/script`, {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'application/json' },
    })
    expect(half.status).toBe(400)
    expect((await control('script', {}, 'text/plain')).status).toBe(415)
    expect((await control('nothing')).status).toBe(404)
    expect(() => simulator.script({ times: -1, effect: {} })).toThrow(/rule\.times/)
    expect(simulator.ledger()).toEqual([])
  })
})

describe('the control plane', () => {
  const list = async (target: string): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${simulator.url}${target}`, {
      headers: { authorization: `Bearer ${bearerToken}` },
    })
    return (await answer.json()) as Record<string, unknown>
  }

  test('lists base models, with what can be called by them', async () => {
    const { modelSummaries } = (await list('/foundation-models')) as {
      modelSummaries: Record<string, unknown>[]
    }
    const byId = new Map(modelSummaries.map((summary) => [summary['modelId'], summary]))
    expect(byId.get('amazon.nova-pro-v1:0')).toMatchObject({
      modelArn: 'arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-pro-v1:0',
      inferenceTypesSupported: ['INFERENCE_PROFILE'],
      modelLifecycle: { status: 'ACTIVE' },
    })
    expect(byId.get('meta.llama3-3-70b-instruct-v1:0')).toMatchObject({
      inferenceTypesSupported: ['ON_DEMAND'],
    })
    expect(byId.get('anthropic.claude-3-5-sonnet-20241022-v2:0')).toMatchObject({
      modelLifecycle: { status: 'LEGACY', endOfLifeTime: '2026-07-30T00:00:00Z' },
    })
    expect(byId.has('anthropic.claude-sonnet-5-5')).toBe(true)
    expect(byId.has('mistral.mistral-7b-instruct-v0:2')).toBe(false)
    const filtered = (await list('/foundation-models?byProvider=Meta')) as { modelSummaries: unknown[] }
    expect(filtered.modelSummaries).toHaveLength(1)
  })

  test('lists profiles, page by page', async () => {
    interface Page {
      inferenceProfileSummaries: { inferenceProfileId: string; models: unknown[] }[]
      nextToken?: string
    }
    const first = (await list('/inference-profiles?maxResults=2&type=SYSTEM_DEFINED')) as unknown as Page
    expect(first.inferenceProfileSummaries[0]).toMatchObject({
      inferenceProfileId: novaPro,
      inferenceProfileArn: `arn:aws:bedrock:eu-central-1:000000000000:inference-profile/${novaPro}`,
      models: [
        { modelArn: 'arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-pro-v1:0' },
        { modelArn: 'arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0' },
      ],
      status: 'ACTIVE',
      type: 'SYSTEM_DEFINED',
    })
    const rest = (await list(
      `/inference-profiles?maxResults=2&nextToken=${first.nextToken ?? ''}`,
    )) as unknown as Page
    expect(rest.inferenceProfileSummaries.map((profile) => profile.inferenceProfileId)).toEqual([claude])
    expect(rest.nextToken).toBeUndefined()
    expect(await list('/inference-profiles?type=OTHER')).toMatchObject({
      message: expect.stringContaining('enum') as string,
    })
  })
})
