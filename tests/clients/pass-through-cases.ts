// size: a declared table of bodies, one for each operation of each dialect
import { EventStreamCodec } from '@smithy/eventstream-codec'

/*
 * Bodies as no writer of ours would write them: unknown members, odd space, escapes that need not be, numbers that a
 * parser would change, members that stand twice. What passes as bytes keeps all of it.
 */
const oddities = String.raw`"x_unknown" :{"of":[1.50,1e2,12345678901234567890,-0.0],"caf\u00e9":"\/ é 漢 😀 \ud83d\ude00"},	"x_twice":1,"x_twice":2`

/** Stands for the model's name in a request. */
export const modelMark = '<model>'

export interface PassThroughCase {
  readonly name: string
  /** By its own id in the catalogue, which is the vendor's too. */
  readonly model: string
  /** With `modelMark` where the path names the model. */
  readonly path: string
  /** The path that the vendor must be called at, with its own base path. */
  readonly upstreamPath: string
  readonly request: string
  readonly requestHeaders?: { readonly [name: string]: string }
  readonly answerType: string
  readonly answer: Uint8Array
  /** What the upstream must get, where that is not the request: bytes put in by us. */
  readonly requestUpstream?: string
  /** What the client must get, where that is not the answer: a frame taken out by us. */
  readonly answerToClient?: Uint8Array
}

const encoder = new TextEncoder()
const codec = new EventStreamCodec(
  () => {
    throw new Error('nothing is decoded here')
  },
  (text) => encoder.encode(text),
)

/** A frame of AWS with a header and a padding that we do not know. */
const awsFrame = (type: string, payload: string): Uint8Array =>
  codec.encode({
    headers: {
      ':message-type': { type: 'string', value: 'event' },
      ':event-type': { type: 'string', value: type },
      ':content-type': { type: 'string', value: 'application/json' },
      'x-unknown': { type: 'integer', value: 7 },
    },
    body: encoder.encode(payload),
  })

const joined = (frames: readonly Uint8Array[]): Uint8Array => Buffer.concat(frames)
const invokeChunk = (event: string): Uint8Array =>
  awsFrame('chunk', `{ "bytes":"${Buffer.from(event).toString('base64')}","p":"abc"}`)

const json = 'application/json'
const events = 'text/event-stream'
const awsEvents = 'application/vnd.amazon.eventstream'
const text = (body: string): Uint8Array => encoder.encode(body)

const openaiPlace = { path: '/v1/chat/completions', upstreamPath: '/openai/v1/chat/completions' }
const chatRequest = (more: string): string =>
  ` {"messages":[{"role":"user","content":"H\u0069 😀"}] ,${more}"model" : "${modelMark}",${oddities}}\n`
const chatUsage = `data: {"id":"c1","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"x":1.0}}\n\n`
const chatFrames = (usage: string): Uint8Array =>
  text(
    `: a comment\n\ndata: {"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""}}],${oddities}}\r\n\r\n` +
      `event: x-odd\nid: 7\ndata:{"id":"c1","choices":[{"index":0,"delta":{"content":"H\\u00e9 😀"}}],"obfuscation":"q"}\n\n` +
      `data: {"id":"c1","choices":[{"index":0,"delta":{"content":" there","x_new":[1e2]}}]}\n\n` +
      `data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n${usage}data: [DONE]\n\n`,
  )

const openai: readonly PassThroughCase[] = [
  {
    name: 'openai chat completions',
    model: 'gpt-4.1',
    ...openaiPlace,
    request: chatRequest(''),
    answerType: json,
    answer: text(
      `{"id":"c1",${oddities}, "choices":[{"index":0,"message":{"role":"assistant","content":"H\\u00e9","x":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n`,
    ),
  },
  {
    name: 'openai chat completions, streamed, usage asked for',
    model: 'gpt-4.1',
    ...openaiPlace,
    request: chatRequest('"stream":true,"stream_options":{"include_usage" :true,"x":1},'),
    answerType: events,
    answer: chatFrames(chatUsage),
  },
  {
    name: 'openai chat completions, streamed, usage not asked for',
    model: 'gpt-4.1',
    ...openaiPlace,
    request: chatRequest('"stream":true,'),
    requestUpstream: chatRequest('"stream":true,').replace('{', '{"stream_options":{"include_usage":true},'),
    answerType: events,
    answer: chatFrames(chatUsage),
    answerToClient: chatFrames(''),
  },
  {
    name: 'openai embeddings',
    model: 'text-embedding-3-small',
    path: '/v1/embeddings',
    upstreamPath: '/openai/v1/embeddings',
    request: `{"model":"${modelMark}","input":["a","é"],${oddities}}`,
    answerType: json,
    answer: text(
      `{"object":"list",${oddities},"data":[{"object":"embedding","index":0,"embedding":[0.10,-1e-7]},{"object":"embedding","index":1,"embedding":[2.0,3.00]}],"usage":{"prompt_tokens":2,"total_tokens":2}}`,
    ),
  },
]

