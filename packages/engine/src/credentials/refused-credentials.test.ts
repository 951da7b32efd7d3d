import { providerId } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Rig } from '../testing/rig.ts'
import { failing, streamedText, whole } from '../testing/scripted-upstream.ts'
import { createRefusedCredentials } from './refused-credentials.ts'

const bedrock = providerId('bedrock')
const openai = providerId('openai')
const refusing = failing(403, 'UnrecognizedClientException', 'The security token secret-of-ours is invalid')

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

const told = () => rig.log.filter((line) => line.startsWith('provider_key_'))

test('a vendor that refuses our credential is told of once, until it answers again', async () => {
  const { refusedCredentials } = rig.engine
  rig.upstream.on('first', refusing)
  for (let request = 0; request < 3; request++) await rig.run({ models: ['first'] })
  expect(told()).toEqual([
    'provider_key_refused {"provider":"bedrock","region":"eu-central-1","status":403,"vendorName":"UnrecognizedClientException"}',
  ])
  expect(refusedCredentials.of(bedrock)).toMatchObject([
    { region: 'eu-central-1', status: 403, vendorName: 'UnrecognizedClientException' },
  ])
  // A failure of another kind says nothing of the credential.
  rig.upstream.on('first', failing(500, 'InternalServerException', 'oops'))
  await rig.run({ models: ['first'] })
  expect(refusedCredentials.of(bedrock)).toHaveLength(1)
  rig.upstream.on('first', whole('Hello'))
  await rig.run({ models: ['first'] })
  expect(refusedCredentials.of(bedrock)).toEqual([])
  expect(told()).toHaveLength(2)
  rig.upstream.on('first', refusing)
  await rig.run({ models: ['first'] })
  expect(refusedCredentials.of(bedrock)).toHaveLength(1)
})

test('a stream that is answered ends it, too', async () => {
  rig.upstream.on('first', refusing)
  await rig.run({ models: ['first'], stream: true })
  expect(rig.engine.refusedCredentials.of(bedrock)).toHaveLength(1)
  rig.upstream.on('first', streamedText('Hello'))
  await rig.run({ models: ['first'], stream: true })
  expect(rig.engine.refusedCredentials.of(bedrock)).toEqual([])
})

test('it is of one credential: another in its place is not blamed, and told of anew', () => {
  const lines: string[] = []
  let inUse = 'version 1'
  const refused = createRefusedCredentials({
    log: (_level, event) => void lines.push(event),
    inUse: () => inUse,
  })
  const refusal = { provider: openai, region: 'global', status: 401, vendorName: 'invalid_api_key' }
  refused.refused(refusal, 0)
  inUse = 'version 2'
  expect(refused.of(openai)).toEqual([])
  refused.refused(refusal, 0)
  refused.refused(refusal, 0)
  expect(refused.of(openai)).toHaveLength(1)
  expect(lines).toEqual(['provider_key_refused', 'provider_key_refused'])
  expect(refused.of(bedrock)).toEqual([])
})

test('a vendor that refuses it for one model and takes it for another does not fill the log', () => {
  const lines: string[] = []
  const refused = createRefusedCredentials({ log: (_level, event) => void lines.push(event) })
  const refusal = { provider: openai, region: 'global', status: 403, vendorName: null }
  for (let call = 0; call < 100; call++) {
    refused.refused(refusal, call)
    expect(refused.of(openai)).toHaveLength(1)
    refused.accepted(openai, 'global')
    expect(refused.of(openai)).toEqual([])
  }
  expect(lines).toEqual(['provider_key_refused', 'provider_key_accepted'])
  refused.refused(refusal, 60_000)
  expect(lines).toHaveLength(3)
})
