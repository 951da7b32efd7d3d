import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../server.ts'
import { reportFigure } from '../figures.ts'
import { short } from '../form.ts'
import { checkHistory, type Ask } from '../history/index.ts'
import { ownFace, startAccountingRig, type AccountingRig } from './rig.ts'
import { vendorNames, type VendorName } from '../../vendor-routes.ts'

let rig: AccountingRig
beforeAll(async () => {
  rig = await startAccountingRig()
})
afterAll(() => rig.close())

const pieces = 60
/** Words of every length, some of them not of ASCII, and what JSON escapes. */
const text = Array.from({ length: 240 }, (_, number) =>
  number % 17 === 0 ? 'Weichenwärter "links"\n' : 'points'.repeat(1 + (number % 4)),
)
  .join(' ')
  .slice(0, pieces * 48)

interface Case {
  readonly vendor: VendorName
  /** Its own frames passed on, or another face's form. */
  readonly isRelayed: boolean
  readonly how: 'client leaves' | 'upstream cuts'
}

const cases: readonly Case[] = vendorNames.flatMap((vendor) =>
  [true, false].flatMap((isRelayed) =>
    (['client leaves', 'upstream cuts'] as const).map((how) => ({ vendor, isRelayed, how })),
  ),
)

const otherFace = (vendor: VendorName) => (vendor === 'openai' ? 'anthropic-messages' : 'openai-chat')

/** So many pieces are emitted; then the upstream cuts, or says nothing more and the client that has them goes. */
async function askUpTo(index: number, { how, isRelayed, vendor }: Case): Promise<void> {
  const { simulator } = rig.gateway
  const answer = { text, pieces }
  simulator.script({
    effect: how === 'client leaves' ? { answer, stallAfterChunks: index } : { answer, cutAfterChunks: index },
  })
  const piece = Math.ceil(text.length / pieces)
  // One character less: a pair that may not be cut moves a piece's end by one.
  const wanted = Math.min(text.length, index * piece) - index
  const reached = (): Promise<unknown> =>
    eventually(
      () => Promise.resolve(simulator.ledger()),
      ([call]) => call !== undefined,
    )
  const leaves: Pick<Ask, 'leaves' | 'leavesOnce'> =
    how === 'upstream cuts'
      ? {}
      : index === 0
        ? { leavesOnce: reached() }
        : { leaves: (seen) => seen.text.length >= wanted }
  await rig.recorder.ask(rig.server, {
    face: isRelayed ? ownFace[vendor] : otherFace(vendor),
    model: `${vendor}-alone`,
    stream: true,
    ...leaves,
  })
}

/** Cases of an index: in the short form each index has two of them, which change from one to the next. */
const casesAt = (index: number): readonly Case[] =>
  short(
    cases.filter((_, number) => number % 8 === index % 8),
    cases,
  )

/** What is amiss with the one stream that was broken. */
async function judge(index: number, one: Case): Promise<{ problems: readonly string[]; off: number }> {
  await expect.poll(() => rig.gateway.records.length).toBe(rig.recorder.entries().length)
  const evidence = rig.take()
  const [record] = evidence.records
  const emitted = evidence.calls.at(-1)?.tokens
  if (record === undefined || emitted === undefined) throw new Error('no record, or no call')
  const shown = (record.usage.outputTokens ?? 0) - (record.usage.reasoningTokens ?? 0)
  const wanted = index > 0 ? 'partial' : one.how === 'client leaves' ? 'client-closed' : 'failed'
  return {
    problems: [
      ...checkHistory(evidence),
      ...(record.outcome === wanted ? [] : [`it is ${record.outcome} and not ${wanted}`]),
      ...(record.usageEstimated === emitted > 0 || index === 0 ? [] : ['it is not marked as an estimate']),
    ],
    off: emitted === 0 ? 0 : Math.abs(shown - emitted) / emitted,
  }
}

test('T07 client gone, or upstream cut, at every piece of a stream: billed for what was emitted', async () => {
  const problems: string[] = []
  let [requests, worst] = [0, 0]
  for (let index = 0; index <= pieces; index += 1) {
    for (const one of casesAt(index)) {
      await askUpTo(index, one)
      const judged = await judge(index, one)
      requests += 1
      worst = Math.max(worst, judged.off)
      const { how, isRelayed, vendor } = one
      const said = `${vendor}, ${isRelayed ? 'relayed' : 'translated'}, ${how} at ${index}`
      problems.push(...judged.problems.map((problem) => `${said}: ${problem}`))
    }
  }
  expect(problems).toEqual([])
  reportFigure(
    'T07',
    `${requests} streams broken at every piece of ${pieces}: each billed for what was emitted, at most ${(worst * 100).toFixed(2)} % off`,
  )
})
