import type { JsonObject, JsonValue } from '@pointsman/contract'

import { asArray, asObject, asString, invalidField, needString } from '../json-fields.ts'
import { readMessages as readOpenaiMessages, type Conversation } from '../openai-chat/read-messages.ts'

const roles: ReadonlySet<string> = new Set(['system', 'developer', 'user', 'assistant'])

function checked(value: JsonValue, path: string): JsonObject {
  const message = asObject(value, path)
  if (!roles.has(needString(message, 'role', path))) {
    throw invalidField(`${path}.role`, 'must be "user", "assistant" or "system".')
  }
  return message
}

/**
 * The conversation so far in OpenAI's form, whichever way it was sent: `messages`, its last one being the new one, or
 * `message` alone. Throws `invalid_request` where neither or both are there.
 */
export function messagesOf(body: JsonObject): readonly JsonObject[] {
  const message = body['message'] ?? null
  const messages = body['messages'] ?? null
  if (message !== null && messages !== null) {
    throw invalidField(
      'messages',
      'and `message` exclude each other: put the new message last in `messages`.',
    )
  }
  if (messages !== null) {
    const all = asArray(messages, 'messages')
    if (all.length === 0) throw invalidField('messages', 'must hold at least one message.')
    return all.map((value, index) => checked(value, `messages[${index}]`))
  }
  if (message === null) {
    throw invalidField(
      'message',
      'is missing: send the text as `message`, or the whole conversation as `messages`.',
    )
  }
  const text = asString(message, 'message')
  if (text.trim() === '') throw invalidField('message', 'must not be empty.')
  return [{ role: 'user', content: text }]
}

export const readMessages = (body: JsonObject): Conversation =>
  readOpenaiMessages({ messages: messagesOf(body) })
