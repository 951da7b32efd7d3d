import { modelId, providerId, type Drill, type DrillFault } from '@pointsman/contract'
import { resilienceDefaults, type ResilienceNumbers } from '@pointsman/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDrills, type Drills, type DrillUnderWay } from './drills.ts'
import { createManualClock, type ManualClock } from './testing/manual-clock.ts'
import { Rig, readEvents, systemClock } from './testing/rig.ts'
import { streamedText, whole } from './testing/scripted-upstream.ts'

const key = 'use-case/clinical'
const none: ResilienceNumbers = {
  retry: { ...resilienceDefaults.retry, budgetPercent: 0 },
  breaker: { ...resilienceDefaults.breaker, consecutiveFailures: 0 },
}

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
  rig.upstream.on('first', whole('Hello from the first'))
  rig.upstream.on('second', whole('Hello from the second'))
})
afterEach(() => rig.close())

const drillOf = (fault: DrillFault, changes: Partial<Drill> = {}): Drill => ({
  id: 'drill-1',
  fault,
  aim: { kind: 'target' },
  percent: 100,
  startedAtMs: Date.now(),
  endsAtMs: Date.now() + 60_000,
  ...changes,
})

interface Held {
  readonly drills: Drills
  /** As the newest snapshot has it. */
  present: Drill | undefined
  hears: boolean
}

function hold(
  drill: Drill,
  clock: Pick<typeof systemClock, 'nowMs' | 'nowUs' | 'after'> = systemClock,
): Held {
  const held: Held = {
    present: drill,
    hears: true,
    drills: createDrills({
      clock,
      chance: () => 0.5,
      resilience: none,
      present: () => held.present,
      hears: () => held.hears,
    }),
  }
  return held
}

const draw = ({ drills, present }: Held): DrillUnderWay | null =>
  drills.draw(present === undefined ? { key } : { key, drill: present })

const underWay = (drill: Drill): DrillUnderWay => {
  const drawn = draw(hold(drill))
  if (drawn === null) throw new Error('the drill is not under way')
  return drawn
}

const status = (code: 429 | 500 | 503 | 529, retryAfterS: number | null = null): DrillFault => ({
  kind: 'status',
  status: code,
  retryAfterS,
})

