import { readers, type ReadStream } from '../../upstream-errors/read-streams.ts'

export type FaceName =
  'openai-chat' | 'openai-responses' | 'anthropic-messages' | 'bedrock-converse' | 'gemini'

/** A client API, as far as a recorder speaks it. */
export interface RecordedFace {
  path(model: string, stream: boolean): string
  body(model: string, prompt: string, stream: boolean): object
  readonly headers?: { readonly [name: string]: string }
  /** The text of an answer that did not stream. */
  textOf(body: unknown): string
  /** The whole frames of a stream, strictly. */
  readStream(bytes: Uint8Array): ReadStream
  readonly framing: 'events' | 'frames'
}

const reader = (name: string): ((bytes: Uint8Array) => ReadStream) => {
  const found = readers[name]
  if (found === undefined) throw new Error(`there is no reader of ${name}`)
  return found
}

type Steps = readonly (string | number)[]
const at = (value: unknown, steps: Steps): unknown =>
  steps.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<string | number, unknown>)[step] : null,
    value,
  )
const listAt = (value: unknown, ...steps: Steps): readonly unknown[] => {
  const found = at(value, steps)
  return Array.isArray(found) ? found : []
}
const textsAt = (values: readonly unknown[], ...steps: Steps): string =>
  values
    .map((value) => at(value, steps))
    .map((text) => (typeof text === 'string' ? text : ''))
    .join('')

const bedrockPath = (model: string, verb: string): string => `/model/${encodeURIComponent(model)}/${verb}`
const messages = (content: string) => [{ role: 'user', content }]

export const faces: { readonly [Name in FaceName]: RecordedFace } = {
  'openai-chat': {
    path: () => '/v1/chat/completions',
    body: (model, prompt, stream) => ({ model, messages: messages(prompt), stream }),
    textOf: (body) => textsAt(listAt(body, 'choices'), 'message', 'content'),
    readStream: reader('openai chat'),
    framing: 'events',
  },
  'openai-responses': {
    path: () => '/v1/responses',
    body: (model, prompt, stream) => ({ model, input: prompt, stream }),
    textOf: (body) =>
      textsAt(
        listAt(body, 'output').flatMap((item) => listAt(item, 'content')),
        'text',
      ),
    readStream: reader('openai responses'),
    framing: 'events',
  },
  'anthropic-messages': {
    path: () => '/v1/messages',
    headers: { 'anthropic-version': '2023-06-01' },
    body: (model, prompt, stream) => ({ model, messages: messages(prompt), max_tokens: 4_000, stream }),
    textOf: (body) => textsAt(listAt(body, 'content'), 'text'),
    readStream: reader('anthropic messages'),
    framing: 'events',
  },
  'bedrock-converse': {
    path: (model, stream) => bedrockPath(model, stream ? 'converse-stream' : 'converse'),
    body: (_model, prompt) => ({ messages: [{ role: 'user', content: [{ text: prompt }] }] }),
    textOf: (body) => textsAt(listAt(body, 'output', 'message', 'content'), 'text'),
    readStream: reader('bedrock converse'),
    framing: 'frames',
  },
  gemini: {
    path: (model, stream) =>
      `/v1beta/models/${encodeURIComponent(model)}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: (_model, prompt) => ({ contents: [{ role: 'user', parts: [{ text: prompt }] }] }),
    textOf: (body) => textsAt(listAt(body, 'candidates', 0, 'content', 'parts'), 'text'),
    readStream: reader('gemini'),
    framing: 'events',
  },
}

/** What a client has of a stream that was cut anywhere: its whole frames. */
export function wholeFrames(bytes: Buffer, framing: RecordedFace['framing']): Buffer {
  if (framing === 'events') {
    const after = (blank: string): number => {
      const at = bytes.lastIndexOf(blank)
      return at === -1 ? 0 : at + blank.length
    }
    return bytes.subarray(0, Math.max(after('\n\n'), after('\r\n\r\n')))
  }
  let end = 0
  while (end + 4 <= bytes.length && end + bytes.readUInt32BE(end) <= bytes.length)
    end += bytes.readUInt32BE(end)
  return bytes.subarray(0, end)
}
