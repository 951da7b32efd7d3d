import type { Model } from '@pointsman/contract'
import { callingRegion } from '../routing/region.ts'
import { secretAccess, type ReadSecret } from './secret-access.ts'
import {
  chatActions,
  foundationModelArn,
  neededAccess,
  profileArn,
  tableArn,
  type BedrockAccount,
  type NeededAccess,
} from './needed-access.ts'
import type { PolicyDocument, PolicyStatement } from './policy-document.ts'

export interface AccessPolicyInput extends BedrockAccount {
  /** Those that are called. */
  readonly models: readonly Model[]
  /** Vendors (`anthropic`) all of whose models may be called from the home region, known to the catalogue or not. */
  readonly vendors: readonly string[]
  /** Where the keys of providers are kept in Secrets Manager; absent = nowhere there. */
  readonly secrets?: readonly ReadSecret[]
  /** The whole catalogue: says how the profiles begin that the home region calls. */
  readonly catalogue: readonly Model[]
  /** One line a model for all regions, where a policy must be short; the profile still bounds them. */
  readonly compact: boolean
  /** The account's callers may also come with a Bedrock API key. */
  readonly bearerTokens: boolean
  /** DynamoDB tables that are followed; absent = none. */
  readonly tables?: readonly FollowedTableAccess[]
}

export interface FollowedTableAccess {
  /** Its name, or its ARN. */
  readonly name: string
  readonly region: string
  /** Switches are written into it. */
  readonly isWritten: boolean
}

/** Seed 001's four. They name no model: AWS knows no resource for the lists, and what they tell is public. */
const discovery = [
  'bedrock:GetFoundationModel',
  'bedrock:GetInferenceProfile',
  'bedrock:ListFoundationModels',
  'bedrock:ListInferenceProfiles',
]

/**
 * The least that a role needs to call these models: each profile where it is called, the models behind profiles in every
 * region to which they lead, but only through them, models that are called directly, counting, and discovery.
 */
export function accessPolicy(input: AccessPolicyInput): PolicyDocument {
  const needed = input.models.flatMap((model) =>
    neededAccess(model, input).filter((need) => !coveredByVendor(need, model, input)),
  )
  const patterns = input.vendors.flatMap((vendor) => vendorAccess(vendor, input))
  const all = [...needed, ...patterns].map((need) => (input.compact ? inAnyRegion(need) : need))
  const statements = [
    ...grouped('CallProfiles', all.filter(isProfileCall)),
    ...grouped('CallModels', all.filter(isDirectCall)),
    ...grouped(
      'ReachModelsThroughProfiles',
      all.filter(({ profile, requestedRegion }) => profile !== null && requestedRegion !== 'unspecified'),
    ),
    ...grouped(
      'ReachModelsAnywhereThroughGlobalProfiles',
      all.filter(({ profile, requestedRegion }) => profile !== null && requestedRegion === 'unspecified'),
    ),
    ...secretAccess(input.secrets ?? [], input.account),
    { Sid: 'Discover', Effect: 'Allow' as const, Action: discovery, Resource: '*' },
    ...(input.bearerTokens
      ? [
          {
            Sid: 'CallWithApiKeys',
            Effect: 'Allow' as const,
            Action: ['bedrock:CallWithBearerToken'],
            Resource: '*',
          },
        ]
      : []),
    ...tableAccess(input),
  ]
  return { Version: '2012-10-17', Statement: statements }
}

function tableAccess({ account, tables = [] }: AccessPolicyInput): readonly PolicyStatement[] {
  const arnOf = ({ name, region }: FollowedTableAccess): string =>
    name.startsWith('arn:') ? name : tableArn(name, region, account)
  const written = tables.filter(({ isWritten }) => isWritten)
  return [
    ...(tables.length === 0
      ? []
      : [
          {
            ...{ Sid: 'FollowTables', Effect: 'Allow' as const },
            ...{ Action: ['dynamodb:DescribeTable', 'dynamodb:Scan'], Resource: sorted(tables.map(arnOf)) },
          },
        ]),
    ...(written.length === 0
      ? []
      : [
          {
            ...{ Sid: 'WriteTablesBack', Effect: 'Allow' as const },
            ...{ Action: ['dynamodb:UpdateItem'], Resource: sorted(written.map(arnOf)) },
          },
        ]),
  ]
}

