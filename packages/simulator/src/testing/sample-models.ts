import type { SimulatedAbilities, SimulatedModel } from '../simulated-model.ts'

const ABLE: SimulatedAbilities = {
  tools: true,
  toolsStreaming: true,
  images: true,
  documents: true,
  streaming: true,
  promptCaching: true,
  reasoning: true,
}

const EU = ['eu-central-1', 'eu-west-1']

function model(id: string, name: string, more: Partial<SimulatedModel>): SimulatedModel {
  return {
    id,
    name,
    vendor: 'amazon',
    format: 'nova',
    purpose: 'chat',
    baseModelId: null,
    abilities: ABLE,
    contextTokens: 200_000,
    maxOutputTokens: 10_000,
    sourceRegions: EU,
    destinationRegions: EU,
    lifecycle: { status: 'active', endsOn: null },
    ...more,
  }
}

/** Models for the tests of this package: one for each rule that a model's data can trigger. */
export const sampleModels: readonly SimulatedModel[] = [
  model('eu.amazon.nova-pro-v1:0', 'Amazon Nova Pro', { baseModelId: 'amazon.nova-pro-v1:0' }),
  model('amazon.nova-pro-v1:0', 'Amazon Nova Pro', { profileOnlyRegions: ['eu-central-1'] }),
  model('eu.amazon.nova-micro-v1:0', 'Amazon Nova Micro', {
    baseModelId: 'amazon.nova-micro-v1:0',
    abilities: { ...ABLE, images: false, reasoning: false },
    maxOutputTokens: 4_096,
    contextTokens: 2_000,
  }),
  model('eu.anthropic.claude-sonnet-5-5', 'Claude Sonnet 5.5', {
    vendor: 'anthropic',
    format: 'claude',
    baseModelId: 'anthropic.claude-sonnet-5-5',
    maxOutputTokens: 64_000,
    alsoKnownAs: ['arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdef123456'],
  }),
  model('anthropic.claude-3-5-sonnet-20241022-v2:0', 'Claude 3.5 Sonnet', {
    vendor: 'anthropic',
    format: 'claude',
    sourceRegions: ['us-east-1'],
    abilities: { ...ABLE, reasoning: false },
    lifecycle: { status: 'eol', endsOn: '2026-07-30' },
  }),
  model('meta.llama3-3-70b-instruct-v1:0', 'Llama 3.3 70B', {
    vendor: 'meta',
    format: 'llama',
    abilities: { ...ABLE, toolsStreaming: false, images: false, promptCaching: false },
  }),
  model('mistral.mistral-7b-instruct-v0:2', 'Mistral 7B', {
    vendor: 'mistral',
    format: 'mistral',
    generation: 0.2,
    abilities: { ...ABLE, tools: false, toolsStreaming: false },
    sourceRegions: ['eu-west-1'],
  }),
  model('amazon.titan-embed-text-v2:0', 'Titan Embeddings', {
    purpose: 'embedding',
    format: 'titan',
    generation: 2,
    contextTokens: 8_192,
  }),
  model('amazon.titan-embed-text-v1', 'Titan Embeddings G1', {
    purpose: 'embedding',
    format: 'titan',
    generation: 1,
    contextTokens: 8_192,
  }),
  model('cohere.embed-multilingual-v3', 'Cohere Embed v3', {
    purpose: 'embedding',
    format: 'cohere',
    generation: 3,
    contextTokens: 512,
  }),
  model('cohere.embed-v4:0', 'Cohere Embed v4', {
    purpose: 'embedding',
    format: 'cohere',
    generation: 4,
    contextTokens: 128_000,
  }),
]

export const novaPro = 'eu.amazon.nova-pro-v1:0'
export const claude = 'eu.anthropic.claude-sonnet-5-5'
export const micro = 'eu.amazon.nova-micro-v1:0'
