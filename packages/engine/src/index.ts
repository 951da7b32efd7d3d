export type * from './ports.ts'
export type * from './job.ts'
export type { Engine } from './engine.ts'
export type { Log } from './log.ts'
export { formOf } from './forms.ts'
export { joinBytes } from './bytes.ts'
export { writtenName } from './written-name.ts'
export { listModels, type ListParts, type ListQuestion } from './list-models.ts'
export { carryOut } from './carry-out.ts'
export { refuse, type Refusal } from './refuse.ts'
export { sendError, type ErrorAnswer } from './send-error.ts'
export { createUnrecognisedFrames, type UnrecognisedFrames } from './unrecognised-frames.ts'
export { createFallbackEpisodes, type FallbackEpisodes, type ServedByFallback } from './fallback-episodes.ts'
export {
  createRefusedCredentials,
  type CredentialRefusal,
  type RefusedCredentials,
} from './credentials/refused-credentials.ts'
export { createModelAverages, type ModelAverages } from './model-averages.ts'
export { endOfHead, endOfHeadBytes } from './end-of-head.ts'
export { wholeNumber } from './whole-number.ts'
export { LineNames, valueBetween, type LineName } from './line-names.ts'
export { circuitKey } from './circuit-key.ts'
export { createCircuits, type CircuitChange, type Circuits, type CircuitsParts } from './circuits.ts'
export { createDrills, type Drills, type DrillsParts, type DrillUnderWay } from './drills.ts'
export { createRetryBudgets, type RetryBudgets } from './retry-budgets.ts'
export { createSnapshotHolder } from './snapshot-holder.ts'
export type * from './snapshot-state.ts'
export {
  fixedKey,
  noKey,
  ProviderCredentials,
  type CredentialSource,
  type FixedKeyFacts,
} from './credentials/provider-credentials.ts'
export { heldFirst, type HeldFirstParts } from './credentials/held-first.ts'
export { KeyRing, type HeldKey, type KeyRingParts } from './credentials/key-ring.ts'
export {
  BedrockCredentials,
  bedrockCredentialHint,
  type AwsIdentity,
  type BedrockCredentialsParts,
} from './credentials/bedrock-credentials.ts'
