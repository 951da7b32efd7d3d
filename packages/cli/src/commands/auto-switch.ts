import type { SwitchOutcome } from '@pointsman/sdk'
import { exitCodes, oneOf, type Command } from '../command.ts'
import type { Output } from '../output.ts'
import { reasonOption } from '../set-availability.ts'
import { showOutcome } from '../show-outcome.ts'

export const autoSwitch: Command = {
  name: 'auto-switch',
  summary: 'Moves a use case to the best of its candidates.',
  details: 'Nothing is done where that one serves already.',
  positionals: ['USE_CASE'],
  options: {
    objective: {
      type: 'string',
      value: 'WORD',
      summary: 'quality, cost, latency or curated; the use case’s own unless given',
    },
    exclude: { type: 'list', value: 'IDS', summary: 'models that shall not be chosen, by commas' },
    user: { type: 'string', value: 'ID', summary: 'only for one user' },
    conversation: { type: 'string', value: 'ID', summary: 'only for one conversation' },
    ...reasonOption,
    'apply-to-all': { type: 'boolean', summary: 'conversations that keep their model move, too' },
    'dry-run': { type: 'boolean', summary: 'say what would be; change nothing' },
  },
  examples: ['pointsman auto-switch clinical', 'pointsman auto-switch operations --objective cost --dry-run'],
  async run({ client, output, argument, text, list, flag }) {
    const outcome = await client.autoSwitch({
      useCase: argument('USE_CASE'),
      objective: oneOf('objective', text('objective'), ['quality', 'cost', 'latency', 'curated']),
      exclude: list('exclude'),
      userId: text('user'),
      conversationId: text('conversation'),
      reason: text('reason'),
      applyTo: flag('apply-to-all') ? 'all' : undefined,
      dryRun: flag('dry-run') ? true : undefined,
    })
    showOutcome(outcome, output)
    if (!output.json) showRanking(outcome, output)
    return exitCodes.done
  },
}

function showRanking({ ranking }: SwitchOutcome, output: Output): void {
  if (ranking === null || ranking.length === 0) return
  output.line('')
  output.table(
    [{ heading: 'CANDIDATE' }, { heading: 'SCORE', align: 'right' }, { heading: 'WHY', below: true }],
    ranking.map(({ model, score, passed, reasons }) => [
      model,
      passed ? score.toFixed(0) : 'out',
      reasons.join(', '),
    ]),
  )
}
