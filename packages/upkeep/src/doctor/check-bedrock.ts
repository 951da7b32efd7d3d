import { failureWords } from '@pointsman/contract'
import type { BedrockAnswer } from './bedrock-answer.ts'
import { checkQuotas, type QuotaLook } from './check-quotas.ts'
import { clockFinding } from './check-vendors.ts'
import { ok, problem, unknown, warning, type Finding } from './finding.ts'

export interface BedrockLook {
  /** What to set; null = a credential is there. */
  readonly missing: string | null
  /** Why none was found, in the words of who looked; null = nobody looked. */
  readonly whyMissing: string | null
  readonly region: string
  /** A GET of its control plane, signed; rejects where it cannot be reached. */
  readonly ask: (path: string, query: { readonly [name: string]: string }) => Promise<BedrockAnswer>
  /** What the catalogue's routes lead to. */
  readonly wanted: readonly WantedModel[]
  readonly quotas: QuotaLook
}

export interface WantedModel {
  readonly upstreamId: string
  /** Access is given to a base model, whatever profile it is called through. */
  readonly baseId: string
}

const probe = 'With a server running: pointsman validate MODEL --probe makes a call of one token.'
const maxPages = 20

/** What the credential opens: whether it is taken, which models the region has, to which the account has access. Costs nothing. */
export async function checkBedrock(look: BedrockLook, nowMs: () => number): Promise<readonly Finding[]> {
  const name = 'bedrock credentials'
  if (look.missing !== null)
    return [
      warning(
        name,
        look.whyMissing === null ? 'none' : `none: ${look.whyMissing}`,
        `Set ${look.missing}, if its models are to be called.`,
      ),
    ]
  let listed: Listed
  try {
    listed = await listedIn(look)
  } catch (error) {
    const found = `the control plane of ${look.region} cannot be reached (${failureWords(error)})`
    return [problem(name, found, 'Look at the network and AWS_ENDPOINT_URL_BEDROCK.')]
  }
  const { refused } = listed
  const skew = clockFinding('bedrock', listed.date, nowMs())
  if (refused !== null && isWrongCredential(refused))
    return [
      problem(name, `refused: ${wordsOf(refused)}`, 'Renew them, or set those of the right account.'),
      ...skew,
    ]
  return [
    ok(name, 'taken'),
    refused === null ? offerFinding(look, listed.ids) : mayNot('bedrock models', 'list them', refused),
    await accessFinding(look),
    await checkQuotas(look.quotas).catch((error: unknown) =>
      unknown(
        'bedrock quotas',
        `Service Quotas cannot be reached (${String(error)})`,
        'Look at the network and AWS_ENDPOINT_URL_SERVICE_QUOTAS.',
      ),
    ),
    ...skew,
  ]
}

interface Listed {
  readonly ids: ReadonlySet<string>
  readonly refused: BedrockAnswer | null
  readonly date: string | null
}

async function listedIn({ ask }: BedrockLook): Promise<Listed> {
  const models = await ask('/foundation-models', {})
  const { date } = models
  if (models.status !== 200) return { ids: new Set(), refused: models, date }
  const ids = new Set(idsIn(models.body, 'modelSummaries', 'modelId'))
  let next: string | null = null
  for (let page = 0; page < maxPages; page += 1) {
    const query = { maxResults: '1000', ...(next === null ? {} : { nextToken: next }) }
    const profiles = await ask('/inference-profiles', query)
    if (profiles.status !== 200) return { ids, refused: profiles, date }
    for (const id of idsIn(profiles.body, 'inferenceProfileSummaries', 'inferenceProfileId')) ids.add(id)
    next = textAt(profiles.body, ['nextToken'])
    if (next === null) break
  }
  return { ids, refused: null, date }
}

function offerFinding({ region, wanted }: BedrockLook, ids: ReadonlySet<string>): Finding {
  const missing = wanted.filter(({ upstreamId }) => !ids.has(upstreamId))
  if (missing.length === 0)
    return ok('bedrock models', `${ids.size} in ${region}, all that routes lead to among them`)
  return warning(
    'bedrock models',
    `not in ${region}: ${missing.map(({ upstreamId }) => upstreamId).join(', ')}`,
    'Lead the routes to others, or set BEDROCK_REGION to a region that has them.',
  )
}

async function accessFinding({ ask, region, wanted }: BedrockLook): Promise<Finding> {
  const check = 'bedrock access'
  const closed: string[] = []
  for (const baseId of new Set(wanted.map((model) => model.baseId))) {
    const answer = await ask(`/foundation-model-availability/${encodeURIComponent(baseId)}`, {})
    // Of a model that the region does not have the look before this one tells.
    if (answer.errorName === 'ValidationException' || answer.errorName === 'ResourceNotFoundException')
      continue
    if (answer.status !== 200) return mayNot(check, 'ask for it', answer)
    const why = whyClosed(answer.body)
    if (why !== null) closed.push(`${baseId} (${why})`)
  }
  if (closed.length === 0)
    return ok(check, `the account may use what routes lead to; what its role may, pointsman iam check tells`)
  return warning(
    check,
    `not open to the account: ${closed.join(', ')}`,
    `Accept their agreements: AWS console, Amazon Bedrock, Model access, region ${region}; or lead the routes to others.`,
  )
}

/** As GetFoundationModelAvailability has it (AWS's SDK 3.1162.0). */
function whyClosed(body: unknown): string | null {
  const agreement = textAt(body, ['agreementAvailability', 'status'])
  if (agreement !== 'AVAILABLE') return `agreement ${spoken(agreement)}`
  if (textAt(body, ['authorizationStatus']) !== 'AUTHORIZED') return 'not authorised'
  if (textAt(body, ['entitlementAvailability']) !== 'AVAILABLE') return 'no entitlement'
  return textAt(body, ['regionAvailability']) === 'AVAILABLE' ? null : 'not in this region'
}

const spoken = (status: string | null): string => (status ?? 'unknown').toLowerCase().replaceAll('_', ' ')

/** A right that the credential lacks says nothing of the models. */
const mayNot = (check: string, what: string, refused: BedrockAnswer): Finding =>
  refused.errorName === 'AccessDeniedException'
    ? unknown(
        check,
        `this credential may not ${what}`,
        `Give it the rights of pointsman iam policy and bedrock:GetFoundationModelAvailability. ${probe}`,
      )
    : unknown(check, `asked for, and answered with ${wordsOf(refused)}`, `Try again. ${probe}`)

/** An API key that is wrong is told by the name that a missing right has too. */
const isWrongCredential = ({ errorName, message, status }: BedrockAnswer): boolean =>
  errorName === 'AccessDeniedException'
    ? /authentication failed|api key/i.test(message)
    : status === 401 || status === 403

const wordsOf = ({ errorName, message, status }: BedrockAnswer): string =>
  errorName === null
    ? `status ${status}`
    : `${errorName}${message === '' ? '' : `, ${message.slice(0, 200)}`}`

function textAt(body: unknown, path: readonly string[]): string | null {
  let at = body
  for (const member of path) at = (at as { readonly [name: string]: unknown } | null | undefined)?.[member]
  return typeof at === 'string' ? at : null
}

function idsIn(body: unknown, list: string, member: string): readonly string[] {
  const items = (body as { readonly [name: string]: unknown } | null | undefined)?.[list]
  return Array.isArray(items) ? items.flatMap((item: unknown) => textAt(item, [member]) ?? []) : []
}
