import { providerId, type Credential } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { carryOut } from '../carry-out.ts'
import { CollectingClient } from '../testing/collecting-client.ts'
import { Rig, systemClock } from '../testing/rig.ts'
import { failing, streamedText, whole } from '../testing/scripted-upstream.ts'
import { createRefusedCredentials } from './refused-credentials.ts'

const bedrock = providerId('bedrock')
const openai = providerId('openai')
const refusing = failing(403, 'UnrecognizedClientException', 'The security token secret-of-ours is invalid')

let rig: Rig
let elapsedMs: number
beforeEach(async () => {
  elapsedMs = 0
  rig = new Rig({ clock: { ...systemClock, nowMs: () => systemClock.nowMs() + elapsedMs } })
  await rig.upstream.start()
})
afterEach(() => rig.close())

const told = () => rig.log.filter((line) => line.startsWith('provider_key_'))

const listed = () => rig.engine.refusedCredentials.of(bedrock, rig.engine.ports.clock.nowMs())

test('a vendor that refuses our credential is told of once, until it answers again', async () => {
  rig.upstream.on('first', refusing)
  for (let request = 0; request < 3; request++) await rig.run({ models: ['first'] })
  expect(told()).toEqual([
    'provider_key_refused {"provider":"bedrock","region":"eu-central-1","status":403,"vendorName":"UnrecognizedClientException"}',
  ])
  expect(listed()).toMatchObject([
    { region: 'eu-central-1', status: 403, vendorName: 'UnrecognizedClientException' },
  ])
  // A failure of another kind says nothing of the credential.
  elapsedMs = 60_000
  rig.upstream.on('first', failing(500, 'InternalServerException', 'oops'))
  await rig.run({ models: ['first'] })
  expect(listed()).toHaveLength(1)
  rig.upstream.on('first', whole('Hello'))
  await rig.run({ models: ['first'] })
  expect(listed()).toEqual([])
  expect(told()).toHaveLength(2)
  rig.upstream.on('first', refusing)
  await rig.run({ models: ['first'] })
  expect(listed()).toHaveLength(1)
})

test('a stream that is answered ends it, too', async () => {
  rig.upstream.on('first', refusing)
  await rig.run({ models: ['first'], stream: true })
  expect(listed()).toHaveLength(1)
  rig.upstream.on('first', streamedText('Hello'))
  await rig.run({ models: ['first'], stream: true })
  elapsedMs = 60_000
  expect(listed()).toEqual([])
})

test('a call is charged to the credential that it was made with, not to the one in use when it ends', async () => {
  const log = () => undefined
  let inUse = 'version 1'
  const refusedCredentials = createRefusedCredentials({ log, inUse: () => inUse })
  rig.upstream.on('first', (...given) => {
    inUse = 'version 2'
    return refusing(...given)
  })
  await carryOut(rig.job({ models: ['first'] }, new CollectingClient()), {
    ...rig.engine,
    refusedCredentials,
  })
  expect(refusedCredentials.of(bedrock, systemClock.nowMs())).toEqual([])
  inUse = 'version 1'
  expect(refusedCredentials.of(bedrock, systemClock.nowMs())).toHaveLength(1)
})

const refusal = { provider: openai, region: 'global', status: 401, vendorName: 'invalid_api_key' }

test('it is of one credential: another in its place is not blamed, and told of anew', () => {
  const lines: string[] = []
  let inUse = 'version 1'
  const refused = createRefusedCredentials({
    log: (_level, event) => void lines.push(event),
    inUse: () => inUse,
  })
  const first: Credential = { kind: 'bearer', token: 'first' }
  const second: Credential = { kind: 'bearer', token: 'second' }
  expect(refused.nameOf(openai, first)).toBe('version 1')
  refused.refused(refusal, 'version 1', 0)
  inUse = 'version 2'
  expect([first, second].map((one) => refused.nameOf(openai, one))).toEqual(['version 1', 'version 2'])
  expect(refused.of(openai, 0)).toEqual([])
  refused.refused(refusal, 'version 2', 0)
  refused.refused(refusal, 'version 2', 0)
  // Late ends of calls with the one before take nothing away.
  refused.refused(refusal, 'version 1', 0)
  refused.accepted(refusal, 'version 1', 60_000)
  expect(refused.of(openai, 60_000)).toHaveLength(1)
  expect(lines).toEqual(['provider_key_refused', 'provider_key_refused', 'provider_key_accepted'])
  expect(refused.of(bedrock, 0)).toEqual([])
})

test('a vendor that refuses it for one model and takes it for another is one episode, as long as it goes on', () => {
  const lines: string[] = []
  const refused = createRefusedCredentials({ log: (_level, event) => void lines.push(event) })
  for (let callAtMs = 0; callAtMs < 3_600_000; callAtMs += 10_000) {
    refused.refused(refusal, '', callAtMs)
    expect(refused.of(openai, callAtMs)).toHaveLength(1)
    refused.accepted(refusal, '', callAtMs + 1)
    expect(refused.of(openai, callAtMs + 1)).toHaveLength(1)
  }
  expect(lines).toEqual(['provider_key_refused'])
  const lastAtMs = 3_590_000
  expect(refused.of(openai, lastAtMs + 59_999)).toHaveLength(1)
  expect(refused.of(openai, lastAtMs + 60_000)).toEqual([])
  refused.accepted(refusal, '', lastAtMs + 60_000)
  refused.refused(refusal, '', lastAtMs + 60_000)
  expect(lines).toEqual(['provider_key_refused', 'provider_key_accepted', 'provider_key_refused'])
})

test('one that no call answers lapses ten minutes after its last refusal', () => {
  const lines: string[] = []
  const refused = createRefusedCredentials({ log: (_level, event) => void lines.push(event) })
  refused.refused(refusal, '', 0)
  refused.refused(refusal, '', 300_000)
  expect(refused.of(openai, 899_999)).toHaveLength(1)
  expect(refused.of(openai, 900_000)).toEqual([])
  expect(lines).toEqual(['provider_key_refused'])
  refused.refused(refusal, '', 900_000)
  expect(refused.of(openai, 900_000)).toHaveLength(1)
  expect(lines).toHaveLength(2)
})
