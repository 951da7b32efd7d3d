export type * from './compile/compiled-snapshot.ts'
export { compileSnapshot } from './compile/compile-snapshot.ts'
export { snapshotFrom, verifySnapshot, type SnapshotMaking } from './compile/snapshot-from.ts'
export type * from './routing/routing-call.ts'
export { resolve } from './routing/resolve.ts'
export { decide } from './routing/decide.ts'
export { explainNoCandidate } from './routing/no-candidate.ts'
export { chanceFromText } from './routing/chance.ts'
export { callingRegion } from './routing/region.ts'
export type { Verdict } from './gates/verdict.ts'
export { checkAvailable, type AvailableQuestion } from './gates/available.ts'
export { capabilityWarnings, checkCapable } from './gates/capable.ts'
export { checkResident } from './gates/resident.ts'
export { checkPermitted, type PermittedQuestion } from './gates/permitted.ts'
export { lifecycleStatusAt } from './gates/lifecycle.ts'
export { costNanoUsd } from './cost/cost.ts'
export { priceInForce } from './cost/price-in-force.ts'
export { rank, type ModelHealth, type RankedCandidate, type RankingInput } from './switching/rank.ts'
export { costImpact, type CostImpactInput, type MeanDailyUsage } from './switching/cost-impact.ts'
export { changeKind, noticeFor, type Change, type ChangeKind, type NoticeInput } from './switching/wording.ts'
export { masks } from './switching/masks.ts'
export {
  proposalProblems,
  routeOfScope,
  type ProposalContext,
  type ProposalProblem,
  type ProposalResult,
} from './switching/proposal.ts'
export { createStreamGrammar, type StreamGrammar } from './stream/grammar.ts'
export { attemptTimeouts, deadlineAtMs, remainingMs, type PhaseTimeouts } from './resilience/deadline.ts'
export { retryAfterMs } from './resilience/retry-after.ts'
export { overheadUs, type Span } from './resilience/overhead.ts'
