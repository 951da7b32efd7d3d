import type { KeyOrder } from '@pointsman/sdk'
import { exitCodes, oneOf, UsageError, type Command } from '../command.ts'
import { readUntil } from '../read-until.ts'
import { showNewKey } from '../show-key.ts'

const scopes = ['invoke', 'read', 'switch', 'admin'] as const

export const keysCreate: Command = {
  name: 'keys create',
  summary: 'Makes a key and shows it, once.',
  positionals: [],
  options: {
    name: { type: 'string', value: 'TEXT', summary: 'whose it is; required' },
    scopes: { type: 'list', value: 'WORDS', summary: 'invoke, read, switch, admin; invoke unless given' },
    routes: { type: 'list', value: 'ROUTES', summary: 'only these: use-case/clinical,default' },
    models: { type: 'list', value: 'IDS', summary: 'only these may serve it' },
    'requests-per-minute': { type: 'string', value: 'N', summary: 'then 429' },
    'tokens-per-minute': { type: 'string', value: 'N', summary: 'input and output together; then 429' },
    concurrent: { type: 'string', value: 'N', summary: 'requests under way at once; then 429' },
    'spend-per-day': { type: 'string', value: 'USD', summary: 'then 429 until the next day (UTC)' },
    'spend-per-month': {
      type: 'string',
      value: 'USD',
      summary: 'then 429 until the next month (UTC)',
    },
    expires: { type: 'string', value: 'WHEN', summary: '2027-01-31, an ISO instant, or 30d' },
    aws: { type: 'boolean', summary: 'an AWS access-key pair too, for clients that sign' },
  },
  examples: [
    'pointsman keys create --name web-app',
    'pointsman keys create --name ci --scopes invoke,read --expires 30d',
    'pointsman keys create --name trial --concurrent 4 --spend-per-month 50',
  ],
  async run(asked) {
    const { client, output, text, list, number, flag } = asked
    const name = text('name')?.trim()
    if (name === undefined || name === '') throw new UsageError('--name is missing.', keysCreate)
    const requestsPerMinute = number('requests-per-minute', 1)
    const end = readUntil(text('expires'), '--expires', keysCreate)
    const order: KeyOrder = {
      name,
      scopes: list('scopes')?.flatMap((word) => oneOf('scopes', word, scopes) ?? []),
      routes: list('routes'),
      models: list('models'),
      requestsPerMinute,
      tokensPerMinute: number('tokens-per-minute', 1),
      concurrentRequests: number('concurrent', 1),
      spendPerDayUsd: number('spend-per-day', 0),
      spendPerMonthUsd: number('spend-per-month', 0),
      expiresAt: end.instant,
      expiresInSeconds: end.seconds,
      ...(flag('aws') ? { aws: true } : {}),
    }
    showNewKey(await client.keys.create(order), output)
    return exitCodes.done
  },
}
