import type { Choice } from '../../parts/field.tsx'
import { instant } from '../../format/instants.ts'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

const spans = {
  hour: hourMs,
  day: dayMs,
  week: 7 * dayMs,
  month: 30 * dayMs,
  quarter: 90 * dayMs,
  year: 365 * dayMs,
} as const

/** `kept`: as it is, in a change; `never`, or a span from now. */
export type KeyEnd = 'kept' | 'never' | keyof typeof spans

const labels: { readonly [Span in keyof typeof spans]: string } = {
  hour: text.endHour,
  day: text.endDay,
  week: text.endWeek,
  month: text.endMonth,
  quarter: text.endQuarter,
  year: text.endYear,
}

/** When a key may end; `present` is when it ends now, where there is something to keep. */
export const endChoices = (present: string | null): readonly Choice[] => [
  ...(present === null ? [] : [{ id: 'kept', label: fill(text.endKept, { when: instant(present) }) }]),
  { id: 'never', label: text.endNever },
  ...(['week', 'month', 'quarter', 'year'] as const).map((id) => ({ id, label: labels[id] })),
]

/** When the old key of a rotation ends: `never` stands for at once. */
export const rotationChoices: readonly Choice[] = [
  { id: 'never', label: text.atOnceEnd },
  ...(['hour', 'day', 'week'] as const).map((id) => ({ id, label: labels[id] })),
]

export const isKeyEnd = (id: string): id is KeyEnd => id === 'kept' || id === 'never' || id in spans

/** The span that is meant, which the server counts: this machine's clock may be wrong; undefined = none. */
export const secondsOf = (end: KeyEnd): number | undefined =>
  end === 'kept' || end === 'never' ? undefined : spans[end] / 1_000
