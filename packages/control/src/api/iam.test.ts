import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  anyDatabase,
  openTestDatabase,
  startControl,
  type TestControl,
  type TestDatabase,
} from '../testing/start-control.ts'

let opened: TestDatabase
let at: TestControl
const ends: (() => Promise<void>)[] = []
beforeAll(async () => {
  opened = await openTestDatabase(anyDatabase)
  at = await startControl(opened.database)
  ends.push(() => at.stop(), opened.drop)
})
afterAll(async () => {
  for (const end of ends) await end()
})

const account = '111122223333'
const of = `account=${account}`

test('the policy covers what routes, fallbacks and aliases come to, and a switch changes it', async () => {
  const before = await at.ask(`/api/v1/iam/policy?${of}`)
  expect(before.status).toBe(200)
  const { models } = before.body
  expect(models).toEqual(
    expect.arrayContaining(['eu.amazon.nova-pro-v1:0', 'eu.anthropic.claude-sonnet-5-5']),
  )
  expect(models).not.toContain('eu.anthropic.claude-opus-5')
  expect(JSON.stringify(models)).not.toContain('gpt')
  expect(before.body.fits).toEqual({ inline: true, managed: true })
  const text = JSON.stringify(before.body.policy)
  expect(before.body.characters).toBe(text.length)
  expect(text).toContain(`arn:aws:bedrock:eu-central-1:${account}:inference-profile/eu.amazon.nova-pro-v1:0`)
  expect(text).toContain('arn:aws:bedrock:eu-west-3::foundation-model/amazon.nova-pro-v1:0')

  await at.ask('/api/v1/switches', { body: { modelId: 'eu.anthropic.claude-opus-5', useCase: 'clinical' } })
  const after = await at.ask(`/api/v1/iam/policy?${of}&compact=true`)
  expect(after.body.models).toContain('eu.anthropic.claude-opus-5')
  expect(after.body.characters).toBeLessThan(before.body.characters)
})

test('a role with the generated policy lacks nothing, the naive one all that crosses the region', async () => {
  const { body } = await at.ask(`/api/v1/iam/policy?${of}&models=all&compact=true`)
  const enough = await at.ask('/api/v1/iam/check', {
    body: { policies: [body.policy], account, models: 'all' },
  })
  expect(enough.body).toMatchObject({ sufficient: true, lacks: [] })
  const naive = {
    Statement: {
      ...{ Effect: 'Allow', Action: 'bedrock:InvokeModel*' },
      Resource: [
        'arn:aws:bedrock:eu-central-1::foundation-model/*',
        `arn:aws:bedrock:eu-central-1:${account}:inference-profile/*`,
      ],
    },
  }
  const lacking = await at.ask('/api/v1/iam/check', { body: { policies: [naive], account } })
  expect(lacking.body.sufficient).toBe(false)
  expect(lacking.body.lacks).toContainEqual({
    modelId: 'eu.amazon.nova-pro-v1:0',
    action: 'bedrock:InvokeModel',
    resource: 'arn:aws:bedrock:eu-west-3::foundation-model/amazon.nova-pro-v1:0',
    access: 'not-allowed',
    why: 'Through its profile AWS routes some calls to eu-west-3: they fail though others succeed. No statement allows it.',
  })
})

test.each([
  ['account=12', 400, 'twelve digits'],
  ['region=Frankfurt', 400, 'eu-central-1'],
  ['vendors=acme', 404, 'anthropic'],
  ['modles=all', 400, 'modles'],
])('?%s is refused with %i', async (query, status, words) => {
  const refused = await at.ask(`/api/v1/iam/policy?${query}`)
  expect([refused.status, JSON.stringify(refused.body)]).toEqual([status, expect.stringContaining(words)])
})

test('a document that is no policy is refused, with what is wrong in it', async () => {
  const refused = await at.ask('/api/v1/iam/check', {
    body: { policies: [{ Statement: { Effect: 'Allow' } }] },
  })
  expect([refused.status, JSON.stringify(refused.body)]).toEqual([
    400,
    expect.stringContaining('either Action or NotAction'),
  ])
})

test('the policy of a server that follows tables has what that needs, of these tables alone', async () => {
  const arn = `arn:aws:dynamodb:eu-west-1:${account}:table/LLMModels`
  const followed = { models: arn, agents: 'AgentRegistry-dev', region: 'eu-west-3' }
  const statements = async (writeBack: boolean) => {
    const control = await startControl(opened.database, { followed: { ...followed, writeBack } })
    const { body } = await control.ask(`/api/v1/iam/policy?${of}`)
    await control.stop()
    return (body.policy as { Statement: { Action: string[]; Resource: string[] }[] }).Statement.filter(
      ({ Action }) => Action[0]?.startsWith('dynamodb:'),
    ).map(({ Action, Resource }) => ({ Action, Resource }))
  }
  const Resource = [arn, `arn:aws:dynamodb:eu-west-3:${account}:table/AgentRegistry-dev`]
  const reading = { Action: ['dynamodb:DescribeTable', 'dynamodb:Scan'], Resource }
  expect(await statements(false)).toEqual([reading])
  expect(await statements(true)).toEqual([reading, { Action: ['dynamodb:UpdateItem'], Resource }])
})
