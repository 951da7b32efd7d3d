import type { QueryResult, SqlValue } from '../database.ts'
import type { SqlErrorFacts } from '../sql-error.ts'

/** What the worker is told when it starts. */
export interface WorkerSettings {
  /** Folder of PostgreSQL's own files; null = in memory. */
  readonly dataDir: string | null
  /** The file that one in memory begins with; null = it is empty. */
  readonly image: string | null
}

/** What the worker is asked; one at a time. */
export type WorkerQuestion =
  | { readonly ask: 'query'; readonly text: string; readonly values: readonly SqlValue[] }
  | { readonly ask: 'script'; readonly text: string }
  | { readonly ask: 'listen'; readonly channel: string }
  | { readonly ask: 'unlisten'; readonly channel: string }
  | { readonly ask: 'close' }

export interface WorkerRequest {
  readonly id: number
  readonly question: WorkerQuestion
}

/** An error as it crosses the thread's border, where classes do not. */
export interface SentError {
  readonly message: string
  /** Null where it was not the database's. */
  readonly sql: SqlErrorFacts | null
}

export type WorkerMessage =
  | { readonly tell: 'open'; readonly durable: boolean; readonly problem: string | null }
  | { readonly tell: 'not-open'; readonly error: SentError }
  | { readonly tell: 'answer'; readonly id: number; readonly results: readonly QueryResult[] }
  | { readonly tell: 'error'; readonly id: number; readonly error: SentError }
  | { readonly tell: 'notification'; readonly channel: string; readonly payload: string }
