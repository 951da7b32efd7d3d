export { createControl, type Control, type ControlServices, type ControlState } from './create-control.ts'
export type { ControlOptions } from './control-options.ts'
export {
  oidcCallbackPath,
  oidcSignedOutPath,
  type ConsoleFile,
  type ConsoleFiles,
  type ConsoleOptions,
  type IssuerProblem,
  type Oidc,
  type Seal,
  type SealPurpose,
  type SignInSecrets,
} from './console/console-ports.ts'
export { keyDigestOfTicket, personOfTicket } from './console/session-token.ts'
export type {
  Clock,
  Condition,
  DynamoDb,
  Signer,
  Log,
  LogLevel,
  Probe,
  ProbeResult,
  ProviderFacts,
  RandomBytes,
  SnapshotSource,
  TokenVerifier,
} from './ports.ts'
export { readAwsFailure, type AwsFailure } from './aws-failure.ts'
export { readSecretVersion, type SecretVersion } from './secrets/secrets-manager.ts'
export { lookAtTable, type TableLook } from './dynamodb/import-table.ts'
export { populateModels, type Populated, type PopulateOrder } from './dynamodb/populate-models.ts'
export { tablesOf, type FollowedTables } from './dynamodb/followed-tables.ts'
export type { ProviderKeyVault } from './secrets/manage-provider-keys.ts'
export type { ReplicaIdentity, Replicas } from './acknowledgements/replicas.ts'
export type { Rejection } from './publishing/publisher.ts'
export { readCatalogue, type CatalogueFile } from './catalogue/catalogue-file.ts'
export { seedCatalogue, type SeedParts } from './catalogue/seed.ts'
export { signHead, type SignedHead } from './switches/signed-head.ts'
export type { PostWebhook, WebhookProblem, Webhooks } from './alarms/webhook.ts'
