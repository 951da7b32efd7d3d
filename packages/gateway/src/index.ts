export {
  createEntrance,
  type Entrance,
  type EntranceLimits,
  type EntranceLoad,
  type Vitals,
} from './entrance.ts'
export { createGateway, preflightHeaders, type Gateway } from './create-gateway.ts'
export type { Exchange } from './exchange.ts'
export { createFetchDoor } from './fetch-door.ts'
export { createFetchHandler, type FetchHandlerOptions, type FetchLimits } from './fetch-exchange.ts'
export type { GatewayOptions } from './options.ts'
export type {
  ControlDoor,
  Health,
  HostLink,
  KeyDigest,
  LeaseAsk,
  LimitCount,
  LimitKind,
  LimitLeases,
  SignatureCheck,
  TokenCheck,
} from './ports.ts'
export type { AuthenticationParts } from './stages/authenticate.ts'
export { checkAwsSignature, type SignatureParts, type SignedRequest } from './stages/aws-signature.ts'
export {
  createConversationPins,
  type ConversationPinsOptions,
  type MovedPin,
  type PinChanges,
  type PinStore,
} from './conversation-pins.ts'
export { createLimits, type LimitsOptions, type TendedLimits } from './limits/limits.ts'
export { createMemoryLedger, type MemoryLedger, type MemoryLedgerOptions } from './limits/memory-ledger.ts'
export {
  createSharedLedger,
  type LimitSource,
  type SharedLedger,
  type SharedLedgerOptions,
  type SharedReport,
} from './limits/shared-ledger.ts'
export { windowOf } from './limits/windows.ts'
export { createProbe, type ProbeResult } from './probe.ts'
export { rememberNewest } from './remember-newest.ts'
