import {
  modelId,
  providerId,
  type ErrorCode,
  type KeySource,
  type ModelId,
  type ProviderId,
} from '@pointsman/contract'
import type { Queryable } from './database.ts'
import * as read from './row-values.ts'

/** What the last trial of a provider's key came to. */
export interface ProviderTestRow {
  readonly provider: ProviderId
  readonly testedAtMs: number
  readonly ok: boolean
  readonly modelId: ModelId
  readonly latencyMs: number
  /** Where the credential came from; null = there was none. */
  readonly keySource: KeySource | null
  readonly errorCode: ErrorCode | null
  /** In words that any reader may have; null where it went well. */
  readonly problem: string | null
}

export async function listProviderTests(database: Queryable): Promise<readonly ProviderTestRow[]> {
  const { rows } = await database.query('SELECT * FROM pointsman.provider_tests ORDER BY provider')
  return rows.map((row) => ({
    provider: providerId(read.text(row, 'provider')),
    testedAtMs: read.instant(row, 'tested_at'),
    ok: read.boolean(row, 'ok'),
    modelId: modelId(read.text(row, 'model_id')),
    latencyMs: read.number(row, 'latency_ms'),
    keySource: row['key_source'] === null ? null : read.word(row, 'key_source'),
    errorCode: row['error_code'] === null ? null : read.word(row, 'error_code'),
    problem: read.textOrNull(row, 'problem'),
  }))
}

/** In the place of the one before. */
export async function putProviderTest(
  database: Queryable,
  test: Omit<ProviderTestRow, 'testedAtMs'>,
): Promise<void> {
  await database.query(
    `INSERT INTO pointsman.provider_tests
       (provider, ok, model_id, latency_ms, key_source, error_code, problem)
     VALUES ($1, $2::boolean, $3, $4::integer, $5, $6, $7)
     ON CONFLICT (provider) DO UPDATE SET tested_at = pointsman.now_ms(), ok = excluded.ok,
       model_id = excluded.model_id, latency_ms = excluded.latency_ms, key_source = excluded.key_source,
       error_code = excluded.error_code, problem = excluded.problem`,
    [
      ...[test.provider, test.ok, test.modelId, test.latencyMs, test.keySource, test.errorCode],
      test.problem === null ? null : read.storableText(test.problem),
    ],
  )
}
