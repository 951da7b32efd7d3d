import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { ConfigurationManager, ModelManager, type Message, type StreamEvent } from '../index.ts'
import { startVendors, type SimulatedVendors } from '../testing/simulated-vendors.ts'

let vendors: SimulatedVendors
let modelManager: ModelManager
beforeAll(async () => {
  vendors = await startVendors()
})
beforeEach(() => {
  const config = new ConfigurationManager('dev', {
    text: `
agents:
  default_model: eu.anthropic.claude-sonnet-5-5
  gpt: { model: gpt-4o }
  small: { model: eu.amazon.nova-micro-v1:0 }
  off: { enabled: false }
`,
  })
  modelManager = new ModelManager(config, undefined, {
    environment: vendors.environment,
    metrics: 'none',
    log: () => undefined,
  })
})
afterEach(async () => {
  await modelManager.close()
  vendors.simulator.reset()
})
afterAll(() => vendors.simulator.close())

const messages: readonly Message[] = [{ role: 'user', content: 'Hello' }]
const tools = [
  {
    toolSpec: {
      name: 'find_stock',
      description: 'Finds stock.',
      inputSchema: { json: { type: 'object', properties: { item: { type: 'string' } } } },
    },
  },
]

async function read(events: AsyncIterable<StreamEvent>): Promise<readonly StreamEvent[]> {
  const all: StreamEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

test.each(['sonnet', 'gpt'])('the pieces of %s make up the answer that its end tells', async (agentName) => {
  const events = await read(modelManager.streamModel({ agentName, messages }))
  const last = events.at(-1)
  if (last?.type !== 'end') throw new Error('it has no end')
  const pieces = events.flatMap((event) => (event.type === 'text' ? [event.text] : []))
  expect(pieces.length).toBeGreaterThan(3)
  expect(last.response.text).toBe(pieces.join(''))
  expect(last.response.content).toEqual([{ text: pieces.join('') }])
  expect(last.response.cost).toBeGreaterThan(0)
  expect(last.response.usage.outputTokens).toBe(vendors.simulator.ledger().at(-1)?.usage?.outputTokens)
  expect(last.response.stopReason).toBe('end_turn')
})

test.each(['sonnet', 'gpt'])(
  'a tool call of %s comes back whole, and its result goes along',
  async (agentName) => {
    const question: Message = { role: 'user', content: 'Call find_stock, please' }
    const request = { agentName, messages: [question], tools, toolChoice: { tool: { name: 'find_stock' } } }
    const events = await read(modelManager.streamModel(request))
    const last = events.at(-1)
    if (last?.type !== 'end') throw new Error('it has no end')
    const { content, stopReason } = last.response
    expect(stopReason).toBe('tool_use')
    expect(events.some(({ type }) => type === 'tool-call')).toBe(true)
    const call = content.find(({ toolUse }) => toolUse !== undefined)?.toolUse
    expect(call).toMatchObject({ name: 'find_stock' })
    const json = events.flatMap((event) => (event.type === 'tool-arguments' ? [event.json] : [])).join('')
    expect(JSON.parse(json === '' ? '{}' : json)).toEqual(call?.input)
    const result: Message = {
      role: 'user',
      content: [{ toolResult: { toolUseId: call?.toolUseId ?? '', content: [{ json: { left: 7 } }] } }],
    }
    const whole = await modelManager.invokeModel({
      agentName,
      messages: [question, { role: 'assistant', content }, result],
      tools,
    })
    expect(whole.text).not.toBe('')
  },
)

test('whoever stops reading ends the vendor’s work, and what was written is counted', async () => {
  vendors.simulator.script({ effect: { slowChunksMs: 20 } })
  for await (const event of modelManager.streamModel({ agentName: 'any', messages }))
    if (event.type === 'text') break
  const { totalInvocations, totalOutputTokens } = modelManager.getUsageSummary()
  expect(totalInvocations).toBe(1)
  expect(totalOutputTokens).toBeGreaterThan(0)
  await expect.poll(() => vendors.simulator.ledger().at(-1)?.clientLeft, { timeout: 30_000 }).toBe(true)
})

test.each(['stream', 'whole'])('a signal ends a call (%s)', async (how) => {
  vendors.simulator.script({ effect: how === 'whole' ? { stall: true } : { slowChunksMs: 20 } })
  const aborting = new AbortController()
  const request = { agentName: 'any', messages, signal: aborting.signal }
  setTimeout(() => aborting.abort(), 100)
  const work = how === 'whole' ? modelManager.invokeModel(request) : read(modelManager.streamModel(request))
  await expect(work).rejects.toMatchObject({ name: 'ModelManagerError', code: 'cancelled' })
  const late = { ...request, signal: AbortSignal.abort() }
  const again = how === 'whole' ? modelManager.invokeModel(late) : read(modelManager.streamModel(late))
  await expect(again).rejects.toMatchObject({ code: 'cancelled' })
})

test('a stream that its vendor cuts never looks whole', async () => {
  vendors.simulator.script({ effect: { cutAfterChunks: 3 } })
  const events: StreamEvent[] = []
  const work = async (): Promise<void> => {
    for await (const event of modelManager.streamModel({ agentName: 'any', messages })) events.push(event)
  }
  await expect(work()).rejects.toMatchObject({ name: 'ModelManagerError', code: 'upstream_broken' })
  expect(events.some(({ type }) => type === 'end')).toBe(false)
})

test('before its first piece a failing model is followed by the next one', async () => {
  vendors.simulator.script({
    match: { model: '*sonnet*' },
    effect: { error: { name: 'ModelNotReadyException' } },
  })
  const last = (await read(modelManager.streamModel({ agentName: 'any', messages }))).at(-1)
  expect(last).toMatchObject({ type: 'end', response: { fallbackUsed: true } })
})

test('a reader that is slow gets every piece', async () => {
  vendors.simulator.script({ effect: { answer: { text: 'word '.repeat(40_000), pieces: 4_000 } } })
  let pieces = 0
  for await (const event of modelManager.streamModel({ agentName: 'any', messages })) {
    pieces += event.type === 'text' ? 1 : 0
    if (pieces % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  expect(pieces).toBe(4_000)
})

test('wrong requests are told with the field, and are no invocation of a model', async () => {
  const ask = (changes: object) => modelManager.invokeModel({ agentName: 'any', messages, ...changes })
  await expect(ask({ messages: [{ role: 'user', content: 7 }] })).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('messages[0].content') as unknown,
  })
  await expect(ask({ modelId: 'eu.amazon.nova-pro' })).rejects.toMatchObject({
    code: 'model_not_found',
    message: expect.stringMatching(/Nearest: .*nova-pro/) as unknown,
  })
  await expect(ask({ agentName: 'off' })).rejects.toMatchObject({
    code: 'agent_disabled',
    message: expect.stringContaining('dev.yaml:6') as unknown,
  })
  expect(modelManager.getUsageSummary().totalInvocations).toBe(0)
})

test('images go along as bytes; a model that cannot see is not asked', async () => {
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const withImage: readonly Message[] = [
    {
      role: 'user',
      content: [{ image: { format: 'png', source: { bytes: png } } }, { text: 'What is it?' }],
    },
  ]
  const seen = await modelManager.invokeModel({ agentName: 'any', messages: withImage })
  expect(seen.success).toBe(true)
  await expect(
    modelManager.invokeModel({ agentName: 'small', messages: withImage, useFallback: false }),
  ).rejects.toMatchObject({ code: 'no_candidate', message: expect.stringContaining('images') as unknown })
})

test('a time limit ends a call that hangs', async () => {
  vendors.simulator.script({ effect: { stall: true } })
  await expect(
    modelManager.invokeModel({ agentName: 'any', messages, timeoutMs: 200 }),
  ).rejects.toMatchObject({ code: expect.stringMatching(/^upstream_timeout/) as unknown })
})

test('a manager that was closed takes no call', async () => {
  await modelManager.close()
  await expect(modelManager.invokeModel({ agentName: 'any', messages })).rejects.toMatchObject({
    code: 'closed',
  })
})
