import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock'
import { BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime'
import { GoogleGenAI } from '@google/genai'
import { embedMany } from 'ai'
import OpenAI from 'openai'
import type { Place } from './client.ts'

export interface Embedded {
  readonly vectors: readonly (readonly number[])[]
  /** Null where this client tells none. */
  readonly tokens: number | null
}

/** One client as its users use it to embed. */
export interface EmbeddingClient {
  readonly name: string
  /** The face that its requests speak to, for a model. */
  face(model: string): string
  /** What one request of its form can hold. */
  readonly mostTexts: number
  embed(model: string, texts: readonly string[]): Promise<Embedded>
}

/** Asks for base64 by itself, and unpacks it. */
function openai({ url, key }: Place): EmbeddingClient {
  const client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 })
  return {
    name: 'openai',
    face: () => 'openai-chat',
    mostTexts: Infinity,
    async embed(model, texts) {
      const answer = await client.embeddings.create({ model, input: [...texts] })
      const { prompt_tokens: tokens } = answer.usage
      // Zero where it is not known.
      return { vectors: answer.data.map(({ embedding }) => embedding), tokens: tokens === 0 ? null : tokens }
    },
  }
}

/** Always asks for a batch. Bare texts it would put into one content for some models. */
function google({ url, key }: Place): EmbeddingClient {
  const { models } = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } })
  return {
    name: 'google',
    face: () => 'gemini',
    mostTexts: Infinity,
    async embed(model, texts) {
      const contents = texts.map((text) => ({ parts: [{ text }] }))
      const { embeddings = [], usageMetadata } = await models.embedContent({ model, contents })
      return {
        vectors: embeddings.map(({ values = [] }) => values),
        tokens: usageMetadata?.promptTokenCount ?? null,
      }
    },
  }
}

type Invoke = (modelId: string, body: object) => Promise<unknown>

function aws({ url, key }: Place): Invoke {
  const client = new BedrockRuntimeClient({
    endpoint: url,
    region: 'eu-central-1',
    token: { token: key },
    authSchemePreference: ['httpBearerAuth'],
    maxAttempts: 1,
  })
  return async (modelId, body) => {
    const answer = await client.send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }))
    return JSON.parse(answer.body.transformToString()) as unknown
  }
}

function awsTitan(place: Place): EmbeddingClient {
  const invoke = aws(place)
  return {
    name: 'aws titan',
    face: () => 'bedrock-invoke-titan',
    mostTexts: 1,
    async embed(model, [inputText]) {
      const told = await invoke(model, { inputText })
      const { embedding, inputTextTokenCount = null } = told as {
        readonly embedding: readonly number[]
        readonly inputTextTokenCount?: number
      }
      return { vectors: [embedding], tokens: inputTextTokenCount }
    },
  }
}

function awsCohere(place: Place): EmbeddingClient {
  const invoke = aws(place)
  return {
    name: 'aws cohere',
    face: () => 'bedrock-invoke-cohere',
    mostTexts: Infinity,
    async embed(model, texts) {
      const body = { texts, input_type: 'search_document', embedding_types: ['float'] }
      const told = (await invoke(model, body)) as {
        readonly embeddings: { readonly float: readonly (readonly number[])[] }
      }
      return { vectors: told.embeddings.float, tokens: null }
    },
  }
}

/** Sends Cohere's body to models whose id says Cohere, Titan's to all others; reads the count from body or header. */
function aiBedrock({ url, key }: Place): EmbeddingClient {
  const bedrock = createAmazonBedrock({ region: 'eu-central-1', baseURL: url, apiKey: key })
  return {
    name: 'ai bedrock',
    face: (model) => (model.includes('cohere.embed-') ? 'bedrock-invoke-cohere' : 'bedrock-invoke-titan'),
    mostTexts: Infinity,
    async embed(model, texts) {
      const { embeddings, usage } = await embedMany({
        model: bedrock.embedding(model),
        values: [...texts],
        maxRetries: 0,
        providerOptions: { bedrock: { inputType: 'search_document' } },
      })
      return { vectors: embeddings, tokens: usage.tokens }
    },
  }
}

export const embeddingClients: readonly ((place: Place) => EmbeddingClient)[] = [
  openai,
  google,
  awsTitan,
  awsCohere,
  aiBedrock,
]
