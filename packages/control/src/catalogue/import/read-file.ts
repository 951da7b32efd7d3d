import { PointsmanError } from '@pointsman/contract'
import { requireStorable } from '../../http/storable-text.ts'
import { plainItem } from './dynamodb-json.ts'

/** `catalogue`: ours; `llm-models`: items of a DynamoDB table `LLMModels`; `price-catalogue`: LiteLLM's. */
export type ImportForm = 'catalogue' | 'llm-models' | 'price-catalogue'

export interface ReadFile {
  readonly form: ImportForm
  /** Foreign: of `llm-models` the list of items, each in plain JSON. */
  readonly content: unknown
}

/**
 * A file's text as JSON, or as one JSON value a line, and what it is. Throws PointsmanError `invalid_request` with the place
 * of what is wrong, a text that would not be stored as it stands there included.
 */
export function readFile(text: string, form: ImportForm | null): ReadFile {
  const content = parsed(text)
  requireAllStorable(content)
  const seen = form ?? formOf(content)
  if (seen === null)
    throw new PointsmanError(
      'invalid_request',
      'The file is none that is known here: a catalogue has "models", a table’s items have "model_id", a price catalogue has an object a model with "litellm_provider". Say which with "form".',
      { field: 'text' },
    )
  return { form: seen, content: seen === 'llm-models' ? itemsOf(content) : content }
}

/** With a stack of its own: a file may be nested deeper than calls can be. */
function requireAllStorable(content: unknown): void {
  const waiting: (readonly [string, unknown])[] = [['', content]]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [place, value] = next
    if (typeof value === 'string') requireStorable(place, value)
    if (typeof value !== 'object' || value === null) continue
    const isList = Array.isArray(value)
    for (const [name, member] of Object.entries(value))
      waiting.push([isList ? `${place}[${name}]` : place === '' ? name : `${place}.${name}`, member])
  }
}

/** The items of a table, in plain JSON, whatever they are of. Throws PointsmanError `invalid_request`. */
export function readItems(text: string): readonly Members[] {
  const content = parsed(text)
  const items = itemsIn(content)
  // One alone, as an editor has it.
  const all = items.length === 0 && isObject(content) ? [plainItem(content)] : items
  if (all.length === 0) throw noItems()
  return all.map((item, at) => {
    if (isObject(item)) return item
    throw new PointsmanError('invalid_request', `"[${at}]" should be an item. Nothing was changed.`, {
      field: 'text',
    })
  })
}

function parsed(text: string): unknown {
  // A byte order mark is no JSON, and editors write one.
  const plain = text.replace(/^\uFEFF/, '')
  try {
    return JSON.parse(plain) as unknown
  } catch (thrown) {
    const lines = plain.split('\n').filter((line) => line.trim() !== '')
    if (lines.length > 1 && lines[0]?.trim().endsWith('}') === true) return lines.map(line)
    throw notJson(thrown, '')
  }
}

/** As DynamoDB exports a table to S3. */
function line(text: string, index: number): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (thrown) {
    throw notJson(thrown, ` in line ${index + 1}`)
  }
}

const notJson = (thrown: unknown, where: string): PointsmanError =>
  new PointsmanError(
    'invalid_request',
    `The file is not JSON${where}: ${thrown instanceof Error ? thrown.message : 'it cannot be read'}. Nothing was changed.`,
    { field: 'text' },
  )

type Members = { readonly [name: string]: unknown }
const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function formOf(content: unknown): ImportForm | null {
  if (isObject(content) && Array.isArray(content['models'])) return 'catalogue'
  const [first] = itemsIn(content)
  if (isObject(first) && 'model_id' in first) return 'llm-models'
  const isPriced = (entry: unknown): boolean => isObject(entry) && 'litellm_provider' in entry
  return isObject(content) && Object.values(content).some(isPriced) ? 'price-catalogue' : null
}

function itemsOf(content: unknown): readonly unknown[] {
  const items = itemsIn(content)
  if (items.length > 0) return items
  throw noItems()
}

const noItems = (): PointsmanError =>
  new PointsmanError('invalid_request', 'The file has no items. Nothing was changed.', { field: 'text' })

/** Of a list, of what `scan` and `query` answer, of a batch write, of an export, or one alone. */
function itemsIn(content: unknown): readonly unknown[] {
  if (Array.isArray(content)) return content.map(itemIn)
  if (!isObject(content)) return []
  const listed = content['Items'] ?? content['items']
  if (Array.isArray(listed)) return listed.map(itemIn)
  const requests = Object.values(content).filter(Array.isArray).flat()
  if (requests.length > 0 && requests.every((one) => isObject(one) && 'PutRequest' in one))
    return requests.map(itemIn)
  return 'model_id' in content || 'Item' in content ? [itemIn(content)] : []
}

function itemIn(value: unknown): unknown {
  if (!isObject(value)) return value
  const put = value['PutRequest']
  const item = (isObject(put) ? put['Item'] : undefined) ?? value['Item'] ?? value
  return isObject(item) ? plainItem(item) : item
}
