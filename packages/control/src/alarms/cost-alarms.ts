import {
  claimWindow,
  clearAlarm,
  deleteCostAlarm,
  findCostAlarm,
  listCostAlarms,
  lockCostAlarms,
  queueWebhook,
  raiseAlarm,
  rewordAlarm,
  standingAlarms,
  type AlarmRow,
  type CostAlarmRow,
  type Transaction,
} from '@pointsman/registry'
import { instant } from '../instant.ts'
import { requireUnchanged } from '../http/entity-tag.ts'
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
  /** Takes one away with what it raised. False where there was none any more. Throws PointsmanError `stale`. */
  remove(costAlarm: CostAlarmRow, ifMatch: number | null): Promise<boolean>
  /** Ends what one raised, for an operator who has seen it. False where somebody else was quicker. */
  clear(alarm: AlarmRow): Promise<boolean>
  /** Queues a webhook that tells nothing but that it arrives. */
  test(costAlarm: CostAlarmRow): Promise<void>
  watch(): void
  unwatch(): Promise<void>
}

interface CostAlarmParts extends DeliveryParts {
  readonly randomBytes: RandomBytes
}

const reviewEveryMs = 30_000
/** Records come late by minutes: a window that is over for so long is not read twice a minute for ever. */
const beforeIsReadForMs = 3_600_000

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
  const changed = async <Result>(change: Promise<Result>): Promise<Result> => {
    const result = await change
    // What was queued is sent now, and nobody waits for a receiver that hangs.
    rounds.wake()
    return result
  }
  const failed = (error: unknown): void => parts.log('warn', 'cost_alarms_not_reviewed', { error })
  const rounds = createRepeating(review, { clock: parts.clock, everyMs: reviewEveryMs, failed })
  return {
    review,
    remove: (costAlarm, ifMatch) => changed(remove(parts, costAlarm, ifMatch)),
    clear: (alarm) => changed(clearSeen(parts, alarm)),
    test: (costAlarm) => changed(queue(parts, costAlarm, { event: 'test', costAlarm: costAlarm.name })),
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
  const { changedAtMs, name, period, raisedWindowMs } = costAlarm
  const nowMs = clock.nowMs()
  const { beforeMs, presentMs } = judgedWindows(period, nowMs)
  // A new one is not about what was before it.
  const isBeforeNews =
    changedAtMs < presentMs && raisedWindowMs !== beforeMs && nowMs < presentMs + beforeIsReadForMs
  // An hour's alarm ends with a whole quiet hour: the next one begins with nothing spent.
  const countsBefore = standing === null ? isBeforeNews : period === 'hour'
  const present = await judgeCost(database, costAlarm, presentMs)
  const before = present.isOver || !countsBefore ? null : await judgeCost(database, costAlarm, beforeMs)
  const over = [present, before].find((spending) => spending?.isOver) ?? null
  if (standing === null) {
    if (over !== null) await raise(parts, costAlarm, over)
  } else if (over !== null) {
    // One that an operator clears now is not raised anew by this window, although it was raised in an earlier one.
    await claimWindow(database, name, { windowMs: over.windowMs, nowMs })
    await rewordAlarm(database, standing.id, describeSpending(costAlarm, over, nowMs))
  } else {
    await clear(parts, costAlarm, { standing, present })
  }
}

/** Once in a window: one that an operator cleared does not come back in the same hour, day or month. */
async function raise(parts: CostAlarmParts, costAlarm: CostAlarmRow, spending: Spending): Promise<void> {
  const { database, log } = parts
  const raised = await database.transaction({ purpose: 'plain' }, async (transaction) => {
    const nowMs = parts.clock.nowMs()
    const { windowMs } = spending
    if (!(await claimWindow(transaction, costAlarm.name, { windowMs, nowMs }))) return null
    const message = describeSpending(costAlarm, spending, nowMs)
    const row = await raiseAlarm(transaction, { kind: costAlarmKind, subject: costAlarm.name, message })
    const queueing = { ...parts, database: transaction }
    await queue(queueing, costAlarm, { event: 'raised', ...shown(queueing, costAlarm, { spending, row }) })
    return row
  })
  if (raised !== null)
    log('warn', 'cost_alarm_raised', { costAlarm: costAlarm.name, message: raised.message })
}

interface Ended {
  readonly standing: AlarmRow
  readonly present: Spending
}

async function clear(parts: CostAlarmParts, costAlarm: CostAlarmRow, ended: Ended): Promise<boolean> {
  const { database, log } = parts
  const cleared = await database.transaction({ purpose: 'plain' }, (transaction) =>
    clearIn({ ...parts, database: transaction }, costAlarm, ended),
  )
  if (cleared) log('info', 'cost_alarm_cleared', { costAlarm: costAlarm.name })
  return cleared
}

/** With the message that tells of it. False where another host was quicker. */
async function clearIn(
  queueing: Queueing,
  costAlarm: CostAlarmRow,
  { present, standing }: Ended,
): Promise<boolean> {
  if (!(await clearAlarm(queueing.database, standing.id))) return false
  const told = shown(queueing, costAlarm, { spending: present, row: standing })
  await queue(queueing, costAlarm, { event: 'cleared', ...told })
  return true
}

const presentOf = ({ clock, database }: CostAlarmParts, costAlarm: CostAlarmRow): Promise<Spending> =>
  judgeCost(database, costAlarm, judgedWindows(costAlarm.period, clock.nowMs()).presentMs)

/** Of changes to one cost alarm one at a time. Throws PointsmanError `stale` where it is not what the caller has read. */
export async function findFresh(
  transaction: Transaction,
  name: string,
  ifMatch: number | null,
): Promise<CostAlarmRow | null> {
  await lockCostAlarms(transaction)
  const present = await findCostAlarm(transaction, name)
  requireUnchanged(ifMatch, present?.changedAtMs ?? 0, `The cost alarm ${name}`)
  return present
}

async function remove(
  parts: CostAlarmParts,
  costAlarm: CostAlarmRow,
  ifMatch: number | null,
): Promise<boolean> {
  const present = await presentOf(parts, costAlarm)
  return parts.database.transaction({ purpose: 'plain' }, async (transaction) => {
    await findFresh(transaction, costAlarm.name, ifMatch)
    if (!(await deleteCostAlarm(transaction, costAlarm.name))) return false
    const standing = (await standingAlarms(transaction)).find(
      ({ kind, subject }) => kind === costAlarmKind && subject === costAlarm.name,
    )
    const queueing = { ...parts, database: transaction }
    if (standing !== undefined) await clearIn(queueing, costAlarm, { standing, present })
    return true
  })
}

async function clearSeen(parts: CostAlarmParts, standing: AlarmRow): Promise<boolean> {
  const costAlarm = await findCostAlarm(parts.database, standing.subject)
  if (costAlarm === null) return clearAlarm(parts.database, standing.id)
  return clear(parts, costAlarm, { standing, present: await presentOf(parts, costAlarm) })
}

interface Shown {
  readonly spending: Spending
  readonly row: AlarmRow
}

const shown = ({ clock }: Queueing, costAlarm: CostAlarmRow, { row, spending }: Shown) => ({
  costAlarm: costAlarm.name,
  alarm: {
    ...{ id: row.id, since: instant(row.raisedAtMs) },
    message: describeSpending(costAlarm, spending, clock.nowMs()),
  },
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