describe('what a drill does to a whole answer', () => {
  test.each([
    [status(429), 'upstream_throttled', 429],
    [status(500), 'upstream_error', 500],
    [status(503), 'upstream_overloaded', 503],
    [status(529), 'upstream_overloaded', 529],
    [{ kind: 'cut', afterParts: 0 } as const, 'upstream_broken', null],
    [{ kind: 'cut', afterParts: 3 } as const, 'upstream_broken', null],
  ])('%j: the fallback serves, and nobody called the target', async (fault, code, answered) => {
    const { client, record } = await rig.run({ drill: underWay(drillOf(fault)) })
    expect(client.status).toBe(200)
    expect(record).toMatchObject({ outcome: 'ok', modelId: 'second', reason: 'fallback' })
    expect(record.attempts[0]).toMatchObject({
      modelId: 'first',
      status: answered,
      error: { code },
      drill: fault.kind,
    })
    expect(record.attempts[1]?.drill).toBeUndefined()
    expect(rig.upstream.calls.map(({ model }) => model)).toEqual(['second'])
  })

  test('the record says whose answer it was', async () => {
    const { record } = await rig.run({ drill: underWay(drillOf(status(429))) })
    expect(record.attempts[0]?.error?.message).toBe(
      'Injected by the drill drill-1: the provider was not called.',
    )
  })

  test('on the only candidate the caller sees the failure, Retry-After included, and is billed nothing', async () => {
    const { client, record } = await rig.run({
      models: ['first'],
      drill: underWay(drillOf(status(429, 30))),
    })
    expect(client.status).toBe(429)
    expect(client.header('retry-after')).toBe('30')
    expect(record).toMatchObject({ outcome: 'failed', costNanoUsd: null })
    expect(rig.upstream.calls).toEqual([])
  })

  test.each([
    ['all', { kind: 'all' }, []],
    ['a model', { kind: 'model', modelId: modelId('second') }, ['first']],
    ['a provider', { kind: 'provider', provider: providerId('bedrock') }, []],
    ['another provider', { kind: 'provider', provider: providerId('openai') }, ['first']],
  ] as const)('aimed at %s', async (_what, aim, called) => {
    await rig.run({ drill: underWay(drillOf(status(503), { aim })) })
    expect(rig.upstream.calls.map(({ model }) => model)).toEqual(called)
  })

  test('latency: the call is made, so much later', async () => {
    const { client, record } = await rig.run({ drill: underWay(drillOf({ kind: 'latency', delayMs: 120 })) })
    expect(client.status).toBe(200)
    expect(record).toMatchObject({ modelId: 'first', outcome: 'ok', attempts: [{ drill: 'latency' }] })
    expect(record.attempts[0]?.endedAfterMs).toBeGreaterThanOrEqual(119)
  })

  test('a stall ends by the limit for the first byte, and bills nothing', async () => {
    const { record } = await rig.run({
      drill: underWay(drillOf({ kind: 'stall', afterParts: 0 })),
      timeouts: { firstByteMs: 2_000 },
    })
    expect(record.attempts[0]).toMatchObject({
      error: { code: 'upstream_timeout_first_byte' },
      drill: 'stall',
    })
    expect(record).toMatchObject({ outcome: 'ok', modelId: 'second' })
  })

  test('whoever leaves a stalled call is billed nothing: nothing was sent', async () => {
    const { client, record } = rig.carryOut({ drill: underWay(drillOf({ kind: 'stall', afterParts: 0 })) })
    await new Promise((resolve) => setTimeout(resolve, 20))
    client.leave()
    expect(await record).toMatchObject({ outcome: 'client-closed', costNanoUsd: null, modelId: null })
  })

  test('a stop lets stalled calls go at once', async () => {
    const held = hold(drillOf({ kind: 'stall', afterParts: 0 }))
    const { record } = rig.carryOut({ drill: draw(held) })
    await new Promise((resolve) => setTimeout(resolve, 20))
    held.present = undefined
    expect((await record).attempts.map(({ error }) => error?.code ?? 'ok')).toEqual(['upstream_broken', 'ok'])
  })
})

describe('what a drill does to a stream', () => {
  beforeEach(() => {
    rig.upstream.on('first', streamedText('one ', 'two ', 'three ', 'four'))
    rig.upstream.on('second', streamedText('from the second'))
  })

  test.each(['openai', 'bedrock'] as const)(
    'a cut after two parts, on the face %s, is no end',
    async (face) => {
      const { client, record } = await rig.run({
        face,
        stream: true,
        drill: underWay(drillOf({ kind: 'cut', afterParts: 2 })),
      })
      expect(client.text).toContain('two ')
      expect(client.text).not.toContain('three')
      expect(record).toMatchObject({ outcome: 'partial', modelId: 'first', attempts: [{ drill: 'cut' }] })
      expect(record.error?.code).toBe('upstream_broken')
      expect(client.text).toContain('cut by the drill drill-1')
      if (face === 'openai') expect(readEvents(client.text)).toMatchObject({ text: 'one two ', done: false })
    },
  )

  test('a stall in the middle ends by the idle limit', async () => {
    const { client, record } = await rig.run({
      stream: true,
      drill: underWay(drillOf({ kind: 'stall', afterParts: 1 })),
      timeouts: { idleMs: 2_000 },
    })
    expect(readEvents(client.text)).toMatchObject({ text: 'one ', done: false })
    expect(record).toMatchObject({ outcome: 'partial', error: { code: 'upstream_timeout_idle' } })
  })

  test('an answer that is shorter than the parts let pass is whole, and was not hit', async () => {
    const { client, record } = await rig.run({
      stream: true,
      drill: underWay(drillOf({ kind: 'cut', afterParts: 9 })),
    })
    expect(readEvents(client.text)).toMatchObject({ text: 'one two three four', done: true })
    expect(record.outcome).toBe('ok')
    expect(record.attempts[0]?.drill).toBeUndefined()
  })

  test('a cut before the first part moves on', async () => {
    const { client } = await rig.run({
      stream: true,
      drill: underWay(drillOf({ kind: 'cut', afterParts: 0 })),
    })
    expect(readEvents(client.text)).toMatchObject({ text: 'from the second', done: true })
  })

  test('a vendor that refuses by itself is not the drill’s', async () => {
    rig.upstream.on('first', (answer) => void answer.writeHead(503).end('{"message":"busy"}'))
    const { record } = await rig.run({
      stream: true,
      drill: underWay(drillOf({ kind: 'cut', afterParts: 1 })),
    })
    expect(record.attempts[0]).toMatchObject({ status: 503, error: { code: 'upstream_overloaded' } })
    expect(record.attempts[0]?.drill).toBeUndefined()
  })
})

