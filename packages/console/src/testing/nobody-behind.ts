import type { Behind } from '@pointsman/sdk'

/** Beside the answer of a change: every replica serves it. */
export const nobodyBehind: Behind = { pending: [], unheard: [] }
