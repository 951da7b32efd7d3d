import type { JsonValue } from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { besideTokens } from '../unpriced.ts'

/** Words and patterns are looked for without a charge (aws.amazon.com, Bedrock pricing, guardrails, 2026-11). */
const billedUnits = [
  'topicPolicyUnits',
  'contentPolicyUnits',
  'contentPolicyImageUnits',
  'sensitiveInformationPolicyUnits',
  'contextualGroundingPolicyUnits',
  'automatedReasoningPolicyUnits',
]

/** `inputAssessment` has one for each guardrail, `outputAssessments` a list. */
const assessmentsOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  isJsonObject(value) ? Object.values(value).flatMap((one) => (isJsonArray(one) ? one : [one])) : []

function unitsOf(assessment: JsonValue): number {
  const metrics = isJsonObject(assessment) ? assessment['invocationMetrics'] : undefined
  const usage = isJsonObject(metrics) ? metrics['usage'] : undefined
  if (!isJsonObject(usage)) return 0
  const counts = billedUnits.map((name) => numberOf(usage[name]) ?? 0)
  return counts.reduce((sum, count) => (Number.isSafeInteger(count) && count > 0 ? sum + count : sum), 0)
}

/**
 * Units of text and images that a guardrail looked at, which are billed beside the tokens. Told where the request asked for a trace
 * (docs.aws.amazon.com, `GuardrailTraceAssessment` and `GuardrailUsage`, 2026-11); otherwise no answer says so.
 */
export function guardrailExtras(trace: JsonValue | undefined): readonly string[] {
  const guardrail = isJsonObject(trace) ? trace['guardrail'] : undefined
  if (!isJsonObject(guardrail)) return []
  const assessments = [guardrail['inputAssessment'], guardrail['outputAssessments']].flatMap(assessmentsOf)
  const units = assessments.reduce<number>((sum, one) => sum + unitsOf(one), 0)
  return units === 0 ? [] : [besideTokens('guardrail units', units)]
}
