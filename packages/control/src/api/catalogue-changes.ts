import type { Principal } from '@pointsman/contract'
import { z } from 'zod'
import { behindShown } from './behind-shown.ts'
import type { CatalogueOutcome } from '../catalogue/changes/change-catalogue.ts'
import { importModels } from '../catalogue/import/import-models.ts'
import { modelIdSchema } from '../catalogue/schemas.ts'
import { syncCatalogue } from '../catalogue/sync/sync-catalogue.ts'
import type { ControlHouse } from '../house.ts'
import { importModelTable } from '../dynamodb/import-table.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { instantText } from '../instant.ts'

const routes = z.array(z.object({ route: z.string(), as: z.enum(['target', 'candidate', 'fallback']) }))
const rates = z.object({ inputPicoUsd: z.number().nullable(), outputPicoUsd: z.number().nullable() })
const lifecycle = z.enum(['active', 'preview', 'legacy', 'deprecated', 'eol'])

const planShown = z.object({
  new: z
    .array(
      z.object({
        id: z.string(),
        name: z.string(),
        kind: z.string(),
        enabled: z.boolean(),
        priced: z.boolean().describe('A price holds now where it would be called.'),
      }),
    )
    .describe('Entries that are added.'),
  changed: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      fields: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
    }),
  ),
  ended: z
    .array(
      z.object({
        id: z.string(),
        name: z.string(),
        status: lifecycle,
        endsOn: z.string().nullable(),
        replacement: z.string().nullable(),
        routes,
      }),
    )
    .describe('Entries that are no longer current by this, and what hangs on them.'),
  prices: z
    .array(
      z.object({
        modelId: z.string(),
        region: z.string(),
        effectiveFromMs: z.number(),
        from: rates.nullable().describe('What holds when it begins; null = nothing was known.'),
        to: rates,
        fields: z
          .array(z.string())
          .describe(
            'What differs of all rates: `cacheReadPicoUsd`, `serviceTiers.flex`; empty where nothing was known.',
          ),
        source: z.string(),
      }),
    )
    .describe('Dated prices that are added; none is ever edited.'),
  unpriced: z
    .array(z.object({ id: z.string(), region: z.string() }))
    .describe('No price is known where they would be called: their cost is told as unknown.'),
  missing: z
    .array(z.object({ id: z.string(), routes }))
    .describe('Entries that the source lists no more; they stay as they are.'),
  skipped: z.array(z.object({ id: z.string(), reason: z.string() })).describe('Left aside, and why.'),
  warnings: z.array(z.string()),
})

const outcomeShown = z.object({
  applied: z.boolean().describe('False: a dry run, or nothing to change.'),
  revision: z.number().describe('The registry’s, of which the plan was made, or which the change made.'),
  ...behindShown,
  plan: planShown,
})

const dryRun = z.stringbool().default(false).describe('Says what would be; changes nothing.')
const enable = z
  .boolean()
  .default(false)
  .describe('New entries are switched on at once; off, nothing is served by them until somebody says so.')
const region = z.string().regex(/^[a-z]{2,3}(-[a-z]+)+-\d+$/, 'an AWS region, such as eu-central-1')

/** As DynamoDB names tables, or their ARN. */
export const tableName = z
  .string()
  .max(1_024)
  .regex(
    /^(?:arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/)?[\w.-]{3,255}$/,
    'a table’s name has 3 to 255 letters, digits, "_", "-", "."',
  )
export const dynamoErrors = ['credentials_missing', 'provider_auth', 'upstream_broken', 'not_found'] as const

/** Changes of the whole catalogue by the word of a source: a plan first, then one revision. */
export const catalogueChangeEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'models.sync',
    method: 'POST',
    path: '/models/sync',
    summary: 'Brings the catalogue up to what Amazon Bedrock lists in a region, in one revision.',
    query: z.strictObject({ dryRun }),
    body: z.strictObject({
      region: region.optional().describe('The server’s own unless set.'),
      enable,
    }),
    answer: outcomeShown,
    conditional: true,
    errors: ['refused', 'revision_rejected', 'credentials_missing', 'provider_auth', 'upstream_broken'],
    handle: async ({ query, body, principal, ifMatch }) =>
      shown(
        await syncCatalogue(house, principal, {
          region: body.region ?? house.homeRegion,
          enable: body.enable,
          dryRun: query.dryRun,
          ifMatch,
        }),
      ),
  }),
  importEndpoint(house),
]

const importBody = z
  .strictObject({
    text: z.string().min(1).optional().describe('The file: JSON, or one JSON value a line.'),
    name: z.string().min(1).max(500).optional().describe('Of a file: stands as the source of its prices.'),
    dynamodb: tableName
      .optional()
      .describe('In the place of a file: a table `LLMModels`, read by this server.'),
    form: z
      .enum(['catalogue', 'llm-models', 'price-catalogue'])
      .optional()
      .describe(
        'Ours, items of a DynamoDB table `LLMModels`, or LiteLLM’s price catalogue; seen from the text unless set.',
      ),
    region: region
      .optional()
      .describe('Where prices hold that name no region, of models that are billed by region.'),
    only: z
      .array(modelIdSchema)
      .min(1)
      .max(1_000)
      .optional()
      .describe('Of a price catalogue: these models alone; those that are new are added.'),
    effectiveFrom: instantText.optional().describe('When its prices begin; now unless set.'),
    enable,
  })
  .refine(
    ({ dynamodb, form, only, text }) =>
      (dynamodb === undefined) !== (text === undefined) &&
      (dynamodb === undefined || (form ?? only) === undefined),
    {
      path: ['dynamodb'],
      message: 'stands in the place of "text" and all that goes with it: give one of the two',
    },
  )
  .refine(({ name, text }) => text === undefined || name !== undefined, {
    path: ['name'],
    message: 'is missing: it stands as the source of the prices',
  })

const importEndpoint = (house: ControlHouse): Endpoint =>
  endpoint({
    operation: 'models.import',
    method: 'POST',
    path: '/models/import',
    summary:
      'Takes over a file of models and prices in one revision, or refuses it whole; of a DynamoDB table every item that is right.',
    query: z.strictObject({ dryRun }),
    body: importBody,
    answer: outcomeShown,
    conditional: true,
    errors: ['refused', 'model_not_found', 'revision_rejected', ...dynamoErrors],
    handle: async ({ query, body, principal, ifMatch }) =>
      shown(await imported(house, principal, { body, dryRun: query.dryRun, ifMatch })),
  })

interface ImportAsked {
  readonly body: z.output<typeof importBody>
  readonly dryRun: boolean
  readonly ifMatch: number | null
}

async function imported(
  house: ControlHouse,
  principal: Principal,
  { body, dryRun: isDry, ifMatch }: ImportAsked,
): Promise<CatalogueOutcome> {
  const {
    dynamodb,
    effectiveFrom,
    enable: isEnabled,
    form = null,
    name,
    only = null,
    region: where = null,
    text,
  } = body
  const order = {
    ...{ region: where, enable: isEnabled, dryRun: isDry, ifMatch },
    effectiveFromMs: effectiveFrom === undefined ? null : Date.parse(effectiveFrom),
  }
  if (dynamodb !== undefined) {
    const {
      refused: _,
      ids: __,
      ...outcome
    } = await importModelTable(house, principal, { ...order, table: dynamodb })
    return outcome
  }
  return importModels(house, principal, { ...order, text: text ?? '', name: name ?? '', form, only })
}

const shown = (outcome: CatalogueOutcome) => ({ data: outcome, revision: outcome.revision })