describe('what a drill leaves behind', () => {
  test('its own circuit opens; no real one does, no average moves, and no fallback is recorded as a switch', async () => {
    const drilled = new Rig({ resilience: resilienceDefaults })
    await drilled.upstream.start()
    try {
      drilled.upstream.on('second', whole('Hello'))
      const drill = drillOf(status(503))
      const held: Held = hold(drill)
      const drills = createDrills({
        clock: systemClock,
        chance: () => 0.5,
        resilience: resilienceDefaults,
        present: () => held.present,
        hears: () => true,
      })
      for (let request = 0; request < 8; request++) await drilled.run({ drill: drills.draw({ key, drill }) })
      const own = drills.draw({ key, drill })
      expect(own?.circuits.held().map(({ modelId: id }) => id)).toEqual(['first'])
      expect(drilled.engine.circuits.held()).toEqual([])
      expect([...drilled.engine.averages.health(Date.now()).keys()]).toEqual(['second'])
      expect(drilled.records.episodes).toEqual([])
      // Held back by then: the last ones did not even try.
      expect(drilled.records.outcomes.at(-1)?.attempts.map(({ modelId: id }) => id)).toEqual(['second'])
    } finally {
      await drilled.close()
    }
  })
})

describe('when it is over', () => {
  let clock: ManualClock
  beforeEach(() => {
    clock = createManualClock()
  })
  const minute = (startedAtMs: number): Drill =>
    drillOf(status(503), { startedAtMs, endsAtMs: startedAtMs + 60_000 })

  test('by the clock, whether anybody says so or not', async () => {
    const held = hold(minute(clock.nowMs()), clock)
    const drawn = draw(held)
    expect(drawn?.goesOn()).toBe(true)
    await clock.pass(60_000)
    expect(drawn?.goesOn()).toBe(false)
    expect(draw(held)).toBeNull()
  })

  test('where the clock is behind: no later than its length after its first sight', async () => {
    const held = hold(minute(clock.nowMs() + 600_000), clock)
    expect(draw(held)).not.toBeNull()
    await clock.pass(60_000)
    expect(draw(held)).toBeNull()
  })

  test('when another one, or none, stands in its place', () => {
    const held = hold(minute(clock.nowMs()), clock)
    const drawn = draw(held)
    held.present = { ...minute(clock.nowMs()), id: 'drill-2' }
    expect(drawn?.goesOn()).toBe(false)
    expect(draw(held)?.drill.id).toBe('drill-2')
    held.present = undefined
    expect(draw(held)).toBeNull()
  })

  test('as long as a stop would not be heard', () => {
    const held = hold(minute(clock.nowMs()), clock)
    held.hears = false
    expect(draw(held)).toBeNull()
    held.hears = true
    expect(draw(held)).not.toBeNull()
  })

  test('its share of the requests is drawn', () => {
    const drawnAt = (percent: number) => draw(hold({ ...minute(clock.nowMs()), percent }, clock)) !== null
    expect([drawnAt(51), drawnAt(50)]).toEqual([true, false])
  })
})
