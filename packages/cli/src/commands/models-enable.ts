import type { Command } from '../command.ts'
import { reasonOption, setAvailability } from '../set-availability.ts'

export const modelsEnable: Command = {
  name: 'models enable',
  summary: 'Switches a model on.',
  positionals: ['MODEL_ID'],
  options: reasonOption,
  examples: ['pointsman models enable eu.amazon.nova-lite-v1:0'],
  run: (asked) => setAvailability(asked, true),
}
