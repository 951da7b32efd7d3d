import type { Notification } from '@pointsman/contract'
import { markNotificationShown, type Database } from '@pointsman/registry'
import type { Log } from '../ports.ts'
import type { SwitchOutcome } from '../switches/outcome.ts'

/**
 * The notice to hand to the caller; it counts as shown from then on. A mark that cannot be made does not undo a switch
 * that serves already: it is told in the log.
 */
export async function tellNotice(
  parts: { readonly database: Database; readonly log: Log },
  { switchId, notification }: SwitchOutcome,
): Promise<Notification> {
  if (switchId === null) return notification
  try {
    await markNotificationShown(parts.database, switchId)
  } catch (error) {
    parts.log('warn', 'notification_mark_failed', { switchId, error })
  }
  return notification
}
