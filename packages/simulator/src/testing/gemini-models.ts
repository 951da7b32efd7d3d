import type { SimulatedModel } from '../simulated-model.ts'
import { sampleModels } from './sample-models.ts'

const ABLE = {
  tools: true,
  toolsStreaming: true,
  images: true,
  documents: true,
  streaming: true,
  promptCaching: true,
  reasoning: true,
}

function model(id: string, generation: number, more: Partial<SimulatedModel> = {}): SimulatedModel {
  return {
    id,
    name: id,
    vendor: 'google',
    format: 'gemini',
    purpose: 'chat',
    baseModelId: null,
    abilities: ABLE,
    generation,
    contextTokens: 1_048_576,
    maxOutputTokens: 65_536,
    sourceRegions: [],
    destinationRegions: null,
    lifecycle: { status: 'active', endsOn: null },
    ...more,
  }
}

export const third = 'gemini-3.5-flash'
export const second = 'gemini-2.5-flash'
export const thoughtless = 'gemini-2.0-flash'
export const embedder = 'gemini-embedding-001'

export const strict = 'gemini-3.8-flash'
export const secondPro = 'gemini-2.5-pro'

/** Beside the others, so that these stay four. */
export const moreGeminiModels: readonly SimulatedModel[] = [
  model(strict, 3.8, { tier: 'flash' }),
  model(secondPro, 2.5, { tier: 'pro' }),
  model('gemini-3.1-pro-preview', 3.1, { tier: 'pro' }),
]

/** One model for each rule that a generation brings, and one that another vendor serves. */
export const geminiModels: readonly SimulatedModel[] = [
  model(third, 3.5, { name: 'Gemini 3.5 Flash', tier: 'flash' }),
  model(second, 2.5, { name: 'Gemini 2.5 Flash', tier: 'flash' }),
  model(thoughtless, 2, {
    name: 'Gemini 2.0 Flash',
    maxOutputTokens: 8_192,
    contextTokens: 4_000,
    abilities: { ...ABLE, reasoning: false, documents: false },
  }),
  model(embedder, 2, {
    purpose: 'embedding',
    format: 'gemini-embedding',
    contextTokens: 2_048,
    maxOutputTokens: 1,
  }),
  ...sampleModels.slice(0, 1),
]
