import {
  modelId,
  PointsmanError,
  providerId,
  type Abilities,
  type Model,
  type ModelId,
} from '@pointsman/contract'
import type { RouteKind } from '@pointsman/contract'
import type { Queryable, Row, Transaction } from './database.ts'
import { mergeStatement } from './merge.ts'
import * as read from './row-values.ts'

/** A catalogue entry as the registry keeps it. */
export interface CatalogueRow {
  readonly model: Model
  /** Column `is_default`: the default route's target. */
  readonly isDefault: boolean
  /** The use case in whose list it ranks best; null = in none. */
  readonly useCase: string | null
  /** Today's costs in the server's region, US-$ per million tokens; null = not known. */
  readonly inputCostPerMTok: number | null
  readonly outputCostPerMTok: number | null
  /** Number of the revision of its last change. */
  readonly revision: number
}

/** A route whose target an edit moved. */
export interface RouteMove {
  readonly kind: RouteKind
  readonly name: string
  /** Null: the route inherited or inherits the default. */
  readonly from: ModelId | null
  readonly to: ModelId | null
}

const unknownAbilities: Abilities = {
  tools: null,
  toolsStreaming: null,
  images: null,
  documents: null,
  streaming: null,
  jsonSchema: null,
  promptCaching: null,
  reasoning: null,
}

export function readModel(row: Row): Model {
  const replacement = read.textOrNull(row, 'replacement_model_id')
  return {
    id: modelId(read.text(row, 'model_id')),
    name: read.text(row, 'model_name'),
    vendor: read.text(row, 'provider'),
    provider: providerId(read.text(row, 'served_by')),
    upstreamId: read.text(row, 'upstream_id'),
    purpose: read.word(row, 'purpose'),
    kind: read.word(row, 'kind'),
    baseModelId: read.textOrNull(row, 'base_model_id'),
    family: read.text(row, 'family'),
    tier: read.textOrNull(row, 'tier'),
    generation: read.number(row, 'generation'),
    format: read.text(row, 'format'),
    contextTokens: read.numberOrNull(row, 'context_tokens'),
    maxOutputTokens: read.numberOrNull(row, 'max_tokens'),
    abilities: { ...unknownAbilities, ...read.json<Partial<Abilities>>(row, 'abilities') },
    sourceRegions: read.textsOrNull(row, 'source_regions'),
    destinationRegions: read.textsOrNull(row, 'destination_regions'),
    ...destinationsFrom(row),
    lifecycle: {
      status: read.word(row, 'lifecycle_status'),
      endsOn: read.textOrNull(row, 'ends_on'),
      replacement: replacement === null ? null : modelId(replacement),
    },
    enabled: read.boolean(row, 'is_available'),
    priority: read.number(row, 'priority'),
  }
}

/** Left out where nobody said so, so that what was published before it was told has the same content. */
function destinationsFrom(row: Row): Pick<Model, 'destinationsFrom'> {
  if (row['destinations_from'] === null) return {}
  return { destinationsFrom: read.json<NonNullable<Model['destinationsFrom']>>(row, 'destinations_from') }
}

export const readCatalogueRow = (row: Row): CatalogueRow => ({
  model: readModel(row),
  isDefault: read.boolean(row, 'is_default'),
  useCase: read.textOrNull(row, 'use_case'),
  inputCostPerMTok: read.numberOrNull(row, 'input_cost_per_mtok'),
  outputCostPerMTok: read.numberOrNull(row, 'output_cost_per_mtok'),
  revision: read.number(row, 'revision'),
})

export async function hasModels(database: Queryable): Promise<boolean> {
  const { rows } = await database.query('SELECT EXISTS (SELECT FROM public.bedrock_models) AS there')
  return rows[0]?.['there'] === true
}

/** In the catalogue's order: priority, then id. */
export async function listModels(
  database: Queryable,
  filter: { readonly enabledOnly?: boolean; readonly vendor?: string } = {},
): Promise<readonly CatalogueRow[]> {
  const { rows } = await database.query(
    `SELECT * FROM public.bedrock_models
     WHERE (is_available OR NOT $1::boolean) AND ($2::text IS NULL OR provider = $2)
     ORDER BY priority, model_id`,
    [filter.enabledOnly ?? false, filter.vendor ?? null],
  )
  return rows.map(readCatalogueRow)
}

export async function findModel(database: Queryable, id: string): Promise<CatalogueRow | null> {
  const { rows } = await database.query('SELECT * FROM public.bedrock_models WHERE model_id = $1', [id])
  return rows[0] === undefined ? null : readCatalogueRow(rows[0])
}

