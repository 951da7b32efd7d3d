import { PointsmanError, requestId, type CapturedExchange, type UsageRecord } from '@pointsman/contract'
import {
  findCaptured,
  findUsageRecord,
  keepMinutesMs,
  usageGroups,
  usageRecords,
  usageTotals,
} from '@pointsman/registry'
import { z } from 'zod'
import { explainRequest } from '../analytics/explain-request.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { earliestMs, instant, instantOrNull, instantText } from '../instant.ts'
import { pageOf, pageQuery } from '../http/paging.ts'

const dayMs = 86_400_000

const quantiles = z.object({
  p50Ms: z.number().nullable(),
  p90Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
})

const total = z.object({
  group: z.string().describe('Empty where the dimension is not set.'),
  start: z.iso.datetime().nullable().describe('Begin of the interval; null without one.'),
  requests: z.number(),
  errors: z.number(),
  refused: z
    .number()
    .nullable()
    .describe('Refused as they were asked for (4xx); null where that is not known of all of them.'),
  fallbacks: z.number(),
  errorRate: z.number().nullable().describe('Of the requests that were not refused.'),
  fallbackRate: z.number().nullable(),
  inputTokens: z.number(),
  cacheReadTokens: z.number(),
  cacheWriteTokens: z.number(),
  outputTokens: z.number(),
  costUsd: z.number(),
  unpricedRequests: z.number().describe('Requests whose cost is not known: they are not in `costUsd`.'),
  latency: quantiles,
  firstContent: quantiles,
  overhead: quantiles.describe(
    'The gateway’s own time. Of `groupBy=all` alone; null elsewhere, and of hours before it was counted.',
  ),
})

/** The usage record `v1` whole, as the journal wrote it; later versions may add fields. */
const recordShown = z
  .looseObject({
    requestId: z.string(),
    receivedAtMs: z.number(),
    requested: z.string(),
    route: z.string().nullable(),
    modelId: z.string().nullable(),
    outcome: z.string(),
    status: z.number().nullable(),
    costNanoUsd: z.number().nullable(),
    durationMs: z.number(),
  })
  .describe('The usage record v1.')

const capturedShown = z.object({
  requestId: z.string(),
  conversationId: z.string().nullable(),
  userId: z.string().nullable(),
  useCase: z.string().nullable(),
  modelId: z.string().nullable(),
  createdAt: z.iso.datetime(),
  prompt: z
    .string()
    .nullable()
    .describe('Each message under its role; null where the request could not be read as messages.'),
  answer: z.string().nullable().describe('As far as it came; null where none came.'),
  truncated: z.boolean().describe('A side is longer than what is kept of it: 65,536 bytes.'),
})

function showCaptured(exchange: CapturedExchange) {
  const { answer, conversationId, modelId, prompt, requestId: id, truncated, useCase, userId } = exchange
  const createdAt = instant(exchange.createdAtMs)
  return { requestId: id, conversationId, userId, useCase, modelId, createdAt, prompt, answer, truncated }
}

const shown = (record: UsageRecord) => ({ ...record })

/** Of older ones the answer would be that nobody asked. */
function requireKeptMinutes(fromMs: number, nowMs: number): void {
  if (fromMs >= nowMs - keepMinutesMs) return
  const message =
    'Minutes are kept for two days: "from" should be later, or "interval" and "precision" be hour.'
  throw new PointsmanError('invalid_request', message, { field: 'from' })
}

