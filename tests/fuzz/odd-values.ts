export type Json = unknown
export type Members = { readonly [name: string]: Json }

export const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
export const isMembers = (value: Json): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Stands in a value for text that JSON.stringify would not write: numbers beyond a double's, half characters, members
 * that stand twice.
 */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** JSON with the raw texts in it. Deep values are written too: the recursion of `JSON.stringify` is not the subject here. */
export function writeJson(value: Json): string {
  if (value instanceof RawJson) return value.text
  if (isList(value)) return `[${value.map(writeJson).join(',')}]`
  if (!isMembers(value)) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}:${writeJson(one)}`)
  return `{${members.join(',')}}`
}

export const raw = (text: string): RawJson => new RawJson(text)

export const numbers: readonly Json[] = [
  ...[0, -1, 1, 0.5, 3, 2 ** 31, 2 ** 53, 1e21, 1e308, 5e-324].map((number): Json => number),
  ...['-0', '1e400', '-1e400', '1e-400', '12345678901234567890', '0.1000000000000000000001'].map(raw),
  raw('1'.repeat(400)),
]

const png = 'iVBORw0KGgo='
export const texts: readonly Json[] = [
  ...[
    '',
    ' ',
    '\u0000',
    '\r\n\r\n',
    'data: [DONE]\n\n',
    '{',
    '{}',
    '[]',
    '{"a":1}',
    'null',
    'x'.repeat(5_000),
  ],
  ...[
    'ключ',
    '鍵🔑',
    '\u202e\u0301',
    '__proto__',
    'constructor',
    'toString',
    '../../x',
    '%2e%2e',
    'a/b:c',
    '💥',
  ],
  ...[png, 'not base64!', 'aGk', 'aGk==', '====', 'A'.repeat(9_999)],
  ...[
    'http://',
    'ftp://x/y',
    'file:///etc/passwd',
    's3://b/k',
    'gs://b/k',
    'javascript:1',
    '//x',
    'http://[::1',
  ],
  ...['data:', 'data:,', 'data:;base64,', 'data:image/png;base64,???', `data:image/png;base64,${png}`],
  ...[`data:application/x-😀;base64,${png}`, 'https://example.com/a.png'],
  ...['\\ud800', '\\udfff\\ud800', '\\u0000'].map((escape) => raw(`"${escape}"`)),
]

/** Words that some dialect gives a meaning, so that the readers behind them are reached. */
export const words: readonly string[] = [
  ...['user', 'assistant', 'system', 'developer', 'tool', 'model', 'function', 'text', 'image', 'image_url'],
  ...[
    'input_text',
    'input_image',
    'input_file',
    'output_text',
    'refusal',
    'reasoning',
    'message',
    'item_reference',
  ],
  ...[
    'function_call',
    'function_call_output',
    'mcp_call',
    'custom',
    'custom_tool_call',
    'web_search',
    'file',
  ],
  ...[
    'thinking',
    'redacted_thinking',
    'tool_use',
    'tool_result',
    'server_tool_use',
    'search_result',
    'document',
  ],
  ...[
    'container_upload',
    'base64',
    'url',
    'content',
    'enabled',
    'disabled',
    'adaptive',
    'ephemeral',
    '1h',
    '5m',
  ],
  ...['auto', 'any', 'none', 'required', 'allowed_tools', 'json_schema', 'json_object', 'low', 'high', 'max'],
  ...[
    'ANY',
    'NONE',
    'AUTO',
    'VALIDATED',
    'MODE_UNSPECIFIED',
    'STRING',
    'OBJECT',
    'application/json',
    'default',
  ],
  ...[
    'image/png',
    'application/pdf',
    'video/mp4',
    'png',
    'pdf',
    'mp4',
    'csv',
    'float',
    'flex',
    'priority',
    'stop',
  ],
  ...[
    'tool_calls',
    'end_turn',
    'max_tokens',
    'STOP',
    'SAFETY',
    'MAX_TOKENS',
    'completed',
    'incomplete',
    'failed',
  ],
]

/** Names of members of all dialects, and those that every object has. */
export const names: readonly string[] = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'then', 'toJSON', '', ' ', 'ключ'],
  ...[
    'model',
    'stream',
    'messages',
    'input',
    'contents',
    'requests',
    'role',
    'content',
    'parts',
    'type',
    'text',
  ],
  ...[
    'image_url',
    'url',
    'file',
    'file_data',
    'file_id',
    'tool_calls',
    'function',
    'name',
    'arguments',
    'id',
  ],
  ...[
    'tools',
    'tool_choice',
    'toolConfig',
    'tool_call_id',
    'call_id',
    'stop',
    'metadata',
    'response_format',
    'n',
  ],
  ...[
    'system',
    'systemInstruction',
    'generationConfig',
    'inferenceConfig',
    'guardrailConfig',
    'promptVariables',
  ],
  ...[
    'toolUse',
    'toolResult',
    'toolUseId',
    'status',
    'image',
    'document',
    'video',
    'audio',
    'cachePoint',
    'source',
  ],
  ...[
    'bytes',
    's3Location',
    'uri',
    'format',
    'reasoningContent',
    'reasoningText',
    'redactedContent',
    'signature',
  ],
  ...[
    'thinking',
    'cache_control',
    'citations',
    'output_config',
    'mcp_servers',
    'container',
    'top_k',
    'logprobs',
  ],
  ...[
    'functionCall',
    'functionResponse',
    'response',
    'inlineData',
    'fileData',
    'mimeType',
    'thoughtSignature',
  ],
  ...[
    'executableCode',
    'safetySettings',
    'cachedContent',
    'thinkingConfig',
    'responseSchema',
    'reasoning',
    'include',
  ],
  ...[
    'previous_response_id',
    'conversation',
    'prompt',
    'background',
    'output',
    'summary',
    'encrypted_content',
  ],
  ...[
    'choices',
    'delta',
    'candidates',
    'finishReason',
    'finish_reason',
    'stop_reason',
    'stopReason',
    'usage',
  ],
  ...[
    'usageMetadata',
    'error',
    'index',
    'data',
    'embedding',
    'embeddings',
    'values',
    'input_tokens',
    'totalTokens',
  ],
]
