import { PointsmanError } from '@pointsman/contract'
import type { FollowedTables } from '@pointsman/control'

/** Amazon DynamoDB, and which of its tables are followed. */
export interface DynamoDbSettings {
  readonly region: string
  /** Null = the service's public address. */
  readonly baseUrl: string | null
  /** Null = none is. */
  readonly followed: FollowedTables | null
}

const tableForm = /^(?:arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):\d{12}:table\/)?[\w.-]{3,255}$/
/** Where a table is whose ARN is given; null = it is a name. */
export const regionOfTable = (table: string): string | null => tableForm.exec(table)?.[1] ?? null
const regionForm = /^[a-z0-9-]{1,32}$/

/** Throws PointsmanError where a variable names no table. */
export function readDynamoDbSettings(
  value: (name: string) => string | null,
  { baseUrl, environment }: { readonly baseUrl: string | null; readonly environment: string },
): DynamoDbSettings {
  const table = (variable: string, usual: string): string | null => {
    const text = value(variable)
    if (text === null || text === 'off') return null
    const name = text === 'on' ? usual : text
    if (tableForm.test(name)) return name
    throw new PointsmanError(
      'invalid_request',
      `${variable} is "${text}"; it takes on (the table ${usual}), off, or a table's name or ARN.`,
    )
  }
  const models = table('POINTSMAN_DYNAMODB_MODELS', `LLMModels-${environment}`)
  const agents = table('POINTSMAN_DYNAMODB_AGENTS', `AgentRegistry-${environment}`)
  const writeBack = value('POINTSMAN_DYNAMODB_WRITE_BACK') ?? 'off'
  if (writeBack !== 'on' && writeBack !== 'off')
    throw new PointsmanError(
      'invalid_request',
      `POINTSMAN_DYNAMODB_WRITE_BACK is "${writeBack}"; it takes on or off.`,
    )
  const ofTable = [models, agents].map((name) => regionOfTable(name ?? '')).find((region) => region !== null)
  const region = ofTable ?? value('AWS_REGION') ?? value('BEDROCK_REGION') ?? 'eu-central-1'
  if (!regionForm.test(region))
    throw new PointsmanError('invalid_request', `AWS_REGION is "${region}", which no region is called.`)
  const isFollowed = models !== null || agents !== null
  return {
    region,
    baseUrl,
    followed: isFollowed ? { models, agents, region, writeBack: writeBack === 'on' } : null,
  }
}
