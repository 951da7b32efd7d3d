import type { CostAlarmItem } from '@pointsman/sdk'
import { dollars } from './format.ts'

/** Above what it is raised: `$5.00 a day`, `300 % of the usual day`. */
export const limitWords = ({ aboveMeanPercent, aboveUsd, period }: CostAlarmItem): string =>
  aboveUsd === null
    ? `${aboveMeanPercent ?? 0} % of the usual ${period}`
    : `${dollars(aboveUsd)} ${article(period)}`

const article = (period: CostAlarmItem['period']): string => `${period === 'hour' ? 'an' : 'a'} ${period}`
