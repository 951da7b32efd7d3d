import type { KeyChange } from '@pointsman/sdk'
import { tellBehind } from '../behind-words.ts'
import { exitCodes, UsageError, type Asked, type Command } from '../command.ts'
import { readUntil } from '../read-until.ts'
import { printable } from '../terminal-text.ts'

export const keysSet: Command = {
  name: 'keys set',
  summary: 'Changes the name, the limits or the end of a key that goes on being used.',
  details:
    'Holds at once, on every replica that reaches the database; the others are named. What is not named stays; "none" takes a limit away.',
  positionals: ['KEY_ID'],
  options: {
    name: { type: 'string', value: 'TEXT', summary: 'whose it is' },
    routes: { type: 'list', value: 'ROUTES', summary: 'only these: use-case/clinical,default' },
    models: { type: 'list', value: 'IDS', summary: 'only these may serve it' },
    'requests-per-minute': { type: 'string', value: 'N', summary: 'then 429' },
    'tokens-per-minute': { type: 'string', value: 'N', summary: 'input and output together; then 429' },
    concurrent: { type: 'string', value: 'N', summary: 'requests under way at once; then 429' },
    'spend-per-day': { type: 'string', value: 'USD', summary: 'then 429 until the next day (UTC)' },
    'spend-per-month': { type: 'string', value: 'USD', summary: 'then 429 until the next month (UTC)' },
    expires: { type: 'string', value: 'WHEN', summary: '2027-01-31, an ISO instant, or 30d' },
  },
  examples: [
    'pointsman keys set 4mT0aXqLw9Zc --requests-per-minute 600',
    'pointsman keys set 4mT0aXqLw9Zc --spend-per-day none --expires 90d',
  ],
  async run(asked) {
    const { client, output, argument } = asked
    const change = changeOf(asked)
    if (Object.keys(change).length === 0)
      throw new UsageError('Nothing to change: name a limit, --name or --expires.', keysSet)
    const key = await client.keys.change(argument('KEY_ID'), change)
    if (output.json) output.value(key)
    else {
      output.line(output.good('✓ ') + printable(`Key "${key.name}" (…${key.lastFour}) is changed.`))
      tellBehind(key, output)
    }
    return exitCodes.done
  },
}

const none = 'none'

function changeOf({ list, number, text }: Asked): KeyChange {
  const count = (option: string, least: number): number | null | undefined =>
    text(option) === none ? null : number(option, least)
  const names = (option: string): readonly string[] | null | undefined => {
    const given = list(option)
    return given?.length === 1 && given[0] === none ? null : given
  }
  const expires = text('expires')
  const end = expires === none ? {} : readUntil(expires, '--expires', keysSet)
  const change: KeyChange = {
    name: text('name')?.trim(),
    routes: names('routes'),
    models: names('models'),
    requestsPerMinute: count('requests-per-minute', 1),
    tokensPerMinute: count('tokens-per-minute', 1),
    concurrentRequests: count('concurrent', 1),
    spendPerDayUsd: count('spend-per-day', 0),
    spendPerMonthUsd: count('spend-per-month', 0),
    expiresAt: expires === none ? null : end.instant,
    expiresInSeconds: end.seconds,
  }
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}