const mergeModels = mergeStatement({
  table: 'public.bedrock_models',
  key: ['model_id'],
  insertOnly: ['is_available'],
  columns: {
    model_id: 'text',
    model_name: 'text',
    provider: 'text',
    is_available: 'boolean',
    max_tokens: 'integer',
    format: 'text',
    priority: 'integer',
    served_by: 'text',
    upstream_id: 'text',
    purpose: 'text',
    kind: 'text',
    base_model_id: 'text',
    family: 'text',
    tier: 'text',
    generation: 'double precision',
    context_tokens: 'integer',
    abilities: 'jsonb',
    source_regions: 'text[]',
    destination_regions: 'text[]',
    destinations_from: 'jsonb',
    lifecycle_status: 'text',
    ends_on: 'date',
    replacement_model_id: 'text',
  },
})

const writeModel = (model: Model): { readonly [column: string]: unknown } => ({
  model_id: model.id,
  model_name: model.name,
  provider: model.vendor,
  is_available: model.enabled,
  max_tokens: model.maxOutputTokens,
  format: model.format,
  priority: model.priority,
  served_by: model.provider,
  upstream_id: model.upstreamId,
  purpose: model.purpose,
  kind: model.kind,
  base_model_id: model.baseModelId,
  family: model.family,
  tier: model.tier,
  generation: model.generation,
  context_tokens: model.contextTokens,
  abilities: model.abilities,
  source_regions: model.sourceRegions,
  destination_regions: model.destinationRegions,
  destinations_from: model.destinationsFrom ?? null,
  lifecycle_status: model.lifecycle.status,
  ends_on: model.lifecycle.endsOn,
  replacement_model_id: model.lifecycle.replacement,
})

/** Adds or replaces entries; `enabled` of an entry that exists already is kept (`setModelEnabled` changes it). Returns how many rows changed. */
export async function upsertModels(transaction: Transaction, models: readonly Model[]): Promise<number> {
  if (models.length === 0) return 0
  const { rowCount } = await transaction.query(mergeModels, [read.storableJson(models.map(writeModel))])
  return rowCount
}

type Targets = ReadonlyMap<
  string,
  { readonly kind: RouteKind; readonly name: string; readonly target: ModelId | null }
>

async function targets(transaction: Transaction): Promise<Targets> {
  const { rows } = await transaction.query(
    'SELECT kind, name, target_model_id FROM pointsman.routes ORDER BY kind, name',
  )
  return new Map(
    rows.map((row) => {
      const kind = read.word<RouteKind>(row, 'kind')
      const name = read.text(row, 'name')
      const target = read.textOrNull(row, 'target_model_id')
      return [`${kind}/${name}`, { kind, name, target: target === null ? null : modelId(target) }]
    }),
  )
}

/**
 * Switches a model on or off. Off moves every route that had it as target to the route's next usable candidate, and
 * tells which; throws `last_usable_model` naming the routes that would have none, `model_not_found`.
 */
export async function setModelEnabled(
  transaction: Transaction,
  id: ModelId,
  enabled: boolean,
): Promise<{ readonly changed: boolean; readonly moves: readonly RouteMove[] }> {
  const before = await targets(transaction)
  const { rows } = await transaction.query(
    'SELECT is_available FROM public.bedrock_models WHERE model_id = $1',
    [id],
  )
  if (rows[0] === undefined) throw new PointsmanError('model_not_found', `Model not found: ${id}`)
  if (read.boolean(rows[0], 'is_available') === enabled) return { changed: false, moves: [] }
  await transaction.query('UPDATE public.bedrock_models SET is_available = $2 WHERE model_id = $1', [
    id,
    enabled,
  ])
  // Now rather than at the commit, so that the caller can still record the refusal.
  await transaction.query('SELECT pointsman.check_edits()')
  const after = await targets(transaction)
  const moves = [...before.entries()].flatMap(([key, { kind, name, target }]) => {
    const to = after.get(key)?.target ?? null
    return to === target ? [] : [{ kind, name, from: target, to }]
  })
  return { changed: true, moves }
}

/** Changes plain facts. Absent = as it is. False where there is no such model. */
export async function updateModel(
  transaction: Transaction,
  id: ModelId,
  change: { readonly name?: string; readonly maxOutputTokens?: number | null; readonly priority?: number },
): Promise<boolean> {
  const { rowCount } = await transaction.query(
    `UPDATE public.bedrock_models SET
       model_name = coalesce($2::text, model_name),
       max_tokens = CASE WHEN $3::boolean THEN $4::integer ELSE max_tokens END,
       priority = coalesce($5::integer, priority)
     WHERE model_id = $1`,
    [
      id,
      change.name ?? null,
      change.maxOutputTokens !== undefined,
      change.maxOutputTokens ?? null,
      change.priority ?? null,
    ],
  )
  return rowCount > 0
}

/** Brings the cost columns up to date where a price's date has come. Changes no revision. Returns how many rows changed. */
export async function refreshCosts(database: Queryable): Promise<number> {
  const { rows } = await database.query('SELECT pointsman.keep_model_columns() AS changed')
  return rows[0] === undefined ? 0 : read.number(rows[0], 'changed')
}