const responsesPlace = { path: '/v1/responses', upstreamPath: '/openai/v1/responses' }
const responseOf = (status: string, output: string, usage: string): string =>
  `{"id":"resp_1","object":"response","status":"${status}",${oddities},"output":[${output}],"usage":${usage}}`
const responseMessage =
  '{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"H\\u00e9","annotations":[],"x":1.0}]}'
const responseUsage =
  '{"input_tokens":3,"input_tokens_details":{"cached_tokens":0},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":5}'
const responseEvent = (type: string, more: string): string =>
  `event: ${type}\ndata: {"type":"${type}",${more}}\n\n`

const responses: readonly PassThroughCase[] = [
  {
    name: 'openai responses',
    model: 'gpt-4.1',
    ...responsesPlace,
    // These need what OpenAI stored; another vendor could not honour them, the same one gets them.
    request: `{"model":"${modelMark}","input":"Hi","previous_response_id":"resp_0","store":true,${oddities}}`,
    answerType: json,
    answer: text(responseOf('completed', responseMessage, responseUsage)),
  },
  {
    name: 'openai responses, streamed',
    model: 'gpt-4.1',
    ...responsesPlace,
    request: `{"model":"${modelMark}","input":"Hi","stream":true,${oddities}}`,
    answerType: events,
    answer: text(
      responseEvent(
        'response.created',
        `"sequence_number":0,"response":${responseOf('in_progress', '', 'null')}`,
      ) +
        responseEvent('response.x_new', '"sequence_number":1,"x":1e2') +
        responseEvent(
          'response.output_item.added',
          '"sequence_number":2,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}',
        ) +
        responseEvent(
          'response.content_part.added',
          '"sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}',
        ) +
        responseEvent(
          'response.output_text.delta',
          '"sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"H\\u00e9 😀"',
        ) +
        responseEvent(
          'response.output_item.done',
          `"sequence_number":5,"output_index":0,"item":${responseMessage}`,
        ) +
        responseEvent(
          'response.completed',
          `"sequence_number":6,"response":${responseOf('completed', responseMessage, responseUsage)}`,
        ),
    ),
  },
  {
    name: 'openai count of input tokens',
    model: 'gpt-4.1',
    path: '/v1/responses/input_tokens',
    upstreamPath: '/openai/v1/responses/input_tokens',
    request: `{"input":"Hi", "model":"${modelMark}",${oddities}}`,
    answerType: json,
    answer: text(`{"object":"response.input_tokens","input_tokens":3,${oddities}}`),
  },
]

const messagesPlace = { path: '/v1/messages', upstreamPath: '/v1/messages' }
const betas = { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'x-new-2026-01-01,y-new' }
const messagesBody = (more: string): string =>
  `{"max_tokens":100,${more}"messages":[{"role":"user","content":[{"type":"text","text":"Hi 😀","x":1.0}]}],${oddities}}`
const message = (more: string): string =>
  `{"id":"msg_1","type":"message","role":"assistant",${more},${oddities},"content":[{"type":"text","text":"H\\u00e9"},{"type":"x_new","y":1e2}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}}`
const messageEvents = [
  '{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":3,"output_tokens":1,"x":1.0}}}',
  '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
  '{"type": "ping"}',
  '{"type":"x_new","y":1e2}',
  '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"H\\u00e9 😀"},"x_new":1e2}',
  '{"type":"content_block_stop","index":0}',
  '{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}',
  '{"type":"message_stop"}',
] as const
const eventType = (event: string): string => /"type": ?"([a-z_]+)"/.exec(event)?.[1] ?? ''

const anthropic: readonly PassThroughCase[] = [
  {
    name: 'anthropic messages',
    model: 'claude-sonnet-5-5',
    ...messagesPlace,
    request: messagesBody(`"model":"${modelMark}",`),
    requestHeaders: betas,
    answerType: json,
    answer: text(message('"model":"m"')),
  },
  {
    name: 'anthropic messages, streamed',
    model: 'claude-sonnet-5-5',
    ...messagesPlace,
    request: messagesBody(`"stream":true,"model":"${modelMark}",`),
    requestHeaders: betas,
    answerType: events,
    answer: text(messageEvents.map((event) => `event: ${eventType(event)}\ndata: ${event}\n\n`).join('')),
  },
  {
    name: 'anthropic count of tokens',
    model: 'claude-sonnet-5-5',
    path: '/v1/messages/count_tokens',
    upstreamPath: '/v1/messages/count_tokens',
    request: `{"messages":[{"role":"user","content":"Hi"}],"model":"${modelMark}",${oddities}}`,
    requestHeaders: betas,
    answerType: json,
    answer: text(`{"input_tokens":3,${oddities}}`),
  },
]

