import { PointsmanError } from '@pointsman/contract'
import { z } from 'zod'
import { check } from '../../http/check.ts'
import type { BedrockListQuestion, BedrockLists } from '../../ports.ts'

/*
 * What AWS answers, as far as it is used. Words outside the SDK's lists are taken as they are (`INFERENCE_PROFILE`, `SPEECH`),
 * and lists may be longer than its schema says (bedrock.md section 2).
 */
const words = z.array(z.string()).nullish()
const foundationModel = z.object({
  modelId: z.string().min(1).max(2_048),
  modelName: z.string().nullish(),
  inputModalities: words,
  outputModalities: words,
  responseStreamingSupported: z.boolean().nullish(),
  inferenceTypesSupported: words,
  modelLifecycle: z
    .object({ status: z.string().nullish(), endOfLifeTime: z.union([z.string(), z.number()]).nullish() })
    .nullish(),
})
const foundationModels = z.object({ modelSummaries: z.array(foundationModel) })

const inferenceProfile = z.object({
  inferenceProfileId: z.string().min(1).max(2_048),
  inferenceProfileArn: z.string().min(1).max(2_048),
  inferenceProfileName: z.string().nullish(),
  models: z.array(z.object({ modelArn: z.string().nullish() })).nullish(),
  status: z.string().nullish(),
  type: z.string().nullish(),
})
const inferenceProfiles = z.object({
  inferenceProfileSummaries: z.array(inferenceProfile),
  nextToken: z.string().nullish(),
})

export type FoundationModel = z.output<typeof foundationModel>
export type InferenceProfile = z.output<typeof inferenceProfile>

/** Everything that Bedrock lists in one region. */
export interface ListedRegion {
  readonly region: string
  readonly models: readonly FoundationModel[]
  readonly profiles: readonly InferenceProfile[]
}

/** A region has some seventy: few pages, and still more than one, so that what follows the first is seen every day. */
const profilesAtOnce = '25'
/** Ends a list whose tokens lead in a circle. */
const mostPages = 200

/**
 * Both lists of a region, all pages. Throws PointsmanError with what mends it: the region, the credential, the permission;
 * `upstream_broken` where the answer is not what AWS documents.
 */
export async function readListedRegion(lists: BedrockLists, region: string): Promise<ListedRegion> {
  const ask = async (path: BedrockListQuestion['path'], query: BedrockListQuestion['query']) => {
    try {
      return await lists.ask({ region, path, query })
    } catch (thrown) {
      throw explained(thrown, region)
    }
  }
  const { modelSummaries } = read(foundationModels, await ask('/foundation-models', {}))
  const profiles = [
    // Without a type AWS lists those of the system alone.
    ...(await profilesOf('SYSTEM_DEFINED', region, ask)),
    ...(await profilesOf('APPLICATION', region, ask)),
  ]
  const byArn = new Map(profiles.map((profile) => [profile.inferenceProfileArn, profile]))
  return { region, models: modelSummaries, profiles: [...byArn.values()] }
}

async function profilesOf(
  type: string,
  region: string,
  ask: (path: BedrockListQuestion['path'], query: BedrockListQuestion['query']) => Promise<string>,
): Promise<readonly InferenceProfile[]> {
  const profiles: InferenceProfile[] = []
  let following: { readonly nextToken?: string } = {}
  for (let page = 0; page < mostPages; page += 1) {
    const query = { type, maxResults: profilesAtOnce, ...following }
    const { inferenceProfileSummaries, nextToken } = read(
      inferenceProfiles,
      await ask('/inference-profiles', query),
    )
    profiles.push(...inferenceProfileSummaries)
    if (nextToken == null) return profiles
    following = { nextToken }
  }
  throw new PointsmanError(
    'upstream_broken',
    `The list of inference profiles in ${region} has no end after ${mostPages} pages.`,
  )
}

function read<Schema extends z.ZodType>(schema: Schema, answer: string): z.output<Schema> {
  try {
    return check(schema, JSON.parse(answer), 'answer of AWS')
  } catch (thrown) {
    const why = thrown instanceof PointsmanError ? thrown.message : 'AWS answered something else than JSON.'
    throw new PointsmanError('upstream_broken', `${why} Nothing was changed.`, { cause: thrown })
  }
}

/** The vendor's refusal with the step that mends it. */
function explained(thrown: unknown, region: string): unknown {
  if (!(thrown instanceof PointsmanError)) return thrown
  const { code, details, message } = thrown
  const step = stepAfter(code, details.data?.['vendorName'], region)
  return step === null ? thrown : new PointsmanError(code, `${message} ${step}`, details)
}

function stepAfter(code: PointsmanError['code'], vendorName: unknown, region: string): string | null {
  if (vendorName === 'AccessDeniedException')
    return 'Allow bedrock:ListFoundationModels and bedrock:ListInferenceProfiles: `pointsman iam policy` prints the policy.'
  if (code === 'provider_auth')
    return 'AWS refuses the credential: renew it, or look at the clock of this machine (`pointsman doctor`).'
  if (code === 'upstream_throttled') return 'Try again in a moment.'
  if (code === 'upstream_unreachable' || code === 'upstream_timeout_total')
    return `Look at the network, and whether Bedrock is offered in ${region}.`
  return null
}
