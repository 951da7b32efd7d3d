import { PointsmanError } from '@pointsman/contract'
import {
  findCostAlarm,
  lastDelivery,
  listCostAlarms,
  putCostAlarm,
  standingAlarms,
  type CostAlarmOrder,
  type CostAlarmRow,
} from '@pointsman/registry'
import { z } from 'zod'
import { costAlarmKind, findFresh } from '../alarms/cost-alarms.ts'
import { windowStart } from '../alarms/cost-window.ts'
import { judgeCost } from '../alarms/judge-cost.ts'
import { signingSecret } from '../alarms/webhook.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { instant } from '../instant.ts'
import { page, pageOf, pageQuery } from '../http/paging.ts'
import { requireUnlimited } from '../keys/limits.ts'
import { dollarsUpTo } from '../nano-dollars.ts'

const dimensions = ['all', 'route', 'agent', 'key', 'model'] as const
const periods = ['hour', 'day', 'month'] as const
const usd = dollarsUpTo(9_000_000)

const order = z.strictObject({
  dimension: z.enum(dimensions).default('all').describe('Whose cost.'),
  subject: z
    .string()
    .min(1)
    .max(256)
    .nullish()
    .describe('`use-case/clinical`, an agent’s name, a key’s id, a model’s id; none with `all`.'),
  period: z.enum(periods).default('day').describe('Each hour, day or month, by UTC.'),
  aboveUsd: usd.nullish().describe('Raised above this.'),
  aboveMeanPercent: z
    .number()
    .gt(100)
    .max(1e6)
    .nullish()
    .describe(
      'Or above this share of the mean hour or day of the seven days before: 300 = three times as much as usual. Nothing is unusual before there was a day of usage.',
    ),
  leastUsd: usd.default(0).describe('What is unusual but not above this is not raised.'),
  webhookUrl: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .nullish()
    .describe('Told when it is raised and when it is over.'),
})

const shown = z.object({
  name: z.string(),
  dimension: z.enum(dimensions),
  subject: z.string().nullable(),
  period: z.enum(periods),
  aboveUsd: z.number().nullable(),
  aboveMeanPercent: z.number().nullable(),
  leastUsd: z.number(),
  webhookUrl: z.string().nullable(),
  createdAt: z.iso.datetime(),
  changedAt: z.iso.datetime(),
  state: z.enum(['quiet', 'raised']),
  spentUsd: z.number().describe('In the present hour, day or month.'),
  limitUsd: z.number().nullable().describe('What it is raised above now; null = nothing is usual yet.'),
  lastDelivery: z
    .object({
      at: z.iso.datetime(),
      state: z.enum(['waiting', 'delivered', 'given-up']),
      attempts: z.number(),
      error: z.string().nullable(),
    })
    .nullable()
    .describe('Of the newest webhook; null = there was none.'),
})
const withSecret = shown.extend({
  signingSecret: z
    .string()
    .nullable()
    .describe(
      'Webhooks are signed with it as standardwebhooks.com says. Told when the alarm gets a webhook, and not again.',
    ),
})

const path = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, 'a name takes small letters, digits, - and _'),
})

// size: a declared table of endpoints
export const costAlarmEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'cost-alarms.list',
    method: 'GET',
    path: '/cost-alarms',
    summary: 'What spending operators want to hear of, with what was spent.',
    query: z.strictObject(pageQuery),
    answer: pageOf(shown),
    handle: async ({ query }) => {
      const { data, nextCursor } = page(await listCostAlarms(house.database), ({ name }) => name, query)
      const items = []
      for (const row of data) items.push(await show(house, row))
      return { data: { data: items, nextCursor } }
    },
  }),
  endpoint({
    operation: 'cost-alarms.show',
    method: 'GET',
    path: '/cost-alarms/{name}',
    summary: 'One of them.',
    pathParameters: path,
    answer: shown,
    errors: ['not_found'],
    handle: async ({ path: { name } }) => {
      const row = await required(house, name)
      return { data: await show(house, row), revision: row.changedAtMs }
    },
  }),
  endpoint({
    operation: 'cost-alarms.put',
    method: 'PUT',
    path: '/cost-alarms/{name}',
    summary: 'Sets one, or another in its place. It is looked at every half minute.',
    pathParameters: path,
    body: order,
    answer: withSecret,
    conditional: true,
    errors: ['route_not_found', 'model_not_found', 'not_found'],
    handle: async ({ body, ifMatch, path: { name }, principal }) => {
      requireUnlimited(principal)
      const wanted = orderOf(house, name, body)
      const { before, row } = await house.database.transaction({ purpose: 'plain' }, async (transaction) => ({
        before: await findFresh(transaction, name, ifMatch),
        row: await putCostAlarm(transaction, wanted),
      }))
      // Told once: whoever changes a limit later need not see it.
      const isNew = row.webhookUrl !== null && (before?.webhookUrl ?? null) === null
      const secret = isNew ? house.webhooks?.secretOf(name) : undefined
      const told = {
        ...(await show(house, row)),
        signingSecret: secret === undefined ? null : signingSecret(secret),
      }
      return { data: told, revision: row.changedAtMs }
    },
  }),
  endpoint({
    operation: 'cost-alarms.delete',
    method: 'DELETE',
    path: '/cost-alarms/{name}',
    summary: 'Removes one. What it raised is cleared.',
    pathParameters: path,
    answer: z.object({ deleted: z.boolean() }),
    conditional: true,
    errors: ['not_found'],
    handle: async ({ ifMatch, path: { name }, principal }) => {
      requireUnlimited(principal)
      return { data: { deleted: await house.costAlarms.remove(await required(house, name), ifMatch) } }
    },
  }),
  endpoint({
    operation: 'cost-alarms.test',
    method: 'POST',
    path: '/cost-alarms/{name}/test',
    summary: 'Sends its webhook a message of type `cost_alarm.test`; `lastDelivery` tells what became of it.',
    pathParameters: path,
    answer: z.object({ queued: z.boolean() }),
    errors: ['not_found', 'refused'],
    handle: async ({ path: { name }, principal }) => {
      requireUnlimited(principal)
      const row = await required(house, name)
      if (row.webhookUrl === null)
        throw new PointsmanError('refused', `The cost alarm ${name} has no webhook to try.`)
      await house.costAlarms.test(row)
      return { data: { queued: true } }
    },
  }),
]

