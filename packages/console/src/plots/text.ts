import { defineText } from '../text/define-text.ts'

export const text = defineText('plots', {
  lastHour: 'Last hour',
  lastDay: 'Last 24 hours',
  lastWeek: 'Last 7 days',
  lastMonth: 'Last 30 days',
  lastQuarter: 'Last 90 days',
  andMore: { one: '{change}, and {count} more', other: '{change}, and {count} more' },
})
