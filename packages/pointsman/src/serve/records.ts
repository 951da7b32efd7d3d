import type { Journal } from '@pointsman/journal'
import type { RecordSink } from '@pointsman/engine'
import type { Meters } from './meters.ts'

/**
 * Text that is kept is many times larger than a record. With more than this waiting for the disk it is left out, long before
 * the journal would refuse requests for it (at 32 MiB).
 */
const maxQueuedBytes = 8 * 1_048_576

/** The journal in the shape of the engine's port. Each outcome is told to the meters, the one place where metrics are fed. */
export function recordsInto(journal: Journal, meters: Pick<Meters, 'take' | 'captured'>): RecordSink {
  return {
    intent: (intent) => {
      journal.append({ type: 'intent', intent })
    },
    outcome: (record) => {
      const stored = journal.commit({ type: 'outcome', record })
      meters.take(record)
      return stored
    },
    pinClaim: (claim) => {
      journal.append({ type: 'pin-claim', claim })
    },
    fallbackEpisode: (episode) => {
      journal.append({ type: 'fallback-episode', episode })
    },
    captured: (exchange) => {
      meters.captured(exchange)
      const { queuedBytes, room } = journal.stats()
      if (room !== 'open' || queuedBytes > maxQueuedBytes) return false
      journal.append({ type: 'captured', exchange })
      return true
    },
    state: () => journal.room,
  }
}
