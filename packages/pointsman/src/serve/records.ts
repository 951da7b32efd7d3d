import type { Journal } from '@pointsman/journal'
import type { RecordSink } from '@pointsman/engine'

/** The journal in the shape of the engine's port. */
export function recordsInto(journal: Journal): RecordSink {
  return {
    intent: (intent) => {
      journal.append({ type: 'intent', intent })
    },
    outcome: (record) => journal.commit({ type: 'outcome', record }),
    pinClaim: (claim) => {
      journal.append({ type: 'pin-claim', claim })
    },
    fallbackEpisode: (episode) => {
      journal.append({ type: 'fallback-episode', episode })
    },
    state: () => journal.room,
  }
}
