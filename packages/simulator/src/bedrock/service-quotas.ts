import type { SimulatedModel } from '../simulated-model.ts'
import { validation } from './failure.ts'
import { parseBody } from './fields.ts'
import { offeredIn } from './model-resolution.ts'

const pageSize = 100

/** Service Quotas' ListServiceQuotas of Bedrock, by the names that it has there: two quotas a way of calling a model. */
export function listServiceQuotas(models: readonly SimulatedModel[], region: string, body: Buffer): string {
  const { NextToken, ServiceCode } = parseBody(body)
  if (ServiceCode !== 'bedrock')
    throw validation('The request failed because the specified service does not exist.')
  const from = typeof NextToken === 'string' && /^\d{1,6}$/.test(NextToken) ? Number(NextToken) : 0
  const quotas = models
    .filter((model) => model.purpose === 'chat' && offeredIn(model, region))
    .flatMap((model) => [quota(model, 'requests', region), quota(model, 'tokens', region)])
  const more = from + pageSize < quotas.length ? { NextToken: String(from + pageSize) } : {}
  return JSON.stringify({ Quotas: quotas.slice(from, from + pageSize), ...more })
}

function quota(model: SimulatedModel, unit: 'requests' | 'tokens', region: string): object {
  const isProfile = model.baseModelId !== null && model.baseModelId !== model.id
  const profiled = model.id.startsWith('global.') ? 'Global cross-region' : 'Cross-region'
  const bare = model.name.replace(/ \([^)]*\)$/, '')
  const vendor = `${model.vendor.charAt(0).toUpperCase()}${model.vendor.slice(1)}`
  return {
    ServiceCode: 'bedrock',
    ServiceName: 'Amazon Bedrock',
    QuotaArn: `arn:aws:servicequotas:${region}:000000000000:bedrock/L-00000000`,
    QuotaCode: 'L-00000000',
    QuotaName: `${isProfile ? profiled : 'On-demand'} model inference ${unit} per minute for ${bare.startsWith(vendor) ? '' : `${vendor} `}${bare}`,
    Value: unit === 'requests' ? 200 : 200_000,
    Unit: 'None',
    Adjustable: true,
    GlobalQuota: false,
  }
}
