import type { Prompt } from '../answer/prompt.ts'
import type { StreamFormat } from '../emission/stream-emission.ts'
import type { JsonObject } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { claudeBody, ClaudeStream } from './claude-answer.ts'
import { readClaudeRequest } from './claude-request.ts'
import { novaBody, NovaStream } from './nova-answer.ts'
import { readNovaRequest } from './nova-request.ts'
import type { Serving } from './serving.ts'

/** How one family's own body is read and answered by InvokeModel. */
export interface InvokeFormat {
  readonly read: (body: JsonObject, model: SimulatedModel) => Prompt
  readonly body: (serving: Serving) => string
  readonly stream: (serving: Serving) => StreamFormat
}

/** By the `format` of a model. */
export const invokeFormats: ReadonlyMap<string, InvokeFormat> = new Map<string, InvokeFormat>([
  ['claude', { read: readClaudeRequest, body: claudeBody, stream: (serving) => new ClaudeStream(serving) }],
  ['nova', { read: readNovaRequest, body: novaBody, stream: (serving) => new NovaStream(serving) }],
])
