import type { KeyOrder } from '@pointsman/sdk'
import { exitCodes, oneOf, UsageError, type Command } from '../command.ts'
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
    'spend-per-day': { type: 'string', value: 'USD', summary: 'then 429 until the next day (UTC)' },
    expires: { type: 'string', value: 'WHEN', summary: '2027-01-31, an ISO instant, or 30d' },
    aws: { type: 'boolean', summary: 'an AWS access-key pair too, for clients that sign' },
  },
  examples: [
    'pointsman keys create --name web-app',
    'pointsman keys create --name ci --scopes invoke,read --expires 30d',
  ],
  async run(asked) {
    const { client, output, text, list, number, flag } = asked
    const name = text('name')?.trim()
    if (name === undefined || name === '') throw new UsageError('--name is missing.', keysCreate)
    const requestsPerMinute = number('requests-per-minute', 1)
    const order: KeyOrder = {
      name,
      scopes: list('scopes')?.flatMap((word) => oneOf('scopes', word, scopes) ?? []),
      routes: list('routes'),
      models: list('models'),
      requestsPerMinute,
      spendPerDayUsd: number('spend-per-day', 0),
      expiresAt: expiry(text('expires'), Date.now()),
      ...(flag('aws') ? { aws: true } : {}),
    }
    showNewKey(await client.keys.create(order), output)
    return exitCodes.done
  },
}

const dayMs = 86_400_000

/** A date ends with its day, UTC; `30d` is counted from now. Throws UsageError. */
export function expiry(text: string | undefined, nowMs: number): string | undefined {
  if (text === undefined) return undefined
  const days = /^(\d{1,5})d$/.exec(text)
  if (days !== null) return new Date(nowMs + Number(days[1]) * dayMs).toISOString()
  const whole = /^\d{4}-\d{2}-\d{2}$/.test(text)
  const hasOffset = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text)
  const ms = whole ? Date.parse(text) + dayMs : hasOffset ? Date.parse(text) : Number.NaN
  if (Number.isFinite(ms)) return new Date(ms).toISOString()
  throw new UsageError(
    `--expires takes a date (2027-01-31), an instant (2027-01-31T12:00:00Z) or days from now (30d), not "${text}".`,
    keysCreate,
  )
}
