import {
  ConditionalCheckFailedException,
  DescribeTableCommand,
  DescribeTableInput$,
  DynamoDBClient,
  PutItemCommand,
  ResourceNotFoundException,
  ScanCommand,
  ScanInput$,
  UpdateItemCommand,
  UpdateItemInput$,
} from '@aws-sdk/client-dynamodb'
import { lookAtTable } from '@pointsman/control'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createDynamoTables, DynamoFault, type DynamoTables } from '../../../../tools/dynamodb-for-tests.ts'
import { createDynamoDb } from './ask-dynamodb.ts'
import { standInCredentials, startSignedService, type SignedService } from './testing/signed-service.ts'

const table = 'AgentRegistry-dev'
let tables: DynamoTables
let service: SignedService
let official: DynamoDBClient
beforeAll(async () => {
  service = await startSignedService({
    ...{ service: 'dynamodb', contentType: 'application/x-amz-json-1.0' },
    answer: (operation, body) => {
      try {
        return [200, tables.answer(operation, body as Record<string, unknown>)]
      } catch (thrown) {
        if (!(thrown instanceof DynamoFault)) throw thrown
        const { message, status, type } = thrown
        return [status, { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message }]
      }
    },
  })
  official = new DynamoDBClient({
    ...{ region: 'eu-central-1', endpoint: service.url, credentials: standInCredentials, maxAttempts: 1 },
  })
})
afterAll(async () => {
  official.destroy()
  await service.close()
})
beforeEach(() => {
  tables = createDynamoTables()
  tables.create(table, ['agent_name', 'version'])
})

const dynamo = (credentials: object = standInCredentials, baseUrl = service.url) =>
  createDynamoDb({ region: 'eu-central-1', baseUrl }, () =>
    Promise.resolve(credentials as typeof standInCredentials),
  )
const key = { agent_name: { S: 'sql_agent' }, version: { S: 'v1' } }
const update = (was: string) => ({
  ...{ TableName: table, Key: key, UpdateExpression: 'SET #m = :now' },
  ConditionExpression: 'attribute_exists(#k) AND #m = :was AND attribute_not_exists(#n)',
  ExpressionAttributeNames: { '#k': 'agent_name', '#m': 'llm_model', '#n': 'none' },
  ExpressionAttributeValues: { ':now': { S: 'gpt-4o' }, ':was': { S: was } },
})

test('AWS’s own client takes the stand-in for the service, and we read and write the same', async () => {
  const Item = {
    ...key,
    llm_provider: { S: 'bedrock' },
    llm_model: { S: 'a' },
    n: { N: '0.80' },
    b: { BOOL: true },
  }
  await official.send(new PutItemCommand({ TableName: table, Item }))
  tables.put(table, { agent_name: 'second', version: 'v1', llm_model: 'b' })
  tables.pageSize = 1
  const theirs = await official.send(new ScanCommand({ TableName: table, ConsistentRead: true }))
  expect([theirs.Items, theirs.LastEvaluatedKey]).toEqual([[Item], key])
  expect(JSON.parse(await dynamo().ask('Scan', { TableName: table }))).toMatchObject({
    Items: [Item],
    LastEvaluatedKey: key,
  })
  const { Table } = await official.send(new DescribeTableCommand({ TableName: table }))
  expect(Table?.KeySchema).toEqual([
    { AttributeName: 'agent_name', KeyType: 'HASH' },
    { AttributeName: 'version', KeyType: 'RANGE' },
  ])
  await official.send(new UpdateItemCommand(update('a')))
  await expect(official.send(new UpdateItemCommand(update('a')))).rejects.toBeInstanceOf(
    ConditionalCheckFailedException,
  )
  await dynamo().ask('UpdateItem', update('gpt-4o'))
  await expect(dynamo().ask('UpdateItem', update('a'))).rejects.toMatchObject({
    details: { data: { vendorName: 'ConditionalCheckFailedException' } },
  })
  await expect(official.send(new ScanCommand({ TableName: 'none' }))).rejects.toBeInstanceOf(
    ResourceNotFoundException,
  )
})

test('all pages of a table are read, by requests that AWS’s own schemas know', async () => {
  for (const name of ['one', 'two', 'three'])
    tables.put(table, { agent_name: name, version: 'v1', llm_model: 'm' })
  tables.pageSize = 2
  expect(await lookAtTable(dynamo(), { kind: 'agents', name: table })).toEqual({
    items: 3,
    refused: [],
    units: 1,
  })
  const schemas = { DescribeTable: DescribeTableInput$, Scan: ScanInput$, UpdateItem: UpdateItemInput$ }
  const members = new Map(
    Object.entries(schemas).map(([name, schema]) => [name, schema[4] as readonly string[]]),
  )
  for (const { operation, request } of tables.asked)
    expect(members.get(operation)).toEqual(expect.arrayContaining(Object.keys(request)))
  expect(tables.asked.map(({ operation }) => operation)).toEqual(['DescribeTable', 'Scan', 'Scan'])
})

test('a table whose ARN is given is asked for in its own region', async () => {
  const arn = 'arn:aws:dynamodb:us-west-2:111122223333:table/AgentRegistry-dev'
  await expect(dynamo().ask('Scan', { TableName: arn })).rejects.toThrow(/Make it in us-west-2/)
})

test.each<[string, () => Promise<unknown>, RegExp]>([
  [
    'a table that is not there',
    () => dynamo().ask('Scan', { TableName: 'none' }),
    /none.*ResourceNotFoundException.*Make it in eu-central-1/s,
  ],
  [
    'a wrong credential',
    () => dynamo({ ...standInCredentials, secretAccessKey: 'x' }).ask('Scan', { TableName: table }),
    /InvalidSignatureException.*Renew the AWS credential/s,
  ],
  [
    'no credential',
    () =>
      createDynamoDb({ region: 'eu-central-1', baseUrl: null }, () => Promise.reject(new Error('none'))).ask(
        'Scan',
        { TableName: table },
      ),
    /found no credential.*AWS_PROFILE/s,
  ],
  [
    'no service',
    () => dynamo(standInCredentials, 'http://127.0.0.1:9').ask('Scan', { TableName: table }),
    /127\.0\.0\.1:9 gave no usable answer.*network/s,
  ],
])('%s is told with the step that mends it', async (_, asked, words) => {
  await expect(asked()).rejects.toThrow(words)
})

test('a right that lacks, and too many questions, are told with the step that mends them', async () => {
  tables.fail(new DynamoFault('AccessDeniedException', 'User: x is not authorized'))
  await expect(dynamo().ask('UpdateItem', update('a'))).rejects.toThrow(
    /could not be written.*Allow dynamodb:UpdateItem/s,
  )
  tables.fail(new DynamoFault('ProvisionedThroughputExceededException', 'The level of …'))
  await expect(dynamo().ask('Scan', { TableName: table })).rejects.toThrow(/more read capacity/)
})

test('an answer that is longer than any is not taken to its end', async () => {
  tables.put(table, { agent_name: 'a', version: 'v1', llm_model: 'a'.repeat(20_000_000) })
  await expect(dynamo().ask('Scan', { TableName: table })).rejects.toThrow(
    /gave no usable answer \(.* answered more than 16777216 bytes\)/,
  )
})
