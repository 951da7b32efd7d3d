import type { JsonObject } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { invalid } from './failure.ts'

/** `GET /v1beta/models`: pages with `pageSize` and `pageToken`. */
export function listModels(models: readonly SimulatedModel[], query: URLSearchParams): string {
  const from = wholeNumber(query.get('pageToken'), 0, 'pageToken')
  const size = Math.min(1_000, wholeNumber(query.get('pageSize'), 50, 'pageSize') || 50)
  const nextPageToken = from + size < models.length ? { nextPageToken: String(from + size) } : {}
  return indented({ models: models.slice(from, from + size).map(modelMembers), ...nextPageToken })
}

export function getModel(model: SimulatedModel): string {
  return indented(modelMembers(model))
}

function modelMembers(model: SimulatedModel): JsonObject {
  const embeds = model.purpose === 'embedding'
  return {
    name: `models/${model.id}`,
    version: String(model.generation ?? '001'),
    displayName: model.name,
    description: `${model.name} (simulated)`,
    ...(model.contextTokens === null ? {} : { inputTokenLimit: model.contextTokens }),
    ...(model.maxOutputTokens === null ? {} : { outputTokenLimit: model.maxOutputTokens }),
    supportedGenerationMethods: embeds
      ? ['embedContent', 'countTokens', 'batchEmbedContents']
      : ['generateContent', 'countTokens'],
    ...(embeds ? {} : { temperature: 1, topP: 0.95, topK: 64, maxTemperature: 2 }),
    ...(model.abilities.reasoning === true ? { thinking: true } : {}),
  }
}

function wholeNumber(text: string | null, fallback: number, name: string): number {
  if (text === null || text === '') return fallback
  if (!/^\d{1,9}$/.test(text)) throw invalid(`Invalid value for ${name}: ${text.slice(0, 50)}`)
  return Number(text)
}

function indented(value: JsonObject): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
