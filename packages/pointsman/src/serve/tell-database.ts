import type { EmbeddedEvent } from '@pointsman/registry/embedded'
import type { ServerEvent } from '@pointsman/registry/server'
import type { Log } from './log.ts'

/** Under a name of its own: `connection-failed` is logged as `database_connection_failed`. */
export const tellDatabase =
  (log: Log) =>
  ({ event, ...facts }: ServerEvent | EmbeddedEvent): void =>
    log('warn', `database_${event.replaceAll('-', '_')}`, facts)
