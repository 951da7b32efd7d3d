import type { UsageRecord } from '@pointsman/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reportFigure } from '../figures.ts'
import { short } from '../form.ts'
import { checkHistory, type Ask, type FaceName } from '../history/index.ts'
import { spare, startAccountingRig, type AccountingRig } from './rig.ts'
import { vendorNames, vendors, type VendorName } from '../../vendor-routes.ts'

let rig: AccountingRig
beforeAll(async () => {
  rig = await startAccountingRig()
})
afterAll(() => rig.close())

/** How the vendor's model behaves, and what must come of it where another model stands behind it, or none. */
interface Course {
  readonly name: string
  readonly effect: Parameters<AccountingRig['gateway']['simulator']['script']>[0]['effect']
  readonly alone: UsageRecord['outcome']
  readonly backed: UsageRecord['outcome']
}

const courses: readonly Course[] = [
  { name: 'serves', effect: {}, alone: 'ok', backed: 'ok' },
  { name: 'is throttled', effect: { throttle: true }, alone: 'failed', backed: 'ok' },
  { name: 'breaks down', effect: { status: { code: 500, body: 'no' } }, alone: 'failed', backed: 'ok' },
  { name: 'refuses', effect: { status: { code: 400, body: {} } }, alone: 'refused', backed: 'refused' },
  { name: 'is cut at once', effect: { cutAfterChunks: 0 }, alone: 'failed', backed: 'ok' },
]

const faces: readonly FaceName[] = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'bedrock-converse',
  'gemini',
]

interface Cell {
  readonly face: FaceName
  readonly vendor: VendorName
  readonly stream: boolean
  readonly course: Course
  readonly isBacked: boolean
}

const cells: readonly Cell[] = faces.flatMap((face) =>
  vendorNames.flatMap((vendor) =>
    [true, false].flatMap((stream) =>
      courses.flatMap((course) =>
        [true, false].map((isBacked) => ({ face, vendor, stream, course, isBacked })),
      ),
    ),
  ),
)

/** What is amiss with one request of a cell. */
async function judge({ course, face, isBacked, stream, vendor }: Cell): Promise<readonly string[]> {
  rig.gateway.simulator.script({ match: { model: vendors[vendor] }, effect: course.effect })
  await rig.recorder.ask(rig.server, { face, model: `${vendor}-${isBacked ? 'backed' : 'alone'}`, stream })
  const evidence = rig.take()
  const [record, ...more] = evidence.records
  if (record === undefined || more.length > 0) return [`${evidence.records.length} records`]
  const wanted = isBacked ? course.backed : course.alone
  const fellBack = isBacked && course.alone === 'failed'
  const served = wanted === 'ok' ? (fellBack ? spare : vendors[vendor]) : null
  const { costNanoUsd, usage } = record
  const tokens = (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)
  const models = record.attempts.map(({ modelId }): string => modelId)
  return [
    ...checkHistory(evidence),
    ...(record.outcome === wanted
      ? []
      : [`it is ${record.outcome} and not ${wanted}: ${record.error?.message}`]),
    ...(served === null || record.modelId === served ? [] : [`${record.modelId} served, and not ${served}`]),
    ...(models[0] === vendors[vendor] ? [] : [`the first of its attempts is of ${models[0]}`]),
    ...(fellBack === models.includes(spare) ? [] : [`its attempts are of ${models.join(', ')}`]),
    // Every model of these has its price.
    ...(wanted === 'ok' && (tokens === 0 || costNanoUsd === null || costNanoUsd === 0)
      ? [`${tokens} tokens at ${costNanoUsd}`]
      : []),
    ...(wanted !== 'ok' && costNanoUsd === 0 ? ['it cost 0 where the cost is not known'] : []),
  ]
}

