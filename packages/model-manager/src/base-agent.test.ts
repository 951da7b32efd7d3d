import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { BaseAgent, ConfigurationManager, ModelManager, Session, type AgentAnswer } from './index.ts'
import { startVendors, type SimulatedVendors } from './testing/simulated-vendors.ts'

let vendors: SimulatedVendors
let modelManager: ModelManager
beforeAll(async () => {
  vendors = await startVendors()
  const text = 'agents:\n  default_model: eu.amazon.nova-micro-v1:0\n'
  modelManager = new ModelManager(new ConfigurationManager('dev', { text }), undefined, {
    ...{ environment: vendors.environment, metrics: 'none', log: () => undefined },
  })
})
afterEach(() => vendors.simulator.reset())
afterAll(async () => {
  await modelManager.close()
  await vendors.simulator.close()
})

const tools = [{ toolSpec: { name: 'find_stock', inputSchema: { json: { type: 'object' } } } }]

class Agent extends BaseAgent<Session> {
  async processQuery(query: string, _sessionId: string, session: Session): Promise<AgentAnswer> {
    return { response: await this.invokeBedrockModel({ prompt: query, session, tools }) }
  }
  async stream(prompt: string, session: Session): Promise<void> {
    for await (const event of this.streamModel({ prompt, session, tools })) void event
  }
  open(): Session {
    return this.newSession('s-1')
  }
}

const answer = (content: readonly object[]): void => {
  vendors.simulator.script({
    match: {},
    effect: {
      status: {
        code: 200,
        body: {
          output: { message: { role: 'assistant', content: content.map((block) => ({ ...block })) } },
          stopReason: 'end_turn',
          usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
          metrics: { latencyMs: 1 },
        },
      },
    },
  })
}

test.each([
  ['no block', []],
  ['an empty text', [{ text: '' }]],
  ['a blank text', [{ text: ' \n' }]],
])('an answer of %s does not break the session', async (_, content) => {
  const agent = new Agent('sql_agent', modelManager)
  const session = agent.open()
  answer(content)
  await agent.processQuery('First?', 's-1', session)
  expect(session.messages).toEqual([])
})

test('a blank text beside other blocks is not sent back', async () => {
  const agent = new Agent('sql_agent', modelManager)
  const session = agent.open()
  const toolUse = { toolUseId: 't-1', name: 'find_stock', input: {} }
  answer([{ text: '' }, { toolUse }])
  await agent.processQuery('First?', 's-1', session)
  expect(session.messages[1]).toEqual({ role: 'assistant', content: [{ toolUse }] })
})

test('a call of a tool that nobody answered does not break the session', async () => {
  const agent = new Agent('sql_agent', modelManager)
  const session = agent.open()
  answer([{ toolUse: { toolUseId: 't-1', name: 'find_stock', input: {} } }])
  await agent.processQuery('First?', 's-1', session)
  vendors.simulator.reset()
  await agent.processQuery('Second?', 's-1', session)
  await agent.stream('Third?', session)
  const toolResult = { toolUseId: 't-1', status: 'error' }
  expect(session.messages).toMatchObject([
    { content: [{ text: 'First?' }] },
    { role: 'assistant' },
    { role: 'user', content: [{ toolResult }, { text: 'Second?' }] },
    { role: 'assistant' },
    { role: 'user', content: [{ text: 'Third?' }] },
    { role: 'assistant' },
  ])
})

test('a result that the agent added goes along as it is', async () => {
  const agent = new Agent('sql_agent', modelManager)
  const session = agent.open()
  answer([{ toolUse: { toolUseId: 't-1', name: 'find_stock', input: {} } }])
  await agent.processQuery('First?', 's-1', session)
  vendors.simulator.reset()
  const content = [{ toolResult: { toolUseId: 't-1', content: [{ json: { left: 7 } }] } }]
  session.add([{ role: 'user', content }])
  await agent.processQuery('Second?', 's-1', session)
  expect(session.messages).toMatchObject([
    { content: [{ text: 'First?' }] },
    { content: [{ toolUse: {} }] },
    { content: [...content, { text: 'Second?' }] },
    { role: 'assistant' },
  ])
})

test('of two calls, the one without a result is told as not made', async () => {
  const agent = new Agent('sql_agent', modelManager)
  const session = agent.open()
  const call = (toolUseId: string) => ({ toolUse: { toolUseId, name: 'find_stock', input: {} } })
  answer([call('t-1'), call('t-2')])
  await agent.processQuery('First?', 's-1', session)
  vendors.simulator.reset()
  const content = [{ toolResult: { toolUseId: 't-1', content: [{ json: { left: 7 } }] } }]
  session.add([{ role: 'user', content }])
  await agent.processQuery('Second?', 's-1', session)
  await agent.processQuery('Third?', 's-1', session)
  const toolResult = { toolUseId: 't-2', status: 'error' }
  expect(session.messages.slice(2)).toMatchObject([
    { role: 'user', content: [...content, { toolResult }, { text: 'Second?' }] },
    { role: 'assistant' },
    { role: 'user', content: [{ text: 'Third?' }] },
    { role: 'assistant' },
  ])
})

test('an empty streamed answer does not break the session, one with words is remembered', async () => {
  const agent = new Agent('sql_agent', modelManager)
  const session = agent.open()
  vendors.simulator.script({ match: {}, effect: { answer: { text: ' ' } }, times: 1 })
  await agent.stream('First?', session)
  expect(session.messages).toEqual([])
  await agent.stream('Second?', session)
  expect(session.messages).toMatchObject([{ content: [{ text: 'Second?' }] }, { role: 'assistant' }])
})

test('results go with the calls that they belong to', () => {
  const session = new Session('s-1', 1)
  session.add([
    { role: 'user', content: 'First?' },
    { role: 'assistant', content: [{ toolUse: { toolUseId: 't-1', name: 'find_stock', input: {} } }] },
  ])
  session.add([
    { role: 'user', content: [{ toolResult: { toolUseId: 't-1', content: [] } }, { text: 'Second?' }] },
    { role: 'assistant', content: 'Two.' },
  ])
  expect(session.messages).toEqual([
    { role: 'user', content: [{ text: 'Second?' }] },
    { role: 'assistant', content: 'Two.' },
  ])
})
