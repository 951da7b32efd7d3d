import {
  conversationId,
  modelId,
  providerId,
  unknownUsage,
  userId,
  type AttemptRecord,
  type KeyId,
  type UsageRecord,
} from '@pointsman/contract'
import { usageRecord } from '../../packages/control/src/testing/usage-record.ts'
import { createChance } from './chance.ts'
import { haiku, incident, novaLite, novaMicro, novaPro, servedAt, sonnet } from './past-switches.ts'

const hourMs = 3_600_000
const daysBack = 8

/** US dollars per million tokens in and out, and milliseconds to a whole answer, as the catalogue and life have them. */
const models: { readonly [id: string]: readonly [inputUsd: number, outputUsd: number, answerMs: number] } = {
  [sonnet]: [2.2, 11, 2_300],
  [haiku]: [0.11, 0.55, 900],
  [novaPro]: [1.05, 4.2, 1_500],
  [novaLite]: [0.078, 0.312, 650],
  [novaMicro]: [0.046, 0.184, 420],
}

/** Who asks, how often of twenty times, and for what. */
const askers = [
  { route: 'use-case/clinical', name: 'clinical', share: 8, tokens: [1_900, 420], people: 60 },
  { route: 'use-case/health', name: 'health', share: 6, tokens: [700, 210], people: 400 },
  { route: 'use-case/operations', name: 'operations', share: 3, tokens: [1_200, 160], people: 25 },
  { route: 'agent/sql_agent', name: 'sql_agent', share: 2, tokens: [3_100, 260], people: 12 },
  { route: 'agent/web_search_agent', name: 'web_search_agent', share: 1, tokens: [2_400, 300], people: 12 },
] as const

type Asker = (typeof askers)[number]

/** Their targets; of their models nothing is switched. */
export const agentModels: { readonly [agent: string]: string | undefined } = {
  sql_agent: novaPro,
  visualization_agent: novaLite,
  web_search_agent: novaLite,
}

/** Whose key asks for a use case; null = the service key. */
export type KeyOf = (useCase: string) => KeyId | null

/** Eight days of a clinic: busy by day, quiet at night and at weekends, with one bad morning. */
export function traffic(nowMs: number, keyOf: KeyOf): readonly UsageRecord[] {
  const chance = createChance(7)
  const records: UsageRecord[] = []
  for (let hoursAgo = daysBack * 24; hoursAgo >= 0; hoursAgo -= 1) {
    const begin = nowMs - hoursAgo * hourMs
    const at = new Date(begin)
    const isWeekend = at.getDay() === 0 || at.getDay() === 6
    const day = Math.max(0, Math.sin(((at.getHours() + at.getMinutes() / 60 - 5.5) / 15) * Math.PI))
    const count = (7 + (isWeekend ? 40 : 120) * day) * (0.85 + 0.3 * chance.next())
    for (let index = 0; index < count; index += 1) {
      const atMs = Math.round(begin - chance.next() * hourMs)
      const moment = { atMs, hoursAgo: (nowMs - atMs) / hourMs, index: records.length }
      const record = recordOf(moment, chance)
      records.push({ ...record, keyId: keyOf(record.useCase ?? '') })
    }
  }
  return records.toSorted((one, other) => one.receivedAtMs - other.receivedAtMs)
}

type Chance = ReturnType<typeof createChance>

interface Moment {
  readonly atMs: number
  readonly hoursAgo: number
  readonly index: number
}

function askerOf(chance: Chance): Asker {
  const place = chance.below(20)
  let sum = 0
  return askers.find(({ share }) => (sum += share) > place) ?? askers[0]
}

function recordOf({ atMs, hoursAgo, index }: Moment, chance: Chance): UsageRecord {
  const asker = askerOf(chance)
  const isAgent = asker.route.startsWith('agent/')
  const target = agentModels[asker.name] ?? servedAt(asker.name, hoursAgo)
  const isThrottled =
    target === sonnet && hoursAgo <= incident.from && hoursAgo >= incident.to && chance.next() < 0.7
  const isFailed = chance.next() < (isThrottled ? 0.12 : 0.004)
  const served = isThrottled ? novaPro : target
  const [inputUsd, outputUsd, answerMs] = models[served] ?? [0, 0, 0]
  const inputTokens = Math.round(asker.tokens[0] * chance.skewed(0.4))
  const outputTokens = Math.round(asker.tokens[1] * chance.skewed(0.5))
  const calledMs = Math.round(answerMs * chance.skewed(0.38))
  const waitedMs = isThrottled ? Math.round(260 * chance.skewed(0.5)) : 0
  const overheadUs = Math.round(620 * chance.skewed(0.45))
  const first = Math.round(waitedMs + calledMs * 0.32 * chance.skewed(0.15))
  return usageRecord(`10000000-0000-4000-8000-${String(index).padStart(12, '0')}`, atMs, {
    ...{ route: asker.route, requested: asker.route, stream: asker.name !== 'operations' },
    ...(isAgent ? { agent: asker.name } : { useCase: asker.name }),
    userId: userId(`${asker.name === 'health' ? 'patient' : 'staff'}-${1_000 + chance.below(asker.people)}`),
    conversationId: conversationId(`conv-${index >> 2}`),
    reason: isThrottled ? 'fallback' : isAgent ? 'agent' : 'use-case',
    plan: {
      reason: isAgent ? 'agent' : 'use-case',
      target: modelId(target),
      candidates: [modelId(target), ...(target === novaPro ? [] : [modelId(novaPro)])],
      excluded: [],
    },
    attempts: [
      ...(isThrottled ? [throttled(atMs, waitedMs)] : []),
      answered(served, { startedAtMs: atMs + waitedMs, endedAfterMs: calledMs }),
    ],
    ...{ modelId: modelId(served), provider: providerId('bedrock') },
    usage: { ...unknownUsage, inputTokens, outputTokens },
    costNanoUsd: Math.round((inputTokens * inputUsd + outputTokens * outputUsd) * 1_000),
    ...{ durationMs: waitedMs + calledMs + 1, firstContentAfterMs: first, overheadUs },
    ...(isFailed ? failedAt(served, atMs, calledMs) : {}),
  })
}

function failedAt(called: string, startedAtMs: number, endedAfterMs: number): Partial<UsageRecord> {
  const error = { code: 'upstream_error', vendorName: null, message: 'The vendor failed.' } as const
  const attempt = {
    ...answered(called, { startedAtMs, endedAfterMs }),
    status: 500,
    firstContentAfterMs: null,
  }
  return {
    ...{ outcome: 'failed', status: 502, modelId: null, costNanoUsd: 0, firstContentAfterMs: null },
    attempts: [{ ...attempt, error }],
    error: { code: error.code, message: error.message },
  }
}

type Timing = Pick<AttemptRecord, 'startedAtMs' | 'endedAfterMs'>

const answered = (served: string, { endedAfterMs, startedAtMs }: Timing): AttemptRecord => ({
  ...{ modelId: modelId(served), provider: providerId('bedrock'), region: 'eu-central-1', startedAtMs },
  headersAfterMs: Math.round(endedAfterMs * 0.2),
  firstContentAfterMs: Math.round(endedAfterMs * 0.3),
  ...{ endedAfterMs, status: 200, upstreamRequestId: null, error: null },
})

const throttled = (startedAtMs: number, endedAfterMs: number): AttemptRecord => ({
  ...answered(sonnet, { startedAtMs, endedAfterMs }),
  ...{ status: 429, firstContentAfterMs: null },
  error: { code: 'upstream_throttled', vendorName: 'ThrottlingException', message: 'Too many requests.' },
})
