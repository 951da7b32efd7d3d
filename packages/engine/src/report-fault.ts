import type { RequestId } from '@pointsman/contract'
import type { Engine } from './engine.ts'

/** A fault of our own, for the log: callers are told only that there was one. */
export function reportFault(engine: Engine, requestId: RequestId, thrown: unknown): void {
  engine.log('error', 'A request met a fault of the server itself.', {
    requestId,
    fault: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
  })
}
