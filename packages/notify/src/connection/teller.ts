import { english } from '../messages/english.ts'
import type { ModelSwitchNotification } from '../notices/notification.ts'
import { showModelSwitchNotification } from '../notices/show-model-switch-notification.ts'
import { displayedText, longest } from '../text/displayed-text.ts'
import { RecentIds } from '../text/recent-ids.ts'
import { createBackoff } from './backoff.ts'
import { AnswerError, type NoticeServer } from './notice-server.ts'
import type { NotificationConnectionOptions } from './notification-connection.ts'
import { readNotification, type ToldNotification } from './told-notification.ts'

const mostTries = 3

/** Shows a notice as the server tells it, once, and confirms it when it was seen. What it answers with never throws. */
export function createTeller(
  options: NotificationConnectionOptions,
  server: NoticeServer,
): (data: string) => void {
  const told = new RecentIds()
  return (data) => {
    const notice = readNotification(data)
    if (notice === null) {
      options.onProblem?.('The server sent an event that is no notice. It was left out.')
      return
    }
    if (!told.isNew(notice.id)) return
    const isTaken = options.onNotification?.(notice) === false
    const seen = isTaken ? Promise.resolve() : show(options, notice)
    void seen.then(() => confirm(options, server, notice.id))
  }
}

type OfTheApp = Pick<NotificationConnectionOptions, 'displayDuration' | 'messages'>

/** A mistake in the app's own words or time is told as the page's, and the notice is shown with ours. */
function show(options: OfTheApp, notice: ToldNotification): Promise<void> {
  try {
    return showModelSwitchNotification(worded(options, notice)).seen
  } catch (error) {
    reportError(error)
    return showModelSwitchNotification(worded({}, notice)).seen
  }
}

function worded(
  { displayDuration, messages = english }: OfTheApp,
  notice: ToldNotification,
): ModelSwitchNotification {
  const { id, modelId, modelName, provider, type } = notice
  const { autoTitle, manualTitle, switched } = messages.notification
  return {
    ...{ id, modelId, modelName, provider, type, displayDuration, messages },
    title: type === 'auto' ? autoTitle : manualTitle,
    // Cut before it is put into a sentence, so that a long name does not push the reason out.
    message:
      switched === null
        ? notice.message
        : switched({
            type,
            modelName: displayedText(modelName, longest.name),
            from: notice.from === null ? null : displayedText(notice.from, longest.name),
            reason: notice.reason === null ? null : displayedText(notice.reason, longest.message),
          }),
  }
}

/** Nobody waits for it: what could not be confirmed is told as a problem. */
async function confirm(
  options: NotificationConnectionOptions,
  server: NoticeServer,
  id: string,
): Promise<void> {
  const backoff = createBackoff()
  for (let tries = 1; ; tries++) {
    try {
      await server.markShown(await server.authorize(), id)
      return
    } catch (error) {
      const isFinal = error instanceof AnswerError && error.isRefusal && error.statusCode !== 401
      if (tries < mostTries && !isFinal && options.signal?.aborted !== true) {
        await new Promise((resolve) => setTimeout(resolve, backoff.next(0)))
        continue
      }
      const why = error instanceof Error ? error.message : String(error)
      options.onProblem?.(`A notice was shown, and the server could not be told: ${why}`)
      return
    }
  }
}