const isProfileCall = ({ profile, resource }: NeededAccess): boolean =>
  profile === null && resource.includes('inference-profile/')
const isDirectCall = ({ profile, resource }: NeededAccess): boolean =>
  profile === null && !resource.includes('inference-profile/')

const inAnyRegion = (need: NeededAccess): NeededAccess =>
  need.profile === null || need.requestedRegion === 'unspecified'
    ? need
    : { ...need, resource: need.resource.replace(/:bedrock:[^:]*:/, ':bedrock:*:') }

/** One statement for each set of actions that some resource needs. Neither order nor repetition of the needs shows. */
function grouped(sid: string, needed: readonly NeededAccess[]): readonly PolicyStatement[] {
  const byResource = Map.groupBy(needed, ({ resource }) => resource)
  const resources = [...byResource].map(([resource, needs]) => ({
    resource,
    needs,
    actions: sorted(needs.map(({ action }) => action)),
  }))
  const groups = [...Map.groupBy(resources, ({ actions }) => actions.join())].sort(([a], [b]) =>
    a < b ? -1 : 1,
  )
  return groups.map(([, members], index) => ({
    Sid: groups.length === 1 ? sid : `${sid}${index + 1}`,
    Effect: 'Allow',
    Action: members[0]?.actions ?? [],
    Resource: sorted(members.map(({ resource }) => resource)),
    ...conditionOf(members.flatMap(({ needs }) => needs)),
  }))
}

function conditionOf(needs: readonly NeededAccess[]): Pick<PolicyStatement, 'Condition'> {
  const profiles = sorted(needs.flatMap(({ profile }) => (profile === null ? [] : [profile])))
  if (profiles.length === 0) return {}
  const anywhere = needs.every(({ requestedRegion }) => requestedRegion === 'unspecified')
  return {
    Condition: {
      // Like, not equals: an account or a vendor's models may be a pattern.
      ArnLike: { 'bedrock:InferenceProfileArn': profiles },
      ...(anywhere ? { StringEquals: { 'aws:RequestedRegion': 'unspecified' } } : {}),
    },
  }
}

/** Models of one vendor by pattern: directly in the home region, and in its geography through the profiles of that. */
function vendorAccess(vendor: string, input: AccessPolicyInput): readonly NeededAccess[] {
  const { account, homeRegion } = input
  const modelId = `${vendor}.*`
  const called = { profile: null, requestedRegion: homeRegion }
  const elsewhere = homeRegion.replace(/(?<=-).*/, '*')
  const profiles = profilePrefixes(input).map((prefix) =>
    profileArn(`${prefix}.${modelId}`, homeRegion, account),
  )
  const reached = [
    { resource: foundationModelArn(modelId, homeRegion), ...called },
    ...profiles.map((resource) => ({ resource, ...called })),
    ...profiles.map((profile) => ({
      ...{ resource: foundationModelArn(modelId, elsewhere, homeRegion), profile },
      requestedRegion: elsewhere,
    })),
  ]
  return reached.flatMap((one) => chatActions.map((action) => ({ modelId, action, ...one })))
}

/** What the patterns of the model's vendor allow need not be said again. */
const coveredByVendor = (
  need: NeededAccess,
  model: Model,
  { homeRegion, vendors }: AccessPolicyInput,
): boolean =>
  vendors.includes(model.vendor) &&
  need.action !== 'bedrock:CountTokens' &&
  (model.kind === 'geo-profile' || model.kind === 'foundation-model') &&
  model.upstreamId.includes(`${model.vendor}.`) &&
  callingRegion(model, homeRegion) === homeRegion

/** How the profiles begin that can be called from home and stay in its geography: `eu`. */
const profilePrefixes = ({ catalogue, homeRegion }: AccessPolicyInput): readonly string[] =>
  sorted(
    catalogue
      .filter(({ kind, sourceRegions }) => kind === 'geo-profile' && sourceRegions?.includes(homeRegion))
      .map(({ upstreamId }) => upstreamId.split('.', 1)[0] ?? ''),
  )

const sorted = <Text extends string>(texts: readonly Text[]): Text[] => [...new Set(texts)].sort()
