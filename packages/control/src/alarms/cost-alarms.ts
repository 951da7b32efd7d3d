import type { Digests } from '@pointsman/contract'
import {
  claimWebhooks,
  claimWindow,
  clearAlarm,
  listCostAlarms,
  noteWebhook,
  queueWebhook,
  raiseAlarm,
  standingAlarms,
  type AlarmRow,
  type CostAlarmRow,
  type Database,
  type WebhookDelivery,
} from '@pointsman/registry'
import { instant } from '../instant.ts'
import type { Clock, Log, RandomBytes } from '../ports.ts'
import { createRepeating } from '../repeating.ts'
import { describeStanding } from './cost-words.ts'
import { judgedWindows } from './cost-window.ts'
import { judgeCost, type CostStanding } from './judge-cost.ts'
import { signedHeaders, type Webhooks } from './webhook.ts'

export const costAlarmKind = 'cost'

/** Looks at what was spent, raises and clears, and tells of it. */
export interface CostAlarms {
  /** What happens by itself every half minute. */
  review(): Promise<void>
  /** Queues a webhook that tells nothing but that it arrives. */
  test(rule: CostAlarmRow): Promise<void>
  watch(): void
  unwatch(): Promise<void>
}

export interface CostAlarmParts {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly digests: Digests
  readonly randomBytes: RandomBytes
  /** Absent = none are sent from here. */
  readonly webhooks: Webhooks | undefined
}

const reviewEveryMs = 30_000
/** A host that dies while it calls is followed by another one. */
const claimForMs = 60_000
const atOnce = 20
/** 30 s, 1, 2, 4 … minutes: some twelve hours. */
const firstRetryMs = 30_000
const mostAttempts = 12

/** All state stands in the registry, so that several hosts raise and tell once. */
export function createCostAlarms(parts: CostAlarmParts): CostAlarms {
  const review = async (): Promise<void> => {
    const standing = new Map(
      (await standingAlarms(parts.database))
        .filter(({ kind }) => kind === costAlarmKind)
        .map((row) => [row.subject, row]),
    )
    const rules = await listCostAlarms(parts.database)
    for (const rule of rules) await reviewRule(parts, rule, standing.get(rule.name) ?? null)
    const names = new Set(rules.map(({ name }) => name))
    for (const [name, row] of standing) if (!names.has(name)) await clearAlarm(parts.database, row.id)
    await deliver(parts)
  }
  const failed = (error: unknown): void => parts.log('warn', 'cost_alarms_not_reviewed', { error })
  const rounds = createRepeating(review, { clock: parts.clock, everyMs: reviewEveryMs, failed })
  return {
    review,
    test: async (rule) => {
      await queue(parts, rule, { event: 'test', costAlarm: rule.name })
      rounds.wake()
    },
    watch: () => void rounds.start(),
    unwatch: () => rounds.stop(),
  }
}

async function reviewRule(
  parts: CostAlarmParts,
  rule: CostAlarmRow,
  standing: AlarmRow | null,
): Promise<void> {
  const { clock, database } = parts
  const judged = []
  for (const windowMs of judgedWindows(rule.period, clock.nowMs()))
    judged.push(await judgeCost(database, rule, windowMs))
  const [present] = judged
  if (present === undefined) return
  if (standing === null && present.isOver) await raise(parts, rule, present)
  if (standing === null) return
  if (present.isOver) await raiseAlarm(database, alarmOf(rule, present))
  else if (judged.every(({ isOver }) => !isOver)) await clear(parts, rule, { standing, present })
}

const alarmOf = (rule: CostAlarmRow, standing: CostStanding) => ({
  ...{ kind: costAlarmKind, subject: rule.name },
  message: describeStanding(rule, standing),
})

