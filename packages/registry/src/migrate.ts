import type { Database } from './database.ts'

export interface MigrationReport {
  /** Versions that were run now, in order. */
  readonly applied: readonly string[]
  /** The newest version that the database has. */
  readonly version: string
}
/**
 * Runs the files of `supabase/migrations` that the database does not have yet, each in a transaction with its row in
 * `supabase_migrations.schema_migrations`. Safe to call from several processes at once. Throws `refused` where the
 * database has migrations that this program does not know.
 */
export declare function migrate(
  database: Database,
  options?: { readonly directory?: URL; readonly onApplied?: (version: string, name: string) => void },
): Promise<MigrationReport>
