import type { RouteOrder } from '@pointsman/sdk'
import { tellBehind } from '../behind-words.ts'
import { captureOf, captureOption } from '../capture-option.ts'
import { exitCodes, UsageError, type Asked, type Command } from '../command.ts'
import { heartbeatOf, heartbeatOption } from '../heartbeat-option.ts'
import { reasonOption } from '../set-availability.ts'
import { printable } from '../terminal-text.ts'

export const agentsSet: Command = {
  name: 'agents set',
  summary: 'Sets an agent’s model, and adds the agent where it is new.',
  details: 'Counts at the agent’s next invocation. Recorded like any switch: it can be taken back.',
  positionals: ['AGENT'],
  options: {
    model: { type: 'string', value: 'MODEL_ID', summary: 'the agent’s model (llm_model)' },
    provider: {
      type: 'string',
      value: 'NAME',
      summary: 'who serves it (llm_provider); needed only where several do',
    },
    inherit: { type: 'boolean', summary: 'the default’s model instead of one of its own' },
    fallbacks: {
      type: 'list',
      value: 'MODEL_ID,…',
      summary: 'what serves when the model cannot, in this order',
    },
    ...captureOption,
    ...heartbeatOption,
    ...reasonOption,
  },
  examples: [
    'pointsman agents set sql_agent --model eu.amazon.nova-pro-v1:0',
    'pointsman agents set sql_agent --inherit',
  ],
  async run(asked) {
    const { client, output, argument } = asked
    const item = await client.agents.put(argument('AGENT'), orderOf(asked))
    if (output.json) output.value(item)
    else {
      output.line(output.good('✓ ') + printable(`${item.key}: ${item.llm_provider ?? '?'} ${item.llm_model}`))
      output.line(output.dim(`  Revision ${item.revision}.`))
      tellBehind(item, output)
    }
    return exitCodes.done
  },
}

function orderOf(asked: Asked): RouteOrder {
  const { flag, list, text } = asked
  const model = text('model')
  const provider = text('provider')
  if (flag('inherit') && model !== undefined) {
    throw new UsageError('--inherit and --model exclude each other.', agentsSet)
  }
  const fallbacks = list('fallbacks') as RouteOrder['fallbacks']
  return {
    ...(model === undefined ? {} : { llm_model: model }),
    ...(provider === undefined ? {} : { llm_provider: provider }),
    ...(flag('inherit') ? { target: null } : {}),
    ...(fallbacks === undefined ? {} : { fallbacks }),
    ...captureOf(asked),
    ...heartbeatOf(asked, agentsSet),
    reason: text('reason'),
  }
}
