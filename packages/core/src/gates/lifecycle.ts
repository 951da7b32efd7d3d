import type { LifecycleStatus } from '@pointsman/contract'
import type { CompiledModel } from '../compile/compiled-snapshot.ts'

/** The status at this instant: `eol` once the date has come, whatever the catalogue says. */
export declare function lifecycleStatusAt(model: CompiledModel, nowMs: number): LifecycleStatus
