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
    // A journal whose last write failed may hold its next one: refusing is right for a full disk, and for no other cause.
    state: () => (journal.room === 'failing' ? 'full' : journal.room),
  }
}
