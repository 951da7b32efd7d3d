import type { Model } from '@pointsman/contract'
import { sameGeography } from '../routing/region.ts'
import {
  foundationModelArn,
  neededAccess,
  profileArn,
  type BedrockAccount,
  type NeededAccess,
} from './needed-access.ts'
import type { PolicyDocument, PolicyStatement } from './policy-document.ts'

export interface AccessPolicyInput extends BedrockAccount {
  /** Those that are called. */
  readonly models: readonly Model[]
  /** Vendors (`anthropic`) all of whose models may be called from the home region, known to the catalogue or not. */
  readonly vendors: readonly string[]
  /** The whole catalogue: says where the profiles of the home region's geography lead. */
  readonly catalogue: Iterable<Model>
  /** One line a model for all regions, where a policy must be short; the profile still bounds them. */
  readonly compact: boolean
  /** The account's callers may also come with a Bedrock API key. */
  readonly bearerTokens: boolean
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
  const needed = input.models.flatMap((model) => neededAccess(model, input))
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
  ]
  return { Version: '2012-10-17', Statement: statements }
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

/** Models of one vendor by pattern: directly in the home region, and through the profiles of its geography. */
function vendorAccess(vendor: string, input: AccessPolicyInput): readonly NeededAccess[] {
  const { account, homeRegion: region } = input
  const modelId = `${vendor}.*`
  const actions = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'] as const
  const reach = geographyOf(input)
  const profiles = reach.prefixes.map((prefix) => profileArn(`${prefix}.${modelId}`, region, account))
  const direct = { resource: foundationModelArn(modelId, region), profile: null, requestedRegion: region }
  return actions.flatMap((action) => [
    { modelId, action, ...direct },
    ...profiles.flatMap((profile) => [
      { modelId, action, resource: profile, profile: null, requestedRegion: region },
      ...reach.destinations.map((destination) => ({
        ...{ modelId, action, profile, requestedRegion: destination },
        resource: foundationModelArn(modelId, destination, region),
      })),
    ]),
  ])
}

/** How the profiles of the home region's geography begin (`eu`), and all regions to which they lead. */
function geographyOf({ catalogue, homeRegion }: AccessPolicyInput): {
  readonly prefixes: readonly string[]
  readonly destinations: readonly string[]
} {
  const profiles = [...catalogue].filter(
    ({ kind, sourceRegions }) =>
      kind === 'geo-profile' && (sourceRegions ?? []).some((region) => sameGeography(region, homeRegion)),
  )
  const callable = profiles.filter(({ sourceRegions }) => sourceRegions?.includes(homeRegion))
  return {
    prefixes: sorted(callable.map(({ upstreamId }) => upstreamId.split('.', 1)[0] ?? '')),
    destinations: sorted(callable.flatMap(({ destinationRegions }) => destinationRegions ?? [])),
  }
}

const sorted = <Text extends string>(texts: readonly Text[]): Text[] => [...new Set(texts)].sort()
