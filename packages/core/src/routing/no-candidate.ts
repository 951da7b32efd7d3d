import type { Plan, PointsmanError } from '@pointsman/contract'

/**
 * The error for a plan without candidates, each one with the reason it was left out: `credentials_missing`
 * where credentials are all that is missing, `forbidden` where the key is what forbids, else `no_candidate`.
 */
export declare function explainNoCandidate(plan: Plan): PointsmanError
