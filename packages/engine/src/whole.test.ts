import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PointsmanError } from '@pointsman/contract'
import type { Dialect } from '@pointsman/wire'
import { carryOut } from './carry-out.ts'
import { CollectingClient } from './testing/collecting-client.ts'
import { Rig } from './testing/rig.ts'
import { whole, type Answer } from './testing/scripted-upstream.ts'
import { Signal } from './testing/signal.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

test('in the same dialect: every byte as the vendor sent it, headers, record, cost', async () => {
  rig.upstream.on('first', whole('Well, thank you.', { somethingNew: { a: 1.0 } }))
  const { client, record } = await rig.run({ face: 'bedrock' })
  expect(client.status).toBe(200)
  expect(client.heads).toBe(1)
  expect(client.ends).toBe(1)
  expect(client.json).toMatchObject({ somethingNew: { a: 1 }, usage: { totalTokens: 18 } })
  expect(client.header('content-type')).toBe('application/json')
  expect(client.header('content-length')).toBe(String(client.size))
  expect(client.header('x-pointsman-model')).toBe('first')
  expect(client.header('x-pointsman-reason')).toBe('use-case')
  expect(client.header('x-pointsman-attempts')).toBe('1')
  expect(client.header('x-pointsman-warnings')).toBe('a warning of the plan')
  expect(rig.records.outcomes).toEqual([record])
  expect(record).toMatchObject({
    schema: 'v1',
    outcome: 'ok',
    error: null,
    status: 200,
    modelId: 'first',
    provider: 'bedrock',
    region: 'eu-central-1',
    reason: 'use-case',
    finish: 'stop',
    usage: { inputTokens: 11, outputTokens: 7 },
    usageEstimated: false,
    // 11 × $1/M + 7 × $4/M = $0.000039.
    costNanoUsd: 39_000,
    priceId: 'price-first',
    warnings: ['a warning of the plan'],
    plan: { reason: 'use-case', target: 'first', candidates: ['first', 'second'], excluded: [] },
  })
  expect(record.attempts).toHaveLength(1)
  expect(record.attempts[0]).toMatchObject({
    modelId: 'first',
    status: 200,
    upstreamRequestId: 'vendor-1',
    error: null,
  })
  expect(rig.settled).toEqual([39_000])
})

test('the cost of another tier than the standard one is told for what it is', async () => {
  rig.upstream.on('first', whole('Well, thank you.', { serviceTier: { type: 'priority' } }))
  const { client, record } = await rig.run({ face: 'bedrock' })
  expect(record).toMatchObject({ costNanoUsd: 39_000 })
  expect(record.warnings.at(-1)).toMatch(/^service_tier: the price of the tier priority is not known;/)
  expect(client.header('x-pointsman-warnings')).toContain('the tier priority is not known')
  rig.upstream.on('first', whole('Well, thank you.', { serviceTier: { type: 'default' } }))
  expect((await rig.run({ face: 'bedrock' })).record.warnings).toEqual(['a warning of the plan'])
})

test('a header of the face’s own dialect is refused or warned of where the request is translated', async () => {
  rig.upstream.on('first', whole('Well, thank you.'))
  const tier = await rig.run({ face: 'invoke', callerHeaders: ['x-amzn-bedrock-service-tier', 'flex'] })
  expect(tier.client.status).toBe(200)
  expect(tier.record.warnings.join()).toContain('x-amzn-bedrock-service-tier')
  const callerHeaders = ['x-amzn-bedrock-guardrailidentifier', 'gr-1']
  const guarded = await rig.run({ face: 'invoke', callerHeaders })
  expect(guarded.client.status).toBe(400)
  expect(guarded.record.error).toMatchObject({ code: 'unsupported_parameter' })
})