async function required({ database }: ControlHouse, name: string): Promise<CostAlarmRow> {
  const row = await findCostAlarm(database, name)
  if (row !== null) return row
  const names = (await listCostAlarms(database)).map((known) => known.name)
  throw unknownName('not_found', 'Cost alarm', name, names)
}

const refused = (field: string, message: string): PointsmanError =>
  new PointsmanError('invalid_request', message, { field })

function orderOf(house: ControlHouse, name: string, body: z.output<typeof order>): CostAlarmOrder {
  const { aboveMeanPercent = null, aboveUsd = null, dimension, leastUsd, period, webhookUrl = null } = body
  if ((aboveUsd === null) === (aboveMeanPercent === null))
    throw refused('aboveUsd', 'A cost alarm takes one of aboveUsd and aboveMeanPercent.')
  if (aboveMeanPercent !== null && period === 'month')
    throw refused('period', 'What is unusual is told by hour or day: seven days hold no month.')
  const problem = webhookUrl === null ? null : (house.webhooks?.problem(webhookUrl) ?? null)
  if (problem !== null) throw refused('webhookUrl', problem)
  return {
    ...{ name, dimension, period, aboveMeanPercent, webhookUrl },
    subject: subjectOf(house, dimension, body.subject ?? null),
    aboveNanoUsd: aboveUsd === null ? null : Math.round(aboveUsd * 1e9),
    leastNanoUsd: Math.round(leastUsd * 1e9),
  }
}

/** A name that is mistyped would be an alarm that is never raised. */
function subjectOf(
  house: ControlHouse,
  dimension: CostAlarmRow['dimension'],
  subject: string | null,
): string {
  if (dimension === 'all') {
    if (subject === null) return ''
    throw refused('subject', 'With dimension "all" there is no subject: it is about everything.')
  }
  if (subject === null) throw refused('subject', `Say which ${dimension} in subject.`)
  const { agents, defaultRoute, keysById, models, routes } = house.publishing.holder.required().compiled
  const known = {
    route: { code: 'route_not_found', word: 'Route', names: [...routes.keys(), defaultRoute.key] },
    agent: { code: 'route_not_found', word: 'Agent', names: [...agents.keys()] },
    key: { code: 'not_found', word: 'Key', names: [...keysById.keys()] },
    model: { code: 'model_not_found', word: 'Model', names: [...models.keys()] },
  } as const
  const { code, names, word } = known[dimension]
  if (names.some((one) => one === subject)) return subject
  throw unknownName(code, word, subject, names)
}

async function show(house: ControlHouse, row: CostAlarmRow): Promise<z.input<typeof shown>> {
  const { database, clock } = house
  const { limitNanoUsd, spentNanoUsd } = await judgeCost(
    database,
    row,
    windowStart(row.period, clock.nowMs()),
  )
  const raised = (await standingAlarms(database)).some(
    ({ kind, subject }) => kind === costAlarmKind && subject === row.name,
  )
  const delivery = await lastDelivery(database, row.name)
  return {
    ...{ name: row.name, dimension: row.dimension, period: row.period },
    subject: row.subject === '' ? null : row.subject,
    aboveUsd: row.aboveNanoUsd === null ? null : row.aboveNanoUsd / 1e9,
    aboveMeanPercent: row.aboveMeanPercent,
    leastUsd: row.leastNanoUsd / 1e9,
    webhookUrl: row.webhookUrl,
    createdAt: instant(row.createdAtMs),
    changedAt: instant(row.changedAtMs),
    state: raised ? 'raised' : 'quiet',
    spentUsd: spentNanoUsd / 1e9,
    limitUsd: limitNanoUsd === null ? null : limitNanoUsd / 1e9,
    lastDelivery:
      delivery === null
        ? null
        : {
            ...{ state: delivery.state, attempts: delivery.attempts, error: delivery.error },
            at: instant(delivery.atMs),
          },
  }
}
