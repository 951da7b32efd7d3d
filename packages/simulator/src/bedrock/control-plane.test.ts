import {
  BedrockClient,
  GetFoundationModelAvailabilityCommand,
  GetFoundationModelAvailabilityResponse$,
  GetFoundationModelCommand,
  GetFoundationModelResponse$,
  GetInferenceProfileCommand,
  GetInferenceProfileResponse$,
  ListFoundationModelsCommand,
  ListFoundationModelsResponse$,
  ListInferenceProfilesResponse$,
  paginateListInferenceProfiles,
  type InferenceProfileSummary,
} from '@aws-sdk/client-bedrock'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SimulatedModel } from '../simulated-model.ts'
import type { Simulator } from '../simulator.ts'
import { accessKey, bearerToken, startForTest } from '../testing/clients.ts'
import { claude, novaPro, sampleModels } from '../testing/sample-models.ts'
import { missingMembers, unknownMembers } from '../testing/smithy-schema.ts'

const applicationArn = 'arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdef123456'

/** Words that AWS's lists have and its SDK's do not (bedrock.md section 2), and regions that hang on the caller's. */
const models: readonly SimulatedModel[] = sampleModels.map((model) => {
  if (model.id === 'amazon.titan-embed-text-v1')
    return {
      ...model,
      listedAs: { inputModalities: ['SPEECH', 'TEXT'], outputModalities: ['SPEECH', 'AUDIO'] },
    }
  if (model.id === novaPro)
    return {
      ...model,
      destinationsFrom: { 'eu-west-1': ['eu-central-1', 'eu-west-1', 'eu-west-2'] },
    }
  return model
})

let simulator: Simulator
beforeAll(async () => {
  simulator = await startForTest({ models })
})
afterAll(() => simulator.close())

const client = (region = 'eu-central-1'): BedrockClient =>
  new BedrockClient({ endpoint: simulator.url, region, credentials: accessKey, maxAttempts: 1 })

async function profiles(
  type: 'SYSTEM_DEFINED' | 'APPLICATION' | undefined,
  region?: string,
): Promise<readonly InferenceProfileSummary[]> {
  const found: InferenceProfileSummary[] = []
  const input = type === undefined ? {} : { typeEquals: type }
  for await (const page of paginateListInferenceProfiles({ client: client(region), pageSize: 1 }, input)) {
    expect(page.inferenceProfileSummaries?.length).toBeLessThanOrEqual(1)
    found.push(...(page.inferenceProfileSummaries ?? []))
  }
  return found
}

const reachedBy = (profile: InferenceProfileSummary | undefined): readonly (string | undefined)[] =>
  profile?.models?.map(({ modelArn }) => modelArn?.split(':')[3]) ?? []

test('the official client reads both lists, words outside its own among them', async () => {
  const { modelSummaries = [] } = await client().send(new ListFoundationModelsCommand({}))
  const byId = new Map(modelSummaries.map((summary) => [summary.modelId, summary]))
  expect(byId.get('amazon.nova-pro-v1:0')?.inferenceTypesSupported).toEqual(['INFERENCE_PROFILE'])
  expect(byId.get('amazon.titan-embed-text-v1')).toMatchObject({
    inputModalities: ['SPEECH', 'TEXT'],
    outputModalities: ['SPEECH', 'AUDIO'],
  })
  const ended = byId.get('anthropic.claude-3-5-sonnet-20241022-v2:0')
  expect(ended?.modelLifecycle?.endOfLifeTime).toEqual(new Date('2026-07-30T00:00:00Z'))

  const system = await profiles('SYSTEM_DEFINED')
  expect(system.map(({ inferenceProfileId }) => inferenceProfileId)).toContain(novaPro)
  expect(await profiles(undefined)).toEqual(system)
  expect(reachedBy(system.find(({ inferenceProfileId }) => inferenceProfileId === novaPro))).toEqual([
    'eu-central-1',
    'eu-west-1',
  ])
})

test('where a profile leads hangs on the region that is called', async () => {
  const fromIreland = await profiles('SYSTEM_DEFINED', 'eu-west-1')
  expect(reachedBy(fromIreland.find(({ inferenceProfileId }) => inferenceProfileId === novaPro))).toEqual([
    'eu-central-1',
    'eu-west-1',
    'eu-west-2',
  ])
})

test('application profiles are listed as such, and each profile is found by its id and its ARN', async () => {
  const [application] = await profiles('APPLICATION')
  expect(application).toMatchObject({
    inferenceProfileId: 'abcdef123456',
    inferenceProfileArn: applicationArn,
    type: 'APPLICATION',
  })
  for (const inferenceProfileIdentifier of [claude, applicationArn]) {
    const found = await client().send(new GetInferenceProfileCommand({ inferenceProfileIdentifier }))
    expect(reachedBy(found)).toEqual(['eu-central-1', 'eu-west-1'])
  }
  await expect(
    client().send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: 'eu.no.such' })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  const { modelDetails } = await client().send(
    new GetFoundationModelCommand({ modelIdentifier: 'meta.llama3-3-70b-instruct-v1:0' }),
  )
  expect(modelDetails?.inferenceTypesSupported).toEqual(['ON_DEMAND'])
  await expect(
    client().send(new GetFoundationModelCommand({ modelIdentifier: 'no.such' })),
  ).rejects.toMatchObject({ name: 'ValidationException' })
})

test('the account has access to a model, or has not, and then its calls are refused', async () => {
  const modelId = 'amazon.nova-pro-v1:0'
  const asked = new GetFoundationModelAvailabilityCommand({ modelId })
  expect(await client().send(asked)).toMatchObject({
    agreementAvailability: { status: 'AVAILABLE' },
    entitlementAvailability: 'AVAILABLE',
  })
  const closed = await startForTest({ models, withoutAccess: [modelId] })
  const options = { endpoint: closed.url, region: 'eu-central-1', credentials: accessKey, maxAttempts: 1 }
  expect(await new BedrockClient(options).send(asked)).toMatchObject({
    agreementAvailability: { status: 'NOT_AVAILABLE' },
    entitlementAvailability: 'NOT_AVAILABLE',
  })
  const call = await fetch(`${closed.url}/model/${encodeURIComponent(novaPro)}/converse`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearerToken}` },
    body: JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }),
  })
  expect(call.status).toBe(403)
  expect(call.headers.get('x-amzn-errortype')).toMatch(/^AccessDeniedException/)
  await closed.close()
})

test('no answer has a member that AWS does not document, or lacks a required one', async () => {
  const answers: readonly (readonly [string, unknown])[] = [
    ['/foundation-models', ListFoundationModelsResponse$],
    ['/foundation-models/amazon.nova-pro-v1%3A0', GetFoundationModelResponse$],
    ['/foundation-model-availability/amazon.nova-pro-v1%3A0', GetFoundationModelAvailabilityResponse$],
    ['/inference-profiles?type=SYSTEM_DEFINED', ListInferenceProfilesResponse$],
    [`/inference-profiles/${encodeURIComponent(novaPro)}`, GetInferenceProfileResponse$],
  ]
  for (const [path, schema] of answers) {
    const answer = await fetch(`${simulator.url}${path}`, {
      headers: { authorization: `Bearer ${bearerToken}` },
    })
    const body = (await answer.json()) as object
    expect([path, answer.status, unknownMembers(schema, body), missingMembers(schema, body)]).toEqual([
      ...[path, 200, [], []],
    ])
  }
})
