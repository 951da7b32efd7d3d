import { noUsage, PointsmanError } from '@pointsman/contract'
import type { ChatCall, CountResult } from '@pointsman/contract'

import type { Crc32, WholeForm } from '../dialect.ts'
import { numberOf } from '../exact-json.ts'
import { readVendorJson } from '../read-body.ts'
import { passRequest } from './pass-request.ts'
import { readRequest } from './read-request.ts'
import { scanRequest } from './scan-request.ts'
import { createRequestWriter } from './write-request.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** What the count takes of a request (openai SDK 6.49, `InputTokenCountParams`); the rest changes no input. */
const counted: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning',
  'text',
  'truncation',
])

/** `POST /v1/responses/input_tokens`. */
export function createInputTokens(crc32: Crc32): WholeForm<ChatCall, CountResult> {
  const writeRequest = createRequestWriter(crc32)
  return {
    scanRequest: (bytes) => scanRequest(bytes, false),
    readRequest,
    writeRequest(call, target) {
      const { body, warnings } = writeRequest({ ...call, stream: false }, target)
      const whole = JSON.parse(decoder.decode(body)) as object
      const members = Object.entries(whole).filter(([name]) => counted.has(name))
      return { body: encoder.encode(JSON.stringify(Object.fromEntries(members))), warnings }
    },
    passRequest,
    readResult(body) {
      const count = numberOf(readVendorJson(body, "The vendor's answer")['input_tokens'])
      if (count === null || !Number.isSafeInteger(count) || count < 0) {
        throw new PointsmanError('upstream_broken', "The vendor's answer tells no count of tokens.")
      }
      return { inputTokens: count, finish: null, usage: noUsage }
    },
    writeResult: ({ inputTokens }) =>
      encoder.encode(JSON.stringify({ object: 'response.input_tokens', input_tokens: inputTokens })),
  }
}
