import { costAlarmsOf, type CostAlarms } from './cost-alarms.ts'
import { bedrockAiChatOf, type BedrockAiChat } from './bedrock-ai-chat.ts'
import { chatOf, type Chat } from './chat.ts'
import { connect, type ConnectionOptions } from './connection.ts'
import { drillsOf, type Drills } from './drills.ts'
import { erasuresOf, type Erasures } from './erasures.ts'
import { conversationsOf, type Conversations } from './conversations.ts'
import {
  alarmsOf,
  eventsOf,
  notificationsOf,
  type Alarms,
  type Events,
  type Notifications,
} from './events.ts'
import { followedTablesOf, type FollowedTables } from './followed-tables.ts'
import { iamOf, type Iam } from './iam.ts'
import { keysOf, type Keys } from './keys.ts'
import { modelsOf, type Models } from './models.ts'
import { operationsOf, type Operations } from './operations.ts'
import { orchestrationOf, type Orchestration } from './orchestration.ts'
import { pricesOf, type Prices } from './prices.ts'
import { providersOf, type Providers } from './providers.ts'
import {
  agentsOf,
  aliasesOf,
  rolesOf,
  routesOf,
  type Agents,
  type Aliases,
  type Roles,
  type Routes,
} from './routes.ts'
import { snapshotsOf, type Snapshots } from './snapshots.ts'
import { sqlOf, type Sql } from './sql.ts'
import { switchesOf, type Switches } from './switches.ts'
import { usageOf, type Usage } from './usage.ts'

/**
 * One server, with one key. Every method rejects with PointsmanApiError, or with the reason of the signal that it was
 * given; none repeats a request by itself.
 */
export interface Client extends Operations, Orchestration, Chat, BedrockAiChat {
  readonly models: Models
  readonly prices: Prices
  readonly providers: Providers
  readonly iam: Iam
  readonly switches: Switches
  readonly conversations: Conversations
  readonly useCases: Routes
  readonly agents: Agents
  readonly followedTables: FollowedTables
  readonly roles: Roles
  readonly aliases: Aliases
  readonly keys: Keys
  readonly usage: Usage
  readonly erasures: Erasures
  readonly drills: Drills
  readonly alarms: Alarms
  readonly costAlarms: CostAlarms
  readonly events: Events
  readonly notifications: Notifications
  readonly snapshots: Snapshots
  readonly sql: Sql
}

/** Makes no request. Throws PointsmanApiError (`not_configured`) for an address or a key that can be none. */
export function createClient(options: ConnectionOptions): Client {
  const connection = connect(options)
  return {
    models: modelsOf(connection),
    prices: pricesOf(connection),
    providers: providersOf(connection),
    iam: iamOf(connection),
    switches: switchesOf(connection),
    conversations: conversationsOf(connection),
    useCases: routesOf(connection, 'use-cases'),
    agents: agentsOf(connection),
    followedTables: followedTablesOf(connection),
    roles: rolesOf(connection),
    aliases: aliasesOf(connection),
    keys: keysOf(connection),
    usage: usageOf(connection),
    erasures: erasuresOf(connection),
    drills: drillsOf(connection),
    alarms: alarmsOf(connection),
    costAlarms: costAlarmsOf(connection),
    events: eventsOf(connection),
    notifications: notificationsOf(connection),
    snapshots: snapshotsOf(connection),
    sql: sqlOf(connection),
    ...operationsOf(connection),
    ...orchestrationOf(connection),
    ...chatOf(connection),
    ...bedrockAiChatOf(connection),
  }
}
