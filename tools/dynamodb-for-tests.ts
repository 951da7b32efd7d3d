/**
 * DynamoDB in memory, as far as tables of models and agents are read and written; its answers are judged by AWS's own client
 * where it stands behind HTTP, and what we ask of it by moto in CI.
 */
export interface DynamoTables {
  /** An operation's answer; throws `DynamoFault`. */
  answer(operation: string, request: JsonMembers): JsonMembers
  create(name: string, keyNames: readonly string[], items?: readonly PlainItem[]): void
  drop(name: string): void
  put(name: string, item: PlainItem): void
  /** Null removes a member. */
  edit(name: string, key: PlainItem, members: { readonly [name: string]: PlainValue | null }): void
  remove(name: string, key: PlainItem): void
  items(name: string): readonly PlainItem[]
  /** Every operation answers this error from now on, or those that are named; null = none does. */
  fail(fault: DynamoFault | null, operations?: readonly string[]): void
  /** What was asked so far. */
  readonly asked: { readonly operation: string; readonly request: JsonMembers }[]
  /** Items a page. */
  pageSize: number
  /** Read capacity units that a page is told to cost. */
  unitsPerPage: number
  /** Called before each operation is carried out: somebody else's edit in between. */
  before: (operation: string) => void
}

type PlainValue = string | number | boolean | readonly string[]
export type PlainItem = { readonly [member: string]: PlainValue }
type JsonMembers = { readonly [name: string]: unknown }
type Typed = { readonly [type: string]: unknown }
type TypedItem = { readonly [member: string]: Typed }

/** An error as DynamoDB names it. */
export class DynamoFault extends Error {
  readonly type: string
  readonly status: number

  constructor(type: string, message: string, status = 400) {
    super(message)
    this.type = type
    this.status = status
  }
}

interface Table {
  readonly keyNames: readonly string[]
  readonly items: Map<string, TypedItem>
}

const keyText = (item: TypedItem, keyNames: readonly string[]): string =>
  JSON.stringify(keyNames.map((name) => item[name] ?? null))

function typed(value: PlainValue): Typed {
  if (typeof value === 'number') return { N: String(value) }
  if (typeof value === 'boolean') return { BOOL: value }
  return typeof value === 'string' ? { S: value } : { L: value.map((one) => ({ S: one })) }
}

const typedItem = (item: PlainItem): TypedItem =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, typed(value)]))

function plain(value: Typed): PlainValue {
  if (value['N'] !== undefined) return Number(value['N'])
  if (value['L'] !== undefined) return (value['L'] as readonly { readonly S: string }[]).map(({ S }) => S)
  return (value['S'] ?? value['BOOL']) as PlainValue
}

