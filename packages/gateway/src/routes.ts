// size: the one table of data-plane paths
import type { DialectName, KeyScope, Operation } from '@pointsman/contract'

/** What a data-plane path asks for. Everything that is not matched here goes to the control door. */
export type Matched =
  | {
      readonly kind: 'chat'
      readonly face: DialectName
      readonly model: string | null
      /** Null = the body tells whether it streams. */
      readonly operation: Operation | null
    }
  | { readonly kind: 'models'; readonly face: ModelsFace; readonly model: string | null }
  | { readonly kind: 'health'; readonly of: 'live' | 'ready' }
  | { readonly kind: 'metrics' }
  | { readonly kind: 'unknown'; readonly face: DialectName; readonly problem: string }
  | { readonly kind: 'wrong-method'; readonly allowed: string; readonly face: DialectName }
  /** A browser asks whether an app may call the path. */
  | { readonly kind: 'preflight' }

/** Whose form a list of models has. */
export type ModelsFace = 'openai-chat' | 'anthropic-messages' | 'gemini'

interface Target {
  readonly face: DialectName
  readonly operation: Operation | null
}

const nativeChatPath = '/functions/v1/bedrock-ai-chat'

const named = (face: DialectName, operation: Operation | null): Matched & { kind: 'chat' } => ({
  kind: 'chat',
  face,
  model: null,
  operation,
})

/** Paths whose body names the model. */
const bodyPaths: ReadonlyMap<string, Matched & { kind: 'chat' }> = new Map([
  ['/v1/chat/completions', named('openai-chat', null)],
  ['/v1/embeddings', named('openai-chat', 'embed')],
  ['/v1/responses', named('openai-responses', null)],
  ['/v1/responses/input_tokens', named('openai-responses', 'count-tokens')],
  ['/v1/messages', named('anthropic-messages', null)],
  ['/v1/messages/count_tokens', named('anthropic-messages', 'count-tokens')],
  [nativeChatPath, named('native-chat', null)],
])

const bedrockPath =
  /^\/model\/(.+)\/(converse|converse-stream|invoke|invoke-with-response-stream|count-tokens)$/
const bedrockOperations: ReadonlyMap<string, Target> = new Map<string, Target>([
  ['converse', { face: 'bedrock-converse', operation: 'chat' }],
  ['converse-stream', { face: 'bedrock-converse', operation: 'chat-stream' }],
  ['count-tokens', { face: 'bedrock-converse', operation: 'count-tokens' }],
  ['invoke', { face: 'bedrock-invoke-claude', operation: 'chat' }],
  ['invoke-with-response-stream', { face: 'bedrock-invoke-claude', operation: 'chat-stream' }],
])

/** `models/` in front may be missing where the name has a slash of its own: `@ai-sdk/google` (4.0, 2026-11) leaves it out there. */
const geminiPath =
  /^\/v1(?:beta)?\/(?:models\/(.+)|([^/]+\/.+)):(generateContent|streamGenerateContent|countTokens|embedContent|batchEmbedContents)$/
/** A verb that is none of these. Ids of models may hold a colon too, before digits. */
const otherGeminiVerb = /^\/v1(?:beta)?\/models\/.+:[a-z]+$/i
const geminiOperations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['generateContent', 'chat'],
  ['streamGenerateContent', 'chat-stream'],
  ['countTokens', 'count-tokens'],
  ['embedContent', 'embed'],
  ['batchEmbedContents', 'embed'],
])

/** The one decode of a model id in a path: SDKs send `:` and `/` percent-encoded or raw, both must work (bedrock.md 1.1). */
function decodeOnce(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    // Malformed percent-encoding is a path that does not exist; anything else is a bug of ours.
    if (error instanceof URIError) return null
    throw error
  }
}

/** Which scope opens what a path asks for: one of those named; null = it needs no key. A kind of path without an entry does not compile. */
export const pathScopes = {
  chat: ['invoke', 'self'],
  models: ['invoke', 'read', 'self'],
  health: null,
  /** Unless the operator opened it. */
  metrics: ['read'],
} as const satisfies {
  readonly [Kind in Exclude<Matched['kind'], 'unknown' | 'wrong-method' | 'preflight'>]:
    readonly KeyScope[] | null
}

