import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { afterAll, beforeAll, describe, test } from 'vitest'
import catalogue from '../../catalogue/models.json' with { type: 'json' }
import { anthropic, anthropicBedrock, anthropicBearer } from './anthropic.ts'
import { awsConverse } from './aws.ts'
import { cells, toolQuestion } from './client.ts'
import type { Client, Place } from './client.ts'
import { google } from './google.ts'
import { judge } from './judge.ts'
import type { UnknownModel } from './judge.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiResponses } from './openai-responses.ts'
import { aiAnthropic, aiBedrock, aiGoogle, aiOpenai, aiOpenaiChat } from './vercel-ai.ts'

/** Bedrock has no 404 for it (bedrock.md 1.7). */
const unknownModel = { status: 400, says: 'model identifier is invalid' }

/** The same clients, pointed straight at the simulator: where they find no fault, it behaves as their vendor does. */
const clients: readonly {
  readonly make: (place: Place) => Client
  readonly model: string
  readonly says: string
  readonly unknownModel?: UnknownModel
}[] = [
  { make: openaiChat, model: 'gpt-4.1', says: 'GPT-4.1' },
  { make: openaiResponses, model: 'gpt-6-luna', says: 'GPT-6' },
  { make: aiOpenai, model: 'gpt-4.1', says: 'GPT-4.1' },
  { make: aiOpenaiChat, model: 'gpt-5-mini', says: 'GPT-5 mini' },
  { make: anthropic, model: 'claude-sonnet-5-5', says: 'Claude Sonnet 5.5' },
  { make: anthropicBearer, model: 'claude-sonnet-5-5', says: 'Claude Sonnet 5.5' },
  { make: aiAnthropic, model: 'claude-sonnet-5-5', says: 'Claude Sonnet 5.5' },
  { make: google, model: 'gemini-3.5-flash', says: 'Gemini 3.5 Flash' },
  { make: aiGoogle, model: 'gemini-2.5-flash', says: 'Gemini 2.5 Flash' },
  { make: awsConverse, model: 'eu.anthropic.claude-sonnet-5-5', says: 'Claude Sonnet 5.5', unknownModel },
  {
    make: anthropicBedrock,
    model: 'eu.anthropic.claude-sonnet-5-5',
    says: 'Claude Sonnet 5.5',
    unknownModel,
  },
  { make: aiBedrock, model: 'eu.amazon.nova-pro-v1:0', says: 'Amazon Nova Pro', unknownModel },
]

let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({
    models: catalogue.models as readonly SimulatedModel[],
    latency: { firstTokenMs: 0, perTokenMs: 0 },
  })
})
afterAll(() => simulator.close())

describe.each(clients.map((one) => ({ ...one, name: one.make({ url: '', key: 'k' }).name })))(
  '$name',
  ({ make, ...rest }) => {
    test.concurrent.each(cells)('%s', async (cell) => {
      const text = cell === 'tools' || cell === 'streamTools' ? toolQuestion : 'How are you today?'
      await judge(make({ url: simulator.url, key: 'any' }), cell, { ...rest, text })
    })
  },
)
