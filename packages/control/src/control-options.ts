import type { Webhooks } from './alarms/webhook.ts'
import type { ConsoleOptions } from './console/console-ports.ts'
import type { FollowedTables } from './dynamodb/followed-tables.ts'
import type { ProviderKeyVault } from './secrets/manage-provider-keys.ts'
import type { Digests, ProviderId } from '@pointsman/contract'
import type { ProviderReadiness, ReadSecret } from '@pointsman/core'
import type { Database } from '@pointsman/registry'
import type { CatalogueFile } from './catalogue/catalogue-file.ts'
import type {
  BedrockLists,
  Clock,
  Condition,
  DynamoDb,
  Signer,
  Log,
  Probe,
  ProviderFacts,
  RandomBytes,
  TokenVerifier,
} from './ports.ts'

export interface ControlOptions {
  /** Migrated; seeded, or seeded later (`seedCatalogue`). Stays the caller's to close. */
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly digests: Digests
  readonly randomBytes: RandomBytes
  /** Key of the digests of gateway keys, derived from the master key. */
  readonly pepper: Uint8Array
  /** Hex HMAC-SHA-256 of the service key under the pepper (`digestKey`). */
  readonly serviceKeyDigests: readonly string[]
  /** The secret half of a key's AWS access-key pair, derived from its id; absent = no pairs are made here. */
  readonly awsSecretOf?: (keyId: string) => string
  /** Signs the head of the chain of switches, so that it can be kept elsewhere. */
  readonly headSigner: Signer
  /** Signs the snapshot for those who read it by URL: another key, so that neither signature stands for the other. */
  readonly snapshotSigner: Signer
  /** Null = signed-in users' tokens are not known here: they count as wrong keys. */
  readonly tokenVerifier: TokenVerifier | null
  /** The one way to a model. */
  readonly probe: Probe
  /** What Bedrock itself lists; absent = it cannot be asked from here. */
  readonly bedrockLists?: BedrockLists
  /** Amazon DynamoDB; absent = it cannot be asked from here. */
  readonly dynamo?: DynamoDb
  /** Its tables whose edits are switches here; absent = none. */
  readonly followed?: FollowedTables
  /** The catalogue that this release ships: what is known of a model that AWS lists without prices and limits. */
  readonly curated?: () => CatalogueFile
  /** Where keys of providers are kept in AWS Secrets Manager, for the policy of the role; absent = nowhere there. */
  readonly keySecrets?: readonly ReadSecret[]
  /** Which providers this server can call now; one that is absent has no adapter. Absent as a whole = not known here. */
  readonly providerStates?: () => ReadonlyMap<ProviderId, ProviderReadiness>
  /** The same providers with what operators look at. Absent = not known here. */
  readonly providers?: () => readonly ProviderFacts[]
  /** How keys of providers are kept; absent = none are, here. */
  readonly vault?: ProviderKeyVault
  /** Makes a backup of the database and hands its bytes over once it is whole; absent = none is made here. */
  readonly makeBackup?: () => Promise<ReadableStream<Uint8Array>>
  /** This host's name: whose alarms its own conditions are. `host` unless set. */
  readonly host?: string
  /** The web console; absent = none is served here. */
  readonly console?: ConsoleOptions
  /** How alarms are told to operators' addresses; absent = they are not, from here. */
  readonly webhooks?: Webhooks
  /** What is wrong with this host beside its database: its journal's room. */
  readonly conditions?: () => readonly Condition[]
  /** The server's region: whose prices hold, and from where gates look. */
  readonly region: string
  /** `dev`, `staging`, `prod`: stands in the record of every switch. */
  readonly environment: string
  /** How long a switch waits for its replicas before it names the late ones as pending; 1,000 unless set. */
  readonly acknowledgeWithinMs?: number
  /** How long after the start alarms, drills, spend and what is tidied are looked at first. Default 1,000. */
  readonly firstRoundsAfterMs?: number
  /** Days after which the text of requests and answers goes, where a route keeps it; 30 unless set. */
  readonly captureDays?: number
  /** 25 MB unless set. */
  readonly maxBodyBytes?: number
}
