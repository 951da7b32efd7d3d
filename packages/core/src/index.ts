export type * from './compile/compiled-snapshot.ts'
export { compileSnapshot, compilingSnapshot } from './compile/compile-snapshot.ts'
export {
  isPart,
  snapshotFrom,
  verifySnapshot,
  writingSnapshot,
  type SnapshotMaking,
  type WrittenSnapshot,
  snapshotOfParts,
} from './compile/snapshot-from.ts'
export { writingSnapshotAfter, type KindChanges, type SnapshotChanges } from './compile/snapshot-after.ts'
export {
  entryKey,
  keyOfName,
  keyedOf,
  partText,
  spread,
  writePart,
  type WrittenPart,
} from './compile/snapshot-parts.ts'
export { heldPart, heldParts } from './compile/held-parts.ts'
export { entriesByKey } from './compile/entry-changes.ts'
export { sameJson } from './compile/same-json.ts'
export { inSteps, type StepClock } from './compile/in-steps.ts'
export type * from './routing/routing-call.ts'
export { resolve } from './routing/resolve.ts'
export { decide } from './routing/decide.ts'
export { modelsOfRoute } from './routing/models-of-route.ts'
export { judgeAgain } from './routing/judge-again.ts'
export { explainNoCandidate } from './routing/no-candidate.ts'
export { chanceFromText } from './routing/chance.ts'
export { isAimedAt, isDrawn, isOver } from './drills/drill.ts'
export { nearestNames } from './routing/nearest-names.ts'
export { callingRegion, destinationsFrom } from './routing/region.ts'
export { standIn } from './routing/stand-in.ts'
export { familyFallback } from './routing/family-fallback.ts'
export type { Verdict } from './gates/verdict.ts'
export { checkAvailable, type AvailableQuestion } from './gates/available.ts'
export { capabilityWarnings, checkCapable } from './gates/capable.ts'
export { checkResident } from './gates/resident.ts'
export { checkPermitted, type PermittedQuestion } from './gates/permitted.ts'
export { firstVerdict, type Callable, type GateSetting } from './gates/gate-setting.ts'
export { lifecycleStatusAt, lifecycleWarning } from './gates/lifecycle.ts'
export { mixedPicoUsdPerToken } from './cost/mixed-rate.ts'
export { costNanoUsd } from './cost/cost.ts'
export { billedNanoUsd, billedTier, tierCost, type TierCost } from './cost/service-tier.ts'
export { priceInForce } from './cost/price-in-force.ts'
export { rank, type ModelHealth, type RankedCandidate, type RankingInput } from './switching/rank.ts'
export {
  costImpact,
  sumOfImpacts,
  type CostImpactInput,
  type MeanDailyUsage,
} from './switching/cost-impact.ts'
export {
  changeKind,
  noticeFor,
  type Change,
  type ChangeKind,
  type EveryUseCase,
  type NoticeInput,
} from './switching/wording.ts'
export { fallbackTarget, type FallbackTarget, type FallbackTargetInput } from './switching/fallback-target.ts'
export type { ControlSetting } from './switching/gate-for-route.ts'
export { masks } from './switching/masks.ts'
export {
  noticeOfReturn,
  switchAtFirstMessage,
  type Arrival,
  type FirstMessage,
  type FirstSwitch,
} from './switching/first-message.ts'
export {
  proposalProblems,
  routeOfScope,
  type ProposalContext,
  type ProposalProblem,
  type ProposalResult,
} from './switching/proposal.ts'
export { createStreamGrammar, type StreamGrammar } from './stream/grammar.ts'
export { retryAfterMs } from './resilience/retry-after.ts'
export { overheadUs, type Span } from './resilience/overhead.ts'
export {
  resilienceDefaults,
  type BreakerNumbers,
  type ResilienceNumbers,
  type RetryNumbers,
} from './resilience/resilience-numbers.ts'
export {
  charged,
  earned,
  freshRetryBudget,
  spent,
  type RetryBudget,
  type RetryBudgetNumbers,
} from './resilience/retry-budget.ts'
export { isMendable, retryWaitMs, type RetryQuestion } from './resilience/retry.ts'
export { outcomeOf, type EndedCall } from './resilience/call-outcome.ts'
export {
  admission,
  afterCall,
  freshCircuit,
  probed,
  stateOf,
  type Admission,
  type CallEnd,
  type CallOutcome,
  type Circuit,
  type CircuitState,
  type ClosedCircuit,
  type OpenCircuit,
} from './resilience/circuit.ts'
export {
  accessPolicy,
  type AccessPolicyInput,
  type FollowedTableAccess,
} from './bedrock-access/access-policy.ts'
export { accessUnder, type Access } from './bedrock-access/evaluate-policy.ts'
export {
  neededAccess,
  type BedrockAccount,
  type BedrockAction,
  type NeededAccess,
} from './bedrock-access/needed-access.ts'
export type { PolicyDocument, PolicyStatement } from './bedrock-access/policy-document.ts'
export type { ReadSecret } from './bedrock-access/secret-access.ts'
export { digestKey } from './access/digest-key.ts'
export { isTokenShaped, presentedKey } from './access/presented-key.ts'
export { principalOf, principalOfKey, servicePrincipal, type KnownKeys } from './access/principal-of-key.ts'
export { principalOfClaims, type TokenClaims } from './access/principal-of-claims.ts'
export {
  hasMappedClaim,
  personOfClaims,
  principalOfPerson,
  type Claims,
  type Person,
  type ScopeMapping,
} from './access/person-of-claims.ts'
export { keyNotKnownNow, missingKey, requireScope, unknownKey } from './access/refuse-key.ts'
export { openKey, sealKey, type Sealing, type SealingCipher, type WrappingKey } from './provider-keys/seal.ts'
export { lastFourOf } from './provider-keys/last-four.ts'
