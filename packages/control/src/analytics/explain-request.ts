import { inputTokensOf, type AttemptRecord, type UsageRecord } from '@pointsman/contract'

/** A usage record in sentences: what was asked, what was decided and why, what happened, what it cost. */
export function explainRequest(record: UsageRecord): readonly string[] {
  return [
    asked(record),
    ...(record.drillId === undefined ? [] : [`It was drawn by the drill ${record.drillId}.`]),
    decided(record),
    ...record.plan.excluded.map(
      ({ modelId, gate, rule, reason }) => `${modelId} was left out (${gate}, ${rule}): ${reason}.`,
    ),
    ...(record.plan.circuitsIgnored === true
      ? ['Every candidate was held back after failures, so they were called all the same.']
      : []),
    ...record.attempts.map(attempted),
    ended(record),
    ...record.warnings.map((warning) => `Warning: ${warning}.`),
    timing(record),
    cost(record),
  ]
}

function asked({ requested, route, plan, face, stream, principal, revision }: UsageRecord): string {
  const where = route === null ? 'a model named outright' : `the route ${route}`
  // A name that was not found is neither.
  const what = route === null && plan.target === null ? '' : ` (${where})`
  return `${principal} asked for "${requested}"${what} on the face ${face}${stream ? ', streaming' : ''}; revision ${revision.number} was in force.`
}

function decided({ plan, switchId }: UsageRecord): string {
  if (plan.target === null) return 'Nothing was decided.'
  const by = switchId === null ? '' : `, set by the switch ${switchId}`
  const order =
    plan.candidates.length === 0
      ? 'no candidate was usable'
      : `the order to try was ${plan.candidates.join(', ')}`
  return `${plan.target} was decided on (${plan.reason ?? 'no reason recorded'}${by}); ${order}.`
}

function attempted(
  { drill, modelId, provider, region, startedAtMs, endedAfterMs, status, error }: AttemptRecord,
  index: number,
  attempts: readonly AttemptRecord[],
): string {
  const before = attempts[index - 1]
  const isAgain = before?.modelId === modelId && before.region === region
  const waitedMs = isAgain
    ? Math.max(0, Math.round(startedAtMs - before.startedAtMs - before.endedAfterMs))
    : 0
  const again = isAgain ? `, again after ${waitedMs} ms,` : ''
  const answer = status === null ? 'without an answer' : `with status ${status}`
  const failure = error === null ? '' : `: ${unended(error.message)} (${error.vendorName ?? error.code})`
  return `Attempt ${index + 1}: ${modelId} at ${provider} in ${region}${again} ended after ${endedAfterMs} ms ${answer}${failure}${drill === undefined ? '' : `; the drill’s doing (${drill})`}.`
}

function ended({ outcome, modelId, reason, status, error, finish }: UsageRecord): string {
  const served =
    modelId === null ? 'No model served' : `${modelId} served (${reason ?? 'no reason recorded'})`
  const how = error === null ? (finish === null ? '' : `, finish ${finish}`) : `: ${unended(error.message)}`
  return `${served}; outcome ${outcome}, status ${status ?? 'none'}${how}.`
}

/** A message that becomes part of a sentence. */
const unended = (message: string): string => message.replace(/\.$/, '')

function timing({ durationMs, firstContentAfterMs, overheadUs }: UsageRecord): string {
  const first =
    firstContentAfterMs === null ? 'no content came' : `first content after ${firstContentAfterMs} ms`
  return `It took ${durationMs} ms in all (${first}), of which ${overheadUs} µs were ours.`
}

function cost({ usage, usageEstimated, costNanoUsd, priceId, serviceTier }: UsageRecord): string {
  const tier = serviceTier === undefined ? '' : ` in the service tier ${serviceTier}`
  const tokens = `${inputTokensOf(usage) ?? 'unknown'} input and ${usage.outputTokens ?? 'unknown'} output tokens${usageEstimated ? ' (estimated)' : ''}${tier}`
  if (costNanoUsd === null) return `${tokens}; the cost is not known.`
  return `${tokens}; $${(costNanoUsd / 1e9).toFixed(9)} by the price ${priceId ?? 'that was in force'}.`
}
