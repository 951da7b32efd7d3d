import { expect, test } from 'vitest'
import type { LeaseAsk } from '../ports.ts'
import {
  createSharedLedger,
  type LimitSource,
  type SharedLedger,
  type SharedReport,
} from './shared-ledger.ts'

/** Time that moves when told to; what waits is let run in between. */
function manualClock() {
  let nowMs = Date.UTC(2026, 10, 21, 12)
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>()
  return {
    nowMs: () => nowMs,
    after: (delayMs: number, callback: () => void) => {
      const timer = { atMs: nowMs + delayMs, callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async pass(spanMs: number): Promise<void> {
      const untilMs = nowMs + spanMs
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)
        if (next === undefined) break
        nowMs = Math.max(nowMs, next.atMs)
        timers.delete(next)
        next.callback()
        await turns()
      }
      nowMs = untilMs
      await turns()
    },
  }
}
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

/** One count, kept as the database keeps it. */
function counts(limit: number) {
  const held = new Map<string, number>()
  const log: SharedReport[] = []
  const state = { up: true, hangs: false, questions: 0, held, log }
  const source = (name: string): LimitSource => ({
    up: () => state.up,
    async lease(reports) {
      state.questions += 1
      if (state.hangs) await new Promise(() => undefined)
      if (!state.up) throw new Error('away')
      return reports.map((report) => {
        log.push(report)
        const others = [...held].reduce((sum, [other, amount]) => (other === name ? sum : sum + amount), 0)
        const granted = Math.min(report.wanted, Math.max(0, limit - others - report.held))
        held.set(name, report.held + granted)
        return { granted, others }
      })
    },
  })
  return { ...state, state, source }
}

const ask = (amount: number, limit = 100): LeaseAsk => ({
  ...{ budget: 'k', kind: 'spend-day', windowMs: Date.UTC(2026, 10, 21), limit, amount },
})
const give = (amount: number) => ({
  budget: 'k',
  kind: 'spend-day' as const,
  windowMs: ask(1).windowMs,
  amount,
})

function host(
  at: ReturnType<typeof counts>,
  {
    clock,
    name = 'a',
    whenAway = 'count' as const,
  }: {
    readonly clock: ReturnType<typeof manualClock>
    readonly name?: string
    readonly whenAway?: 'count' | 'refuse'
  },
): SharedLedger {
  const source = at.source(name)
  return createSharedLedger({ source, clock, opening: () => 0, whenAway, onFailure: () => undefined })
}
const leased = async (ledger: SharedLedger, amount: number): Promise<number> =>
  (await ledger.lease([ask(amount)]))[0] ?? Number.NaN

test('out of a slice at once, and the source is asked once for a burst', async () => {
  const at = counts(100)
  const ledger = host(at, { clock: manualClock() })
  const burst = Array.from({ length: 50 }, () => leased(ledger, 1))
  expect(await Promise.all(burst)).toEqual(Array.from({ length: 50 }, () => 1))
  expect(at.state.questions).toBe(1)
  // A twentieth beyond.
  expect(ledger.lease([ask(5)])).toEqual([5])
  expect(at.held.get('a')).toBe(55)
})

test('two hosts together hand out the limit and no more; one that is spent is not asked for each time', async () => {
  const clock = manualClock()
  const at = counts(10)
  const hosts = [host(at, { clock }), host(at, { clock, name: 'b' })] as const
  const all = await Promise.all(
    hosts.flatMap((ledger) =>
      Array.from({ length: 250 }, async () => (await ledger.lease([ask(1, 10)]))[0] ?? 0),
    ),
  )
  expect(all.reduce((sum, one) => sum + one, 0)).toBe(10)
  const before = at.state.questions
  for (let call = 0; call < 1_000; call++) expect(await leased(hosts[0], 1)).toBe(0)
  expect(at.state.questions).toBe(before)
})

test('what is free goes back: beyond two slices within a second, all of it once it is idle', async () => {
  const clock = manualClock()
  const at = counts(100)
  const ledger = host(at, { clock })
  await leased(ledger, 60)
  ledger.charge([give(-50)])
  await clock.pass(1_000)
  expect(at.held.get('a')).toBe(15)
  await clock.pass(10_000)
  expect(at.held.get('a')).toBe(10)
  expect(at.log.at(-1)).toMatchObject({ held: 10, settled: 10 })
  // As long as it holds something it is heard of each second.
  const before = at.state.questions
  await clock.pass(10_000)
  expect(at.state.questions).toBeGreaterThanOrEqual(before + 9)
})

test('what nobody uses goes back within six seconds of its last use, whenever that was', async () => {
  for (const delayMs of [0, 1_500, 4_500, 5_100]) {
    const clock = manualClock()
    const at = counts(100)
    const ledger = host(at, { clock })
    await leased(ledger, 10)
    await clock.pass(delayMs)
    expect(await leased(ledger, 1)).toBe(1)
    await clock.pass(4_000)
    expect(at.held.get('a')).toBeGreaterThan(11)
    // A worker's: to give back is no use.
    ledger.charge([give(-1)])
    await clock.pass(2_000)
    expect(at.held.get('a')).toBe(10)
  }
})

