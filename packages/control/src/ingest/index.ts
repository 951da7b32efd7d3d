import type { Ingest, IngestOptions } from './ingest.ts'
import { IngestLoop } from './ingest-loop.ts'

export type { Ingest, IngestOptions, IngestRegistry, IngestStats, IngestStopped } from './ingest.ts'

export {
  budgetsOf,
  spendAtStart,
  spendInJournals,
  type Spend,
  type SpendAtStartOptions,
} from './spend-at-start.ts'

/**
 * Starts to carry the journals of a directory into the registry: each record exactly once, in the order of its
 * journal, whatever is killed or away in between. To be run once per directory. Recover the journals of dead
 * writers first (`recover`): until then their open requests have no outcome to take in.
 */
export const startIngest = (options: IngestOptions): Ingest => new IngestLoop(options)
