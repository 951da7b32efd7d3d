import type { SwitchScope } from '@pointsman/contract'
import type { CompiledSnapshot } from '../compile/compiled-snapshot.ts'

/** Keys of the routes that keep a model of their own although the scope contains them. */
export declare function masks(snapshot: CompiledSnapshot, scope: SwitchScope): readonly string[]
