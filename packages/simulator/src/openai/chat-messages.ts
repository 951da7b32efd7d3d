import type { Prompt, PromptBlock, PromptMessage, TextBlock } from '../answer/prompt.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { invalid } from './failure.ts'
import { idAtMost, list, object, oneOf, optionalList, text, toolName, wrongType } from './fields.ts'
import { fileBlock, imageBlock } from './media.ts'
import { parseArguments } from './tool-arguments.ts'

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool'] as const
const MOST_CALL_ID = 40

function readParts(
  content: JsonValue | undefined,
  where: string,
  known: readonly string[],
): readonly JsonObject[] {
  return list(content, where).map((value, index) => {
    const part = object(value, `${where}[${index}]`)
    oneOf(part['type'], `${where}[${index}].type`, known)
    return part
  })
}

/** A text, or a list of texts: what every role but the user's may say. */
function readTexts(content: JsonValue | undefined, where: string): readonly TextBlock[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  return readParts(content, where, ['text', 'refusal']).map((part, index) => ({
    kind: 'text',
    text: text(part['text'] ?? part['refusal'], `${where}[${index}].text`),
  }))
}

function readUserPart(part: JsonObject, where: string): PromptBlock {
  switch (part['type']) {
    case 'image_url': {
      const image = object(part['image_url'], `${where}.image_url`)
      return imageBlock(text(image['url'], `${where}.image_url.url`), `${where}.image_url.url`)
    }
    case 'file': {
      const file = object(part['file'], `${where}.file`)
      const name = text(file['filename'], `${where}.file.filename`)
      return fileBlock(text(file['file_data'], `${where}.file.file_data`), name, `${where}.file.file_data`)
    }
    default:
      return { kind: 'text', text: text(part['text'], `${where}.text`) }
  }
}

function readUser(content: JsonValue | undefined, where: string): readonly PromptBlock[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  if (!Array.isArray(content)) throw wrongType(where, 'one of a string or array of objects', content ?? null)
  return readParts(content, where, ['text', 'image_url', 'file']).map((part, index) =>
    readUserPart(part, `${where}[${index}]`),
  )
}

function readCalls(message: JsonObject, where: string): readonly PromptBlock[] {
  return optionalList(message['tool_calls'], `${where}.tool_calls`).map((value, index) => {
    const place = `${where}.tool_calls[${index}]`
    const call = object(value, place)
    oneOf(call['type'], `${place}.type`, ['function'])
    const definition = object(call['function'], `${place}.function`)
    return {
      kind: 'toolUse',
      id: idAtMost(call['id'], `${place}.id`, MOST_CALL_ID),
      name: toolName(definition['name'], `${place}.function.name`),
      input: parseArguments(text(definition['arguments'], `${place}.function.arguments`)),
    }
  })
}

function readAssistant(message: JsonObject, where: string): readonly PromptBlock[] {
  const { content } = message
  const calls = readCalls(message, where)
  if (content === undefined || content === null) {
    if (calls.length === 0 && typeof message['refusal'] !== 'string') {
      throw invalid(`Invalid value for 'content': expected a string, got null.`, `${where}.content`)
    }
    return calls
  }
  return [...readTexts(content, `${where}.content`), ...calls]
}

/** Watches that every call is answered before anybody else speaks, and nothing else is. */
class OpenCalls {
  #ids: string[] = []
  #where = ''

  begin(blocks: readonly PromptBlock[], where: string): void {
    this.#ids = blocks.flatMap((block) => (block.kind === 'toolUse' ? [block.id] : []))
    this.#where = where
  }

  answer(id: string, where: string): void {
    if (!this.#ids.includes(id)) {
      throw invalid(
        `Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.`,
        `${where}.role`,
      )
    }
    this.#ids = this.#ids.filter((open) => open !== id)
  }

  end(): void {
    if (this.#ids.length === 0) return
    throw invalid(
      `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${this.#ids.join(', ')}`,
      this.#where,
    )
  }
}

function checkSight(model: SimulatedModel, blocks: readonly PromptBlock[], where: string): void {
  if (model.abilities.images !== false || !blocks.some((block) => block.kind === 'image')) return
  throw invalid('Invalid content type. image_url is only supported by certain models.', `${where}.content`)
}

/** The conversation of a chat completion; tool messages of one turn become one message of results. */
export function readMessages(body: JsonObject, model: SimulatedModel): Pick<Prompt, 'system' | 'messages'> {
  const given = list(body['messages'], 'messages')
  if (given.length === 0) {
    throw invalid(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'messages',
      'empty_array',
    )
  }
  const system: TextBlock[] = []
  const messages: PromptMessage[] = []
  const open = new OpenCalls()
  for (const [index, value] of given.entries()) {
    const where = `messages[${index}]`
    const message = object(value, where)
    const role = oneOf(message['role'], `${where}.role`, ROLES)
    if (role === 'tool') {
      const id = text(message['tool_call_id'], `${where}.tool_call_id`)
      open.answer(id, where)
      const said = readTexts(message['content'], `${where}.content`)
      addResult(messages, { kind: 'toolResult', toolUseId: id, text: joined(said), failed: false })
      continue
    }
    open.end()
    if (role === 'system' || role === 'developer')
      system.push(...readTexts(message['content'], `${where}.content`))
    else if (role === 'user') {
      const blocks = readUser(message['content'], `${where}.content`)
      checkSight(model, blocks, where)
      messages.push({ role, blocks })
    } else {
      const blocks = readAssistant(message, where)
      open.begin(blocks, where)
      messages.push({ role, blocks })
    }
  }
  open.end()
  return { system, messages }
}

const joined = (blocks: readonly TextBlock[]): string => blocks.map((block) => block.text).join('')

function addResult(messages: PromptMessage[], result: PromptBlock): void {
  const last = messages.at(-1)
  const goesOn = last?.blocks.every((block) => block.kind === 'toolResult') === true && last.role === 'user'
  if (goesOn) messages[messages.length - 1] = { role: 'user', blocks: [...last.blocks, result] }
  else messages.push({ role: 'user', blocks: [result] })
}
