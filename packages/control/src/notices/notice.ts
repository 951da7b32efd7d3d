import type { Notification, SwitchRecord } from '@pointsman/contract'
import {
  callingRegion,
  noticeFor,
  priceInForce,
  type CompiledModel,
  type CompiledSnapshot,
} from '@pointsman/core'
import type { SwitchRow } from '@pointsman/registry'

/** Where names and prices are looked up. */
export interface Catalogue {
  /** Null = none has been published yet. */
  readonly snapshot: CompiledSnapshot | null
  readonly homeRegion: string
}

/** What people are told of a switch. */
export function noticeOf({ record }: SwitchRow, catalogue: Catalogue): Notification {
  // SQL knows neither tiers nor prices: its own words cannot say whether it is an upgrade.
  const worded = record.evidence['door'] === 'sql' ? inWords(record, catalogue) : null
  return worded ?? asRecorded(record)
}

function inWords(record: SwitchRecord, { homeRegion, snapshot }: Catalogue): Notification | null {
  const { action, reason, recordedAtMs, scope } = record
  const from = snapshot?.models.get(record.from ?? '') ?? null
  const to = snapshot?.models.get(record.to ?? '')
  if (snapshot === null || to === undefined || from?.id !== (record.from ?? undefined)) return null
  const priced = (model: CompiledModel) =>
    priceInForce(snapshot, model.id, callingRegion(model, homeRegion), recordedAtMs)
  const isEvery = scope.kind === 'conversation' && scope.useCase === null
  return noticeFor({
    ...{ from, to, action, reason, revert: false },
    fromPrice: from === null ? null : priced(from),
    toPrice: priced(to),
    every: isEvery ? { of: 'conversation', alsoFrom: [], inherit: false, but: [] } : null,
  })
}

function asRecorded(record: SwitchRecord): Notification {
  const { from, fromName, to, toName, reason, type } = record
  const modelName = toName ?? to ?? ''
  const before = fromName ?? from
  const why = reason === null ? '' : ` (${reason})`
  const title = type === 'auto' ? 'Auto-Switching AI Model' : 'Switching AI Model'
  return {
    title,
    message:
      record.notificationMessage ??
      `Switched ${before === null ? '' : `from ${before} `}to ${modelName}${why}...`,
    type,
    modelName,
    modelId: to ?? modelName,
  } as Notification
}
