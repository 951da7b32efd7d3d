import type { Model } from '@pointsman/contract'
import type { Verdict } from './verdict.ts'

/** `region`: the one that would be called. `residency` null = no rule. */
export declare function checkResident(
  model: Model,
  region: string,
  residency: ReadonlySet<string> | null,
): Verdict | null
