import type { Figure, Table } from '../bench.ts'
import type { Contestant } from '../side-by-side/contestant.ts'
import { differenceOf, ratioOf, spreadOf, type Spread } from '../side-by-side/rounds.ts'
import type { Turn } from './measure-turn.ts'

/** One kind of request, asked of all. */
export interface Scenario {
  readonly name: string
  readonly bytes: number
  readonly translated: boolean
  /** CPU of the data plane against nginx. */
  readonly bar: number
  readonly aim: number
  /** With one connection, too. */
  readonly alone: boolean
  /** Left out: 32. So many megabytes at once are more than a data plane takes on one core: it would refuse some of them. */
  readonly connections?: number
}

export const scenarios: readonly Scenario[] = [
  { name: 'same dialect, 0.5 KB', bytes: 500, translated: false, bar: 4, aim: 3, alone: true },
  { name: 'same dialect, 10 KB', bytes: 10_000, translated: false, bar: 5, aim: 3, alone: true },
  { name: 'same dialect, 100 KB', bytes: 100_000, translated: false, bar: 6, aim: 3, alone: true },
  {
    name: 'same dialect, 1 MB',
    bytes: 1_000_000,
    translated: false,
    bar: 6,
    aim: 3,
    alone: true,
    connections: 4,
  },
  { name: 'OpenAI → Converse, signed, 0.5 KB', bytes: 500, translated: true, bar: 9, aim: 6, alone: true },
]

export interface Measurement {
  readonly contestant: Contestant
  readonly turns: readonly Turn[]
}

const carrier = ({ turns }: Measurement): readonly number[] => turns.map(({ processorUs: [us = 0] }) => us)
const whole = ({ turns }: Measurement): readonly number[] =>
  turns.map(({ processorUs }) => processorUs.reduce((sum, us) => sum + us, 0))
const alone = ({ turns }: Measurement, of: 'p50Us' | 'p99Us'): readonly number[] =>
  turns.flatMap((turn) => (turn.alone === null ? [] : [turn.alone[of]]))

const rounded = (value: number | undefined, digits = 1): number | null =>
  value === undefined || Number.isNaN(value) ? null : Number(value.toFixed(digits))
const range = ({ least, most }: Spread): string =>
  Number.isNaN(least) ? '–' : `${least.toFixed(1)}–${most.toFixed(1)}`

export function tableOfScenario(scenario: Scenario, measured: readonly Measurement[]): Table {
  const nginx = measured.find(({ contestant }) => contestant.name === 'nginx')
  const direct = measured.find(({ contestant }) => contestant.name === 'direct')
  return {
    title: scenario.name,
    heads: [
      'CONTESTANT',
      'CPU µs/request',
      'rounds',
      '× nginx',
      'all its processes',
      'requests/s',
      'p50 µs',
      'p99 µs',
      'added p50, alone',
      'added p99, alone',
    ],
    rows: measured.map((one) => {
      const carried = spreadOf(carrier(one))
      const added = (of: 'p50Us' | 'p99Us'): number | null =>
        direct === undefined || one === direct
          ? null
          : rounded(differenceOf(alone(one, of), alone(direct, of)).median, 0)
      const hasParts = one.contestant.parts.length > 0
      return [
        one.contestant.name,
        hasParts ? rounded(carried.median) : null,
        hasParts ? range(carried) : null,
        hasParts && nginx !== undefined ? rounded(ratioOf(carrier(one), carrier(nginx)).median, 2) : null,
        hasParts ? rounded(spreadOf(whole(one)).median) : null,
        rounded(spreadOf(one.turns.map(({ perSecond }) => perSecond)).median, 0),
        rounded(spreadOf(one.turns.map(({ p50Us }) => p50Us)).median, 0),
        rounded(spreadOf(one.turns.map(({ p99Us }) => p99Us)).median, 0),
        added('p50Us'),
        added('p99Us'),
      ]
    }),
  }
}

/** What the parts of one contestant take each. */
export function tableOfParts(measured: ReadonlyMap<Scenario, readonly Measurement[]>, name: string): Table {
  const rows = [...measured].flatMap(([scenario, all]) => {
    const one = all.find(({ contestant }) => contestant.name === name)
    if (one === undefined) return []
    const parts = one.contestant.parts.map((_, place) =>
      rounded(spreadOf(one.turns.map(({ processorUs }) => processorUs[place] ?? 0)).median),
    )
    return [[scenario.name, ...parts, rounded(spreadOf(whole(one)).median)]]
  })
  const first = [...measured.values()].flat().find(({ contestant }) => contestant.name === name)
  const heads = first?.contestant.parts.map(({ name: part }) => part) ?? []
  return { title: `${name}: CPU µs/request by process`, heads: ['REQUEST', ...heads, 'sum'], rows }
}

/** What is held against the bars: ratios within each round, so that what disturbs the machine disturbs both sides. */
export const figuresOfScenario = (scenario: Scenario, measured: readonly Measurement[]): readonly Figure[] =>
  measured
    .filter(({ contestant }) => contestant.name.startsWith('Pointsman'))
    .flatMap((one) => figuresOf(one, scenario, measured))

function figuresOf(
  one: Measurement,
  scenario: Scenario,
  measured: readonly Measurement[],
): readonly Figure[] {
  const find = (name: string) => measured.find(({ contestant }) => contestant.name.startsWith(name))
  const isUsual = scenario.bytes === 500 && !scenario.translated
  const against = (name: string, bars: Pick<Figure, 'bar' | 'aim'>, isKept = false): readonly Figure[] => {
    const other = find(name)
    if (other === undefined) return []
    const value = valueOf(ratioOf(carrier(one), carrier(other)))
    return [{ name: `${prefix}: CPU against ${other.contestant.name}`, unit: '×', ...value, ...bars, isKept }]
  }
  const prefix = `${one.contestant.name}, ${scenario.name}`
  const direct = find('direct')
  const added: readonly Figure[] =
    direct === undefined || !scenario.alone
      ? []
      : [
          {
            name: `${prefix}: added to p50, one connection`,
            unit: 'µs',
            ...valueOf(differenceOf(alone(one, 'p50Us'), alone(direct, 'p50Us'))),
            ...(isUsual ? { bar: 400, aim: 200 } : noBar),
            isKept: false,
          },
        ]
  return [
    ...against('nginx', { bar: scenario.bar, aim: scenario.aim }),
    ...against('bare Node relay', noBar, true),
    ...against('Portkey', isUsual ? { bar: 1 / 10, aim: 1 / 15 } : noBar),
    ...added,
  ]
}

const noBar = { bar: null, aim: null } as const

const valueOf = ({ least, median, most }: Spread): Pick<Figure, 'value' | 'spread'> => ({
  value: median,
  spread: [least, most],
})
