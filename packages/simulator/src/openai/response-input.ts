import type { Prompt, PromptBlock, PromptMessage, TextBlock } from '../answer/prompt.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { invalid } from './failure.ts'
import {
  idAtMost,
  list,
  missing,
  object,
  oneOf,
  optionalList,
  optionalText,
  text,
  toolName,
  shown,
} from './fields.ts'
import type { InputItem } from './kept-input.ts'
import { fileBlock, imageBlock } from './media.ts'
import { isSealedReasoning } from './reasoning-seal.ts'
import { parseArguments } from './tool-arguments.ts'
import { knownAs } from './tools.ts'

const MOST_CALL_ID = 64
const ITEMS = ['message', 'function_call', 'function_call_output', 'reasoning', 'additional_tools'] as const
const ROLES = ['user', 'assistant', 'system', 'developer'] as const

function readContent(part: JsonObject, where: string): PromptBlock {
  const type = oneOf(part['type'], `${where}.type`, [
    'input_text',
    'input_image',
    'input_file',
    'output_text',
    'refusal',
  ])
  switch (type) {
    case 'input_image': {
      const url = optionalText(part['image_url'], `${where}.image_url`)
      if (url === null) throw missing(`${where}.image_url`)
      return imageBlock(url, `${where}.image_url`)
    }
    case 'input_file': {
      const url = optionalText(part['file_url'], `${where}.file_url`)
      if (url !== null) return { kind: 'document', name: url, bytes: 0, digest: url }
      const name = text(part['filename'], `${where}.filename`)
      return fileBlock(text(part['file_data'], `${where}.file_data`), name, `${where}.file_data`)
    }
    case 'refusal':
      return { kind: 'text', text: text(part['refusal'], `${where}.refusal`) }
    default:
      return { kind: 'text', text: text(part['text'], `${where}.text`) }
  }
}

function readContents(content: JsonValue | undefined, where: string): readonly PromptBlock[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  return list(content, where).map((value, index) => {
    const place = `${where}[${index}]`
    return readContent(object(value, place), place)
  })
}

/** What one item brings: whose it is, and its blocks. */
interface ReadItem {
  readonly role: 'user' | 'assistant' | 'system'
  readonly blocks: readonly PromptBlock[]
}

function readMessage(item: JsonObject, where: string): ReadItem {
  const role = oneOf(item['role'], `${where}.role`, ROLES)
  const blocks = readContents(item['content'], `${where}.content`)
  return { role: role === 'developer' ? 'system' : role, blocks }
}

function readOutput(item: JsonObject, where: string): ReadItem {
  const id = idAtMost(item['call_id'], `${where}.call_id`, MOST_CALL_ID)
  const blocks = readContents(item['output'], `${where}.output`)
  const said = blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('')
  const others = blocks.filter((block) => block.kind !== 'text')
  return {
    role: 'user',
    blocks: [{ kind: 'toolResult', toolUseId: id, text: said, failed: false }, ...others],
  }
}

/** Thoughts that come back must be the vendor's own. */
function readReasoning(item: JsonObject, where: string): ReadItem {
  const sealed = optionalText(item['encrypted_content'], `${where}.encrypted_content`)
  if (sealed !== null && !isSealedReasoning(sealed)) {
    throw invalid(
      `The encrypted content for item ${shown(item['id'])} could not be verified.`,
      null,
      'invalid_encrypted_content',
    )
  }
  optionalList(item['summary'], `${where}.summary`)
  return { role: 'assistant', blocks: [] }
}

function calledName(item: JsonObject, where: string): string {
  const namespace = item['namespace'] === undefined ? null : toolName(item['namespace'], `${where}.namespace`)
  return knownAs(namespace, toolName(item['name'], `${where}.name`))
}

function readItem(item: JsonObject, where: string): ReadItem {
  const type = item['type'] === undefined && item['role'] !== undefined ? 'message' : item['type']
  switch (oneOf(type, `${where}.type`, ITEMS)) {
    case 'message':
      return readMessage(item, where)
    case 'function_call':
      return {
        role: 'assistant',
        blocks: [
          {
            kind: 'toolUse',
            id: idAtMost(item['call_id'], `${where}.call_id`, MOST_CALL_ID),
            name: calledName(item, where),
            input: parseArguments(text(item['arguments'], `${where}.arguments`)),
          },
        ],
      }
    case 'function_call_output':
      return readOutput(item, where)
    case 'reasoning':
      return readReasoning(item, where)
    case 'additional_tools':
      oneOf(item['role'], `${where}.role`, ['developer'])
      return { role: 'system', blocks: [] }
  }
}

/** Every call must have its output somewhere behind it, and every output its call before it. */
function checkCalls(messages: readonly PromptMessage[]): void {
  const open = new Set<string>()
  const known = new Set<string>()
  for (const block of messages.flatMap((message) => message.blocks)) {
    if (block.kind === 'toolUse') {
      open.add(block.id)
      known.add(block.id)
    } else if (block.kind === 'toolResult') {
      if (!known.has(block.toolUseId)) {
        throw invalid(`No tool call found for function call output with call_id ${block.toolUseId}.`, 'input')
      }
      open.delete(block.toolUseId)
    }
  }
  const [left] = open
  if (left !== undefined) throw invalid(`No tool output found for function call ${left}.`, 'input')
}

/** The input as a conversation: neighbours of one role are one message. `input` is what it says, without the instructions. */
export function readInput(
  body: JsonObject,
  items: readonly InputItem[],
  model: SimulatedModel,
): Pick<Prompt, 'system' | 'messages'> & { readonly input: readonly PromptBlock[] } {
  const instructions = optionalText(body['instructions'], 'instructions')
  const system: TextBlock[] = instructions === null ? [] : [{ kind: 'text', text: instructions }]
  const messages: PromptMessage[] = []
  const input: PromptBlock[] = []
  for (const { item, where } of items) {
    const { role, blocks } = readItem(item, where)
    input.push(...blocks)
    if (model.abilities.images === false && blocks.some((block) => block.kind === 'image')) {
      throw invalid('Invalid content type. input_image is only supported by certain models.', where)
    }
    if (role === 'system') system.push(...blocks.filter((block) => block.kind === 'text'))
    else if (blocks.length > 0) addTo(messages, role, blocks)
  }
  checkCalls(messages)
  return { system, messages, input }
}

function addTo(messages: PromptMessage[], role: 'user' | 'assistant', blocks: readonly PromptBlock[]): void {
  const last = messages.at(-1)
  if (last?.role === role) messages[messages.length - 1] = { role, blocks: [...last.blocks, ...blocks] }
  else messages.push({ role, blocks })
}
