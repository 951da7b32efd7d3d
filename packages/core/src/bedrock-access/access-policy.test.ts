import { readFile } from 'node:fs/promises'
import { runSimulation } from '@cloud-copilot/iam-simulate'
import type { Model } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import { accessPolicy, type AccessPolicyInput } from './access-policy.ts'
import { accessUnder } from './evaluate-policy.ts'
import { neededAccess, type NeededAccess } from './needed-access.ts'
import type { PolicyDocument } from './policy-document.ts'

const account = '111122223333'
const homeRegion = 'eu-central-1'
const catalogue = await readCatalogue()
const bedrock = catalogue.filter(({ kind, enabled }) => kind !== 'direct' && enabled)

/** The catalogue's own entries: what an ARN of a model in the file becomes is held for each of them. */
async function readCatalogue(): Promise<readonly Model[]> {
  const text = await readFile(new URL('../../../../catalogue/models.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly models: readonly Model[] }).models
}

const needs = bedrock
  .flatMap((model) => neededAccess(model, { account, homeRegion }))
  .map((need) => inSomeRegion(need))

const inputFor = (models: readonly Model[], more: Partial<AccessPolicyInput> = {}): AccessPolicyInput => ({
  ...{ account, homeRegion, models, vendors: [], catalogue, compact: false, bearerTokens: false },
  ...more,
})

/** A need of some region, whichever it is, as one of a region that no profile of the catalogue names. */
function inSomeRegion(need: NeededAccess): NeededAccess {
  return {
    ...need,
    resource: need.resource.replace(':bedrock:*:', ':bedrock:eu-south-9:'),
    requestedRegion: need.requestedRegion === '*' ? 'eu-south-9' : need.requestedRegion,
  }
}

/** Their form of an ARN knows none without a region, which the model behind a global profile has. */
const withRegion = (text: string): string => text.replaceAll(':bedrock:::', ':bedrock:anywhere::')

/** What AWS's evaluation, as somebody else wrote it down, says of a role with this policy. */
async function simulated(
  policy: PolicyDocument,
  need: Omit<NeededAccess, 'action'> & { readonly action: string },
): Promise<string> {
  const result = await runSimulation(
    {
      request: {
        action: need.action,
        resource: { resource: withRegion(need.resource), accountId: account },
        principal: `arn:aws:iam::${account}:role/medzen-bedrock-lambda`,
        contextVariables: {
          'aws:RequestedRegion': need.requestedRegion,
          ...(need.profile === null ? {} : { 'bedrock:InferenceProfileArn': need.profile }),
        },
      },
      identityPolicies: [
        { name: 'policy', policy: JSON.parse(withRegion(JSON.stringify(policy))) as unknown },
      ],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  )
  if (result.resultType === 'error') throw new Error(JSON.stringify([need, result.errors]))
  return result.overallResult
}

const named = (id: string): Model => {
  const model = catalogue.find((one) => one.id === id)
  if (model === undefined) throw new Error(`the catalogue has no ${id}`)
  return model
}

/** Of each kind and purpose, and of each length of the list of destinations, one. */
const various = new Set<string>([
  ...new Map(
    bedrock.map((model) => [[model.kind, model.purpose, model.destinationRegions?.length].join(), model.id]),
  ).values(),
])
const variousNeeds = needs.filter(({ modelId }) => various.has(modelId))

test.each([false, true])(
  'every Bedrock model of the catalogue may be called at each destination (compact: %s)',
  async (compact) => {
    const policy = accessPolicy(inputFor(bedrock, { compact }))
    for (const need of compact ? variousNeeds : needs) {
      expect([need, await simulated(policy, need)]).toEqual([need, 'Allowed'])
    }
  },
)

describe('what is not needed is not allowed', () => {
  const nova = named('eu.amazon.nova-pro-v1:0')
  const policy = accessPolicy(inputFor([nova]))
  const through = (profile: string | null, region: string, id = 'amazon.nova-pro-v1:0'): NeededAccess => ({
    ...{ modelId: id, action: 'bedrock:InvokeModel', profile, requestedRegion: region },
    resource: `arn:aws:bedrock:${region}::foundation-model/${id}`,
  })
  const own = `arn:aws:bedrock:eu-central-1:${account}:inference-profile/eu.amazon.nova-pro-v1:0`

  test.each([
    ['the model itself, past its profile', through(null, 'eu-central-1')],
    ['the model through another profile', through(own.replace('nova-pro', 'nova-lite'), 'eu-west-1')],
    ['a region to which the profile does not lead', through(own, 'us-east-1')],
    ['another model through the profile', through(own, 'eu-west-1', 'amazon.nova-lite-v1:0')],
    [
      'the profile in another region',
      { ...through(null, 'eu-west-1'), resource: own.replace('central', 'west') },
    ],
    ['counting of another model', { ...through(null, 'eu-central-1'), action: 'bedrock:CountTokens' }],
  ] as const)('%s', async (_name, need) => {
    expect(await simulated(policy, need)).toBe('ImplicitlyDenied')
    expect(accessUnder([policy], need)).toBe('not-allowed')
  })
})

describe('our own judgement of a policy', () => {
  const policies: readonly (readonly [string, PolicyDocument])[] = [
    ['the generated one', accessPolicy(inputFor(bedrock))],
    ['one for any account', accessPolicy(inputFor(bedrock, { account: '*' }))],
    ['one of vendors', accessPolicy(inputFor([], { vendors: ['amazon', 'anthropic'] }))],
    ['the naive one of one region', allowing('arn:aws:bedrock:eu-central-1::foundation-model/*')],
    [
      'the naive one with its profiles',
      allowing([
        'arn:aws:bedrock:eu-central-1::foundation-model/*',
        `arn:aws:bedrock:eu-central-1:${account}:inference-profile/*`,
      ]),
    ],
    ['one that allows everything', allowing('*', 'bedrock:*')],
    [
      'one that denies what runs anywhere',
      {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'bedrock:Invoke*', Resource: 'arn:aws:bedrock:*' },
          {
            Effect: 'Deny',
            Action: ['bedrock:*'],
            Resource: '*',
            Condition: {
              StringEquals: { 'aws:RequestedRegion': 'unspecified' },
              ArnLike: { 'bedrock:InferenceProfileArn': 'arn:*:bedrock:*:*:inference-profile/global.*' },
            },
          },
        ],
      },
    ],
    [
      'one with what is not meant',
      {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          NotAction: 'bedrock:CountTokens',
          NotResource: 'arn:aws:bedrock:eu-west-?::foundation-model/*',
          Condition: { StringNotLikeIfExists: { 'bedrock:InferenceProfileArn': '*nova-micro*' } },
        },
      },
    ],
  ]

  test.each(policies)('agrees with AWS’s evaluation: %s', async (_name, policy) => {
    for (const need of variousNeeds) {
      const theirs = await simulated(policy, need)
      const words = {
        allowed: 'Allowed',
        denied: 'ExplicitlyDenied',
        'not-allowed': 'ImplicitlyDenied',
        unsure: '?',
      }
      expect([need.resource, need.action, words[accessUnder([policy], need)]]).toEqual([
        ...[need.resource, need.action],
        theirs,
      ])
    }
  })

  test('a role needs the destinations of the region that it calls', () => {
    const led = { ...named('eu.amazon.nova-pro-v1:0'), destinationsFrom: { [homeRegion]: ['eu-west-2'] } }
    const reached = neededAccess(led, { account, homeRegion }).filter(({ profile }) => profile !== null)
    expect([...new Set(reached.map(({ requestedRegion }) => requestedRegion))]).toEqual(['eu-west-2'])
  })

  test('the naive policies fail, the second one only where AWS routes away from home', () => {
    const nova = neededAccess(named('eu.amazon.nova-pro-v1:0'), { account, homeRegion })
    const lacking = (policy: PolicyDocument | undefined) =>
      nova.filter((need) => policy === undefined || accessUnder([policy], need) !== 'allowed')
    const [, , , naive, withProfiles] = policies.map(([, policy]) => policy)
    expect(lacking(naive).map(({ resource }) => resource.includes('inference-profile'))).toContain(true)
    expect([...new Set(lacking(withProfiles).map(({ requestedRegion }) => requestedRegion))]).toEqual([
      'eu-north-1',
      'eu-west-1',
      'eu-west-3',
    ])
  })

  test('what hangs on an address or a tag is unsure', () => {
    const [need] = neededAccess(named('eu.amazon.nova-pro-v1:0'), { account, homeRegion })
    const inside: PolicyDocument = {
      Version: '2012-10-17',
      Statement: [
        {
          ...{ Effect: 'Allow', Action: '*', Resource: '*' },
          Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
        },
      ],
    }
    if (need === undefined) throw new Error('a profile needs something')
    expect(accessUnder([inside], need)).toBe('unsure')
    expect(accessUnder([inside, allowing('*', '*')], need)).toBe('allowed')
    expect(accessUnder([allowing('*', '*'), denying(inside)], need)).toBe('unsure')
  })
})

