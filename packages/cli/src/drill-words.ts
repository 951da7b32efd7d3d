import type { DrillItem } from '@pointsman/sdk'
import { instant, milliseconds } from './format.ts'

const parts = (count: number): string => `${count} part${count === 1 ? '' : 's'}`

/** What it does to a call: `429, Retry-After 30 s`, `cut after 3 parts`. */
export function faultText({ afterParts, fault, latencyMs, retryAfterSeconds }: DrillItem): string {
  if (fault === 'latency') return `latency of ${milliseconds(latencyMs)}`
  if (fault === 'stall' || fault === 'cut')
    return afterParts === null || afterParts === 0
      ? `${fault} before the first byte`
      : `${fault} after ${parts(afterParts)} of a stream`
  return retryAfterSeconds === null ? fault : `${fault}, Retry-After ${retryAfterSeconds} s`
}

/** Which calls it hits. */
export function aimText({ everyModel, model, provider }: DrillItem): string {
  if (everyModel) return 'every model'
  return model ?? (provider === null ? 'the model decided on' : `every model of ${provider}`)
}

/** `running, until 10:15:00`, `stopped 10:12:31`. */
export const stateText = ({ endedAt, endsAt, state }: DrillItem): string =>
  endedAt === null ? `${state}, until ${instant(endsAt).slice(11)}` : `${state} ${instant(endedAt).slice(11)}`
