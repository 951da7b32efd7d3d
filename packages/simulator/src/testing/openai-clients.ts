import type { SimulatedModel } from '../simulated-model.ts'
import { startSimulator } from '../simulator.ts'
import type { Simulator, SimulatorOptions } from '../simulator.ts'

export { pdf, png } from './anthropic-clients.ts'

export const openaiKey = 'sk-simulated-openai-key'
/** A model that does not reason, one that does, and one that reasons and takes tools by the Responses API alone. */
export const gpt41 = 'gpt-4.1'
export const mini = 'gpt-5-mini'
export const luna = 'gpt-6-luna'
/** A model that sees no images. */
export const blind = 'gpt-3.5-turbo'

const plain: SimulatedModel = {
  id: gpt41,
  name: 'GPT-4.1',
  vendor: 'openai',
  provider: 'openai',
  format: 'openai',
  purpose: 'chat',
  baseModelId: null,
  abilities: {
    tools: true,
    toolsStreaming: true,
    images: true,
    documents: null,
    streaming: true,
    promptCaching: true,
    reasoning: false,
  },
  contextTokens: 10_000,
  maxOutputTokens: 4_000,
  sourceRegions: [],
  destinationRegions: null,
  lifecycle: { status: 'active', endsOn: null },
}

export const openaiModels: readonly SimulatedModel[] = [
  plain,
  {
    ...plain,
    id: mini,
    name: 'GPT-5 mini',
    generation: 5,
    tier: 'mini',
    abilities: { ...plain.abilities, reasoning: true },
  },
  {
    ...plain,
    id: luna,
    name: 'GPT-6 Luna',
    generation: 6,
    tier: 'luna',
    abilities: { ...plain.abilities, reasoning: true },
  },
  {
    ...plain,
    id: blind,
    name: 'GPT-3.5 Turbo',
    abilities: { ...plain.abilities, images: false, promptCaching: false },
  },
  { ...plain, id: 'text-embedding-3-small', name: 'Embedding 3 Small', purpose: 'embedding' },
]

/** A simulator as the tests want it: no latency, one key. */
export function startOpenai(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  return startSimulator({
    models: openaiModels,
    credentials: { apiKeys: [openaiKey] },
    latency: { firstTokenMs: 0, perTokenMs: 0 },
    ...options,
  })
}
