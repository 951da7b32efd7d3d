import { exitCodes, type Command } from '../command.ts'
import { readScope, scopeOptions } from '../scope-options.ts'
import { approvalOptions, readApproval } from '../approval-options.ts'
import { reasonOption } from '../set-availability.ts'
import { showOutcome } from '../show-outcome.ts'

export const switchModel: Command = {
  name: 'switch',
  summary: 'Moves a use case, agent, user or conversation to a model.',
  details:
    'Without a name it moves the default. Answers when every replica serves it, or after a second with those that do not yet.',
  positionals: ['MODEL_ID'],
  options: {
    ...scopeOptions,
    ...reasonOption,
    ...approvalOptions,
    'apply-to-all': { type: 'boolean', summary: 'conversations that keep their model move, too' },
    'dry-run': { type: 'boolean', summary: 'say what would be; change nothing' },
  },
  examples: [
    'pointsman switch eu.amazon.nova-pro-v1:0 --use-case clinical -r "Lower cost"',
    'pointsman switch eu.amazon.nova-lite-v1:0 --dry-run',
  ],
  async run(asked) {
    const { client, output, argument, text, flag } = asked
    const order = {
      modelId: argument('MODEL_ID'),
      ...readScope(asked),
      reason: text('reason'),
      approval: readApproval(asked),
      applyTo: flag('apply-to-all') ? ('all' as const) : undefined,
    }
    const { switches } = client
    showOutcome(await (flag('dry-run') ? switches.dryRun(order) : switches.create(order)), output)
    return exitCodes.done
  },
}
