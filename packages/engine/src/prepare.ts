import {
  PointsmanError,
  type BodyBytes,
  type Candidate,
  type ChatCall,
  type EmbedCall,
  type Operation,
  type Provider,
  type ServedTier,
  type UpstreamFailure,
} from '@pointsman/contract'
import type { CompiledModel } from '@pointsman/core'
import { refusalIn, warningIn, writtenTier, type Dialect, type WriteTarget } from '@pointsman/wire'
import { ownFailure } from './answer-receiver.ts'
import { dialectFor, formOf, type OpenForm } from './forms.ts'
import type { Job } from './job.ts'
import { joinedLists } from './joined-lists.ts'
import type { Run } from './run.ts'

/** A candidate with all that calling it needs. */
export interface PreparedCandidate {
  readonly candidate: Candidate
  readonly model: CompiledModel
  readonly provider: Provider
  /** The provider's own. */
  readonly dialect: Dialect
  /** How the provider's dialect and the face's read and write this operation. */
  readonly form: OpenForm
  readonly faceForm: OpenForm
  /** Face and provider speak the same: bytes pass untouched. */
  readonly sameDialect: boolean
  /** Empty once the answer has begun: it is sent to nobody else. */
  body: BodyBytes
  /** The stream's usage was asked for by us: it is not passed on. */
  readonly hideUsage: boolean
  /** The service tier that this request asks for by name, as it is sent: what is billed where the answer tells none. */
  readonly askedTier: ServedTier | null
  /** So many answers are asked for in one. */
  readonly answers: number
  readonly warnings: readonly string[]
  /** Headers of the provider's dialect, flat: the caller's own where it speaks that, and what its body held for them. */
  readonly headers: readonly string[]
}

/** `unfit`: this model cannot honour the request, another may. `failed`: the candidate cannot be called at all. */
export type Preparation =
  | { readonly kind: 'ready'; readonly prepared: PreparedCandidate }
  | { readonly kind: 'unfit'; readonly error: PointsmanError }
  | { readonly kind: 'failed'; readonly failure: UpstreamFailure }

const none: readonly string[] = []
/** Vendors have tiers of these alone. */
const chats: ReadonlySet<Operation> = new Set(['chat', 'chat-stream'])

/**
 * Writes the request for one candidate. Throws what is wrong with the request itself (`invalid_request`, …): no
 * candidate could mend that.
 */
export function prepare(run: Run, candidate: Candidate): Preparation {
  const { job } = run
  const { face, operation, scanned } = job
  const found = findParts(run, candidate)
  if ('problem' in found) {
    return { kind: 'failed', failure: ownFailure('upstream_model_unavailable', found.problem) }
  }
  if ('unfit' in found) return { kind: 'unfit', error: found.unfit }
  const { dialect, form, model, provider, sameDialect, target } = found
  const faceForm = formOf(face, operation)
  if (faceForm === null) throw new PointsmanError('internal', `The face ${face.name} has no ${operation}.`)
  try {
    let body: BodyBytes
    let hideUsage = false
    let answers = 1
    let told = none
    let headers = dialect.name === face.name ? job.callerHeaders : none
    let askedTier = chats.has(operation) ? (face.askedTier?.(scanned.json, job.callerHeaders) ?? null) : null
    if (sameDialect) ({ body, hideUsage, answers = 1 } = faceForm.passRequest(scanned, target))
    else {
      const written = form.writeRequest(neutralCall(run, faceForm), target)
      body = written.body
      told = written.warnings.map((warning) => warningIn(face.name, scanned.json, warning))
      if (dialect.name !== face.name) told = joinedLists(judgeHeaders(job, written.headerWords ?? none), told)
      headers = joinedLists(headers, written.headers ?? none)
      if (askedTier !== null) askedTier = writtenTier(dialect, written.body)
    }
    const warnings = joinedLists(candidate.warnings, told)
    const prepared = {
      candidate,
      model,
      provider,
      dialect,
      form,
      faceForm,
      sameDialect,
      body,
      hideUsage,
      askedTier,
      answers,
      warnings,
      headers,
    }
    return { kind: 'ready', prepared }
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError)) throw thrown
    const error = refusalIn(face.name, scanned.json, thrown)
    if (error.code === 'unsupported_parameter') return { kind: 'unfit', error }
    throw error
  }
}

