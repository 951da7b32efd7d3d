import type { Model, Needs } from '@pointsman/contract'
import type { Verdict } from './verdict.ts'

export declare function checkCapable(model: Model, needs: Needs): Verdict | null
/** What a caller should know of a model that passes although something it asks for may be left out. */
export declare function capabilityWarnings(model: Model, needs: Needs): readonly string[]
