import type { Figure, Table } from '../bench.ts'
import type { Contestant } from '../side-by-side/contestant.ts'
import { differenceOf, ratioOf, spreadOf, type Spread } from '../side-by-side/rounds.ts'
import type { StreamTurn } from './load.ts'

/** One kind of streams, asked of all. */
export interface StreamScenario {
  readonly name: string
  readonly kind: 'chunks' | 'first byte' | 'memory'
  readonly translated: boolean
  readonly streams: number
  /** Chunks a second of each. */
  readonly perSecond: number
}

export interface StreamMeasurement {
  readonly contestant: Contestant
  readonly turns: readonly StreamTurn[]
}

type Told = 'p50Us' | 'p99Us' | 'memoryMb' | 'chunksPerSecond' | 'chunksPerRead'

const carrier = ({ turns }: StreamMeasurement): readonly number[] =>
  turns.map(({ processorUs: [us = Number.NaN] }) => us)
const told = ({ turns }: StreamMeasurement, what: Told): readonly number[] => turns.map((turn) => turn[what])

const rounded = (value: number, digits = 1): number | null =>
  Number.isNaN(value) ? null : Number(value.toFixed(digits))

/** What it adds to the delays of going straight to the vendor, in the same round. */
const added = (one: StreamMeasurement, straight: StreamMeasurement, what: 'p50Us' | 'p99Us'): Spread =>
  differenceOf(told(one, what), told(straight, what))

const named = (rows: readonly StreamMeasurement[], name: string): StreamMeasurement | undefined =>
  rows.find(({ contestant }) => contestant.name === name)

export function tableOf(scenario: StreamScenario, rows: readonly StreamMeasurement[]): Table {
  const straight = named(rows, 'direct')
  const { kind, name, perSecond, streams } = scenario
  const delays = (one: StreamMeasurement): readonly (number | null)[] => [
    rounded(spreadOf(told(one, 'p50Us')).median, 0),
    rounded(spreadOf(told(one, 'p99Us')).median, 0),
    ...(straight === undefined || one === straight
      ? [null, null]
      : (['p50Us', 'p99Us'] as const).map((what) => rounded(added(one, straight, what).median, 0))),
  ]
  const delayHeads = ['p50 µs', 'p99 µs', 'added p50', 'added p99']
  if (kind === 'first byte')
    return {
      title: `${name}, one connection: request to first content`,
      heads: ['CONTESTANT', ...delayHeads],
      rows: rows.map((one) => [one.contestant.name, ...delays(one)]),
    }
  const nginx = named(rows, 'nginx')
  return {
    title: `${name}: ${streams} streams, ${perSecond} chunks a second each`,
    heads: ['CONTESTANT', 'CPU µs/chunk', '× nginx', 'MB', 'chunks/s', 'chunks/read', ...delayHeads],
    rows: rows.map((one) => [
      one.contestant.name,
      rounded(spreadOf(carrier(one)).median),
      nginx === undefined ? null : rounded(ratioOf(carrier(one), carrier(nginx)).median, 2),
      rounded(spreadOf(told(one, 'memoryMb')).median, 0),
      rounded(spreadOf(told(one, 'chunksPerSecond')).median, 0),
      rounded(spreadOf(told(one, 'chunksPerRead')).median, 2),
      ...delays(one),
    ]),
  }
}

/** What is held against the bars, each within a round. */
export function figuresOf(scenario: StreamScenario, rows: readonly StreamMeasurement[]): readonly Figure[] {
  const [straight, nginx, relay, own] = ['direct', 'nginx', 'bare Node relay', 'Pointsman'].map((name) =>
    named(rows, name),
  )
  if (straight === undefined || nginx === undefined || relay === undefined || own === undefined) return []
  const { kind, name, translated } = scenario
  const prefix = `Pointsman, streams, ${name}`
  if (kind === 'first byte') {
    const spread = added(own, straight, 'p50Us')
    return [{ name: `${prefix}: added to p50`, unit: 'µs', ...valueOf(spread), bar: 400, aim: 200 }]
  }
  if (kind === 'memory') {
    const spread = spreadOf(told(own, 'memoryMb'))
    return [{ name: `${prefix}: memory`, unit: 'MB', ...valueOf(spread), bar: 200, aim: 130, isKept: true }]
  }
  return [
    {
      name: `${prefix}: CPU a chunk against nginx`,
      unit: '×',
      ...valueOf(ratioOf(carrier(own), carrier(nginx))),
      ...(translated ? { bar: 5, aim: 3.5 } : { bar: 3.5, aim: 2.5 }),
    },
    {
      name: `${prefix}: CPU a chunk against bare Node relay`,
      unit: '×',
      ...valueOf(ratioOf(carrier(own), carrier(relay))),
      ...{ bar: null, aim: null, isKept: true },
    },
    {
      name: `${prefix}: CPU a chunk over a bare relay`,
      unit: 'µs',
      ...valueOf(differenceOf(carrier(own), carrier(relay))),
      ...(translated ? { bar: 8, aim: 4 } : { bar: 2, aim: 1 }),
    },
  ]
}

const valueOf = ({ least, median, most }: Spread): Pick<Figure, 'value' | 'spread'> => ({
  value: median,
  spread: [least, most],
})
