import type { JsonObject } from '@pointsman/contract'

import {
  encodeServerSentEvent,
  readServerSentEvent,
  ServerSentEventSplitter,
} from '../framing/server-sent-events.ts'
import { asString, readArray, readString } from '../json-fields.ts'
import { readVendorJson } from '../read-body.ts'
import type { InvokeFamily } from './quirk-family.ts'
import { metricsMember } from './quirk-metrics.ts'

const encoder = new TextEncoder()

/** What every Claude on Bedrock takes; `2026-10-21` only newer ones (bedrock.md 1.5). */
const version = 'bedrock-2023-05-31'

function readRequestBody(received: JsonObject): JsonObject {
  readString(received, 'anthropic_version', '')
  const { anthropic_version: _, ...body } = received
  const betas = readArray(body, 'anthropic_beta', '') ?? []
  for (const [index, beta] of betas.entries()) asString(beta, `anthropic_beta[${index}]`)
  return body
}

/** The model and the streaming stand in the path. */
function writeRequestBody({ model: _model, stream: _stream, ...body }: JsonObject): JsonObject {
  return { anthropic_version: version, ...body }
}

/** Bedrock's counts are no member of Anthropic's event. */
function readEvent({ [metricsMember]: _, ...event }: JsonObject): Uint8Array {
  const { type } = event
  return encodeServerSentEvent(JSON.stringify(event), typeof type === 'string' ? type : null)
}

function writeEvents(bytes: Uint8Array): readonly JsonObject[] {
  return new ServerSentEventSplitter().push(bytes).flatMap((frame) => {
    const { data } = readServerSentEvent(frame.bytes)
    return data === null ? [] : [readVendorJson(encoder.encode(data), 'An event')]
  })
}

/** Claude's native body: Anthropic's Messages, with a version and without model and stream. */
export const claude: InvokeFamily = {
  name: 'bedrock-invoke-claude',
  // Anthropic has it as a header.
  ownFields: ['anthropic_beta'],
  readRequestBody,
  writeRequestBody,
  readResultBody: (body) => body,
  writeResultBody: (body) => body,
  readEvent,
  writeEvents,
  isLast: (event) => event['type'] === 'message_stop',
}
