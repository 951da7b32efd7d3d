import type { Command } from '../command.ts'
import { reasonOption, setAvailability } from '../set-availability.ts'

export const modelsDisable: Command = {
  name: 'models disable',
  summary: 'Switches a model off.',
  details: 'Routes that it serves move to their next candidate; refused where one would have none left.',
  positionals: ['MODEL_ID'],
  options: reasonOption,
  examples: ['pointsman models disable eu.amazon.nova-lite-v1:0 --reason "Too many refusals"'],
  run: (asked) => setAvailability(asked, false),
}
