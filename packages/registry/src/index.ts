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
export { migrate, type MigrationReport } from './migrate.ts'
export * from './models.ts'
export * from './prices.ts'
export * from './routes.ts'
export * from './aliases.ts'
export * from './roles.ts'
export * from './fallback-rules.ts'
export * from './keys.ts'
export * from './switches.ts'
export * from './revisions.ts'
export * from './snapshots.ts'
export * from './replicas.ts'
export * from './conversations.ts'
export * from './usage.ts'
export * from './settings.ts'
