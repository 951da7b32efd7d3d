import type { JsonObject, JsonValue } from '@pointsman/contract'

import { betaOfTool, isOwnKind, toolsOf } from '../anthropic-messages/quirk-own-tools.ts'
import { withBetas } from '../claude-betas.ts'
import { withBindingBeta } from '../claude-bound-thoughts.ts'
import {
  encodeServerSentEvent,
  readServerSentEvent,
  ServerSentEventSplitter,
} from '../framing/server-sent-events.ts'
import { asString, isJsonArray, isJsonObject, readArray, readString } from '../json-fields.ts'
import { readVendorJson } from '../read-body.ts'
import { unsupported } from '../warning-list.ts'
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

/** Blocks stand in messages, and once more inside the results of tools. */
function refuseAddresses(content: JsonValue | undefined): void {
  if (!isJsonArray(content)) return
  for (const block of content) {
    if (!isJsonObject(block)) continue
    const { source } = block
    // platform.claude.com, vision, platforms: "base64 image sources only" on Bedrock, 2026-11.
    if (isJsonObject(source) && source['type'] === 'url') {
      throw unsupported(
        'messages',
        'this model takes media as bytes only, and nothing is fetched here; send a data: URL with base64.',
      )
    }
    refuseAddresses(block['content'])
  }
}

/** Those that tools of Anthropic's own want. Throws `unsupported_parameter` for tools that are not known to work here. */
function betasOfTools(body: JsonObject): readonly string[] {
  return toolsOf(body)
    .filter(isOwnKind)
    .flatMap((tool) => {
      const beta = betaOfTool(tool)
      if (beta !== null) return [beta]
      // A caller with betas of its own knows what Bedrock takes: a tool that is newer than our list is the vendor's to judge.
      if (isJsonArray(body['anthropic_beta'])) return []
      const { type } = tool
      const kind = typeof type === 'string' ? type.slice(0, 80) : '?'
      throw unsupported(
        'tools',
        `"${kind}" is not known to work on Bedrock; leave it out, or choose a model that Anthropic serves.`,
      )
    })
}

/** The model and the streaming stand in the path, the tier in a header. Throws `unsupported_parameter`. */
function writeRequestBody(
  { model: _model, stream: _stream, service_tier: tier, ...body }: JsonObject,
  warn: (field: string, what: string) => void,
): JsonObject {
  if (tier !== undefined) {
    warn('service_tier', "InvokeModel takes it as a header only; the vendor's default tier served")
  }
  const { messages } = body
  for (const message of isJsonArray(messages) ? messages : []) {
    if (isJsonObject(message)) refuseAddresses(message['content'])
  }
  return { anthropic_version: version, ...withBindingBeta(withBetas(body, betasOfTools(body))) }
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
