export {
  pinChannel,
  revisionChannel,
  type Database,
  type DatabaseState,
  type Queryable,
  type QueryResult,
  type Row,
  type SqlValue,
  type Transaction,
  type TransactionOptions,
} from './database.ts'
export { blamesTheData, SqlError, type SqlErrorFacts } from './sql-error.ts'
export {
  lockHolder,
  migrate,
  readMigrations,
  readSchemaVersion,
  type MigrationOptions,
  type MigrationReport,
} from './migrate.ts'
export * from './backup/index.ts'
export { readDatabaseFacts, type DatabaseFacts } from './database-facts.ts'
export type { Page } from './page.ts'
export {
  findModel,
  hasModels,
  listModels,
  refreshCosts,
  setModelEnabled,
  updateModel,
  upsertModels,
  type CatalogueRow,
  type RouteMove,
} from './models.ts'
export { pageOfModels } from './model-pages.ts'
export {
  addPrices,
  currentPrices,
  findPriceRow,
  listPriceRows,
  listPrices,
  priceTableRevision,
  type PriceRow,
} from './prices.ts'
export {
  deleteRoute,
  findRoute,
  setCandidates,
  setRouteTarget,
  updateRoute,
  upsertRoutes,
  type RouteName,
  type RouteRow,
} from './routes.ts'
export { pageOfRoutes, routeSorts } from './route-pages.ts'
export * from './aliases.ts'
export {
  drillsEndedSince,
  drillsUnderWay,
  endDrill,
  findDrill,
  insertDrill,
  keepDrillSummary,
  listDrills,
  type DrillEndCause,
  type DrillRow,
} from './drills.ts'
export * from './followed-tables.ts'
export * from './roles.ts'
export * from './fallback-rules.ts'
export * from './erasures.ts'
export {
  changeKey,
  findKey,
  insertKey,
  listKeys,
  pageOfKeys,
  replaceKey,
  revokeKey,
  type KeyRow,
} from './keys.ts'
export {
  runOperatorSql,
  type OperatorSql,
  type OperatorSqlResult,
  type StatementResult,
} from './operator-sql/run-operator-sql.ts'
export * from './provider-keys.ts'
export * from './provider-tests.ts'
export * from './switch-marks.ts'
export * from './switches.ts'
export * from './switch-chain.ts'
export * from './revisions.ts'
export * from './snapshots.ts'
export { entryPages, removedAfter, type EntryRow, type RemovedEntry } from './entry-pages.ts'
export * from './replicas.ts'
export * from './conversations.ts'
export { claimPin, type ClaimedPinRow } from './pins/claim-pin.ts'
export { findPins, usersWithTarget, type FoundPins, type KnownConversationRow } from './pins/find-pins.ts'
export { pinsMovedBetween, revisionOfPins, type PinNotice } from './pins/moved-pins.ts'
export {
  returnAllConversations,
  setTargetOfAllConversations,
  type MovedConversations,
} from './pins/move-all.ts'
export { everyUseCase, type PinRow } from './pins/pin-row.ts'
export * from './pins/set-targets.ts'
export * from './alarms.ts'
export * from './cost-alarms.ts'
export * from './console-sessions.ts'
export * from './webhook-deliveries.ts'
export * from './changes.ts'
export * from './settings.ts'
export * from './usage/ingest.ts'
export { readBudgetSpend, type BudgetSpend } from './usage/key-uses.ts'
export * from './usage/drills.ts'
export * from './usage/totals.ts'
export type { UsageDimension, UsageQuestion } from './usage/usage-question.ts'
export type { LatencyQuantiles, UsageTotal } from './usage/usage-total.ts'
export { keepMinutesMs, pruneUsageMinutes } from './usage/minutes.ts'
export * from './usage/records.ts'
export { foldUsageDay } from './usage/days.ts'
export * from './usage/traffic.ts'
export { findCaptured, pruneCaptured } from './usage/captured.ts'
export * from './limits.ts'
export { dumpSchema } from './schema/dump-schema.ts'