const geminiPlace = (model: string, verb: string, query = '') => ({
  path: `/v1beta/models/${modelMark}:${verb}${query}`,
  upstreamPath: `/v1beta/models/${model}:${verb}${query}`,
})
const geminiUsage =
  '"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5,"x":1.0}'
const geminiContents = '"contents":[{"role":"user","parts":[{"text":"Hi 😀","x":1.0}]}]'

const gemini: readonly PassThroughCase[] = [
  {
    name: 'gemini content',
    model: 'gemini-3.5-flash',
    ...geminiPlace('gemini-3.5-flash', 'generateContent'),
    request: `{${geminiContents},${oddities}}`,
    answerType: json,
    answer: text(
      `{"candidates":[{"content":{"role":"model","parts":[{"text":"H\\u00e9"}]},"finishReason":"STOP"}],${geminiUsage},${oddities}}`,
    ),
  },
  {
    name: 'gemini content, streamed',
    model: 'gemini-3.5-flash',
    ...geminiPlace('gemini-3.5-flash', 'streamGenerateContent', '?alt=sse'),
    request: `{${geminiContents},${oddities}}`,
    answerType: events,
    answer: text(
      `data: {"candidates":[{"content":{"role":"model","parts":[{"text":"H\\u00e9 😀"}]}}],${oddities}}\r\n\r\n` +
        `data: {"candidates":[{"content":{"role":"model","parts":[{"text":"!"}]},"finishReason":"STOP","x":1e2}],${geminiUsage}}\r\n\r\n`,
    ),
  },
  {
    name: 'gemini count of tokens',
    model: 'gemini-3.5-flash',
    ...geminiPlace('gemini-3.5-flash', 'countTokens'),
    request: `{"generateContentRequest":{"model":"models/${modelMark}",${geminiContents}},${oddities}}`,
    answerType: json,
    answer: text(`{"totalTokens":3,${oddities}}`),
  },
  {
    name: 'gemini embedding',
    model: 'gemini-embedding-001',
    ...geminiPlace('gemini-embedding-001', 'embedContent'),
    request: `{"model":"models/${modelMark}","content":{"parts":[{"text":"Hi"}]},${oddities}}`,
    answerType: json,
    answer: text(`{"embedding":{"values":[0.10,-1e-7]},${oddities}}`),
  },
  {
    name: 'gemini embeddings of a batch',
    model: 'gemini-embedding-001',
    ...geminiPlace('gemini-embedding-001', 'batchEmbedContents'),
    request: `{"requests":[{"model":"models/${modelMark}","content":{"parts":[{"text":"a"}]}},{"model":"models/${modelMark}","content":{"parts":[{"text":"b"}]}}],${oddities}}`,
    answerType: json,
    answer: text(`{"embeddings":[{"values":[0.10]},{"values":[1.0]}],${oddities}}`),
  },
]

const [nova, claude] = ['eu.amazon.nova-pro-v1:0', 'eu.anthropic.claude-sonnet-5-5']
const bedrockPlace = (model: string, verb: string) => ({
  path: `/model/${modelMark}/${verb}`,
  upstreamPath: `/model/${encodeURIComponent(model)}/${verb}`,
})
const converseRequest = `{"messages":[{"role":"user","content":[{"text":"Hi 😀"}]}],${oddities}}`
const converseUsage = '"usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}'

const converse: readonly PassThroughCase[] = [nova, claude].flatMap((model): readonly PassThroughCase[] => [
  {
    name: `bedrock converse, ${model}`,
    model,
    ...bedrockPlace(model, 'converse'),
    request: converseRequest,
    answerType: json,
    answer: text(
      `{"output":{"message":{"role":"assistant","content":[{"text":"H\\u00e9"}]}},"stopReason":"end_turn",${converseUsage},"metrics":{"latencyMs":7},${oddities}}`,
    ),
  },
  {
    name: `bedrock converse, streamed, ${model}`,
    model,
    ...bedrockPlace(model, 'converse-stream'),
    request: converseRequest,
    answerType: awsEvents,
    answer: joined([
      awsFrame('messageStart', '{"role":"assistant","p":"abcd"}'),
      awsFrame('contentBlockDelta', '{"contentBlockIndex":0,"delta":{"text":"H\\u00e9 😀"},"p":"a"}'),
      awsFrame('xNewEvent', `{${oddities}}`),
      awsFrame('contentBlockStop', '{"contentBlockIndex":0}'),
      awsFrame('messageStop', '{"stopReason":"end_turn","x":1e2}'),
      awsFrame('metadata', `{${converseUsage},"metrics":{"latencyMs":7},${oddities}}`),
    ]),
  },
])

