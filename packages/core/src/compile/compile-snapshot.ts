import type { Snapshot } from '@pointsman/contract'
import type { CompiledSnapshot } from './compiled-snapshot.ts'

/**
 * Indexes a snapshot and holds it to every invariant of a revision. Throws PointsmanError `revision_rejected`
 * whose `details.data.problems` lists all that is wrong. With `previous`, indexes of kinds whose parts did not
 * change are shared with it.
 */
export declare function compileSnapshot(snapshot: Snapshot, previous?: CompiledSnapshot): CompiledSnapshot
