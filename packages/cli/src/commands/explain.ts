import type { CapturedText } from '@pointsman/sdk'
import { exitCodes, type Command } from '../command.ts'
import { printableLines } from '../terminal-text.ts'

export const explain: Command = {
  name: 'explain',
  summary: 'One request: what was decided, why, and what it cost.',
  details:
    'With who was left out and every attempt. The id is the answer’s header x-pointsman-request-id; a record is there shortly after its answer.',
  positionals: ['REQUEST_ID'],
  options: {
    captured: {
      type: 'boolean',
      summary: 'what was asked and answered instead, where the route keeps text; takes a key with admin',
    },
  },
  examples: ['pointsman explain 5f0c9a54-2f0e-4f5e-8f39-2c6d1c0f7b11'],
  async run({ client, output, argument, flag }) {
    if (flag('captured')) {
      const captured = await client.usage.captured(argument('REQUEST_ID'))
      if (output.json) output.value(captured)
      else for (const text of textsOf(captured)) output.line(printableLines(text))
      return exitCodes.done
    }
    const explanation = await client.usage.explain(argument('REQUEST_ID'))
    if (output.json) output.value(explanation)
    else for (const sentence of explanation.words) output.sentence(`- ${sentence}`, 2)
    return exitCodes.done
  },
}

const textsOf = ({ prompt, answer, modelId, truncated }: CapturedText): readonly string[] => [
  prompt ?? 'The request could not be read as messages.',
  '',
  answer === null ? 'No answer in words.' : `[answer of ${modelId ?? 'no model'}]`,
  ...(answer === null ? [] : [answer]),
  ...(truncated ? ['', 'There was more than is kept.'] : []),
]
