import type { AgentsOutcome } from '@pointsman/sdk'
import type { PlanWords } from './plan-then-apply.ts'
import type { Column } from './table.ts'

const columns: readonly Column[] = [
  { heading: 'CHANGE' },
  { heading: 'AGENT' },
  { heading: 'WHAT', below: true },
]

export const agentsPlanWords: PlanWords<AgentsOutcome> = {
  tell(output, { plan }) {
    const rows = [
      ...plan.new.map(({ agent, to }) => ['new', agent, to]),
      ...plan.moved.map(({ agent, from, to }) => ['moved', agent, `${from ?? 'the default’s'} → ${to}`]),
      ...plan.refused.map(({ key, reason }) => ['refused', key, reason]),
    ]
    if (rows.length > 0) {
      output.table(columns, rows)
      output.line('')
    }
    for (const { key, reason } of plan.skipped)
      output.sentence(`Left aside: ${key}: ${reason}`, 2, output.dim)
    for (const warning of plan.warnings) output.sentence(`- ${warning}`, 2)
  },
  counts: ({ plan }) => {
    const counts = [
      [plan.new.length, 'new'],
      [plan.moved.length, 'moved'],
      [plan.refused.length, 'refused'],
    ] as const
    return `${counts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`])).join(', ')}.`
  },
  changesAnything: ({ plan }) => plan.new.length + plan.moved.length > 0,
  refused: ({ plan }) => plan.refused.length,
}