test('T05 one request, one record: every face, every vendor, streamed and whole, served, failed, refused and fallen back', async () => {
  const rounds = short(1, 20)
  const problems: string[] = []
  for (let round = 0; round < rounds; round += 1) {
    for (const cell of cells) {
      const { course, face, isBacked, stream, vendor } = cell
      const name = `${face} → ${vendor}${isBacked ? ' (backed)' : ''}, ${stream ? 'streamed' : 'whole'}, ${course.name}`
      problems.push(...(await judge(cell)).map((problem) => `${name}: ${problem}`))
    }
  }
  expect(problems).toEqual([])
  reportFigure(
    'T05',
    `${cells.length} cells, ${rounds} times: ${cells.length * rounds} requests, as many records, attempts as the vendors were called, no tokens without a cost`,
  )
}, 600_000)

const asked = (prompt: string) => ({ model: 'text-embedding-3-small', input: prompt })
const others: readonly {
  readonly operation: string | null
  readonly status: number
  readonly ask: Partial<Ask>
}[] = [
  { operation: 'embed', status: 200, ask: { path: '/v1/embeddings', body: asked } },
  {
    operation: 'count-tokens',
    status: 200,
    ask: {
      face: 'anthropic-messages',
      path: '/v1/messages/count_tokens',
      body: (prompt) => ({ model: vendors.anthropic, messages: [{ role: 'user', content: prompt }] }),
    },
  },
  { operation: 'chat', status: 404, ask: { model: 'no-such-model' } },
  // Refused before it was known whether it streams.
  { operation: null, status: 400, ask: { body: () => ({ model: 'gpt-4.1', messages: 'none' }) } },
]

test('T05 embeddings and counts say what they are, and what is refused before a plan is recorded too', async () => {
  for (const { ask, operation, status } of others) {
    const told = await rig.recorder.ask(rig.server, {
      face: 'openai-chat',
      model: 'gpt-4.1',
      stream: false,
      ...ask,
    })
    const evidence = rig.take()
    expect(told.status, told.problem ?? undefined).toBe(status)
    const recorded = evidence.records.map((record) => [
      record.operation ?? null,
      record.status,
      record.requestId,
    ])
    expect(recorded).toEqual([[operation, status, told.requestId]])
    expect(checkHistory(evidence)).toEqual([])
  }
  const stranger = { ...rig.server, key: 'wrong' }
  const told = await rig.recorder.ask(stranger, { face: 'openai-chat', model: 'gpt-4.1', stream: false })
  expect([told.status, rig.take().records]).toEqual([401, []])
})

test('T08 ids that callers send, the same on many bodies or forged, neither suppress a record nor name one', async () => {
  const count = short(100, 1_000)
  const first = await rig.recorder.ask(rig.server, {
    face: 'openai-chat',
    model: 'openai-alone',
    stream: false,
  })
  const names = [
    'x-request-id',
    'idempotency-key',
    'x-pointsman-request-id',
    'request-id',
    'x-amzn-requestid',
  ]
  const forged = first.requestId ?? ''
  await Promise.all(
    Array.from({ length: count }, (_, number) =>
      rig.recorder.ask(rig.server, {
        face: number % 2 === 0 ? 'openai-chat' : 'bedrock-converse',
        model: 'bedrock-alone',
        stream: number % 3 === 0,
        headers: Object.fromEntries(names.map((name) => [name, forged])),
      }),
    ),
  )
  const evidence = rig.take()
  expect(checkHistory(evidence)).toEqual([])
  const ids = new Set(evidence.records.map(({ requestId }) => requestId))
  expect([ids.size, evidence.calls.length]).toEqual([count + 1, count + 1])
  expect(evidence.clients.filter(({ end }) => end === 'ok')).toHaveLength(count + 1)
  expect(evidence.calls.filter(({ headers }) => Object.values(headers).includes(forged))).toEqual([])
  reportFigure(
    'T08',
    `${count} bodies under one id in ${names.length} headers: ${count} records, each with an id of our own`,
  )
})
