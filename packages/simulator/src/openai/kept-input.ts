import type { JsonObject, JsonValue } from '../json.ts'
import { invalid, OpenaiFailure } from './failure.ts'
import { list, missing, object, optionalText, shown, text } from './fields.ts'
import type { ResponseMemory } from './response-memory.ts'

/** An item of a request's input, and where it stands there. */
export interface InputItem {
  readonly item: JsonObject
  readonly where: string
}

const notFound = (id: string): OpenaiFailure =>
  new OpenaiFailure(
    'invalid_request_error',
    `Item with id '${id.slice(0, 100)}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
    { status: 404, param: 'input' },
  )

function previousItems(body: JsonObject, memory: ResponseMemory): readonly InputItem[] {
  const id = optionalText(body['previous_response_id'], 'previous_response_id')
  if (id === null) return []
  const previous = memory.response(id)
  if (previous === null) {
    throw invalid(
      `Previous response with id '${id.slice(0, 100)}' not found.`,
      'previous_response_id',
      'previous_response_not_found',
    )
  }
  return previous.items.map((item, index) => ({ item, where: `previous_response_id.items[${index}]` }))
}

/** A reference stands for the item that it names; a thought without its sealed content is one by another name. */
function resolved(value: JsonValue, where: string, memory: ResponseMemory): InputItem {
  const item = object(value, where)
  const { type } = item
  const isReference = type === 'item_reference' || (type === undefined && isBareReference(item))
  const isBareThought = type === 'reasoning' && typeof item['encrypted_content'] !== 'string'
  if (!isReference && !isBareThought) return { item, where }
  const id = text(item['id'], `${where}.id`)
  const kept = memory.item(id)
  if (kept === null) throw notFound(id)
  return { item: kept, where }
}

const isBareReference = (item: JsonObject): boolean => item['role'] === undefined && item['id'] !== undefined

/** What a request puts before the model: what it goes on from, then its own input, with references replaced. */
export function inputItems(body: JsonObject, memory: ResponseMemory): readonly InputItem[] {
  const { input } = body
  if (input === undefined || input === null) throw missing('input')
  const previous = previousItems(body, memory)
  const given: readonly JsonValue[] =
    typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : list(input, 'input')
  if (given.length === 0 && previous.length === 0) {
    throw invalid(
      "Invalid 'input': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'input',
      'empty_array',
    )
  }
  const own = given.map((value, index) => resolved(value, `input[${index}]`, memory))
  checkThoughtsLead(own)
  checkThoughtsStay([...previous, ...own], memory)
  return [...previous, ...own]
}

const isAnswer = ({ type, role }: JsonObject): boolean => type === 'function_call' || role === 'assistant'

/** A thought must stand before what it led to (openai/openai-node issue 1567; continuedev/continue issue 8933, 2025-11). */
function checkThoughtsLead(items: readonly InputItem[]): void {
  let leads = false
  for (const { item } of items.toReversed()) {
    if (item['type'] !== 'reasoning') leads = isAnswer(item)
    else if (!leads) {
      throw invalid(
        `Item '${shown(item['id'])}' of type 'reasoning' was provided without its required following item.`,
        'input',
      )
    }
  }
}

/** What a thought led to must not stand without it (continuedev/continue issue 11994, 2026-04). */
function checkThoughtsStay(items: readonly InputItem[], memory: ResponseMemory): void {
  const before = new Set<JsonValue>()
  for (const { item } of items) {
    const { id, type } = item
    const thought = typeof id === 'string' ? memory.thoughtOf(id) : null
    if (thought !== null && !before.has(thought)) {
      throw invalid(
        `Item '${shown(id)}' of type '${shown(type)}' was provided without its required 'reasoning' item: '${thought}'.`,
        'input',
      )
    }
    if (id !== undefined) before.add(id)
  }
}

/** The items of an answer by their ids, read from its own JSON. */
export function outputItems(body: string): ReadonlyMap<string, JsonObject> {
  const { output } = JSON.parse(body) as {
    readonly output: readonly (JsonObject & { readonly id: string })[]
  }
  return new Map(output.map((item) => [item.id, item]))
}
