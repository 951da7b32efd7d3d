import { isStorable, type JsonObject } from '@pointsman/contract'

import type { BodyCaller, ScannedRequest, WrittenName } from '../dialect.ts'
import { estimateInputTokens, type MediaTally } from '../input-size.ts'
import { asString, invalidField, readBoolean, wrongKind } from '../json-fields.ts'
import { countMessage } from '../openai-chat/scan-request.ts'
import { readRequestBody } from '../read-body.ts'
import { memberOf } from './quirk-spelling.ts'
import { messagesOf } from './read-messages.ts'

/** As for the headers that say the same: longer ones would stand in every record of the request. */
const maxNameCharacters = 256

function nameOf(body: JsonObject, name: string): WrittenName | null {
  const member = memberOf(body, name)
  if (member === null) return null
  const { field, value } = member
  const text = asString(value, field).trim()
  if (text === '') throw invalidField(field, 'must not be empty.')
  if (text.length > maxNameCharacters) {
    throw invalidField(field, `has ${text.length} characters; ${maxNameCharacters} is the limit.`)
  }
  // No database keeps such an id: its pin and its switches would be lost after the answer.
  if (!isStorable(text)) {
    throw invalidField(field, 'holds NUL or half of a character, which no id can have.')
  }
  return { text, field }
}

function tellSwitchOf(body: JsonObject): boolean {
  const member = memberOf(body, 'showNotification')
  if (member === null) return true
  if (typeof member.value !== 'boolean') throw wrongKind(member.field, 'true or false', member.value)
  return member.value
}

const callerOf = (body: JsonObject): BodyCaller => ({
  conversation: nameOf(body, 'conversationId'),
  user: nameOf(body, 'userId'),
  agent: nameOf(body, 'agent'),
  useCase: nameOf(body, 'useCase'),
  role: nameOf(body, 'role'),
  assistantType: nameOf(body, 'assistantType'),
  tellSwitch: tellSwitchOf(body),
})

/** What routing needs of a native chat. It names no model: its use case does, or the conversation that it goes on with. */
export function scanRequest(received: Uint8Array, stream: boolean | null): ScannedRequest {
  const { bytes, charactersOf, json, whole } = readRequestBody(received)
  const tally: MediaTally = { images: 0, documents: 0, mediaCharacters: 0, charactersOf }
  for (const [index, message] of messagesOf(json).entries())
    countMessage(message, `messages[${index}]`, tally)
  const streaming = stream ?? readBoolean(json, 'stream', '') ?? false
  return {
    model: null,
    stream: streaming,
    needs: {
      tools: false,
      images: tally.images > 0,
      documents: tally.documents > 0,
      streaming,
      jsonSchema: false,
      reasoning: false,
      inputTokensEstimate: estimateInputTokens(bytes.length, tally),
    },
    bytes,
    json,
    whole,
    modelSpan: null,
    marked: false,
    caller: callerOf(json),
  }
}
