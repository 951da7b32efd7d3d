export { PointsmanApiError, type ApiErrorFacts } from './api-error.ts'
export type { CallOptions, ConnectionOptions, Tagged, WriteOptions } from './connection.ts'
export { createClient, type Client } from './client.ts'
export type { Listing, Page, Paging } from './paging.ts'
export type * from './models.ts'
export type * from './catalogue-plan.ts'
export type * from './prices.ts'
export type * from './providers.ts'
export type * from './iam.ts'
export type * from './conversations.ts'
export type * from './events.ts'
export type { CostAlarmItem, CostAlarmOrder, CostAlarms, SetCostAlarm } from './cost-alarms.ts'
export type { Followed, FollowOptions } from './follow.ts'
export type * from './switches.ts'
export type * from './drills.ts'
export type * from './erasures.ts'
export type * from './snapshots.ts'
export type * from './sql.ts'
export type * from './followed-tables.ts'
export type * from './routes.ts'
export type * from './behind.ts'
export type * from './keys.ts'
export type * from './usage.ts'
export { inputTokensOfRecord, inputTokensOfTotal } from './input-tokens.ts'
export type * from './operations.ts'
export type * from './orchestration.ts'
export type { Chat, ChatAnswer, ChatEnd, ChatMessage, ChatOrder, ChatStream, ChatTokens } from './chat.ts'
export type * from './bedrock-ai-chat.ts'
export type { Served } from './served.ts'
export {
  configure,
  getAvailableModels,
  getModelsForUseCase,
  orchestrate,
  orchestrateModelSwitch,
  type ServerOptions,
} from './configured.ts'
