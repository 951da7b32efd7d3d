import {
  PointsmanError,
  type Candidate,
  type ChatCall,
  type Provider,
  type UpstreamFailure,
} from '@pointsman/contract'
import type { CompiledModel } from '@pointsman/core'
import type { Dialect } from '@pointsman/wire'
import { ownFailure } from './answer-receiver.ts'
import type { Run } from './run.ts'

/** A candidate with all that calling it needs. */
export interface PreparedCandidate {
  readonly candidate: Candidate
  readonly model: CompiledModel
  readonly provider: Provider
  /** The provider's own. */
  readonly dialect: Dialect
  /** Face and provider speak the same: bytes pass untouched. */
  readonly sameDialect: boolean
  readonly body: Uint8Array
  readonly warnings: readonly string[]
}

/** `unfit`: this model cannot honour the request, another may. `failed`: the candidate cannot be called at all. */
export type Preparation =
  | { readonly kind: 'ready'; readonly prepared: PreparedCandidate }
  | { readonly kind: 'unfit'; readonly error: PointsmanError }
  | { readonly kind: 'failed'; readonly failure: UpstreamFailure }

/**
 * Writes the request for one candidate. Throws what is wrong with the request itself (`invalid_request`, …): no
 * candidate could mend that.
 */
export function prepare(run: Run, candidate: Candidate): Preparation {
  const { job, engine } = run
  const model = job.snapshot.models.get(candidate.modelId)
  const provider = engine.providers.get(candidate.provider)
  const dialect = provider === undefined ? undefined : engine.dialects.get(provider.dialect)
  if (model === undefined || provider === undefined || dialect === undefined) {
    return {
      kind: 'failed',
      failure: ownFailure('upstream_model_unavailable', missingPart(candidate, { model, provider })),
    }
  }
  const target = { upstreamId: candidate.upstreamId, model }
  const sameDialect = dialect.name === job.face.name
  try {
    const written = sameDialect
      ? { body: job.face.passRequest(job.scanned, target), warnings: [] }
      : dialect.writeRequest(neutralCall(run), target)
    const warnings = [...candidate.warnings, ...written.warnings]
    const { body } = written
    return { kind: 'ready', prepared: { candidate, model, provider, dialect, sameDialect, body, warnings } }
  } catch (thrown) {
    if (thrown instanceof PointsmanError && thrown.code === 'unsupported_parameter') {
      return { kind: 'unfit', error: thrown }
    }
    throw thrown
  }
}

/** Read once, for all candidates that need it. */
function neutralCall(run: Run): ChatCall {
  run.neutralCall ??= run.job.face.readRequest(run.job.scanned)
  return run.neutralCall
}

function missingPart(
  { modelId, provider: providerId }: Candidate,
  found: { readonly model: CompiledModel | undefined; readonly provider: Provider | undefined },
): string {
  if (found.model === undefined) return `Model ${modelId} is in the plan but not in the snapshot.`
  if (found.provider === undefined) return `This server has no part that speaks to provider ${providerId}.`
  return `This server does not know the dialect ${found.provider.dialect} of provider ${providerId}.`
}
