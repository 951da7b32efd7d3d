import {
  claimWindow,
  clearAlarm,
  listCostAlarms,
  queueWebhook,
  raiseAlarm,
  standingAlarms,
  type AlarmRow,
  type CostAlarmRow,
} from '@pointsman/registry'
import { instant } from '../instant.ts'
import type { RandomBytes } from '../ports.ts'
import { createRepeating } from '../repeating.ts'
import { judgedWindows } from './cost-window.ts'
import { describeSpending } from './cost-words.ts'
import { deliverWebhooks, type DeliveryParts } from './deliver-webhooks.ts'
import { judgeCost, type Spending } from './judge-cost.ts'

export const costAlarmKind = 'cost'

/** Looks at what was spent, raises and clears, and tells of it. */
export interface CostAlarms {
  /** What happens by itself every half minute. */
  review(): Promise<void>
  /** Queues a webhook that tells nothing but that it arrives. */
  test(costAlarm: CostAlarmRow): Promise<void>
  watch(): void
  unwatch(): Promise<void>
}

interface CostAlarmParts extends DeliveryParts {
  readonly randomBytes: RandomBytes
}

const reviewEveryMs = 30_000

/** All state stands in the registry, so that several hosts raise and tell once. */
export function createCostAlarms(parts: CostAlarmParts): CostAlarms {
  const review = async (): Promise<void> => {
    const standing = new Map(
      (await standingAlarms(parts.database))
        .filter(({ kind }) => kind === costAlarmKind)
        .map((row) => [row.subject, row]),
    )
    const costAlarms = await listCostAlarms(parts.database)
    for (const costAlarm of costAlarms)
      await reviewOne(parts, costAlarm, standing.get(costAlarm.name) ?? null)
    const names = new Set(costAlarms.map(({ name }) => name))
    for (const [name, row] of standing) if (!names.has(name)) await clearAlarm(parts.database, row.id)
    await deliverWebhooks(parts)
  }
  const failed = (error: unknown): void => parts.log('warn', 'cost_alarms_not_reviewed', { error })
  const rounds = createRepeating(review, { clock: parts.clock, everyMs: reviewEveryMs, failed })
  return {
    review,
    test: async (costAlarm) => {
      await queue(parts, costAlarm, { event: 'test', costAlarm: costAlarm.name })
      rounds.wake()
    },
    watch: () => void rounds.start(),
    unwatch: () => rounds.stop(),
  }
}

async function reviewOne(
  parts: CostAlarmParts,
  costAlarm: CostAlarmRow,
  standing: AlarmRow | null,
): Promise<void> {
  const { clock, database } = parts
  const judged = []
  for (const windowMs of judgedWindows(costAlarm.period, clock.nowMs()))
    judged.push(await judgeCost(database, costAlarm, windowMs))
  const [present] = judged
  if (present === undefined) return
  if (standing === null && present.isOver) await raise(parts, costAlarm, present)
  if (standing === null) return
  if (present.isOver) await raiseAlarm(database, alarmOf(costAlarm, present))
  else if (judged.every(({ isOver }) => !isOver)) await clear(parts, costAlarm, { standing, present })
}

const alarmOf = (costAlarm: CostAlarmRow, spending: Spending) => ({
  ...{ kind: costAlarmKind, subject: costAlarm.name },
  message: describeSpending(costAlarm, spending),
})

/** Once in a window: one that an operator cleared does not come back in the same hour, day or month. */
async function raise(parts: CostAlarmParts, costAlarm: CostAlarmRow, spending: Spending): Promise<void> {
  const { database, log } = parts
  const raised = await database.transaction({ purpose: 'plain' }, async (transaction) => {
    if (!(await claimWindow(transaction, costAlarm.name, spending.windowMs))) return null
    const row = await raiseAlarm(transaction, alarmOf(costAlarm, spending))
    await queue({ ...parts, database: transaction }, costAlarm, {
      ...{ event: 'raised', costAlarm: costAlarm.name },
      ...shown(costAlarm, spending, row),
    })
    return row
  })
  if (raised !== null)
    log('warn', 'cost_alarm_raised', { costAlarm: costAlarm.name, message: raised.message })
}

async function clear(
  parts: CostAlarmParts,
  costAlarm: CostAlarmRow,
  { present, standing }: { readonly standing: AlarmRow; readonly present: Spending },
): Promise<void> {
  const { database, log } = parts
  const cleared = await database.transaction({ purpose: 'plain' }, async (transaction) => {
    // Another host was quicker.
    if (!(await clearAlarm(transaction, standing.id))) return false
    await queue({ ...parts, database: transaction }, costAlarm, {
      ...{ event: 'cleared', costAlarm: costAlarm.name },
      ...shown(costAlarm, present, standing),
    })
    return true
  })
  if (cleared) log('info', 'cost_alarm_cleared', { costAlarm: costAlarm.name })
}

const shown = (costAlarm: CostAlarmRow, spending: Spending, alarm: AlarmRow) => ({
  alarm: { id: alarm.id, message: describeSpending(costAlarm, spending), since: instant(alarm.raisedAtMs) },
  ...{ dimension: costAlarm.dimension, subject: costAlarm.subject, period: costAlarm.period },
  windowStart: instant(spending.windowMs),
  spentUsd: spending.spentNanoUsd / 1e9,
  limitUsd: spending.limitNanoUsd === null ? null : spending.limitNanoUsd / 1e9,
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
