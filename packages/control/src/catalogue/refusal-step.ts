import type { ErrorCode, Refusal, RefusalKind } from '@pointsman/contract'
import { lifecycleStatusAt, standIn, type CompiledModel, type CompiledSnapshot } from '@pointsman/core'
import type { ProviderFacts } from '../ports.ts'
import { mendingStep } from '../secrets/mending-step.ts'

export interface StepContext {
  readonly snapshot: CompiledSnapshot
  readonly nowMs: number
  /** What is known of the providers' keys; empty = nothing. */
  readonly facts: readonly ProviderFacts[]
}

/** How a probe failed; null = no call was refused: none was made, or it never ended. */
export interface Failed {
  readonly code: ErrorCode
  readonly refusal: Refusal | null
}

/** What an operator does about a model that does not answer, in one or two sentences; commands as they are typed. */
export function stepAfter({ code, refusal }: Failed, model: CompiledModel, context: StepContext): string {
  const provider = context.facts.find(({ id }) => id === model.provider)
  if (
    code === 'credentials_missing' ||
    refusal?.kind === 'credential' ||
    refusal?.kind === 'credential-missing'
  )
    return provider === undefined ? keyStep(model) : `${mendingStep(keyCode(code), provider, model)}.`
  if (refusal === null)
    return code === 'no_candidate'
      ? `See what is known of it: \`pointsman models show ${model.id}\`.`
      : 'Try again; if it stays so, look at the log of the server.'
  return steps[refusal.kind](refusal, model, context)
}

const keyCode = (code: ErrorCode): ErrorCode =>
  code === 'credentials_missing' ? code : ('provider_auth' satisfies ErrorCode)

const keyStep = ({ provider }: CompiledModel): string =>
  `Look at the key of ${provider}: \`pointsman providers test ${provider}\`.`

const steps: {
  readonly [kind in RefusalKind]: (refusal: Refusal, model: CompiledModel, context: StepContext) => string
} = {
  'profile-needed': ({ region }, model, { snapshot }) => profileStep(model, region, snapshot),
  'end-of-life': (_refusal, model) => endedStep(model),
  'unknown-model': ({ region }, model, { nowMs }) =>
    lifecycleStatusAt(model, nowMs) === 'eol' ? endedStep(model) : unknownStep(model, region),
  region: ({ region }, model) => regionStep(model, region),
  'no-access': ({ region }, model) =>
    model.kind === 'direct'
      ? `Ask ${model.provider} for access to ${model.upstreamId}, or give it a key of an account that has it.`
      : `Request access to ${model.name} on the page “Model access” of the Bedrock console in ${region}; some vendors want a form filled in there first. Then probe it again.`,
  'not-permitted': permissionStep,
  throttled: ({ region }, { provider }) =>
    `Try again in a minute. If it stays so, the account’s rate for this model is used up${region === 'global' ? '' : ` in ${region}`}: ask ${provider} for more, and give its routes fallbacks.`,
  quota: ({ region }, { provider }) =>
    region === 'global'
      ? `The account’s quota is used up: raise it, or add credit, at ${provider}.`
      : `The account’s quota is used up: ask for more in Service Quotas, Amazon Bedrock, ${region}, and give its routes fallbacks.`,
  credential: (_refusal, model) => keyStep(model),
  'credential-missing': (_refusal, model) => keyStep(model),
  overloaded: (_refusal, { provider }) =>
    `Nothing here is wrong: ${provider} is not well with this model. Try again, and give its routes fallbacks.`,
  unreachable: (_refusal, { provider }) =>
    `Look at the network between this server and ${provider}, and at the address that is set for it (\`pointsman providers list\`).`,
  request: (_refusal, { id }) =>
    `It is there and takes no such request: look at its entry (\`pointsman models show ${id}\`).`,
  other: (_refusal, { provider }) =>
    `Ask ${provider} with the id of the call (\`pointsman usage records\`), and look at its words: \`pointsman providers test ${provider}\`.`,
}

/** Profiles of the model that can be called from the region, that which stands in for its base id first. */
function profileStep(model: CompiledModel, region: string, snapshot: CompiledSnapshot): string {
  const base = model.baseModelId ?? model.upstreamId
  const preferred = standIn(snapshot, { ...model, kind: 'foundation-model', sourceRegions: [] }, region)
  const profiles = [...snapshot.models.values()].filter(
    (other) =>
      other.baseModelId === base &&
      other.id !== model.id &&
      (other.sourceRegions?.includes(region) === true || other.kind === 'global-profile'),
  )
  const [first] = [
    ...profiles.filter(({ id }) => id === preferred.id),
    ...profiles.filter(({ enabled }) => enabled),
    ...profiles,
  ]
  if (first === undefined)
    return `${region} serves it through an inference profile alone: \`pointsman models sync --region ${region} --apply\` adds it.`
  const off = first.enabled ? '' : ` (off: \`pointsman models enable ${first.id}\`)`
  return `${region} serves it through an inference profile alone: use ${first.id}${off}.`
}

function endedStep({ id, lifecycle }: CompiledModel): string {
  const next =
    lifecycle.replacement === null
      ? '`pointsman lifecycle` shows what hangs on it'
      : `switch its routes to ${lifecycle.replacement} (\`pointsman lifecycle\` shows them)`
  return `It is gone: ${next}, then \`pointsman models disable ${id}\`.`
}

function regionStep({ sourceRegions }: CompiledModel, region: string): string {
  const others = (sourceRegions ?? []).filter((other) => other !== region)
  const elsewhere = others.length === 0 ? '' : ` It can be called from ${others.join(', ')} (BEDROCK_REGION).`
  return `It is not served from ${region}.${elsewhere} \`pointsman models sync --region ${region}\` shows what is.`
}

function unknownStep(model: CompiledModel, region: string): string {
  if (model.kind !== 'direct') return regionStep(model, region)
  return `${model.provider} does not know ${model.upstreamId}, or not with this key: correct its upstream id, or ask for access to it.`
}

/** A profile that is allowed is not enough: the model behind it is asked for where AWS routes to. */
function permissionStep({ refusedIn, region }: Refusal, model: CompiledModel): string {
  const where = refusedIn === null ? '' : ` in ${refusedIn}`
  const led = refusedIn === null || refusedIn === region ? '' : ', to which its profile leads'
  return `The role may not call ${model.baseModelId ?? model.upstreamId}${where}${led}: apply the output of \`pointsman iam policy\`; \`pointsman iam check\` tells what a policy lacks. Where that is done, a policy of the organisation denies it, which must allow each region to which AWS routes.`
}
