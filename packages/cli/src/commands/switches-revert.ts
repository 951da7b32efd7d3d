import { approvalOptions, readApproval } from '../approval-options.ts'
import { exitCodes, type Command } from '../command.ts'
import { reasonOption } from '../set-availability.ts'
import { showOutcome } from '../show-outcome.ts'

export const switchesRevert: Command = {
  name: 'switches revert',
  summary: 'Takes a switch back, by a new one.',
  details: 'It restores what that switch found.',
  positionals: ['SWITCH_ID'],
  options: {
    ...reasonOption,
    ...approvalOptions,
    'dry-run': { type: 'boolean', summary: 'say what would be; change nothing' },
  },
  examples: ['pointsman switches revert 0b6ff6a4-6a55-4f2c-9ad1-6f4e0d3c9a10 -r "Worse"'],
  async run(asked) {
    const { client, output, argument, text, flag } = asked
    const options = { reason: text('reason'), approval: readApproval(asked), dryRun: flag('dry-run') }
    showOutcome(await client.switches.revert(argument('SWITCH_ID'), options), output)
    return exitCodes.done
  },
}