/** Every path that is answered here, with a model's name where one stands in it. */
export const dataPlanePaths = (model: string): readonly (readonly [method: string, path: string])[] => [
  ...[...bodyPaths.keys()].map((path) => ['POST', path] as const),
  ...[...bedrockOperations.keys()].map((operation) => ['POST', `/model/${model}/${operation}`] as const),
  ...['v1beta', 'v1'].flatMap((version) =>
    [...geminiOperations.keys()].map((verb) => ['POST', `/${version}/models/${model}:${verb}`] as const),
  ),
  ...['/v1/models', `/v1/models/${model}`, '/v1beta/models', `/v1beta/models/${model}`].map(
    (path) => ['GET', path] as const,
  ),
  ...['/healthz', '/readyz', '/metrics'].map((path) => ['GET', path] as const),
]

const post = (method: string, face: DialectName, matched: Matched): Matched =>
  method === 'POST' ? matched : { kind: 'wrong-method', allowed: 'POST', face }

/**
 * Finds what a path asks for; null = not a data-plane path. `models`: whose client asks, for the lists of models that
 * stand at one path.
 */
export function matchRoute(method: string, path: string, models: ModelsFace): Matched | null {
  if (method === 'OPTIONS' && path === nativeChatPath) return { kind: 'preflight' }
  const target = bodyPaths.get(path)
  if (target !== undefined) return post(method, target.face, target)
  switch (path) {
    case '/healthz':
      return { kind: 'health', of: 'live' }
    case '/readyz':
      return { kind: 'health', of: 'ready' }
    case '/metrics':
      return method === 'GET'
        ? { kind: 'metrics' }
        : { kind: 'wrong-method', allowed: 'GET', face: 'openai-chat' }
    default:
      return matchPattern(method, path, models)
  }
}

/** Paths that carry a model's name; other paths of a face are refused in its own words. */
function matchPattern(method: string, path: string, models: ModelsFace): Matched | null {
  if (path.startsWith('/model/')) return matchBedrock(method, path)
  const gemini = geminiPath.exec(path)
  const name = gemini?.[1] ?? gemini?.[2]
  if (name !== undefined) return matchGemini(method, name, gemini?.[3] ?? '')
  if (method === 'POST' && otherGeminiVerb.test(path)) return noSuchPath(path, 'gemini')
  if (path.startsWith('/v1beta/')) {
    return matchModels(method, path, { base: '/v1beta/models', face: 'gemini' })
  }
  if (path.startsWith('/v1/')) {
    return matchModels(method, path, { base: '/v1/models', face: models })
  }
  return null
}

const endpoints: { readonly [Face in ModelsFace]: string } = {
  'openai-chat':
    'POST /v1/chat/completions, /v1/responses and /v1/embeddings, POST /v1/messages and GET /v1/models',
  'anthropic-messages': 'POST /v1/messages, POST /v1/messages/count_tokens and GET /v1/models',
  gemini:
    'POST /v1beta/models/{id}:generateContent, :streamGenerateContent, :countTokens and :embedContent, and GET /v1beta/models',
}

const noSuchPath = (path: string, face: ModelsFace): Matched => ({
  kind: 'unknown',
  face,
  problem: `There is no ${path} here. This server answers ${endpoints[face]}.`,
})

function matchModels(
  method: string,
  path: string,
  { base, face }: { readonly base: string; readonly face: ModelsFace },
): Matched {
  const isOne = path.startsWith(`${base}/`)
  if (path !== base && !isOne) {
    return noSuchPath(path, face)
  }
  const model = isOne ? decodeOnce(path.slice(base.length + 1)) : null
  if (isOne && model === null) return badEscape(face)
  return method === 'GET' ? { kind: 'models', face, model } : { kind: 'wrong-method', allowed: 'GET', face }
}

function matchBedrock(method: string, path: string): Matched {
  const match = bedrockPath.exec(path)
  const target = bedrockOperations.get(match?.[2] ?? '')
  if (match?.[1] === undefined || target === undefined) {
    const problem = `There is no ${path} here. This server answers POST /model/{id}/converse, converse-stream, invoke, invoke-with-response-stream and count-tokens.`
    return { kind: 'unknown', face: 'bedrock-converse', problem }
  }
  const model = decodeOnce(match[1])
  if (model === null) return badEscape('bedrock-converse')
  return post(method, target.face, { kind: 'chat', model, ...target })
}

function matchGemini(method: string, escaped: string, verb: string): Matched {
  const model = decodeOnce(escaped)
  if (model === null) return badEscape('gemini')
  const operation = geminiOperations.get(verb) ?? null
  return post(method, 'gemini', { kind: 'chat', face: 'gemini', model, operation })
}

const badEscape = (face: DialectName): Matched => ({
  kind: 'unknown',
  face,
  problem: 'The model id in this path is not percent-encoded UTF-8.',
})
