import { ConverseCommand } from '@aws-sdk/client-bedrock-runtime'
import type { BedrockRuntimeClient, ContentBlock, Message } from '@aws-sdk/client-bedrock-runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { send, sonnet } from '../testing/anthropic-clients.ts'
import { awsClient, said, startForTest, streamEvents } from '../testing/clients.ts'
import { claude, novaPro } from '../testing/sample-models.ts'

let simulator: Simulator
let client: BedrockRuntimeClient

beforeAll(async () => {
  const credentials = { accessKeyId: 'AKIASIMULATED0000001', secretAccessKey: 'secret/of+the+simulator' }
  simulator = await startForTest({
    credentials: { accessKeys: [credentials], apiKeys: ['sk-ant-simulated'] },
  })
  client = awsClient(simulator, { http1: true })
})
afterAll(async () => {
  client.destroy()
  await simulator.close()
})

const thinking = { thinking: { type: 'enabled', budget_tokens: 1_024 } }

/** What a model says to a conversation that goes on after this content of its own. */
async function goOn(content: ContentBlock[], modelId = claude): Promise<readonly ContentBlock[]> {
  const messages: Message[] = [...said('Hi'), { role: 'assistant', content }, ...said('And?')]
  const command = new ConverseCommand({ modelId, messages, additionalModelRequestFields: thinking })
  return (await client.send(command)).output?.message?.content ?? []
}

async function first(modelId = claude, fields: object = thinking): Promise<ContentBlock[]> {
  const input = { modelId, messages: said('Hi'), additionalModelRequestFields: { ...fields } }
  return (await client.send(new ConverseCommand(input))).output?.message?.content ?? []
}

describe('thoughts of Claude through Converse', () => {
  test('are taken back, whole and streamed', async () => {
    expect((await goOn(await first())).map((block) => Object.keys(block)[0])).toEqual([
      'reasoningContent',
      'text',
    ])
    const input = { modelId: claude, messages: said('Hi'), additionalModelRequestFields: thinking }
    const { events } = await streamEvents(client, input)
    const deltas = events.map((event) => event.contentBlockDelta?.delta?.reasoningContent)
    const text = deltas.map((delta) => delta?.text ?? '').join('')
    const signature = deltas.find((delta) => delta?.signature !== undefined)?.signature
    expect(
      await goOn([{ reasoningContent: { reasoningText: { text, signature } } }, { text: 'Hello.' }]),
    ).toHaveLength(2)
  })

  test('that it did not think are refused', async () => {
    const [thought] = await first()
    const signature = thought?.reasoningContent?.reasoningText?.signature
    const forged = { reasoningText: { text: 'Something else.', signature } }
    await expect(goOn([{ reasoningContent: forged }, { text: 'x' }])).rejects.toThrow(
      'The model returned the following errors: messages.1.content.0: Invalid `signature` in `thinking` block',
    )
    const unsigned = { reasoningText: { text: 'So.' } }
    await expect(goOn([{ reasoningContent: unsigned }, { text: 'x' }])).rejects.toThrow(
      'signature: Field required',
    )
    const [foreign] = await first(novaPro, { reasoningConfig: { type: 'enabled' } })
    expect(Object.keys(foreign?.reasoningContent?.reasoningText ?? {})).toEqual(['text'])
    await expect(goOn([foreign ?? { text: '' }, { text: 'x' }])).rejects.toThrow('signature: Field required')
  })

  test("hold on the vendor's own API too", async () => {
    const [thought] = await first()
    const told = thought?.reasoningContent?.reasoningText
    const answer = await send(simulator, '/v1/messages', {
      model: sonnet,
      max_tokens: 100,
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: told?.text, signature: told?.signature },
            { type: 'text', text: 'x' },
          ],
        },
        { role: 'user', content: 'And?' },
      ],
    })
    expect(answer.status).toBe(200)
  })
})
