import type { CostAlarmRow } from '@pointsman/registry'
import type { CostStanding } from './judge-cost.ts'

const dollars = (nanoUsd: number): string => `$${(nanoUsd / 1e9).toFixed(nanoUsd < 1e9 ? 4 : 2)}`

const periodWords = { hour: 'this hour', day: 'today', month: 'this month' } as const

export const subjectWords = ({ dimension, subject }: Pick<CostAlarmRow, 'dimension' | 'subject'>): string =>
  dimension === 'all' ? 'Everything' : `The ${dimension} ${subject}`

/** For people: what was spent, and above what. */
export function describeStanding(rule: CostAlarmRow, standing: CostStanding): string {
  const { limitNanoUsd, spentNanoUsd } = standing
  const spent = `${subjectWords(rule)} cost ${dollars(spentNanoUsd)} ${periodWords[rule.period]} (UTC)`
  if (limitNanoUsd === null) return `${spent}.`
  if (rule.aboveNanoUsd !== null) return `${spent}; the alarm is set at ${dollars(limitNanoUsd)}.`
  return `${spent}; above ${dollars(limitNanoUsd)} is unusual, ${rule.aboveMeanPercent} % of the mean ${rule.period} of the last seven days.`
}
