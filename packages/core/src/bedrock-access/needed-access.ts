import type { Model } from '@pointsman/contract'
import { readArn } from '../routing/arn-form.ts'
import { callingRegion, destinationsFrom } from '../routing/region.ts'

export type BedrockAction =
  'bedrock:InvokeModel' | 'bedrock:InvokeModelWithResponseStream' | 'bedrock:CountTokens'

/**
 * One thing that IAM is asked before a call goes through. A call of a profile is asked for twice: for the profile where
 * it is called, and for the model in whichever region AWS then picks, with the profile as context (bedrock.md section 3).
 */
export interface NeededAccess {
  readonly modelId: string
  readonly action: BedrockAction
  /** ARN. */
  readonly resource: string
  /** ARN of the profile through which the model is reached; null = called directly. */
  readonly profile: string | null
  /** What `aws:RequestedRegion` says; `unspecified` where a global profile runs anywhere. */
  readonly requestedRegion: string
}

export interface BedrockAccount {
  /** Twelve digits, or `*` where the policy shall do for any. */
  readonly account: string
  readonly homeRegion: string
}

export const partitionOf = (region: string): string =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'

/** The ARN of a foundation model; one in no region is what a global profile reaches. */
export const foundationModelArn = (id: string, region: string, home = region): string =>
  `arn:${partitionOf(home)}:bedrock:${region}::foundation-model/${id}`

export const profileArn = (id: string, region: string, account: string): string =>
  `arn:${partitionOf(region)}:bedrock:${region}:${account}:inference-profile/${id}`

export const tableArn = (name: string, region: string, account: string): string =>
  `arn:${partitionOf(region)}:dynamodb:${region}:${account}:table/${name}`

export const chatActions = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'] as const
const embeddingActions = ['bedrock:InvokeModel'] as const

interface Reached {
  readonly resource: string
  readonly profile: string | null
  readonly requestedRegion: string
}

/** What a caller in `homeRegion` needs to call a Bedrock model in all its ways; nothing for a model of another provider. */
export function neededAccess(model: Model, at: BedrockAccount): readonly NeededAccess[] {
  if (model.kind === 'direct') return []
  const region = callingRegion(model, at.homeRegion)
  const actions = model.purpose === 'embedding' ? embeddingActions : chatActions
  const needed: NeededAccess[] = reachedBy(model, region, at.account).flatMap((reached) =>
    actions.map((action) => ({ modelId: model.id, action, ...reached })),
  )
  const counted = countedModel(model)
  if (counted !== null) {
    needed.push({
      ...{ modelId: model.id, action: 'bedrock:CountTokens', profile: null, requestedRegion: region },
      resource: foundationModelArn(counted, region),
    })
  }
  return needed
}

function reachedBy(model: Model, region: string, account: string): readonly Reached[] {
  const arn = readArn(model.upstreamId)
  if (model.kind === 'foundation-model') {
    const resource = arn?.written ?? foundationModelArn(model.upstreamId, region)
    return [{ resource, profile: null, requestedRegion: region }]
  }
  const base = behindProfile(model, arn?.name ?? model.upstreamId)
  const profile = arn?.written ?? profileArn(model.upstreamId, region, account)
  const itself = { resource: profile, profile: null, requestedRegion: region }
  if (model.kind === 'global-profile') {
    return [
      itself,
      { resource: foundationModelArn(base, region), profile, requestedRegion: region },
      { resource: foundationModelArn(base, '', region), profile, requestedRegion: 'unspecified' },
    ]
  }
  // Where it is not known where a profile leads, the profile itself is what bounds it.
  const destinations = destinationsFrom(model, region) ?? ['*']
  return [
    itself,
    ...destinations.map((destination) => ({
      resource: foundationModelArn(base, destination, region),
      profile,
      requestedRegion: destination,
    })),
  ]
}

/** A profile's id is its model's behind where it leads (`eu.`); what an application profile's leads to cannot be read from it. */
const behindProfile = ({ baseModelId, kind }: Model, id: string): string =>
  baseModelId ?? (kind === 'application-profile' ? '*' : id.replace(/^[a-z-]+\./, ''))

/** Bedrock counts the tokens of Claude alone, by the id of the foundation model (bedrock.md 1.6). */
function countedModel(model: Model): string | null {
  if (model.format !== 'claude' || model.purpose !== 'chat') return null
  const id = readArn(model.upstreamId)?.name ?? model.upstreamId
  return model.kind === 'foundation-model' ? id : behindProfile(model, id)
}
