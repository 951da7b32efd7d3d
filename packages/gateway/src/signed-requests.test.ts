import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { secretOfKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

let gateway: RunningGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

test.each(['clinic', 'nobody'])('a signature of %s with a wrong secret is refused, typed', async (id) => {
  const client = new BedrockRuntimeClient({
    endpoint: gateway.url,
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: id, secretAccessKey: 'wrong' },
  })
  await expect(
    client.send(
      new ConverseCommand({
        modelId: 'default',
        messages: [{ role: 'user', content: [{ text: 'Hello' }] }],
      }),
    ),
  ).rejects.toMatchObject({
    name: 'InvalidSignatureException',
    $metadata: { httpStatusCode: 401 },
    // By which it would correct its clock.
    $response: { headers: { date: expect.any(String) as unknown } },
  })
  client.destroy()
})

test('a right signature of a key that is not there is told as such', async () => {
  const client = new BedrockRuntimeClient({
    endpoint: gateway.url,
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'nobody', secretAccessKey: secretOfKey('nobody') },
  })
  const asked = client.send(new ConverseCommand({ modelId: 'default', messages: [] }))
  await expect(asked).rejects.toMatchObject({ name: 'UnrecognizedClientException' })
  client.destroy()
})
