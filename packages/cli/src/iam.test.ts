import { afterEach, beforeEach, expect, test } from 'vitest'
import { run, startFakeServer, type FakeServer } from './testing/run.ts'

const nova = 'eu.amazon.nova-pro-v1:0'
const policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: '*' }],
}

let server: FakeServer
beforeEach(async () => {
  server = await startFakeServer({
    'POST /api/v1/iam/check': { sufficient: true, models: [nova], lacks: [] },
  })
})
afterEach(() => server.close())

const lack = {
  ...{ modelId: nova, action: 'bedrock:InvokeModel', access: 'not-allowed' },
  resource: 'arn:aws:bedrock:eu-west-3::foundation-model/amazon.nova-pro-v1:0',
  why: 'No statement allows it.',
}

test('what AWS prints of a role is taken as it is', async () => {
  const printed = JSON.stringify({ RoleName: 'r', PolicyName: 'p', PolicyDocument: policy })
  const asked = { url: server.url, input: [printed] }
  const { code, out } = await run(['iam', 'check', '-', '--models', 'all'], asked)
  expect([code, out]).toEqual([0, '✓ All 1 Bedrock models in use can be called.\n'])
  expect(server.received[0]?.body).toEqual({ policies: [policy], models: 'all' })
})

test('what a role could not call is listed, and is exit code 1', async () => {
  const lacking = await startFakeServer({
    'POST /api/v1/iam/check': { sufficient: false, models: [nova], lacks: [lack] },
  })
  const { code, out } = await run(['iam', 'check', '-'], {
    url: lacking.url,
    input: [encodeURIComponent(JSON.stringify(policy)).replace(/^(.*)$/, '"$1"')],
    columns: 80,
  })
  await lacking.close()
  expect(code).toBe(1)
  expect(lacking.received[0]?.body).toEqual({ policies: [policy] })
  expect(out).toContain('eu-west-3::foundation-model')
  expect(out).toContain('pointsman iam policy')
})

test('a policy that no role can hold is refused with what to do', async () => {
  const long = await startFakeServer({
    'GET /api/v1/iam/policy': {
      ...{ policy, models: [nova], characters: 22_117 },
      fits: { inline: false, managed: false },
    },
  })
  const { code, out, error } = await run(['iam', 'policy', '--models', 'all'], { url: long.url })
  await long.close()
  expect([code, out]).toEqual([2, ''])
  expect(error).toMatch(/22,117 characters.*--compact/s)
})

test.each([
  ['{', 'is no JSON'],
  ['{"roles":[]}', 'holds no policy'],
  ['"%7B"', 'holds no policy'],
])('%s is no policy', async (stdin, words) => {
  const { code, error } = await run(['iam', 'check', '-'], { url: server.url, input: [stdin] })
  expect([code, error]).toEqual([2, expect.stringContaining(words)])
  expect(server.received).toEqual([])
})
