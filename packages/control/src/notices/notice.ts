import type { Notification } from '@pointsman/contract'
import type { SwitchRow } from '@pointsman/registry'

/** What people are told of a switch. One that was made by SQL has no wording of its own. */
export function noticeOf({ record }: SwitchRow): Notification {
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
