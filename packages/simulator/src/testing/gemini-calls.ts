import { startSimulator } from '../simulator.ts'
import type { Simulator, SimulatorOptions } from '../simulator.ts'
import { geminiModels } from './gemini-models.ts'

export const apiKey = 'AIza-simulated-key'

/** A simulator with Gemini models, without latency, that knows one key. */
export function startGemini(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  return startSimulator({
    models: geminiModels,
    credentials: { apiKeys: [apiKey] },
    latency: { firstTokenMs: 0, perTokenMs: 0 },
    ...options,
  })
}

/** A call by plain HTTP/1.1: `call` is `{model}:{verb}`, with a query where wanted. */
export function postGemini(
  simulator: Simulator,
  call: string,
  body: unknown,
  headers: Record<string, string> = { 'x-goog-api-key': apiKey },
): Promise<Response> {
  return fetch(`${simulator.url}/v1beta/models/${call}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

export interface GeminiPart {
  readonly text?: string
  readonly thought?: boolean
  readonly thoughtSignature?: string
  readonly functionCall?: {
    readonly id?: string
    readonly name: string
    readonly args: Record<string, unknown>
  }
}

export interface GeminiResponse {
  readonly candidates?: readonly {
    readonly content: { readonly role: string; readonly parts?: readonly GeminiPart[] }
    readonly finishReason?: string
    readonly finishMessage?: string
    readonly index: number
    readonly avgLogprobs?: number
    readonly logprobsResult?: {
      readonly chosenCandidates: readonly { readonly token: string; readonly logProbability: number }[]
      readonly topCandidates?: readonly {
        readonly candidates: readonly { readonly logProbability: number }[]
      }[]
    }
  }[]
  readonly promptFeedback?: { readonly blockReason: string }
  readonly usageMetadata?: Readonly<Record<string, unknown>>
  readonly modelVersion: string
  readonly responseId: string
}

export interface GeminiError {
  readonly error: {
    readonly code: number
    readonly message: string
    readonly status: string
    readonly details?: readonly Readonly<Record<string, unknown>>[]
  }
}

/** The body of an answer that must have succeeded. */
export async function answered(answer: Promise<Response>): Promise<GeminiResponse> {
  const response = await answer
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
  return (await response.json()) as GeminiResponse
}

/** The error of an answer that must have been refused. */
export async function refused(answer: Promise<Response>): Promise<GeminiError['error']> {
  const response = await answer
  const { error } = (await response.json()) as GeminiError
  if (response.status !== error.code) throw new Error(`status ${response.status}, code ${error.code}`)
  return error
}

export function partsOf(response: GeminiResponse): readonly GeminiPart[] {
  return response.candidates?.[0]?.content.parts ?? []
}

/** The words of a response, thoughts left out. */
export function wordsOf(response: GeminiResponse): string {
  return partsOf(response)
    .filter((part) => part.thought !== true)
    .map((part) => part.text ?? '')
    .join('')
}

/** The pieces of a stream of server-sent events. */
export function eventsOf(body: string): readonly GeminiResponse[] {
  return body
    .split('\r\n\r\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.replace(/^data: /, '')) as GeminiResponse)
}

/** One user message. */
export function userSays(text: string): { contents: { role: string; parts: { text: string }[] }[] } {
  return { contents: [{ role: 'user', parts: [{ text }] }] }
}