test('translated: warns of what the answer holds and the face has no place for', async () => {
  const citations = [{ title: 'T', sourceContent: [{ text: 'q' }] }]
  const content = [{ citationsContent: { content: [{ text: 'At six.' }], citations } }]
  rig.upstream.on('first', whole('', { output: { message: { role: 'assistant', content } } }))
  const { client, record } = await rig.run({ face: 'openai' })
  expect(client.text).toContain('At six.')
  expect(client.header('x-pointsman-warnings')).toContain('citations: ')
  expect(record.warnings.join()).toContain('citations: ')
})

test('translated: in the face’s form, and the vendor gets its own', async () => {
  rig.upstream.on('first', whole('Well, thank you.'))
  const { client, record } = await rig.run({ face: 'openai' })
  expect(client.json).toMatchObject({
    id: 'chatcmpl-request-1',
    object: 'chat.completion',
    model: 'first',
    choices: [{ message: { role: 'assistant', content: 'Well, thank you.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 11, completion_tokens: 7 },
  })
  expect(record).toMatchObject({ outcome: 'ok', costNanoUsd: 39_000 })
  const [call] = rig.upstream.calls
  expect(call?.operation).toBe('converse')
  expect(JSON.parse(call?.body ?? '')).toMatchObject({
    messages: [{ role: 'user' }],
    inferenceConfig: { maxTokens: 100 },
  })
})

test('the record is safe before the answer is sent', async () => {
  rig.upstream.on('first', whole('Hello.'))
  const gate = new Signal()
  const reached = new Signal()
  rig.records.gate = gate.given
  rig.records.onOutcome = () => reached.give()
  const { client, record } = rig.carryOut({})
  await reached.given
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(client.heads).toBe(0)
  gate.give()
  await record
  expect(client.status).toBe(200)
})

test('without its record no answer is given', async () => {
  rig.upstream.on('first', whole('Hello.'))
  rig.records.trouble = new Error('disk full')
  const { client } = await rig.run({})
  expect(client.status).toBe(503)
  expect(client.json).toMatchObject({ error: { code: 'storage_full' } })
  expect(client.text).not.toContain('Hello')
  expect(rig.log.join()).toContain('disk full')
})

test.each<[string, Answer]>([
  ['not JSON', (answer) => void answer.writeHead(200).end('<html>')],
  [
    'cut',
    (answer) =>
      void (
        answer.writeHead(200, { 'content-length': '1000' }),
        answer.write('{"output":'),
        answer.destroy()
      ),
  ],
  ['empty', (answer) => void answer.writeHead(200).end()],
])('an answer that is %s is not served; the next candidate is asked', async (_what, answer) => {
  rig.upstream.on('first', answer)
  rig.upstream.on('second', whole('Hello.'))
  const { client, record } = await rig.run({ face: 'bedrock' })
  expect(client.status).toBe(200)
  expect(record).toMatchObject({ modelId: 'second', reason: 'fallback' })
  expect(record.attempts[0]?.error?.code).toBe('upstream_broken')
})

test('an answer without an end to its size is given up', async () => {
  rig.upstream.on('first', async (answer, call) => {
    const state = { left: false }
    void call.over.then(() => (state.left = true))
    answer.writeHead(200)
    const piece = Buffer.alloc(1024 * 1024, 'x')
    while (!state.left) {
      answer.write(piece)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })
  rig.upstream.on('second', whole('Hello.'))
  const { record } = await rig.run({})
  expect(record.modelId).toBe('second')
  expect(record.attempts[0]?.error?.message).toContain('50 MiB')
  expect(await rig.upstream.calls[0]?.over).toBe('left')
})

/** Carried out for a face that can write only what `last` answers. */
async function unwritable(models: readonly string[], client = new CollectingClient()) {
  const job = rig.job({ models }, client)
  const writeResult: Dialect['writeResult'] = (result, about) => {
    if (about.model !== 'last') throw new PointsmanError('upstream_broken', 'No JSON object.')
    return job.face.writeResult(result, about)
  }
  const record = await carryOut({ ...job, face: { ...job.face, writeResult } }, rig.engine)
  return { client, record }
}

test('an answer that the face cannot write: the plan moves on', async () => {
  rig.upstream.on('first', whole('Not to be written.'))
  rig.upstream.on('last', whole('Hello.'))
  const { client, record } = await unwritable(['first', 'last'])
  expect(client.text).toContain('Hello.')
  expect(record).toMatchObject({ outcome: 'ok', modelId: 'last' })
  expect(record.attempts.map(({ error }) => error?.code ?? null)).toEqual(['upstream_broken', null])
})

test('… which is held against no model', async () => {
  const note = vi.spyOn(rig.engine.circuits, 'note')
  rig.upstream.on('first', whole('Not to be written.'))
  const { record } = await unwritable(['first'])
  expect(record.error?.message).toContain('cannot be written in the form of the caller')
  expect(note.mock.lastCall?.[1].outcome).toBe('neither')
  expect(rig.engine.averages.health(0).size).toBe(0)
  rig.upstream.on('first', (answer) => void answer.writeHead(200).end('<html>'))
  expect((await unwritable(['first'])).record.error?.message).toContain('cannot be read')
  expect(note.mock.lastCall?.[1].outcome).toBe('failure')
})

test('the time in which an answer is written is ours, not the model’s', async () => {
  rig.upstream.on('last', whole('Hello.'))
  const client = new CollectingClient()
  const job = rig.job({ models: ['last'] }, client)
  const writeResult: Dialect['writeResult'] = (result, about) => {
    const untilMs = performance.now() + 100
    while (performance.now() < untilMs);
    return job.face.writeResult(result, about)
  }
  const record = await carryOut({ ...job, face: { ...job.face, writeResult } }, rig.engine)
  expect(record.overheadUs).toBeGreaterThanOrEqual(100_000)
  expect(record.durationMs - (record.attempts[0]?.endedAfterMs ?? 0)).toBeGreaterThanOrEqual(100)
})

const inVain = { usage: { inputTokens: 11, outputTokens: 7 } }

test('what answers cost that could not be given is in the cost of the one that was', async () => {
  for (const model of ['first', 'second']) rig.upstream.on(model, whole('Not to be written.'))
  rig.upstream.on('last', whole('Hello.'))
  const { client, record } = await unwritable(['first', 'second', 'last'])
  expect(record).toMatchObject({
    ...{ outcome: 'ok', modelId: 'last', costNanoUsd: 3 * 39_000, priceId: 'price-last' },
    usage: { inputTokens: 11, outputTokens: 7, others: [inVain, inVain] },
  })
  expect(record.warnings.filter((text) => text.includes('could not be given'))).toHaveLength(2)
  expect(client.header('x-pointsman-warnings')).toContain('an answer of second could not be given')
  expect(rig.settled).toEqual([3 * 39_000])
})

test('where nobody else serves, the record tells what the answer that could not be given cost', async () => {
  rig.upstream.on('first', whole('Not to be written.'))
  const { client, record } = await unwritable(['first'])
  expect(client.status).toBe(502)
  expect(record).toMatchObject({
    ...{ outcome: 'failed', modelId: null, reason: null, priceId: null, costNanoUsd: 39_000 },
    usage: { inputTokens: null, outputTokens: null, others: [inVain] },
  })
})

test('… and so it does where the caller leaves', async () => {
  const client = new CollectingClient()
  rig.upstream.on('first', whole('Not to be written.'))
  rig.upstream.on('second', () => client.leave())
  const { record } = await unwritable(['first', 'second'], client)
  // Of an answer that nobody saw nobody knows the tokens, so nobody knows the whole cost.
  expect(record).toMatchObject({
    ...{ outcome: 'client-closed', modelId: 'second', costNanoUsd: null },
    usage: { outputTokens: null, others: [inVain] },
  })
})