/** Once in a window: one that an operator cleared does not come back in the same hour, day or month. */
async function raise(parts: CostAlarmParts, rule: CostAlarmRow, standing: CostStanding): Promise<void> {
  const { database, log } = parts
  const raised = await database.transaction({ purpose: 'plain' }, async (transaction) => {
    if (!(await claimWindow(transaction, rule.name, standing.windowMs))) return null
    const row = await raiseAlarm(transaction, alarmOf(rule, standing))
    await queue({ ...parts, database: transaction }, rule, {
      ...{ event: 'raised', costAlarm: rule.name },
      ...shown(rule, standing, row),
    })
    return row
  })
  if (raised !== null) log('warn', 'cost_alarm_raised', { costAlarm: rule.name, message: raised.message })
}

async function clear(
  parts: CostAlarmParts,
  rule: CostAlarmRow,
  { present, standing }: { readonly standing: AlarmRow; readonly present: CostStanding },
): Promise<void> {
  const { database, log } = parts
  const cleared = await database.transaction({ purpose: 'plain' }, async (transaction) => {
    // Another host was quicker.
    if (!(await clearAlarm(transaction, standing.id))) return false
    await queue({ ...parts, database: transaction }, rule, {
      ...{ event: 'cleared', costAlarm: rule.name },
      ...shown(rule, present, standing),
    })
    return true
  })
  if (cleared) log('info', 'cost_alarm_cleared', { costAlarm: rule.name })
}

const shown = (rule: CostAlarmRow, standing: CostStanding, alarm: AlarmRow) => ({
  alarm: { id: alarm.id, message: describeStanding(rule, standing), since: instant(alarm.raisedAtMs) },
  ...{ dimension: rule.dimension, subject: rule.subject, period: rule.period },
  windowStart: instant(standing.windowMs),
  spentUsd: standing.spentNanoUsd / 1e9,
  limitUsd: standing.limitNanoUsd === null ? null : standing.limitNanoUsd / 1e9,
})

type Queueing = Pick<CostAlarmParts, 'clock' | 'randomBytes'> & {
  readonly database: Parameters<typeof queueWebhook>[0]
}

async function queue(
  { clock, database, randomBytes }: Queueing,
  { name, webhookUrl }: CostAlarmRow,
  told: { readonly event: 'raised' | 'cleared' | 'test'; readonly [name: string]: unknown },
): Promise<void> {
  if (webhookUrl === null) return
  const id = `msg_${[...randomBytes(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
  const { event, ...data } = told
  const body = JSON.stringify({ type: `cost_alarm.${event}`, timestamp: instant(clock.nowMs()), data })
  await queueWebhook(database, { id, costAlarm: name, url: webhookUrl, body })
}

async function deliver(parts: CostAlarmParts): Promise<void> {
  const { database, webhooks } = parts
  if (webhooks === undefined) return
  const due = await claimWebhooks(database, { atMost: atOnce, forMs: claimForMs })
  // At once: one receiver that hangs does not hold up the others.
  await Promise.all(due.map((delivery) => deliverOne(parts, webhooks, delivery)))
}

async function deliverOne(
  { clock, database, digests, log }: CostAlarmParts,
  { post, secretOf }: Webhooks,
  delivery: WebhookDelivery,
): Promise<void> {
  const { attempts, body, costAlarm, id, url } = delivery
  const error = await errorOf(async () => {
    const headers = signedHeaders(digests, { id, nowMs: clock.nowMs(), body, secret: secretOf(costAlarm) })
    return post(url, headers, body)
  })
  if (error === null) return noteWebhook(database, id, { kind: 'delivered' })
  const isLast = attempts + 1 >= mostAttempts
  log(isLast ? 'error' : 'warn', 'webhook_not_delivered', { costAlarm, error, attempts: attempts + 1 })
  await noteWebhook(
    database,
    id,
    isLast ? { kind: 'given-up', error } : { kind: 'failed', error, againInMs: firstRetryMs * 2 ** attempts },
  )
}

/** Null = the receiver took it. */
async function errorOf(call: () => Promise<{ readonly status: number }>): Promise<string | null> {
  try {
    const { status } = await call()
    return status >= 200 && status < 300 ? null : `The receiver answered ${status}.`
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}
