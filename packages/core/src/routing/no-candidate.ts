import { PointsmanError, type ErrorCode, type Exclusion, type Plan } from '@pointsman/contract'

/** Reasons that no setting of credentials mends, and that stand beside them in any ordinary catalogue. */
const standingRules: ReadonlySet<string> = new Set(['end-of-life', 'no-adapter', 'disabled', 'unknown-model'])

function codeFor(excluded: readonly Exclusion[]): ErrorCode {
  if (excluded.length > 0 && excluded.every(({ gate }) => gate === 'permitted')) return 'forbidden'
  const mendable = excluded.filter(({ rule }) => !standingRules.has(rule))
  const onlyCredentials = mendable.length > 0 && mendable.every(({ rule }) => rule === 'credentials-missing')
  return onlyCredentials ? 'credentials_missing' : 'no_candidate'
}

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
 * forbids, else `no_candidate`. `details.data.excluded` has the same for programs.
 */
export function explainNoCandidate(plan: Plan): PointsmanError {
  const { requested, target, excluded } = plan
  const code = codeFor(excluded)
  const head =
    code === 'forbidden' ? `The key does not allow ${requested}` : `No model can serve ${requested} now`
  return new PointsmanError(code, `${head}: ${reasonsInWords(excluded)}.`, {
    data: { requested, target, excluded },
  })
}
