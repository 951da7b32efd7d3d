import type { BedrockAnswer } from './bedrock-answer.ts'
import { ok, problem, unknown, warning, type Finding } from './finding.ts'

/** A model as quotas name it: `Amazon Nova Pro`, called through a profile or not. */
export interface QuotaModel {
  readonly name: string
  readonly kind: 'direct' | 'profile' | 'global'
}

export interface QuotaLook {
  readonly region: string
  readonly models: readonly QuotaModel[]
  /** A page of Service Quotas' list of Bedrock's; null = the credential is none that it takes. */
  readonly page: ((nextToken: string | null) => Promise<BedrockAnswer>) | null
}

interface Quota {
  readonly kind: QuotaModel['kind']
  readonly unit: 'requests' | 'tokens'
  readonly of: string
  readonly value: number
}

const check = 'bedrock quotas'
const maxPages = 50
const kinds = { 'On-demand': 'direct', 'Cross-region': 'profile', 'Global cross-region': 'global' } as const
/** Names as AWS writes them (console of Service Quotas, 2026-11). */
const form =
  /^(On-demand|Cross-region|Global cross-region) model inference (requests|tokens) per minute for (.+)$/i

/** What the account may ask of each model in a minute. */
export async function checkQuotas(look: QuotaLook): Promise<Finding> {
  const where = `In the console of region ${look.region}: Service Quotas, Amazon Bedrock.`
  if (look.page === null) return unknown(check, 'Service Quotas takes no Bedrock API key', where)
  const quotas: Quota[] = []
  let next: string | null = null
  for (let page = 0; page < maxPages; page += 1) {
    const answer: BedrockAnswer = await look.page(next)
    if (answer.errorName === 'AccessDeniedException')
      return unknown(
        check,
        'this credential may not ask for them',
        `Give it servicequotas:ListServiceQuotas. ${where}`,
      )
    if (answer.status !== 200)
      return unknown(
        check,
        `Service Quotas answered ${answer.errorName ?? `status ${answer.status}`}`,
        `Try again. ${where}`,
      )
    const { NextToken, Quotas } = answer.body as { readonly NextToken?: unknown; readonly Quotas?: unknown }
    if (Array.isArray(Quotas)) quotas.push(...Quotas.flatMap(quotaIn))
    next = typeof NextToken === 'string' ? NextToken : null
    if (next === null) break
  }
  return findingOf(look, quotas, where)
}

function findingOf({ models, region }: QuotaLook, quotas: readonly Quota[], where: string): Finding {
  const known = models.map((model) => ({ model, own: quotas.filter((quota) => isOf(quota, model)) }))
  const none = known.filter(({ own }) => own.some(({ value }) => value === 0))
  if (none.length > 0)
    return problem(
      check,
      `none of ${none.map(({ model }) => model.name).join(', ')} may be called: the quota is 0`,
      `Ask for more. ${where}`,
    )
  const told = known.flatMap(({ model, own }) =>
    own.length === 0 ? [] : [`${model.name} ${own.map(spoken).join(', ')}`],
  )
  if (told.length === 0)
    return unknown(check, `none is listed in ${region} by the names of the models`, where)
  const missing = known.filter(({ own }) => own.length === 0).map(({ model }) => model.name)
  const found = `a minute: ${told.join('; ')}`
  return missing.length === 0
    ? ok(check, found)
    : warning(check, `${found}; not listed: ${missing.join(', ')}`, where)
}

const spoken = ({ unit, value }: Quota): string => `${value.toLocaleString('en')} ${unit}`

const isOf = (quota: Quota, { kind, name }: QuotaModel): boolean =>
  quota.kind === kind && (quota.of === name || quota.of.endsWith(` ${name}`))

function quotaIn(item: unknown): readonly Quota[] {
  const { QuotaName, Value } = item as { readonly QuotaName?: unknown; readonly Value?: unknown }
  const [, way = '', unit = '', of = ''] = form.exec(typeof QuotaName === 'string' ? QuotaName : '') ?? []
  const kind = Object.entries(kinds).find(([name]) => name.toLowerCase() === way.toLowerCase())?.[1]
  if (kind === undefined || typeof Value !== 'number' || (unit !== 'requests' && unit !== 'tokens')) return []
  return [{ kind, unit, of, value: Value }]
}
