import { createHash, createPublicKey, verify } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  anyDatabase,
  openTestDatabase,
  startControl,
  type TestControl,
  type TestDatabase,
} from '../testing/start-control.ts'

const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'

let registry: TestDatabase
let server: TestControl
beforeAll(async () => {
  registry = await openTestDatabase(anyDatabase)
  server = await startControl(registry.database)
})
afterAll(async () => {
  await server.stop()
  await registry.drop()
})

const post = (path: string, body: object) => server.ask(path, { method: 'POST', body })

test('a switch records what was looked at, and who approved it', async () => {
  const { status, body } = await post('/api/v1/switches', {
    modelId: micro,
    useCase: 'health',
    reason: 'Cheaper',
    approval: { by: 'Grace Hopper', reference: 'CHG-17' },
  })
  expect(status).toBe(200)
  const shown = await server.ask(`/api/v1/switches/${body.switchId}`)
  expect(shown.body).toMatchObject({
    reason: 'Cheaper',
    approval: { by: 'Grace Hopper', reference: 'CHG-17' },
    evidence: {
      gates: { problems: [], warnings: [] },
      touches: { routesThatKeepTheirOwn: [], requestsPerDay: 0, overDays: 7, needs: null },
    },
  })
})

test('the record of a user’s switch names the one before, and a dry run tells what is set from what is inherited', async () => {
  const inherited = 'eu.amazon.nova-pro-v1:0'
  const dry = await post('/api/v1/switches?dryRun=true', { modelId: inherited, userId: 'u-kept' })
  expect(dry.body).toMatchObject({ switched: false, dryRun: true, unchanged: false, toId: inherited })
  const first = await post('/api/v1/switches', { modelId: inherited, userId: 'u-kept' })
  expect(first.body).toMatchObject({ switched: true, unchanged: false })
  const again = await post('/api/v1/switches?dryRun=true', { modelId: inherited, userId: 'u-kept' })
  expect(again.body).toMatchObject({ switched: false, unchanged: true })
  const second = await post('/api/v1/switches', { modelId: lite, userId: 'u-kept' })
  const shown = await server.ask(`/api/v1/switches/${second.body.switchId}`)
  expect(shown.body).toMatchObject({
    evidence: { previous: { own: inherited, switchId: first.body.switchId } },
  })
})

test('a refused attempt records the approval that it claimed', async () => {
  const refused = await post('/api/v1/switches', {
    modelId: 'no-such-model',
    useCase: 'health',
    approval: { by: 'Grace Hopper' },
  })
  expect(refused.status).toBe(404)
  const { body } = await server.ask('/api/v1/switches?includeRefused=true&limit=1')
  expect(body.data).toMatchObject([
    { refusal: { code: 'model_not_found' }, approval: { by: 'Grace Hopper', reference: null } },
  ])
})

test.each([
  { approval: { by: '' }, field: 'approval.by' },
  { approval: { reference: 'CHG-17' }, field: 'approval.by' },
  { approval: 'Grace', field: 'approval' },
])('an approval that is none is refused by field: $approval', async ({ approval, field }) => {
  const { status, body } = await post('/api/v1/switches', { modelId: lite, useCase: 'health', approval })
  expect({ status, error: body.error }).toMatchObject({ status: 400, error: { field } })
})

test('the chain can be checked outside of the server, to its signed head', async () => {
  const { body } = await server.ask('/api/v1/switches/chain?limit=1000')
  const links = body.data
  let hash = '0'.repeat(64)
  for (const link of links) {
    hash = createHash('sha256').update(hash).update(link.canonicalText).digest('hex')
    expect(link.hash).toBe(hash)
    expect(link.canonicalText).not.toContain('Hopper')
  }
  const head = (await server.ask('/api/v1/switches/head')).body
  expect(head).toMatchObject({ sequence: links.length, hash })
  expect(JSON.parse(head.statement)).toMatchObject({
    sequence: links.length,
    hash,
    signedAt: head.signedAt,
  })
  const key = createPublicKey({
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      x: Buffer.from(head.publicKey, 'base64').toString('base64url'),
    },
    format: 'jwk',
  })
  const signature = Buffer.from(head.signature, 'base64')
  expect(verify(null, Buffer.from(head.statement), key, signature)).toBe(true)
  expect(verify(null, Buffer.from(head.statement.replace('2026', '2025')), key, signature)).toBe(false)
})

test('the chain is read page by page', async () => {
  const first = await server.ask('/api/v1/switches/chain?limit=1')
  expect(first.body.data).toMatchObject([{ sequence: 1 }])
  const second = await server.ask(`/api/v1/switches/chain?limit=1&cursor=${first.body.nextCursor}`)
  expect(second.body.data).toMatchObject([{ sequence: 2 }])
  expect((await server.ask('/api/v1/switches/chain?cursor=x')).body.error).toMatchObject({
    field: 'cursor',
  })
})

test('the chain is verified through a head that was kept elsewhere', async () => {
  const { body: head } = await server.ask('/api/v1/switches/head')
  const through = (sequence: unknown, hash: unknown) =>
    server.ask(`/api/v1/switches/verify?sequence=${String(sequence)}&hash=${String(hash)}`)
  expect((await through(head.sequence, head.hash)).body).toMatchObject({ valid: true })
  expect((await through(head.sequence, 'a'.repeat(64))).body).toMatchObject({
    valid: false,
    firstBad: { sequence: head.sequence },
  })
  const half = await server.ask('/api/v1/switches/verify?sequence=1')
  expect({ status: half.status, error: half.body.error }).toMatchObject({
    status: 400,
    error: { field: 'hash' },
  })
})

test('a person is erased: pins go, the record keeps its chain', async () => {
  await post('/api/v1/switches', { modelId: micro, userId: 'ada@example.org', reason: 'Ada asked' })
  await post('/api/v1/switches', { modelId: lite, conversationId: 'c-1', userId: 'ada@example.org' })
  const erased = await post('/api/v1/erasures', { userId: 'ada@example.org' })
  expect(erased).toMatchObject({
    status: 200,
    body: { counts: { switches: 2, conversations: 1, pins: 1, kept: 0 } },
  })
  const { body } = await server.ask('/api/v1/switches?limit=2')
  expect(JSON.stringify(body)).not.toMatch(/ada@|Ada asked/)
  expect((await server.ask('/api/v1/switches/verify')).body).toMatchObject({ valid: true })
  expect((await server.ask('/api/v1/erasures')).body.data).toEqual([erased.body])
})

test('an erasure has more time than other statements: it goes through all records', async () => {
  await registry.database.transaction({ purpose: 'plain' }, (transaction) =>
    transaction.script(`CREATE TABLE public.time_limits (told text);
      CREATE FUNCTION public.tell_limit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.time_limits VALUES (current_setting('statement_timeout')); RETURN NEW; END $$;
      CREATE TRIGGER tell_limit BEFORE INSERT ON pointsman.erasures
        FOR EACH ROW EXECUTE FUNCTION public.tell_limit()`),
  )
  expect((await post('/api/v1/erasures', { userId: 'nobody@example.org' })).status).toBe(200)
  const { rows } = await registry.database.query('SELECT told FROM public.time_limits')
  expect(rows).toEqual([{ told: '5min' }])
})