const guarded = { 'x-amzn-bedrock-trace': 'ENABLED' }
const claudeNative = (more: string): string =>
  messagesBody(more).replace('{', '{"anthropic_version":"bedrock-2023-05-31",')
const novaNative = `{"schemaVersion":"messages-v1","messages":[{"role":"user","content":[{"text":"Hi"}]}],${oddities}}`
const metrics =
  '"amazon-bedrock-invocationMetrics":{"inputTokenCount":3,"outputTokenCount":2,"invocationLatency":7,"firstByteLatency":3}'
const streamedInvoke = 'invoke-with-response-stream'

const invoke: readonly PassThroughCase[] = [
  {
    name: "bedrock invoke, Claude's native body",
    model: claude,
    ...bedrockPlace(claude, 'invoke'),
    request: claudeNative(''),
    requestHeaders: guarded,
    answerType: json,
    answer: text(message('"model":"m"')),
  },
  {
    name: "bedrock invoke, streamed, Claude's native body",
    model: claude,
    ...bedrockPlace(claude, streamedInvoke),
    request: claudeNative(''),
    requestHeaders: guarded,
    answerType: awsEvents,
    answer: joined(
      messageEvents.map((event) =>
        invokeChunk(event.includes('message_stop') ? `{"type":"message_stop",${metrics}}` : event),
      ),
    ),
  },
  {
    name: "bedrock invoke, Nova's native body",
    model: nova,
    ...bedrockPlace(nova, 'invoke'),
    request: novaNative,
    requestHeaders: guarded,
    answerType: json,
    answer: text(
      `{"output":{"message":{"content":[{"text":"H\\u00e9"}],"role":"assistant"}},"stopReason":"end_turn",${converseUsage},${oddities}}`,
    ),
  },
  {
    name: "bedrock invoke, streamed, Nova's native body",
    model: nova,
    ...bedrockPlace(nova, streamedInvoke),
    request: novaNative,
    requestHeaders: guarded,
    answerType: awsEvents,
    answer: joined(
      [
        '{"messageStart":{"role":"assistant"}}',
        '{"contentBlockDelta":{"delta":{"text":"H\\u00e9 😀"},"contentBlockIndex":0}}',
        '{"xNewEvent":{"y":1e2}}',
        '{"contentBlockStop":{"contentBlockIndex":0}}',
        '{"messageStop":{"stopReason":"end_turn"}}',
        `{"metadata":{${converseUsage},"metrics":{},"trace":{}},${metrics}}`,
      ].map(invokeChunk),
    ),
  },
]

const vectors: readonly PassThroughCase[] = [
  {
    name: "bedrock invoke, Titan's native body for embeddings",
    model: 'amazon.titan-embed-text-v2:0',
    ...bedrockPlace('amazon.titan-embed-text-v2:0', 'invoke'),
    request: `{"inputText":"H\u0069 😀", "embeddingTypes":["binary"],${oddities}}`,
    requestHeaders: guarded,
    answerType: json,
    answer: text(`{"embeddingsByType":{"binary":[1, 0.0]},"inputTextTokenCount":3,${oddities}}`),
  },
  ...['cohere.embed-multilingual-v3', 'eu.cohere.embed-v4:0'].map((model): PassThroughCase => ({
    name: `bedrock invoke, Cohere's native body for embeddings, ${model}`,
    model,
    ...bedrockPlace(model, 'invoke'),
    request: `{"images":["data:image/png;base64,aGk="],"input_type" :"image","embedding_types":["int8"],${oddities}}`,
    requestHeaders: guarded,
    answerType: json,
    answer: text(`{"embeddings":{"int8":[[1, -7.0]]},"response_type":"embeddings_by_type",${oddities}}`),
  })),
]

const counts: readonly PassThroughCase[] = [
  {
    name: 'bedrock count of tokens',
    model: claude,
    path: `/model/${modelMark}/count-tokens`,
    // Bedrock counts for base models, not for profiles.
    upstreamPath: '/model/anthropic.claude-sonnet-5-5/count-tokens',
    request: `{"input":{"converse":${converseRequest}}}`,
    answerType: json,
    answer: text(`{"inputTokens":3,${oddities}}`),
  },
]

const compatible: readonly PassThroughCase[] = [
  ...openai
    .filter(({ path }) => path === openaiPlace.path)
    .map((one) => ({
      ...one,
      name: `compatible server, ${one.name}`,
      model: 'local-llama',
      upstreamPath: '/compatible/v1/chat/completions',
    })),
]

export const passThroughCases: readonly PassThroughCase[] = [
  ...openai,
  ...responses,
  ...anthropic,
  ...gemini,
  ...converse,
  ...invoke,
  ...vectors,
  ...counts,
  ...compatible,
]
