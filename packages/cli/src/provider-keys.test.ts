import type { ChangedProviderKey, ProviderTest } from '@pointsman/sdk'
import { afterEach, describe, expect, test } from 'vitest'
import { FailedError, type MakeBedrockToken } from './command.ts'
import { providers } from './testing/fake-answers.ts'
import { run, startFakeServer, type FakeServer, type RunOptions } from './testing/run.ts'

const changed: ChangedProviderKey = {
  ...{
    id: 'openai',
    version: 3,
    kind: 'bearer',
    keyLastFour: 'cdef',
    revision: 9,
    pending: [],
    unheard: [],
    note: null,
  },
  ...{ setAt: '2026-11-26T09:21:00.000Z', setBy: { kind: 'service', id: 'service' } },
  ...{ expiresAt: null, endedAt: null, endedBy: null },
}
const tried: ProviderTest = {
  ...{ id: 'openai', ok: true, modelId: 'gpt-4o', latencyMs: 312, code: null, problem: null },
  ...{ vendorSays: null, mend: null, keySource: 'registry', keyFrom: 'version 3', keyLastFour: 'cdef' },
  ...{ keySince: null, keyExpiresAt: null, keyProblem: null },
}
const secret = 'sk-typed-or-piped-0123cdef'

let server: FakeServer | null = null
afterEach(async () => {
  await server?.close()
  server = null
})
async function ask(line: string, answers: Record<string, object>, options: RunOptions = {}) {
  const opened = await startFakeServer({ ...answers } as Parameters<typeof startFakeServer>[0])
  server = opened
  const ran = await run(line.split(' '), { url: opened.url, ...options })
  return { ...ran, received: opened.received.map(({ body, line: asked }) => [asked, body]) }
}
const put = { 'PUT /api/v1/providers/openai/key': changed }

describe('set-key', () => {
  test('sends what came over the pipe, and shows its last four characters alone', async () => {
    const { code, error, out, received } = await ask('providers set-key openai', put, {
      input: [`${secret}\n`],
    })
    expect([code, error]).toEqual([0, ''])
    expect(received).toEqual([['PUT /api/v1/providers/openai/key', { key: secret }]])
    expect(out).toContain('openai: version 3 (…cdef) is stored.')
    expect(out).toContain('Every replica calls with it.')
    expect(out).not.toContain(secret)
  })

  test('asks for it at a terminal, on the other stream than the answer’s', async () => {
    const typed = { input: [`${secret}\r`], typed: true }
    const { error, out } = await ask('providers set-key openai', put, typed)
    expect(error).toBe('Key of openai (not shown): \n')
    expect(out).not.toContain(secret)
  })

  test('an AWS pair: its id may be typed in the open', async () => {
    const answers = { 'PUT /api/v1/providers/bedrock/key': { ...changed, id: 'bedrock', kind: 'aws' } }
    const line = 'providers set-key bedrock --access-key-id AKIAIOSFODNN7EXAMPLE --json'
    const { out, received } = await ask(line, answers, { input: [secret] })
    expect(received[0]?.[1]).toEqual({ key: secret, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' })
    expect(JSON.parse(out)).toMatchObject({ id: 'bedrock', kind: 'aws' })
  })

  test('replicas that are late are named; a key that is not called with says why', async () => {
    const late = { 'PUT /api/v1/providers/openai/key': { ...changed, pending: ['replica-1'], unheard: [] } }
    expect((await ask('providers set-key openai', late, { input: [secret] })).out).toContain(
      'Not yet with it: replica-1',
    )
    await server?.close()
    const kept = { 'PUT /api/v1/providers/openai/key': { ...changed, note: 'The sandbox has its own.' } }
    expect((await ask('providers set-key openai', kept, { input: [secret] })).out).toContain(
      'The sandbox has its own.',
    )
  })

  test('without a key, and with one as an argument, nothing is sent', async () => {
    for (const [line, options] of [
      ['providers set-key openai', { input: ['\n'] }],
      [`providers set-key openai ${secret}`, {}],
    ] as const) {
      const { code, received } = await ask(line, put, options)
      expect([code, received]).toEqual([2, []])
      await server?.close()
    }
  })
})

test('a trial that failed says what the vendor said and the next step, with exit code 1', async () => {
  const path = 'POST /api/v1/providers/openai/test'
  const good = await ask('providers test openai', { [path]: tried })
  expect([good.code, good.out]).toEqual([
    0,
    '✓ openai: gpt-4o answered in 312 ms.\n  Called with …cdef from the registry (version 3).\n',
  ])
  await server?.close()
  const failed: ProviderTest = {
    ...{ ...tried, ok: false, code: 'provider_auth', problem: 'the key was refused' },
    ...{ vendorSays: 'Incorrect API key', mend: 'Make a new key' },
  }
  const bad = await ask('providers test openai --model gpt-4o', { [path]: failed })
  expect([bad.code, bad.received]).toEqual([1, [[path, { model: 'gpt-4o' }]]])
  expect(bad.out).toMatch(
    /✗ openai: gpt-4o did not answer: the key was refused[^]*Incorrect API key[^]*→ Make a new key\./,
  )
})

describe('bearer-token', () => {
  const made = {
    token: 'bedrock-api-key-abcd',
    expiresAt: '2026-11-26T20:00:00.000Z',
    region: 'eu-central-1',
  }
  const orders: Parameters<MakeBedrockToken>[0][] = []
  const makeBedrockToken: MakeBedrockToken = (order) => {
    orders.push(order)
    return Promise.resolve(made)
  }
  const answers = {
    'PUT /api/v1/providers/bedrock/key': { ...changed, id: 'bedrock', expiresAt: made.expiresAt },
    'GET /api/v1/providers/bedrock': { ...providers[0], regions: ['eu-central-1', 'us-east-1'] },
  }

  test('is stored with its end, and where it is not good is told', async () => {
    const { code, out, received } = await ask('providers bearer-token --hours 8', answers, {
      makeBedrockToken,
    })
    expect([code, orders.at(-1)]).toEqual([0, { hours: 8, region: undefined }])
    expect(received[0]).toEqual([
      'PUT /api/v1/providers/bedrock/key',
      { key: made.token, expiresAt: made.expiresAt },
    ])
    expect(out).toContain('A token of eu-central-1 is stored as version 3, until 2026-11-26 20:00 UTC.')
    expect(out).toContain('Models that are called in us-east-1 do not take it')
    expect(out).not.toContain(made.token)
  })

  test('printed, it needs neither a server nor a key', async () => {
    const ran = await run(['providers', 'bearer-token', '--print', '--region', 'eu-west-1'], {
      ...{ key: '', makeBedrockToken },
    })
    expect([ran, orders.at(-1)]).toEqual([
      { code: 0, out: `${made.token}\n`, error: '' },
      { hours: 12, region: 'eu-west-1' },
    ])
  })

  test('without credentials, or for too long, it is refused', async () => {
    const none: MakeBedrockToken = () => Promise.reject(new FailedError('credentials_missing', 'Sign in.'))
    const refused = await run(['providers', 'bearer-token'], { makeBedrockToken: none })
    expect([refused.code, refused.error]).toEqual([1, 'pointsman: Sign in.\n'])
    expect((await run(['providers', 'bearer-token', '--hours', '13'], { makeBedrockToken })).code).toBe(2)
  })
})
