import { prepareNotices } from '../elements/elements.ts'
import { Follower } from './follower.ts'
import { createNoticeServer } from './notice-server.ts'
import type { NotificationConnection, NotificationConnectionOptions } from './notification-connection.ts'
import { createTeller } from './teller.ts'

/**
 * Shows what the server announces, from now until it is closed. A connection that is lost is made anew and goes on where it
 * was; a notice is shown once, however often it is told, and is confirmed when it was before the reader.
 */
export function connectModelSwitchNotifications(
  wanted: NotificationConnectionOptions,
): NotificationConnection {
  prepareNotices()
  const options = guarded(wanted)
  const server = createNoticeServer(options)
  const stop = new AbortController()
  const close = (): void => stop.abort()
  if (options.signal?.aborted) close()
  else options.signal?.addEventListener('abort', close)
  const follower = new Follower({ options, server, signal: stop.signal, tell: createTeller(options, server) })
  const closed = follower.run().then((end) => {
    options.signal?.removeEventListener('abort', close)
    options.onState?.({ kind: 'closed', end })
    return end
  })
  return {
    closed,
    close,
    get lastEventId() {
      return follower.lastEventId
    },
  }
}

/** The app's callbacks: their mistakes are told as the page's own, and cost neither a notice nor the connection. */
function guarded(options: NotificationConnectionOptions): NotificationConnectionOptions {
  const { onNotification, onProblem, onState } = options
  const guard = <Args extends readonly unknown[], Answer>(
    callback: ((...args: Args) => Answer) | undefined,
  ) =>
    callback &&
    ((...args: Args): Answer | undefined => {
      try {
        return callback(...args)
      } catch (error) {
        reportError(error)
        return undefined
      }
    })
  return {
    ...options,
    onNotification: guard(onNotification),
    onProblem: guard(onProblem),
    onState: guard(onState),
  }
}