/**
 * Whether the caller's bytes may go to this model. What the model that it named refuses, the vendor tells the caller; what
 * a model refuses that it did not choose, it could not know.
 */
function bytesPass(run: Run, candidate: Candidate, target: WriteTarget): boolean {
  const { face, scanned } = run.job
  if (scanned.marked || face.takesBytes?.(scanned, target) === false) return false
  return run.reasonOf(candidate) === 'explicit' || face.takesSteered?.(scanned, target) !== false
}

/**
 * The caller's headers that only the face's own dialect has a place for: warnings of what is left out, which is all but
 * the words that the body says. Throws `unsupported_parameter` for one whose loss would change the answer's meaning, such
 * as a guardrail.
 */
function judgeHeaders({ callerHeaders, face }: Job, said: readonly string[]): readonly string[] {
  if (callerHeaders.length === 0) return none
  const present = face.requestHeaders.flatMap(({ name, elsewhere }) => {
    // Flat: names stand at the even places.
    const at = callerHeaders.findIndex((text, index) => index % 2 === 0 && text === name)
    return at < 0 ? [] : [{ name, elsewhere, value: callerHeaders[at + 1] ?? '' }]
  })
  const refused = present.find(({ elsewhere }) => elsewhere === 'refuse')
  if (refused !== undefined) {
    throw new PointsmanError(
      'unsupported_parameter',
      `The header ${refused.name} has no counterpart for this model; leave it out, or name a model that ${face.name} reaches.`,
      { field: refused.name },
    )
  }
  return present.flatMap(({ name, elsewhere, value }) => {
    const words = value.split(',').map((word) => word.trim())
    const lost = words.filter((word) => !said.includes(word))
    if (elsewhere !== 'warn' || lost.length === 0) return []
    const what = lost.length === words.length ? 'it' : 'what of it the body does not say'
    return [`${name}: this model's API has no such header; ${what} was left out`]
  })
}

interface Parts {
  readonly target: WriteTarget
  readonly model: CompiledModel
  readonly provider: Provider
  readonly sameDialect: boolean
  readonly dialect: Dialect
  readonly form: OpenForm
}

/** All that calling a candidate needs; or the part of this server that is missing; or why it cannot serve such a request. */
function findParts(
  run: Run,
  candidate: Candidate,
): Parts | { readonly problem: string } | { readonly unfit: PointsmanError } {
  const { engine, job } = run
  const { modelId, provider: providerId } = candidate
  const model = job.snapshot.models.get(modelId)
  if (model === undefined) return { problem: `Model ${modelId} is in the plan but not in the snapshot.` }
  const provider = engine.providers.get(providerId)
  if (provider === undefined) {
    return { problem: `This server has no part that speaks to provider ${providerId}.` }
  }
  const { operation, face, scanned } = job
  const target = { upstreamId: candidate.upstreamId, model }
  const passes = (): boolean => bytesPass(run, candidate, target)
  const { needs } = scanned
  const nearest = face.nearestDialect?.(scanned) ?? null
  const taken = dialectFor(provider, { face: face.name, operation, model, needs, nearest, passes })
  if (taken === null) {
    const why = `Provider ${providerId} has no ${operationWords[operation]} for ${modelId}; name a model that has.`
    return { unfit: new PointsmanError('unsupported_parameter', why, { field: 'model' }) }
  }
  const dialect = engine.dialects.get(taken.name)
  const form = dialect === undefined ? null : formOf(dialect, operation)
  if (dialect === undefined || form === null) {
    return { problem: `This server does not know the dialect ${taken.name} of provider ${providerId}.` }
  }
  return { target, model, provider, sameDialect: taken.passes, dialect, form }
}

const operationWords: { readonly [Name in Operation]: string } = {
  chat: 'chat',
  'chat-stream': 'streamed chat',
  embed: 'embeddings',
  'count-tokens': 'token count',
}

/** Read once, for all candidates that need it. */
function neutralCall(run: Run, form: OpenForm): ChatCall | EmbedCall {
  run.neutralCall ??= form.readRequest(run.job.scanned)
  return run.neutralCall
}
