import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { reportFigure } from '../faults/figures.ts'
import { anthropicErrors } from './anthropic-errors.ts'
import { bedrockErrors } from './bedrock-errors.ts'
import type { ErrorCase, ErrorGroup } from './expectations.ts'
import { faces, type Face } from './faces.ts'
import { spareModel, spareText } from './faulty-upstream.ts'
import { googleErrors } from './google-errors.ts'
import { openaiErrors } from './openai-errors.ts'
import { judging, startErrorRig, told, type ErrorRig } from './rig.ts'
import { aloneRoute, backedRoute, type VendorName } from '../vendor-routes.ts'

/*
 * What vendors answer when they do not answer, and what must come of it (contract, section 12), through the whole
 * gateway on every face.
 */
const tables: readonly (readonly [VendorName, readonly ErrorGroup[]])[] = [
  ['bedrock', bedrockErrors],
  ['openai', openaiErrors],
  ['anthropic', anthropicErrors],
  ['google', googleErrors],
]

let rig: ErrorRig
beforeAll(async () => {
  rig = await startErrorRig()
})
afterEach(() => expect(rig.gateway.failures.splice(0)).toEqual([]))
afterAll(() => rig.close())

type Expected = Omit<ErrorGroup, 'cases'>
const rowsOf = (groups: readonly ErrorGroup[]): readonly (readonly [ErrorCase, Expected])[] =>
  groups.flatMap((group) => group.cases.map((one) => [one, group] as const))

/** Of a refusal that is the request's own: a 403 would speak of the caller's key, so its words come under a 400. */
const toldOfRequest = (status: number): number => (status === 403 ? 400 : status)

/** What the vendor said to people, where its body says it. */
function wordsOf({ body }: ErrorCase): string | null {
  try {
    const json = JSON.parse(String(body)) as { message?: unknown; error?: { message?: unknown } }
    const words = json.error?.message ?? json.message
    return typeof words === 'string' ? words : null
  } catch (error) {
    // No JSON, no words.
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** What must be said of the end of a plan that has no other candidate. */
async function judgeAlone(face: Face, vendor: VendorName, row: ErrorCase, expected: Expected): Promise<void> {
  rig.upstream.answerWith(row)
  rig.upstream.takePaths()
  const answer = await told(await rig.ask(face, aloneRoute(vendor), false))
  const record = rig.lastRecord()
  const status = expected.status === 'own' ? toldOfRequest(row.status) : expected.status
  const { code } = expected
  expect([answer.status, record.error?.code], JSON.stringify(answer.body)).toEqual([status, code])
  expect(record.outcome).toBe(expected.next === 'stop' ? 'refused' : 'failed')
  const vendorName = record.attempts[0]?.error?.vendorName ?? null
  const message = face.formOf(answer, { status, code, vendorName })
  expect(message).not.toMatch(/arn:aws|sk-proj/)
  const words = wordsOf(row)
  if (words !== null && expected.next === 'stop') expect(message).toContain(words)
  if (words !== null && code === 'provider_auth') expect(message).not.toContain(words)
  expect(answer.headers.get('retry-after')).toBe(row.wait ?? null)
  // Once, and nowhere else: no retry of ours, no redirect followed.
  expect(rig.upstream.takePaths()).toHaveLength(1)
}

/** With a fallback: it serves, or is never asked. */
async function judgeBacked(
  face: Face,
  vendor: VendorName,
  row: ErrorCase,
  expected: Expected,
): Promise<void> {
  for (const stream of [false, true]) {
    // As a stream these are no error of the vendor's but bytes that are no stream: another table.
    if (stream && row.status < 300) continue
    rig.upstream.answerWith(row)
    const response = await rig.ask(face, backedRoute(vendor), stream)
    const body = Buffer.from(await response.arrayBuffer()).toString('latin1')
    const record = rig.lastRecord()
    if (expected.next === 'stop') {
      expect([response.status, record.attempts.length]).toEqual([toldOfRequest(row.status), 1])
      expect(body).not.toContain(spareText)
    } else {
      expect([response.status, record.modelId], body).toEqual([200, spareModel])
      expect(record.attempts.map(({ error }) => error?.code ?? null)).toEqual([expected.code, null])
      expect(record.attempts[0]?.status).toBe(row.status)
    }
  }
}

let judged = 0
afterAll(() =>
  reportFigure('T11', `${judged} errors of ${tables.length} vendors told by ${faces.length} faces`),
)

describe.each(tables)('T11: errors of %s', (vendor, groups) => {
  test('the table has sixty that differ', () => {
    const distinct = new Set(rowsOf(groups).map(([{ name: _name, ...answer }]) => JSON.stringify(answer)))
    expect(distinct.size).toBeGreaterThanOrEqual(60)
    expect(new Set(rowsOf(groups).map(([{ name }]) => name)).size).toBe(rowsOf(groups).length)
  })

  test.each(faces.map((face) => [face.name, face] as const))('are told truthfully by %s', async (_, face) => {
    const differences: string[] = []
    for (const [row, expected] of rowsOf(groups)) {
      await judging(differences, row.name, () => judgeAlone(face, vendor, row, expected))
      judged += 1
    }
    expect(differences).toEqual([])
  })

  test('move the plan on, or end it', async () => {
    const differences: string[] = []
    const [chat] = faces
    if (chat === undefined) throw new Error('there is no face')
    for (const [row, expected] of rowsOf(groups)) {
      await judging(differences, row.name, () => judgeBacked(chat, vendor, row, expected))
    }
    expect(differences).toEqual([])
  })
})
