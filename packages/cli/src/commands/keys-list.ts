import type { KeyItem } from '@pointsman/sdk'
import { exitCodes, type Command } from '../command.ts'
import { dollars, instant } from '../format.ts'
import { take } from '../take.ts'
import type { Column } from '../table.ts'

const columns: readonly Column[] = [
  { heading: 'ID' },
  { heading: 'NAME', least: 12 },
  { heading: 'KEY' },
  { heading: 'SCOPES', least: 12 },
  { heading: 'MADE (UTC)' },
  { heading: 'STATE' },
  { heading: 'LAST USED', below: true },
  { heading: 'LIMITS', least: 16, below: true },
]

export const keysList: Command = {
  name: 'keys list',
  summary: 'Keys with their rights and limits.',
  details: 'The keys themselves are kept nowhere; the last four characters tell them apart.',
  positionals: [],
  options: { revoked: { type: 'boolean', summary: 'revoked ones, too' } },
  examples: ['pointsman keys list', 'pointsman keys list --revoked'],
  async run({ client, output, flag }) {
    const { taken } = await take(client.keys.each({ includeRevoked: flag('revoked') }), Infinity)
    const nowMs = Date.now()
    if (output.json) output.value(taken)
    else if (taken.length === 0) output.line('There are no keys yet: pointsman keys create --name NAME')
    else
      output.table(
        columns,
        taken.map((key) => rowOf(key, nowMs)),
      )
    return exitCodes.done
  },
}

const rowOf = (key: KeyItem, nowMs: number): readonly string[] => [
  key.id,
  key.name,
  `…${key.lastFour}`,
  key.scopes.join(','),
  instant(key.createdAt).slice(0, 16),
  stateOf(key, nowMs),
  key.lastUsedAt === null ? 'never' : instant(key.lastUsedAt).slice(0, 16),
  limitsOf(key),
]

function stateOf({ revokedAt, expiresAt, replacedBy }: KeyItem, nowMs: number): string {
  if (replacedBy !== null && revokedAt === null && expiresAt !== null && Date.parse(expiresAt) > nowMs) {
    return `replaced, until ${expiresAt.slice(0, 16).replace('T', ' ')}`
  }
  if (revokedAt !== null) return `revoked ${revokedAt.slice(0, 10)}`
  if (expiresAt === null) return 'valid'
  const endsMs = Date.parse(expiresAt)
  // One that ends with a day ends where the next one begins.
  return `${endsMs <= nowMs ? 'ended' : 'until'} ${new Date(endsMs - 1).toISOString().slice(0, 10)}`
}

function limitsOf(key: KeyItem): string {
  const { concurrentRequests, models, requestsPerMinute, routes, tokensPerMinute } = key
  const limits = [
    ...(routes === null ? [] : [`routes ${routes.join(',')}`]),
    ...(models === null ? [] : [`models ${models.join(',')}`]),
    ...(requestsPerMinute === null ? [] : [`${requestsPerMinute}/min`]),
    ...(tokensPerMinute === null ? [] : [`${tokensPerMinute} tokens/min`]),
    ...(concurrentRequests === null ? [] : [`${concurrentRequests} at once`]),
    ...(key.spendPerDayUsd === null ? [] : [`${dollars(key.spendPerDayUsd)}/day`]),
    ...(key.spendPerMonthUsd === null ? [] : [`${dollars(key.spendPerMonthUsd)}/month`]),
  ]
  return limits.length === 0 ? '-' : limits.join('; ')
}