test('a source that hangs is waited for once; then it counts by itself against what it knew of the others', async () => {
  const clock = manualClock()
  const at = counts(100)
  const other = host(at, { clock, name: 'b' })
  await leased(other, 30)
  const ledger = host(at, { clock })
  await leased(ledger, 10)
  at.state.hangs = true
  const waiting = leased(ledger, 20)
  await clock.pass(1_000)
  expect(await waiting).toBe(20)
  // At once now; and never more than the limit less what others held: 100 - 35 - 30 (its own).
  expect(ledger.lease([ask(100)])).toEqual([35])
  expect(ledger.lease([ask(1)])).toEqual([0])
})

test('where the source fails or is away it counts alone, and tells what it took when it is back', async () => {
  const clock = manualClock()
  const at = counts(100)
  const ledger = host(at, { clock })
  at.state.up = false
  expect(await leased(ledger, 40)).toBe(40)
  await clock.pass(3_000)
  at.state.up = true
  await clock.pass(1_000)
  expect(at.held.get('a')).toBe(40)
  const other = host(at, { clock, name: 'b' })
  expect(await leased(other, 100)).toBe(60)
})

test('or refuses what it has no lease for, and goes on by itself when the source is back', async () => {
  const clock = manualClock()
  const at = counts(100)
  const ledger = host(at, { clock, whenAway: 'refuse' })
  await leased(ledger, 10)
  at.state.up = false
  expect(ledger.lease([ask(5)])).toEqual([5])
  expect(() => ledger.lease([ask(1)])).toThrow(/shared by several hosts/)
  at.state.up = true
  await clock.pass(1_000)
  expect(await leased(ledger, 1)).toBe(1)
})

test('a stop keeps what was used and nothing else', async () => {
  const at = counts(100)
  const ledger = host(at, { clock: manualClock() })
  await leased(ledger, 60)
  ledger.charge([give(-50)])
  await ledger.stop()
  expect(at.held.get('a')).toBe(10)
})

test('many keys at once: each is asked for, and each is told of within a second, in reports of 500', async () => {
  const clock = manualClock()
  const told = new Map<string, SharedReport>()
  const sizes: number[] = []
  const source: LimitSource = {
    up: () => true,
    lease: async (reports) => {
      sizes.push(reports.length)
      for (const report of reports) told.set(`${report.kind} ${report.budget}`, report)
      return reports.map(({ wanted }) => ({ granted: wanted, others: 0 }))
    },
  }
  const ledger = createSharedLedger({
    ...{ source, clock, opening: () => 0, whenAway: 'count' },
    onFailure: () => undefined,
  })
  const windowMs = clock.nowMs()
  const keys = Array.from({ length: 700 }, (_, index) => {
    const count = { budget: `k${index}`, windowMs, limit: 1_000, amount: 10 }
    return [
      { ...count, kind: 'requests' as const },
      { ...count, kind: 'tokens' as const },
    ]
  })
  const grants = await Promise.all(keys.map(async (asks) => ledger.lease(asks)))
  expect(grants.filter(([requests, tokens]) => requests === 10 && tokens === 10)).toHaveLength(700)
  ledger.charge(keys.flat().map((count) => ({ ...count, amount: -7 })))
  await clock.pass(1_000)
  expect([...told.values()].filter(({ settled }) => settled === 3)).toHaveLength(1_400)
  await clock.pass(10_000)
  expect([...told.values()].filter(({ held }) => held === 3)).toHaveLength(1_400)
  told.clear()
  await ledger.stop()
  expect(told.size).toBe(1_400)
  expect(Math.max(...sizes)).toBe(500)
})

test('a request does not wait for a long report: its question goes in between', async () => {
  const clock = manualClock()
  const questions: (readonly SharedReport[])[] = []
  const source: LimitSource = {
    up: () => true,
    lease: async (reports) => {
      questions.push(reports)
      await new Promise<void>((resolve) => void clock.after(10, resolve))
      return reports.map(({ wanted }) => ({ granted: wanted, others: 0 }))
    },
  }
  const ledger = createSharedLedger({
    ...{ source, clock, opening: () => 0, whenAway: 'count' },
    onFailure: () => undefined,
  })
  const others = Array.from({ length: 2_000 }, (_, index) => ({ ...give(1), budget: `k${index}` }))
  ledger.charge(others)
  await clock.pass(1_000)
  const waiting = leased(ledger, 1)
  await clock.pass(20)
  expect(questions[1]?.[0]).toMatchObject({ budget: 'k', wanted: 6 })
  expect(await waiting).toBe(1)
  await clock.pass(40)
  expect(new Set(questions.flat().map(({ budget }) => budget)).size).toBe(2_001)
})

test('a report that the source left out of its answer is no answer', async () => {
  const clock = manualClock()
  const failures: unknown[] = []
  const ledger = createSharedLedger({
    source: { up: () => true, lease: async () => [] },
    ...{ clock, opening: () => 0, whenAway: 'count' },
    onFailure: (error) => failures.push(error),
  })
  expect(await leased(ledger, 1)).toBe(1)
  expect(failures).toMatchObject([{ message: '0 answers to 1 reports' }])
})