function allowing(Resource: string | readonly string[], Action = 'bedrock:InvokeModel*'): PolicyDocument {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] }
}

const denying = (policy: PolicyDocument): PolicyDocument => ({
  ...policy,
  Statement: [policy.Statement].flat().map((statement) => ({ ...statement, Effect: 'Deny' })),
})

test('a policy of what the vendors make covers every model of theirs that the catalogue serves from here', async () => {
  const vendors = ['amazon', 'anthropic', 'cohere', 'meta', 'mistral']
  const policy = accessPolicy(inputFor([], { vendors }))
  const theirs = bedrock.filter(
    ({ vendor, kind, sourceRegions }) =>
      vendors.includes(vendor) && kind !== 'global-profile' && sourceRegions?.includes(homeRegion) === true,
  )
  expect(theirs.length).toBeGreaterThan(20)
  const calls = needs
    .filter(({ modelId }) => theirs.some(({ id }) => id === modelId))
    .filter(({ action }) => action !== 'bedrock:CountTokens')
  for (const need of calls) expect([need, await simulated(policy, need)]).toEqual([need, 'Allowed'])
})

test.each([
  ['/ai-agent/llm-secrets/prod', 'eu-central-1'],
  [`arn:aws:secretsmanager:eu-west-1:${account}:secret:/ai-agent/llm-secrets/prod`, 'eu-west-1'],
  [`arn:aws:secretsmanager:eu-west-1:${account}:secret:/ai-agent/llm-secrets/prod-a1B2c3`, 'eu-west-1'],
])('keys that are kept in Secrets Manager as %s may be read, and no other secret', async (name, region) => {
  const policy = accessPolicy({ ...inputFor([]), secrets: [{ secret: name, region }] })
  const read = (secret: string, where = region): Promise<string> =>
    simulated(policy, {
      ...{ modelId: '', action: 'secretsmanager:GetSecretValue', profile: null, requestedRegion: where },
      resource: `arn:aws:secretsmanager:${where}:${account}:secret:${secret}`,
    })
  expect(await read('/ai-agent/llm-secrets/prod-a1B2c3')).toBe('Allowed')
  expect(await read('/ai-agent/llm-secrets/prod-old-a1B2c3')).toBe('ImplicitlyDenied')
  expect(await read('/ai-agent/llm-secrets/dev-a1B2c3')).toBe('ImplicitlyDenied')
  expect(await read('/ai-agent/llm-secrets/prod-a1B2c3', 'us-east-1')).toBe('ImplicitlyDenied')
  expect(JSON.stringify(accessPolicy(inputFor([])))).not.toContain('secretsmanager')
})
