import type { Model } from '@pointsman/contract'

/** A catalogue entry as decisions read it. */
export interface CompiledModel extends Model {
  /** The instant from which it is past its end of life: the start of `lifecycle.endsOn` in UTC; null = no date. */
  readonly endsAtMs: number | null
}
