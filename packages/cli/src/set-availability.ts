import { tellBehind } from './behind-words.ts'
import { exitCodes, type Asked, type OptionShape } from './command.ts'
import { printable } from './terminal-text.ts'

export const reasonOption = {
  reason: { type: 'string', short: 'r', value: 'TEXT', summary: 'why; it stands in the record' },
} as const satisfies { readonly [name: string]: OptionShape }

/** Switches a model on or off. */
export async function setAvailability(
  { client, output, argument, text }: Asked,
  enabled: boolean,
): Promise<number> {
  const id = argument('MODEL_ID')
  const options = { reason: text('reason') }
  const detail = await (enabled ? client.models.enable(id, options) : client.models.disable(id, options))
  if (output.json) output.value(detail)
  else {
    output.line(
      output.good('✓ ') +
        printable(`${detail.name} is ${enabled ? 'enabled' : 'disabled'} (revision ${detail.revision}).`),
    )
    tellBehind(detail, output)
  }
  return exitCodes.done
}
