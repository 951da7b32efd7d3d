import { PointsmanError, type Model } from '@pointsman/contract'
import {
  accessPolicy,
  accessUnder,
  neededAccess,
  standIn,
  type Access,
  type FollowedTableAccess,
  type NeededAccess,
  type PolicyDocument,
} from '@pointsman/core'
import { z } from 'zod'
import { modelsInUse } from '../analytics/models-in-use.ts'
import { tablesOf } from '../dynamodb/followed-tables.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'

const texts = z.union([z.string(), z.array(z.string())])
const statementSchema = z
  .object({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Action: texts.optional(),
    NotAction: texts.optional(),
    Resource: texts.optional(),
    NotResource: texts.optional(),
    Condition: z.record(z.string(), z.record(z.string(), texts)).optional(),
  })
  .refine(({ Action, NotAction }) => (Action === undefined) !== (NotAction === undefined), {
    error: 'a statement has either Action or NotAction',
  })
  .refine(({ Resource, NotResource }) => (Resource === undefined) !== (NotResource === undefined), {
    error: 'a statement has either Resource or NotResource',
  })

const policySchema = z.object({
  Version: z.enum(['2012-10-17', '2008-10-17']).default('2012-10-17'),
  Statement: z.union([statementSchema, z.array(statementSchema).max(1_000)]),
}) as unknown as z.ZodType<PolicyDocument>

const account = z
  .string()
  .regex(/^(\d{12}|\*)$/, 'an account id has twelve digits')
  .describe('Twelve digits; `*` = a policy that does for any account.')
const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d+$/, 'such as eu-central-1')

const vendorList = z
  .string()
  .regex(/^[a-z0-9-]+(,[a-z0-9-]+)*$/, 'names of vendors with commas between them, such as anthropic,meta')
  .transform((list) => list.split(','))

const policyQuestion = z.strictObject({
  account: account.default('*'),
  region: region.optional().describe('Where calls are made from; the server’s own unless set.'),
  models: z
    .enum(['in-use', 'all'])
    .default('in-use')
    .describe(
      '`in-use`: what routes, their fallbacks and aliases name, and what answered within 30 days; `all`: every enabled Bedrock model.',
    ),
  vendors: vendorList.optional().describe('Vendors all of whose models may be called beside them.'),
  compact: z.stringbool().default(false).describe('One line a model in place of one for each region.'),
  bearerTokens: z.stringbool().default(false).describe('Callers may come with a Bedrock API key.'),
})

/** AWS counts without white space; the sum of a role's inline policies, and one managed policy. */
const limits = { inline: 10_240, managed: 6_144 }

const policyAnswer = z.object({
  policy: policySchema,
  models: z.array(z.string()).describe('Those that it lets through.'),
  characters: z.number().describe('Without white space, as AWS counts.'),
  fits: z.object({
    inline: z.boolean().describe('10,240 characters, all inline policies of a role together.'),
    managed: z.boolean().describe('6,144 characters.'),
  }),
})

const lack = z.object({
  modelId: z.string(),
  action: z.string(),
  resource: z.string(),
  access: z
    .enum(['denied', 'not-allowed', 'unsure'])
    .describe('`unsure`: it hangs on a condition that only the call itself knows.'),
  why: z.string(),
})

export const iamEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'iam.policy',
    method: 'GET',
    path: '/iam/policy',
    summary:
      'The least-privilege AWS policy of a role that calls the Bedrock models in use, and follows tables where that is set.',
    query: policyQuestion,
    answer: policyAnswer,
    errors: ['model_not_found'],
    handle: async ({
      query: { models: which, vendors = [], region: homeRegion = house.homeRegion, ...query },
    }) => {
      const { compiled } = house.publishing.holder.required()
      requireVendors(vendors, compiled.models.values())
      const models = await bedrockModels(house, which, homeRegion)
      const catalogue = [...compiled.models.values()]
      const policy = accessPolicy({
        ...query,
        homeRegion,
        models,
        vendors,
        catalogue,
        secrets: house.keySecrets ?? [],
        tables: tablesIn(house),
      })
      const characters = JSON.stringify(policy).length
      const fits = { inline: characters <= limits.inline, managed: characters <= limits.managed }
      return { data: { policy, models: models.map(({ id }) => id), characters, fits } }
    },
  }),
  endpoint({
    operation: 'iam.check',
    method: 'POST',
    path: '/iam/check',
    summary: 'What of the Bedrock models in use a role with these policies could not call, and why.',
    body: z.strictObject({
      policies: z.array(policySchema).min(1).max(30).describe('Everything that is attached to the role.'),
      account: account.default('*'),
      region: region.optional(),
      models: z.enum(['in-use', 'all']).default('in-use'),
    }),
    answer: z.object({
      sufficient: z.boolean(),
      models: z.array(z.string()).describe('Those that were looked at.'),
      lacks: z.array(lack),
    }),
    handle: async ({
      body: { policies, account: id, models: which, region: homeRegion = house.homeRegion },
    }) => {
      const models = await bedrockModels(house, which, homeRegion)
      const needed = models.flatMap((model) => neededAccess(model, { account: id, homeRegion }))
      const lacks = needed.flatMap((need) => {
        const access = accessUnder(policies, need)
        return access === 'allowed' ? [] : [lackOf(need, access)]
      })
      return { data: { sufficient: lacks.length === 0, models: models.map((model) => model.id), lacks } }
    },
  }),
]

function tablesIn({ followed }: ControlHouse): readonly FollowedTableAccess[] {
  if (followed === undefined) return []
  const { region, writeBack } = followed
  return tablesOf(followed).map(({ name }) => ({ name, region, isWritten: writeBack }))
}

async function bedrockModels(
  house: ControlHouse,
  which: 'in-use' | 'all',
  homeRegion: string,
): Promise<readonly Model[]> {
  const { compiled } = house.publishing.holder.required()
  const nowMs = house.clock.nowMs()
  const enabled = [...compiled.models.values()].filter((model) => model.enabled)
  const models =
    which === 'in-use'
      ? await modelsInUse(house.database, compiled, { homeRegion, nowMs })
      : new Set(enabled.map((model) => standIn(compiled, model, homeRegion)))
  return [...models].filter(({ kind }) => kind !== 'direct')
}

function requireVendors(vendors: readonly string[], models: Iterable<Model>): void {
  const known = new Set([...models].flatMap(({ kind, vendor }) => (kind === 'direct' ? [] : [vendor])))
  const unknown = vendors.find((vendor) => !known.has(vendor))
  if (unknown === undefined) return
  throw new PointsmanError(
    'model_not_found',
    `No Bedrock model of the catalogue is made by ${unknown}. Its vendors are ${[...known].sort().join(', ')}.`,
    { field: 'vendors' },
  )
}

function lackOf(need: NeededAccess, access: Exclude<Access, 'allowed'>): z.input<typeof lack> {
  const { modelId, action, resource } = need
  return { modelId, action, resource, access, why: `${reached(need)}${reasons[access]}` }
}

const reached = ({ profile, requestedRegion }: NeededAccess): string => {
  if (profile === null) return ''
  const where = requestedRegion === 'unspecified' ? 'to any region' : `to ${requestedRegion}`
  return `Through its profile AWS routes some calls ${where}: they fail though others succeed. `
}

const reasons = {
  denied: 'A statement denies it.',
  'not-allowed': 'No statement allows it.',
  unsure: 'It hangs on a condition that cannot be judged from here.',
} as const
