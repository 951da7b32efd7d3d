import type { CallOptions, Connection, Tagged, WriteOptions } from './connection.ts'
import { listing, type Listing } from './paging.ts'

/** What spending an operator wants to hear of. Instants are ISO 8601, amounts US dollars. */
export interface CostAlarmItem {
  readonly name: string
  readonly dimension: 'all' | 'route' | 'agent' | 'key' | 'model'
  /** `use-case/clinical`, an agent’s name, a key’s id, a model’s id; null with `all`. */
  readonly subject: string | null
  /** By UTC. */
  readonly period: 'hour' | 'day' | 'month'
  readonly aboveUsd: number | null
  /** Of the mean hour or day of the seven days before. */
  readonly aboveMeanPercent: number | null
  /** What is unusual but not above this is not raised. */
  readonly leastUsd: number
  readonly webhookUrl: string | null
  readonly createdAt: string
  readonly changedAt: string
  readonly state: 'quiet' | 'raised'
  /** In the present hour, day or month. */
  readonly spentUsd: number
  /** What it is raised above now; null = nothing is usual yet. */
  readonly limitUsd: number | null
  /** Of the newest webhook; null = there was none. */
  readonly lastDelivery: {
    readonly at: string
    readonly state: 'waiting' | 'delivered' | 'given-up'
    readonly attempts: number
    readonly error: string | null
  } | null
}

/** With what its webhooks are signed (standardwebhooks.com). Told when it gets a webhook; else null. */
export interface SetCostAlarm extends CostAlarmItem {
  readonly signingSecret: string | null
}

/** One of `aboveUsd` and `aboveMeanPercent`. */
export interface CostAlarmOrder {
  /** `all` unless set. */
  readonly dimension?: CostAlarmItem['dimension'] | undefined
  readonly subject?: string | null | undefined
  /** `day` unless set. */
  readonly period?: CostAlarmItem['period'] | undefined
  readonly aboveUsd?: number | null | undefined
  readonly aboveMeanPercent?: number | null | undefined
  readonly leastUsd?: number | undefined
  readonly webhookUrl?: string | null | undefined
}

export interface CostAlarms extends Listing<CostAlarmItem, object> {
  show(name: string, options?: CallOptions): Promise<Tagged<CostAlarmItem>>
  /** Sets one, or another in its place. */
  put(name: string, order: CostAlarmOrder, options?: WriteOptions): Promise<Tagged<SetCostAlarm>>
  remove(name: string, options?: WriteOptions): Promise<{ readonly deleted: boolean }>
  /** Sends its webhook a message that tells nothing; `lastDelivery` tells what became of it. */
  test(name: string, options?: CallOptions): Promise<{ readonly queued: boolean }>
}

export function costAlarmsOf(connection: Connection): CostAlarms {
  const path = (name: string): string => `/api/v1/cost-alarms/${encodeURIComponent(name)}`
  return {
    ...listing<CostAlarmItem, object>((question, options) =>
      connection.json('GET', '/api/v1/cost-alarms', { ...options, query: { ...question } }),
    ),
    show: (name, options) => connection.tagged('GET', path(name), options),
    put: (name, order, options) => connection.tagged('PUT', path(name), { ...options, body: order }),
    remove: (name, options) => connection.json('DELETE', path(name), options),
    test: (name, options) => connection.json('POST', `${path(name)}/test`, options),
  }
}
