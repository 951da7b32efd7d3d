import { failureWords, PointsmanError, type ErrorCode } from '@pointsman/contract'
import { readAwsFailure, type DynamoDb } from '@pointsman/control'
import type { AwsIdentity } from '@pointsman/engine'
import { regionOfTable, type DynamoDbSettings } from '../dynamodb-settings.ts'
import { callAwsJson, hostOf, type AwsJsonCall } from './aws-json-call.ts'

const withinMs = 5_000

/** DynamoDB for who follows a table. What it answers with an error is thrown with the step that mends it. */
export const createDynamoDb = (
  settings: Pick<DynamoDbSettings, 'baseUrl' | 'region'>,
  chain: () => Promise<AwsIdentity>,
): DynamoDb => ({
  async ask(operation, request) {
    const table = 'TableName' in request ? String(request.TableName) : ''
    // Each table by its own: an address of another region does not know it.
    const region = regionOfTable(table) ?? settings.region
    const call: AwsJsonCall = {
      ...{ service: 'dynamodb', region, baseUrl: settings.baseUrl, version: '1.0', withinMs },
      ...{ target: `DynamoDB_20120810.${operation}`, body: request },
    }
    const about = { operation, region, table }
    const identity = await chain().catch((cause: unknown) => {
      const why = 'the AWS credential chain found no credential. Set AWS_PROFILE, or run under a role.'
      throw failed('credentials_missing', about, why, { cause })
    })
    const { errorType, status, text } = await callAwsJson(call, identity).catch((cause: unknown) => {
      throw failed(
        'upstream_broken',
        about,
        `${hostOf(call)} gave no usable answer (${failureWords(cause)}). Look at the network and AWS_ENDPOINT_URL_DYNAMODB.`,
        { cause },
      )
    })
    if (status === 200) return text
    const { message, name } = readAwsFailure(status, text, errorType)
    const { code, step } = mending(name, about)
    throw failed(code, about, `${name}: ${message.replace(/\.$/, '')}. ${step}`, {
      data: { vendorName: name },
    })
  },
})

interface About {
  readonly operation: string
  readonly region: string
  readonly table: string
}

const verbs: { readonly [operation: string]: string } = { UpdateItem: 'written' }

const failed = (
  code: ErrorCode,
  { operation, table }: About,
  why: string,
  options: { readonly cause?: unknown; readonly data?: { readonly vendorName: string } },
): PointsmanError => {
  const { cause, data } = options
  return new PointsmanError(
    code,
    `The DynamoDB table ${table} could not be ${verbs[operation] ?? 'read'}: ${why}`,
    { ...(cause === undefined ? {} : { cause }), ...(data === undefined ? {} : { data }) },
  )
}

function mending(
  name: string,
  { operation, region, table }: About,
): { readonly code: ErrorCode; readonly step: string } {
  switch (name) {
    case 'AccessDeniedException':
      return {
        code: 'provider_auth',
        step: `Allow dynamodb:${operation} on it to this role: \`pointsman iam policy\` has what is needed.`,
      }
    case 'ResourceNotFoundException':
      return { code: 'not_found', step: `Make it in ${region}, or name another one than ${table}.` }
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
    case 'ExpiredTokenException':
    case 'IncompleteSignatureException':
      return {
        code: 'provider_auth',
        step: 'Renew the AWS credential of this server, and see that its clock is right.',
      }
    case 'ProvisionedThroughputExceededException':
    case 'RequestLimitExceeded':
    case 'ThrottlingException':
      return {
        code: 'upstream_broken',
        step: 'It is asked again by itself; give the table more read capacity, or on-demand.',
      }
    default:
      return { code: 'upstream_broken', step: 'It is asked again by itself.' }
  }
}
