import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Credential } from '@pointsman/contract'
import { startSimulator, type Simulator } from '@pointsman/simulator'
import { modelNamed } from './testing/catalogue.ts'
import { readFrames } from './testing/event-stream.ts'
import { readEvents, Rig } from './testing/rig.ts'

const keys = { accessKeyId: 'AKIASIMULATED0000000', secretAccessKey: 'a/secret+of/the+simulator' }
const models = ['eu.amazon.nova-pro-v1:0', 'eu.amazon.nova-lite-v1:0']
const [first = '', second = ''] = models

let simulator: Simulator
let rig: Rig

beforeAll(async () => {
  simulator = await startSimulator({
    models: models.map((id) => modelNamed(id)),
    credentials: { accessKeys: [keys], bearerTokens: ['ABSKsimulated'] },
    latency: { firstTokenMs: 1, perTokenMs: 0 },
  })
  rig = new Rig()
  rig.baseUrl = simulator.url
})
beforeEach(() => {
  simulator.reset()
  rig.records.outcomes.length = 0
  rig.credential = () => Promise.resolve(signing)
})
afterAll(async () => {
  await simulator.close()
  await rig.engine.ports.transport.close()
})

const signing: Credential = { kind: 'aws', ...keys, sessionToken: null }

test.each<[string, Credential]>([
  ['a signature', signing],
  ['a bearer token', { kind: 'bearer', token: 'ABSKsimulated' }],
])('serves with %s, streaming and not, translated and not', async (_what, credential) => {
  rig.credential = () => Promise.resolve(credential)
  for (const face of ['openai', 'bedrock'] as const) {
    for (const stream of [false, true]) {
      const { client, record } = await rig.run({ models, face, stream })
      expect(client.status, client.text).toBe(200)
      expect(record).toMatchObject({
        outcome: 'ok',
        modelId: first,
        usageEstimated: false,
        unrecognisedFrames: 0,
      })
      const billed = simulator.ledger().at(-1)?.usage
      expect(record.usage).toMatchObject({
        inputTokens: billed?.inputTokens,
        outputTokens: billed?.outputTokens,
      })
      expect(record.costNanoUsd).toBeGreaterThan(0)
      expect(record.attempts[0]?.upstreamRequestId).not.toBeNull()
      if (face === 'openai' && stream)
        expect(readEvents(client.text)).toMatchObject({ done: true, finished: true, errors: [] })
      if (face === 'bedrock' && stream) expect(readFrames(client.bytes).at(-1)?.name).toBe('metadata')
    }
  }
})

test.each<[string, Credential]>([
  ['a wrong secret', { ...signing, secretAccessKey: 'wrong' }],
  ['a wrong token', { kind: 'bearer', token: 'wrong' }],
])('%s is told as our trouble, not the caller’s', async (_what, credential) => {
  rig.credential = () => Promise.resolve(credential)
  const { client, record } = await rig.run({ models })
  expect(client.status).toBe(502)
  expect(record.error?.code).toBe('provider_auth')
})

test.each([
  [{ throttle: 'tokens' as const, retryAfter: 3 }, 'upstream_throttled'],
  [{ error: { name: 'ModelNotReadyException' } }, 'upstream_overloaded'],
  [{ error: { name: 'InternalServerException' } }, 'upstream_error'],
  [{ status: { code: 502, body: '<html>' } }, 'upstream_error'],
  [{ exceptionAfterChunks: { n: 0, name: 'throttlingException' } }, 'upstream_throttled'],
  [{ cutAfterChunks: 0 }, 'upstream_broken'],
  [{ endAfterChunks: 0 }, 'upstream_broken'],
  [{ malformedFrame: { n: 0 } }, 'upstream_broken'],
])('moves on after %j', async (effect, code) => {
  simulator.script({ match: { model: first }, effect })
  const { client, record } = await rig.run({ models, stream: true })
  expect(record.attempts.map(({ error }) => error?.code ?? null)).toEqual([code, null])
  expect(record).toMatchObject({ outcome: 'ok', modelId: second, reason: 'fallback' })
  expect(readEvents(client.text)).toMatchObject({ done: true, starts: 1, errors: [] })
})

test('an event of broken JSON is never passed on, wherever it stands', async () => {
  for (const n of [0, 5]) {
    for (const face of ['openai', 'bedrock'] as const) {
      simulator.reset()
      const answer = { text: 'one two three four five six seven', pieces: 7 }
      simulator.script({ match: { model: first }, effect: { answer, slowChunksMs: 20, garbageJson: { n } } })
      const { client, record } = await rig.run({ models, face, stream: true })
      expect(record.attempts[0]?.error?.code).toBe('upstream_broken')
      // Every event that comes through is JSON: both readers parse it.
      const ends =
        face === 'openai'
          ? readEvents(client.text).done
          : readFrames(client.bytes).some(({ name }) => name === 'messageStop')
      expect([n, face, record.outcome, ends]).toEqual([n, face, n === 0 ? 'ok' : 'partial', n === 0])
      expect(record.modelId).toBe(n === 0 ? second : first)
    }
  }
})

test('breaks off after any number of chunks: never complete, one model, one record', async () => {
  const text = 'one two three four five six'
  for (const breaking of ['cutAfterChunks', 'endAfterChunks', 'stallAfterChunks'] as const) {
    for (let chunks = 1; chunks <= 6; chunks++) {
      for (const face of ['openai', 'bedrock'] as const) {
        simulator.reset()
        simulator.script({
          match: { model: first },
          effect: { answer: { text, pieces: 6 }, [breaking]: chunks },
        })
        const { client, record } = await rig.run({ models, face, stream: true, timeouts: { idleMs: 100 } })
        expect(record, `${breaking} ${chunks}`).toMatchObject({ outcome: 'partial', modelId: first })
        expect(record.attempts).toHaveLength(1)
        if (face === 'openai') {
          const events = readEvents(client.text)
          expect(events).toMatchObject({ done: false, finished: false, starts: 1 })
          expect(text.startsWith(events.text)).toBe(true)
          expect(events.errors).toHaveLength(1)
        } else {
          const names = readFrames(client.bytes).map(({ name }) => name)
          expect(names).not.toContain('messageStop')
          expect(names.at(-1)).toMatch(/^exception /)
        }
      }
    }
  }
})

test('a caller who leaves is seen by the vendor before its answer is over', async () => {
  simulator.script({ effect: { slowChunksMs: 50, answer: { text: 'a '.repeat(200), pieces: 100 } } })
  const { client, record } = rig.carryOut({ models, stream: true })
  await client.reached(1)
  client.leave()
  expect((await record).outcome).toBe('partial')
  await expect.poll(() => simulator.ledger().at(-1)?.clientLeft).toBe(true)
})
