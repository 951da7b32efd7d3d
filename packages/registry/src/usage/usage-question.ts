export type UsageDimension =
  | 'all'
  | 'model'
  | 'provider'
  | 'agent'
  | 'useCase'
  | 'user'
  | 'key'
  | 'route'
  | 'operation'
  | 'fallbackCause'

export interface UsageQuestion {
  readonly groupBy: UsageDimension
  readonly fromMs: number
  /** Not included. Hours are counted whole, or minutes where that is the precision. */
  readonly toMs: number
  /** `minute`: of all requests together alone, and of the time that minutes are kept for; `hour` unless given. */
  readonly precision?: 'minute' | 'hour'
  /** One row per group and interval; absent = one row per group. `minute` takes that precision. */
  readonly interval?: 'minute' | 'hour' | 'day'
  readonly workspace?: string
  /** The groups with the most requests, at most so many; 1,000 unless given. */
  readonly limit?: number
  /** These groups alone, however many requests others had. */
  readonly groups?: readonly string[]
}
