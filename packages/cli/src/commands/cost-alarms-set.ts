import type { CostAlarmOrder } from '@pointsman/sdk'
import { exitCodes, oneOf, UsageError, type Asked, type Command } from '../command.ts'
import { limitWords } from '../cost-alarm-words.ts'
import { printable } from '../terminal-text.ts'

const periods = ['hour', 'day', 'month'] as const
const dimensions = ['route', 'agent', 'key', 'model'] as const

export const costAlarmsSet: Command = {
  name: 'cost-alarms set',
  summary: 'Sets an alarm on cost, or another one in its place.',
  details:
    'Raised once in an hour, day or month (UTC) as an alarm, an event and a line of the log, and by webhook where one is given; told again when it is over.',
  positionals: ['NAME'],
  options: {
    above: { type: 'string', value: 'USD', summary: 'raised above this amount' },
    'above-mean': {
      type: 'string',
      value: 'PERCENT',
      summary: 'or above this share of the mean of the last seven days: 300 = three times the usual',
    },
    period: { type: 'string', value: 'WORD', summary: 'hour, day or month; day unless given' },
    route: { type: 'string', value: 'ROUTE', summary: 'of this route: use-case/clinical' },
    agent: { type: 'string', value: 'NAME', summary: 'of this agent' },
    'key-id': { type: 'string', value: 'ID', summary: 'of this key' },
    model: { type: 'string', value: 'MODEL_ID', summary: 'of this model' },
    least: { type: 'string', value: 'USD', summary: 'what is unusual but not above this is not told' },
    webhook: { type: 'string', value: 'URL', summary: 'told when it is raised and when it is over' },
  },
  examples: [
    'pointsman cost-alarms set budget --above 50 --period month',
    'pointsman cost-alarms set sql --agent sql_agent --above 2 --webhook URL',
    'pointsman cost-alarms set unusual --above-mean 300 --period hour --least 1',
  ],
  async run(asked) {
    const { argument, client, output } = asked
    const set = await client.costAlarms.put(argument('NAME'), orderOf(asked))
    if (output.json) {
      output.value(set)
      return exitCodes.done
    }
    output.line(output.good('✓ ') + printable(`${set.name}: above ${limitWords(set)}.`))
    if (set.signingSecret !== null) {
      output.line(`Its webhooks are signed (standardwebhooks.com) with ${set.signingSecret}`)
      output.line(output.dim(`Try it: pointsman cost-alarms test ${set.name}`))
    }
    return exitCodes.done
  },
}

function orderOf({ number, text }: Asked): CostAlarmOrder {
  const given = dimensions.flatMap((dimension) => {
    // `--key` is the caller's own.
    const subject = text(dimension === 'key' ? 'key-id' : dimension)
    return subject === undefined ? [] : [{ dimension, subject }]
  })
  if (given.length > 1) {
    throw new UsageError('--route, --agent, --key-id and --model exclude each other.', costAlarmsSet)
  }
  const aboveUsd = number('above', 0)
  const aboveMeanPercent = number('above-mean', 101)
  if ((aboveUsd === undefined) === (aboveMeanPercent === undefined)) {
    throw new UsageError('Give one of --above and --above-mean.', costAlarmsSet)
  }
  return {
    ...given[0],
    ...{ aboveUsd, aboveMeanPercent, leastUsd: number('least', 0), webhookUrl: text('webhook') },
    period: oneOf('period', text('period'), periods),
  }
}
