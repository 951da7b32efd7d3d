import type { JsonValue } from '@pointsman/contract'
import type { Queryable } from './database.ts'

/** Names in use: `region` (prices are today's in it), `epoch`, `master-key-check`; others are the caller's. */
export declare function readSetting(database: Queryable, key: string): Promise<JsonValue | null>
export declare function writeSetting(database: Queryable, key: string, value: JsonValue): Promise<void>
/** Writes where none stands; returns what stands. Two starters agree on one value. */
export declare function claimSetting(database: Queryable, key: string, value: JsonValue): Promise<JsonValue>