// size: the operations of one service
export function createDynamoTables(): DynamoTables {
  const tables = new Map<string, Table>()
  let fault: DynamoFault | null = null
  let failing: readonly string[] | null = null

  const tableOf = (name: unknown): Table => {
    const table = tables.get(String(name))
    if (table === undefined)
      throw new DynamoFault('ResourceNotFoundException', 'Requested resource not found')
    return table
  }
  const operations: { readonly [operation: string]: (request: JsonMembers) => JsonMembers } = {
    DescribeTable: ({ TableName }) => {
      const { items, keyNames } = tableOf(TableName)
      const KeySchema = keyNames.map((name, at) => ({
        AttributeName: name,
        KeyType: at === 0 ? 'HASH' : 'RANGE',
      }))
      return { Table: { TableName, TableStatus: 'ACTIVE', KeySchema, ItemCount: items.size } }
    },
    Scan: ({ ExclusiveStartKey, TableName }) => {
      const { items, keyNames } = tableOf(TableName)
      const all = [...items]
      const after =
        ExclusiveStartKey === undefined
          ? -1
          : all.findIndex(([key]) => key === keyText(ExclusiveStartKey as TypedItem, keyNames))
      const page = all.slice(after + 1, after + 1 + self.pageSize)
      const last = page.at(-1)?.[1]
      const isLast = after + 1 + self.pageSize >= all.length
      return {
        ...{ Items: page.map(([, item]) => item), Count: page.length, ScannedCount: page.length },
        ...(isLast || last === undefined
          ? {}
          : { LastEvaluatedKey: Object.fromEntries(keyNames.map((name) => [name, last[name]])) }),
        ConsumedCapacity: { TableName, CapacityUnits: self.unitsPerPage },
      }
    },
    CreateTable: ({ KeySchema, TableName }) => {
      const names = (KeySchema as readonly { readonly AttributeName: string }[]).map(
        ({ AttributeName }) => AttributeName,
      )
      self.create(String(TableName), names)
      return {}
    },
    PutItem: ({ Item, TableName }) => {
      const { items, keyNames } = tableOf(TableName)
      items.set(keyText(Item as TypedItem, keyNames), Item as TypedItem)
      return {}
    },
    UpdateItem: (request) => {
      const { items, keyNames } = tableOf(request['TableName'])
      const key = keyText(request['Key'] as TypedItem, keyNames)
      const present = items.get(key) ?? {}
      if (!holds(request, present))
        throw new DynamoFault('ConditionalCheckFailedException', 'The conditional request failed')
      items.set(key, { ...present, ...(request['Key'] as TypedItem), ...assigned(request) })
      return {}
    },
  }
  const self: DynamoTables = {
    ...{ asked: [], pageSize: 100, unitsPerPage: 0.5 },
    before: () => undefined,
    answer(operation, request) {
      self.before(operation)
      self.asked.push({ operation, request })
      if (fault !== null && (failing?.includes(operation) ?? true)) throw fault
      const carryOut = operations[operation]
      if (carryOut === undefined) throw new DynamoFault('UnknownOperationException', operation)
      return carryOut(request)
    },
    create(name, keyNames, items = []) {
      tables.set(name, {
        keyNames,
        items: new Map(items.map((item) => [keyText(typedItem(item), keyNames), typedItem(item)])),
      })
    },
    drop: (name) => void tables.delete(name),
    put: (name, item) => void operations['PutItem']?.({ TableName: name, Item: typedItem(item) }),
    edit(name, key, members) {
      const { items, keyNames } = tableOf(name)
      const text = keyText(typedItem(key), keyNames)
      const item = { ...(items.get(text) ?? typedItem(key)) }
      const kept = Object.entries(item).filter(([member]) => members[member] !== null)
      const set = Object.entries(members).flatMap(([member, value]) =>
        value === null ? [] : [[member, typed(value)] as const],
      )
      items.set(text, Object.fromEntries([...kept, ...set]))
    },
    remove(name, key) {
      const { items, keyNames } = tableOf(name)
      items.delete(keyText(typedItem(key), keyNames))
    },
    items: (name) =>
      [...tableOf(name).items.values()].map((item) =>
        Object.fromEntries(Object.entries(item).map(([member, value]) => [member, plain(value)])),
      ),
    fail(next, only) {
      fault = next
      failing = only ?? null
    },
  }
  return self
}

const nameIn = (request: JsonMembers, word: string): string =>
  (request['ExpressionAttributeNames'] as { readonly [word: string]: string })[word] ?? ''
const valueIn = (request: JsonMembers, word: string): Typed => {
  const value = (request['ExpressionAttributeValues'] as { readonly [word: string]: Typed })[word]
  if (value === undefined) throw new DynamoFault('ValidationException', `${word} is not defined`)
  return value
}

/** Terms that are joined by AND: `#a = :b`, `attribute_exists(#a)`, `attribute_not_exists(#a)`. */
function holds(request: JsonMembers, item: TypedItem): boolean {
  const condition = request['ConditionExpression']
  if (typeof condition !== 'string') return true
  return condition.split(' AND ').every((term) => {
    const [, exists, name] = /^(attribute_exists|attribute_not_exists)\((#\w+)\)$/.exec(term) ?? []
    if (name !== undefined)
      return (item[nameIn(request, name)] !== undefined) === (exists === 'attribute_exists')
    const [, left, right] = /^(#\w+) = (:\w+)$/.exec(term) ?? []
    if (left === undefined || right === undefined)
      throw new DynamoFault('ValidationException', `Invalid condition: ${term}`)
    return JSON.stringify(item[nameIn(request, left)]) === JSON.stringify(valueIn(request, right))
  })
}

function assigned(request: JsonMembers): TypedItem {
  const [, list] = /^SET (.+)$/.exec(String(request['UpdateExpression'])) ?? []
  if (list === undefined) throw new DynamoFault('ValidationException', 'Invalid UpdateExpression')
  return Object.fromEntries(
    list.split(', ').map((term) => {
      const [, left, right] = /^(#\w+) = (:\w+)$/.exec(term) ?? []
      if (left === undefined || right === undefined)
        throw new DynamoFault('ValidationException', `Invalid assignment: ${term}`)
      return [nameIn(request, left), valueIn(request, right)]
    }),
  )
}
