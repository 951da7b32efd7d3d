import type { DialectName } from '@pointsman/contract'

import type { Event } from './events.ts'

/*
 * A vendor's whole stream that says nothing but a text, in the pieces into which the vendor cuts it. Written from the
 * vendors' references and not with our writers, whose mistakes it would repeat.
 */
type TextStream = (pieces: readonly string[]) => readonly Event[]

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`
interface Typed {
  readonly type: string
  readonly [name: string]: unknown
}

const named = (value: Typed): string => `event: ${value.type}\n${data(value)}`

const claude = (pieces: readonly string[]): readonly Typed[] => [
  {
    type: 'message_start',
    message: { id: 'm', type: 'message', role: 'assistant', model: 'c', content: [] },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ...pieces.map((text) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text },
  })),
  { type: 'content_block_stop', index: 0 },
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 2 },
  },
  { type: 'message_stop' },
]

const converse = (pieces: readonly string[]): readonly (readonly [string, unknown])[] => [
  ['messageStart', { role: 'assistant' }],
  ...pieces.map((text) => ['contentBlockDelta', { contentBlockIndex: 0, delta: { text } }] as const),
  ['contentBlockStop', { contentBlockIndex: 0 }],
  ['messageStop', { stopReason: 'end_turn' }],
]

const chunk = (delta: object, finish_reason: string | null = null) =>
  data({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'g',
    choices: [{ index: 0, delta, finish_reason }],
  })

const at = { item_id: 'm', output_index: 0, content_index: 0 }

export const textStreams: ReadonlyMap<DialectName, TextStream> = new Map<DialectName, TextStream>([
  [
    'openai-chat',
    (pieces) => [
      chunk({ role: 'assistant', content: '' }),
      ...pieces.map((content) => chunk({ content })),
      chunk({}, 'stop'),
      'data: [DONE]\n\n',
    ],
  ],
  [
    'openai-responses',
    (pieces) =>
      [
        {
          type: 'response.created',
          response: { id: 'r', object: 'response', status: 'in_progress', output: [] },
        },
        {
          type: 'response.output_item.added',
          output_index: 0,
          item: { type: 'message', id: 'm', content: [] },
        },
        ...pieces.map((delta) => ({ type: 'response.output_text.delta', ...at, delta })),
        {
          type: 'response.output_item.done',
          output_index: 0,
          item: { type: 'message', id: 'm', content: [] },
        },
        {
          type: 'response.completed',
          response: { id: 'r', object: 'response', status: 'completed', output: [] },
        },
      ].map(named),
  ],
  ['anthropic-messages', (pieces) => claude(pieces).map(named)],
  ['bedrock-converse', converse],
  ['bedrock-invoke-claude', (pieces) => claude(pieces).map((event) => ['chunk', event])],
  ['bedrock-invoke-nova', (pieces) => converse(pieces).map(([name, event]) => ['chunk', { [name]: event }])],
  [
    'gemini',
    (pieces) =>
      [...pieces.map((text) => ({ text })), { text: '', last: true }].map(({ text, ...more }) =>
        data({
          candidates: [
            {
              content: { role: 'model', parts: [{ text }] },
              index: 0,
              ...('last' in more ? { finishReason: 'STOP' } : {}),
            },
          ],
          modelVersion: 'g',
          responseId: 'r',
        }),
      ),
  ],
])
