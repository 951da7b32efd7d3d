import type { CostAlarmRow } from '@pointsman/registry'
import { windowEnd } from './cost-window.ts'
import type { Spending } from './judge-cost.ts'

const dollars = (nanoUsd: number): string => `$${(nanoUsd / 1e9).toFixed(nanoUsd < 1e9 ? 4 : 2)}`

const periodWords = { hour: 'this hour', day: 'today', month: 'this month' } as const
const wordsOfBefore = { hour: 'in the hour before', day: 'yesterday', month: 'last month' } as const

const subjectWords = ({ dimension, subject }: Pick<CostAlarmRow, 'dimension' | 'subject'>): string =>
  dimension === 'all' ? 'Everything' : `The ${dimension} ${subject}`

/** For people: what was spent, and above what. */
export function describeSpending(costAlarm: CostAlarmRow, spending: Spending, nowMs: number): string {
  const { limitNanoUsd, spentNanoUsd, windowMs } = spending
  const { period } = costAlarm
  const words = windowEnd(period, windowMs) > nowMs ? periodWords : wordsOfBefore
  const spent = `${subjectWords(costAlarm)} cost ${dollars(spentNanoUsd)} ${words[period]} (UTC)`
  if (limitNanoUsd === null) return `${spent}.`
  if (costAlarm.aboveNanoUsd !== null) return `${spent}; the alarm is set at ${dollars(limitNanoUsd)}.`
  return `${spent}; above ${dollars(limitNanoUsd)} is unusual, ${costAlarm.aboveMeanPercent} % of the mean ${period} of the last seven days.`
}
