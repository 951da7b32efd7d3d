import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { BaseAgent, ConfigurationManager, ModelManager, type AgentAnswer, type Session } from './index.ts'
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

class Agent extends BaseAgent<Session> {
  async processQuery(query: string, _sessionId: string, session: Session): Promise<AgentAnswer> {
    return { response: await this.invokeBedrockModel({ prompt: query, session }) }
  }
  async stream(prompt: string, session: Session): Promise<void> {
    for await (const event of this.streamModel({ prompt, session })) void event
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

test('an empty streamed answer does not break the session, one with words is remembered', async () => {
  const agent = new Agent('sql_agent', modelManager)
  const session = agent.open()
  vendors.simulator.script({ match: {}, effect: { answer: { text: ' ' } }, times: 1 })
  await agent.stream('First?', session)
  expect(session.messages).toEqual([])
  await agent.stream('Second?', session)
  expect(session.messages).toMatchObject([{ content: [{ text: 'Second?' }] }, { role: 'assistant' }])
})
