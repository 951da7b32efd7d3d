import { PointsmanError } from '@pointsman/contract'
import { z } from 'zod'
import { plainItem } from '../catalogue/import/dynamodb-json.ts'
import type { DynamoDb } from '../ports.ts'

/** `{"S": "text"}` */
const attributeValue = z.record(z.string(), z.unknown())
type AttributeValue = z.output<typeof attributeValue>
type Attributes = { readonly [name: string]: AttributeValue }

export interface Table {
  readonly name: string
  /** Attributes of its key: of the partition, and of the order where it has one. */
  readonly keyNames: readonly string[]
}

export interface TableItem {
  readonly key: Attributes
  /** How people name it: the values of its key. */
  readonly keyText: string
  /** In plain JSON. */
  readonly members: { readonly [name: string]: unknown }
  readonly attributes: Attributes
}

export interface TableRead {
  readonly items: readonly TableItem[]
  /** What the look cost, in read capacity units. */
  readonly units: number
}

/** A table of models or agents has tens of items; one with more than these is another one, and dear to look at. */
const mostItems = 5_000

const described = z.object({
  Table: z.object({
    TableStatus: z.string().optional(),
    KeySchema: z.array(z.object({ AttributeName: z.string(), KeyType: z.string() })).min(1),
  }),
})

const scanned = z.object({
  Items: z.array(z.record(z.string(), attributeValue)).default([]),
  LastEvaluatedKey: z.record(z.string(), attributeValue).optional(),
  ConsumedCapacity: z.object({ CapacityUnits: z.number().optional() }).optional(),
})

/** Throws PointsmanError where it is not there, or may not be read. */
export async function openTable(
  dynamo: DynamoDb,
  name: string,
): Promise<Table & { readonly isReady: boolean }> {
  const { Table } = read(described, await dynamo.ask('DescribeTable', { TableName: name }), name)
  const order = Table.KeySchema.toSorted(
    (one, other) => Number(one.KeyType !== 'HASH') - Number(other.KeyType !== 'HASH'),
  )
  const isReady = Table.TableStatus !== 'CREATING' && Table.TableStatus !== 'DELETING'
  return { name, keyNames: order.map(({ AttributeName }) => AttributeName), isReady }
}

/**
 * Every item, all pages, as they are at this moment: a read that may be old would show an item as it was before our own
 * write, which would look like an edit that takes the switch back.
 */
export async function readTable(dynamo: DynamoDb, table: Table): Promise<TableRead> {
  const items: TableItem[] = []
  let units = 0
  let start: Attributes | undefined
  do {
    const text = await dynamo.ask('Scan', {
      ...{ TableName: table.name, ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL' },
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    })
    const { ConsumedCapacity, Items, LastEvaluatedKey } = read(scanned, text, table.name)
    items.push(...Items.map((attributes) => itemOf(attributes, table)))
    units += ConsumedCapacity?.CapacityUnits ?? 0
    start = LastEvaluatedKey
    if (items.length > mostItems)
      throw new PointsmanError(
        'refused',
        `The DynamoDB table ${table.name} has more than ${mostItems.toLocaleString('en')} items, which no table of models or agents has. Name the right one.`,
      )
  } while (start !== undefined)
  return { items, units }
}

function itemOf(attributes: Attributes, { keyNames }: Table): TableItem {
  const members = plainItem(attributes)
  // As the registry keeps it: a key is found again by its text.
  const values = keyNames.map((name) => String(members[name]).replaceAll('\0', '\uFFFD').toWellFormed())
  return {
    key: Object.fromEntries(keyNames.map((name) => [name, attributes[name] ?? { NULL: true }])),
    // Two keys may not have one text.
    keyText:
      values.some((value) => value.includes('/')) && values.length > 1
        ? JSON.stringify(values)
        : values.join('/'),
    members,
    attributes,
  }
}

export interface ItemWrite {
  readonly item: TableItem
  /** Members as they are to be; all others stay as they are. */
  readonly set: { readonly [name: string]: string | boolean | number }
}

/** One that is to be made. */
export const newItem = ({ keyNames }: Table, key: string): TableItem => ({
  key: { [keyNames[0] ?? '']: { S: key } },
  ...{ keyText: key, members: {}, attributes: {} },
})

/** With a key of one text, paid by the request; it takes a moment until it can be written. */
export async function createTable(dynamo: DynamoDb, name: string, keyName: string): Promise<void> {
  await dynamo.ask('CreateTable', {
    ...{ TableName: name, BillingMode: 'PAY_PER_REQUEST' },
    AttributeDefinitions: [{ AttributeName: keyName, AttributeType: 'S' }],
    KeySchema: [{ AttributeName: keyName, KeyType: 'HASH' }],
  })
}

/**
 * Writes members of an item that still says of them what was read; `changed` = somebody was quicker, or it is gone, and
 * nothing was written.
 */
export async function writeItem(
  dynamo: DynamoDb,
  table: Table,
  { item, set }: ItemWrite,
): Promise<'written' | 'changed'> {
  const names = Object.keys(set)
  const expected = names.flatMap((name, at) => {
    const present = item.attributes[name]
    return present === undefined ? [] : [[`:was${at}`, present] as const]
  })
  const conditions = names.map((name, at) =>
    item.attributes[name] === undefined ? `attribute_not_exists(#set${at})` : `#set${at} = :was${at}`,
  )
  const request = {
    TableName: table.name,
    Key: item.key,
    UpdateExpression: `SET ${names.map((_, at) => `#set${at} = :set${at}`).join(', ')}`,
    // An update of an item that is gone would make a new one.
    ConditionExpression: [
      Object.keys(item.attributes).length === 0 ? 'attribute_not_exists(#key)' : 'attribute_exists(#key)',
      ...conditions,
    ].join(' AND '),
    ExpressionAttributeNames: {
      '#key': table.keyNames[0],
      ...Object.fromEntries(names.map((name, at) => [`#set${at}`, name])),
    },
    ExpressionAttributeValues: {
      ...Object.fromEntries(names.map((name, at) => [`:set${at}`, typed(set[name])])),
      ...Object.fromEntries(expected),
    },
  }
  try {
    await dynamo.ask('UpdateItem', request)
    return 'written'
  } catch (thrown) {
    if (thrown instanceof PointsmanError && thrown.details.data?.['vendorName'] === conditionFailed)
      return 'changed'
    throw thrown
  }
}

const conditionFailed = 'ConditionalCheckFailedException'

function typed(value: string | boolean | number | undefined): AttributeValue {
  if (typeof value === 'number') return { N: String(value) }
  return typeof value === 'boolean' ? { BOOL: value } : { S: value ?? '' }
}

function read<Shape extends z.ZodType>(shape: Shape, text: string, name: string): z.output<Shape> {
  const told = shape.safeParse(parsed(text))
  if (told.success) return told.data
  throw new PointsmanError(
    'upstream_broken',
    `What answered for the DynamoDB table ${name} is not DynamoDB. Look at AWS_ENDPOINT_URL_DYNAMODB.`,
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // The schemas above say what is wrong with nothing.
    return undefined
  }
}