// size: a declared table of endpoints
export const usageEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'usage.summary',
    method: 'GET',
    path: '/usage',
    summary: 'Totals, rates, latency and cost by one dimension.',
    query: z.strictObject({
      groupBy: z
        .enum([
          'all',
          'model',
          'provider',
          'agent',
          'useCase',
          'user',
          'key',
          'route',
          'operation',
          'fallbackCause',
        ])
        .default('model')
        .describe(
          '`operation`: chat, embeddings, count-tokens; counts of tokens stand there alone. `fallbackCause`: requests that fell back, by what for.',
        ),
      from: instantText.optional().describe('The last 24 hours unless set.'),
      to: instantText.optional(),
      interval: z
        .enum(['minute', 'hour', 'day'])
        .optional()
        .describe(
          '`minute`: of `groupBy=all`, of a day at most, and of the last two days; counted from the release on that brought minutes.',
        ),
      precision: z
        .enum(['minute', 'hour'])
        .default('hour')
        .describe('What `from` and `to` are counted to. `minute` as for `interval`.'),
      limit: z.coerce
        .number()
        .int()
        .min(1)
        .max(1_000)
        .default(1_000)
        .describe('At most so many groups: those with the most requests, or the next of all.'),
      order: z
        .enum(['requests', 'group'])
        .default('requests')
        .describe('`group`: all groups by their names, page by page.'),
      cursor: z
        .string()
        .max(2_000)
        .optional()
        .describe('`nextCursor` of the page before, in order of groups.'),
    }),
    answer: z.object({
      data: z.array(total),
      nextCursor: z.string().nullable(),
      from: z.iso.datetime(),
      to: z.iso.datetime(),
    }),
    handle: async ({ query: { cursor, from, interval, order, to, ...asked }, principal }) => {
      const toMs = to === undefined ? house.clock.nowMs() + 1 : Date.parse(to)
      const fromMs = from === undefined ? Math.max(earliestMs, toMs - dayMs) : Date.parse(from)
      if (fromMs >= toMs) {
        throw new PointsmanError('invalid_request', '"from" should be before "to".', { field: 'from' })
      }
      if (cursor !== undefined && order !== 'group') {
        const message =
          'A cursor goes with "order=group": by requests, the groups with the most are all there is.'
        throw new PointsmanError('invalid_request', message, { field: 'cursor' })
      }
      if (interval === 'minute' || asked.precision === 'minute')
        requireKeptMinutes(fromMs, house.clock.nowMs())
      const question = {
        ...{ ...asked, fromMs, toMs, workspace: principal.workspace },
        ...(interval === undefined ? {} : { interval }),
      }
      const page =
        order === 'group'
          ? await usageGroups(house.database, { ...question, cursor: cursor ?? null })
          : { data: await usageTotals(house.database, question), nextCursor: null }
      const data = page.data.map(({ startMs, ...rest }) => ({
        ...rest,
        start: instantOrNull(startMs),
      }))
      return { data: { ...page, data, from: instant(fromMs), to: instant(toMs) } }
    },
  }),
  endpoint({
    operation: 'usage.records',
    method: 'GET',
    path: '/usage/records',
    summary: 'Single usage records, newest first.',
    query: z.strictObject({
      ...pageQuery,
      from: instantText.optional(),
      to: instantText.optional(),
      modelId: z.string().optional(),
      route: z.string().optional(),
      userId: z.string().optional(),
      conversationId: z.string().optional(),
      keyId: z.string().optional(),
      outcome: z.enum(['ok', 'partial', 'refused', 'failed', 'client-closed', 'unknown']).optional(),
      drill: z.string().max(200).optional().describe('Those that this drill drew.'),
    }),
    answer: pageOf(recordShown),
    handle: async ({ query: { limit, cursor = null, from, to, drill, ...names }, principal }) => {
      const given = Object.fromEntries(Object.entries(names).filter(([, value]) => value !== undefined))
      const { data, nextCursor } = await usageRecords(house.database, {
        ...given,
        limit,
        cursor,
        workspace: principal.workspace,
        ...(drill === undefined ? {} : { drillId: drill }),
        ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
        ...(to === undefined ? {} : { toMs: Date.parse(to) }),
      })
      return { data: { data: data.map(shown), nextCursor } }
    },
  }),
  endpoint({
    operation: 'requests.explain',
    method: 'GET',
    path: '/requests/{id}/explain',
    summary: 'One request: its plan, who was left out and why, its attempts, timing and cost.',
    pathParameters: z.strictObject({ id: z.string().min(1).max(200) }),
    answer: z.object({ requestId: z.string(), words: z.array(z.string()), record: recordShown }),
    errors: ['not_found'],
    handle: async ({ path: { id }, principal }) => {
      const record = await findUsageRecord(house.database, requestId(id))
      if (record === null || record.workspace !== principal.workspace) {
        throw new PointsmanError(
          'not_found',
          `There is no record of the request ${id}. Records are written when a request ends, and kept for a limited time.`,
        )
      }
      return { data: { requestId: record.requestId, words: explainRequest(record), record: shown(record) } }
    },
  }),
  endpoint({
    operation: 'requests.captured',
    method: 'GET',
    path: '/requests/{id}/captured',
    summary: 'What was asked and answered in one request, where its route keeps text (`capture`).',
    pathParameters: z.strictObject({ id: z.string().min(1).max(200) }),
    answer: capturedShown,
    errors: ['not_found'],
    handle: async ({ path: { id }, principal }) => {
      const found = await findCaptured(house.database, principal.workspace, requestId(id))
      if (found === null) {
        throw new PointsmanError(
          'not_found',
          `No text is kept of the request ${id}. It is where the request's route has "capture" on, until the time it is kept for is over.`,
        )
      }
      return { data: showCaptured(found) }
    },
  }),
]
