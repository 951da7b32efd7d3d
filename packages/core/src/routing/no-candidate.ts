import { PointsmanError, type ErrorCode, type Exclusion, type Plan } from '@pointsman/contract'

/** Reasons that no setting of credentials mends, and that stand beside them in any ordinary catalogue. */
const standingRules: ReadonlySet<string> = new Set(['end-of-life', 'no-adapter', 'disabled', 'unknown-model'])

/** Chats and embeddings are asked of models made for them: no other time and no setting mends that. */
const purposeRules: ReadonlySet<string> = new Set(['not-a-chat-model', 'not-an-embedding-model'])

/** They look at the model, the request and the key alone: what they refuse once they refuse again. */
const lastingGates: ReadonlySet<Exclusion['gate']> = new Set(['capable', 'resident', 'permitted'])

/** Where every candidate is left out until a person changes something, asking again is in vain. */
const isLasting = (excluded: readonly Exclusion[]): boolean =>
  excluded.length > 0 && excluded.every(({ gate, rule }) => lastingGates.has(gate) || standingRules.has(rule))

function codeFor({ excluded, target }: Plan): ErrorCode {
  if (excluded.some(({ modelId, rule }) => modelId === target && purposeRules.has(rule)))
    return 'invalid_request'
  const mendable = excluded.filter(({ rule }) => !standingRules.has(rule))
  const allForbidden = mendable.length > 0 && mendable.every(({ gate }) => gate === 'permitted')
  if (allForbidden && mendable.some(({ rule }) => rule === 'price-unknown')) return 'limit_reached'
  if (excluded.length > 0 && excluded.every(({ gate }) => gate === 'permitted')) return 'forbidden'
  const onlyCredentials = mendable.length > 0 && mendable.every(({ rule }) => rule === 'credentials-missing')
  return onlyCredentials ? 'credentials_missing' : 'no_candidate'
}

/** Whatever else stands beside it in any ordinary catalogue: a shorter request would be served. */
function isTooLong(excluded: readonly Exclusion[]): boolean {
  const mendable = excluded.filter(({ rule }) => !standingRules.has(rule))
  return mendable.length > 0 && mendable.every(({ rule }) => rule === 'context-too-long')
}

/**
 * The words by which clients know that they have to shorten a conversation, whatever the status: Anthropic's and OpenAI's own
 * (LangChain `ContextOverflowError`, Claude Code, pi `overflow.ts`; 2026-11).
 */
const tooLong = (requested: string): string =>
  `The prompt is too long: it exceeds the context window of every model that can serve ${requested}`

const heads: { readonly [Code in ErrorCode]?: (requested: string) => string } = {
  forbidden: (requested) => `The key does not allow ${requested}`,
  invalid_request: (requested) => `${requested} is not made for what is asked of it`,
}

/** A price is entered by a person: to ask again much sooner is in vain. */
const pricedAgainMs = 3_600_000

/** Models that share a reason stand before it together; a reason that names its model stands alone. */
function reasonsInWords(excluded: readonly Exclusion[]): string {
  const modelsByReason = new Map<string, string[]>()
  for (const { modelId, reason } of excluded) {
    const models = modelsByReason.get(reason) ?? []
    if (!reason.includes(modelId)) models.push(modelId)
    modelsByReason.set(reason, models)
  }
  return [...modelsByReason]
    .map(([reason, models]) => (models.length === 0 ? reason : `${models.join(', ')}: ${reason}`))
    .join('; ')
}

/**
 * The error for a plan without candidates, each one with the reason it was left out: `credentials_missing`
 * where credentials are what is missing (the reasons name the variables), `forbidden` where the key is what
 * forbids, `limit_reached` where its spend is limited and no price is known, `invalid_request` where the model is not made for what is asked, else `no_candidate`. `details.data.excluded` has the same for programs.
 */
export function explainNoCandidate(plan: Plan): PointsmanError {
  const { requested, target, excluded } = plan
  const code = codeFor(plan)
  const exceedsAll = isTooLong(excluded)
  const head = exceedsAll ? tooLong : (heads[code] ?? ((name: string) => `No model can serve ${name} now`))
  return new PointsmanError(code, `${head(requested)}: ${reasonsInWords(excluded)}.`, {
    ...(code === 'invalid_request' ? { field: 'model' } : {}),
    ...(exceedsAll ? { tooLong: true } : {}),
    data: { requested, target, excluded },
    ...(code === 'no_candidate' && isLasting(excluded) ? { retryable: false } : {}),
    ...(code === 'limit_reached' ? { retryAfterMs: pricedAgainMs } : {}),
  })
}
