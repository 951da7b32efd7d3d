import type { Digests } from '@pointsman/contract'
import { claimWebhooks, noteWebhook, type Database, type WebhookDelivery } from '@pointsman/registry'
import type { Clock, Log } from '../ports.ts'
import { signedHeaders, type Webhooks } from './webhook.ts'

export interface DeliveryParts {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly digests: Digests
  /** Absent = none are sent from here. */
  readonly webhooks: Webhooks | undefined
}

/** A host that dies while it calls is followed by another one. */
const claimForMs = 60_000
const atOnce = 20
/** 30 s, 1, 2, 4 … minutes: some seventeen hours. */
const firstRetryMs = 30_000
const mostAttempts = 12

/** Those that are due. One that is not taken is tried again later, and given up in the end. */
export async function deliverWebhooks(parts: DeliveryParts): Promise<void> {
  const { database, webhooks } = parts
  if (webhooks === undefined) return
  const due = await claimWebhooks(database, { atMost: atOnce, forMs: claimForMs })
  // At once: one receiver that hangs does not hold up the others.
  await Promise.all(due.map((delivery) => deliverOne(parts, webhooks, delivery)))
}

async function deliverOne(
  { clock, database, digests, log }: DeliveryParts,
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
