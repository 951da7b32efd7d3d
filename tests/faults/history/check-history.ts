import type { AttemptRecord, UsageRecord } from '@pointsman/contract'
import type { ClientEntry } from './recorder.ts'
import { isCalledAs, type VendorCall } from './vendor.ts'

/** A switch of a route that the test made. */
export interface RouteChange {
  /** As requests name it: `use-case/clinical`. */
  readonly route: string
  readonly revision: number
  readonly model: string
}

export interface Evidence {
  readonly clients: readonly ClientEntry[]
  readonly calls: readonly VendorCall[]
  readonly records: readonly UsageRecord[]
  /** Of all requests of the server's life; left out: not looked at. */
  readonly totals?: { readonly requests: number; readonly inputTokens: number; readonly outputTokens: number }
  readonly kills?: readonly number[]
}

export interface CheckOptions {
  /** What routes resolved to before the first switch; left out: targets are not looked at. */
  readonly before?: ReadonlyMap<string, string>
  readonly switches?: readonly RouteChange[]
  /** Records of others than the recorder's clients are expected: those without a mark are passed over. */
  readonly others?: boolean
}

/** What a request's three sides are, joined by its mark. */
interface Joined {
  readonly client: ClientEntry
  readonly records: readonly UsageRecord[]
  readonly calls: readonly VendorCall[]
}

/** How long before a kill a request may have been sent without leaving a trace. */
const unwrittenMs = 5_000

/** What goes against a rule (`index.ts` names them), in words that begin with the rule; empty = all hold. */
export function checkHistory(evidence: Evidence, options: CheckOptions = {}): readonly string[] {
  const recordsOf = Map.groupBy(evidence.records, markOf)
  const callsOf = Map.groupBy(evidence.calls, ({ marker }) => marker)
  const joined = evidence.clients.map((client) => ({
    client,
    records: recordsOf.get(client.mark) ?? [],
    calls: callsOf.get(client.mark) ?? [],
  }))
  return [
    ...strayRecords(evidence, options),
    ...joined.flatMap((one) => [
      ...recordsOfOne(one, evidence.kills ?? []),
      ...one.records.flatMap((record) => [
        ...outcome(one.client, record),
        ...attempts(record, one.calls),
        ...billed(one, record),
        ...cost(record),
        ...target(one, record, options),
      ]),
    ]),
    ...totals(evidence),
  ]
}

/** Which client's request a record is of; null = of nobody's. */
export const markOf = ({ tags }: UsageRecord): string | null =>
  tags.find((tag) => tag.startsWith('mark-')) ?? null

function strayRecords({ clients, records }: Evidence, { others }: CheckOptions): readonly string[] {
  const marks = new Set<string | null>(clients.map(({ mark }) => mark))
  const ids = Map.groupBy(records, ({ requestId }) => requestId)
  return [
    ...[...ids].filter(([, same]) => same.length > 1).map(([id]) => `no-request: ${id} stands twice`),
    ...records
      .filter((record) => !marks.has(markOf(record)) && !(others === true && markOf(record) === null))
      .map(({ requestId }) => `no-request: the record ${requestId} is of no request`),
  ]
}

function recordsOfOne({ client, records, calls }: Joined, kills: readonly number[]): readonly string[] {
  const { end, mark, requestId, status } = client
  const said = `${mark} (${client.face} ${client.requested}, ${end ?? 'never ended'}, ${status ?? 'no status'})`
  if (records.length > 1) return [`one-record: ${said} has ${records.length} records`]
  const [record] = records
  if (record !== undefined) {
    const isOther = requestId !== null && record.requestId !== requestId
    return isOther ? [`one-record: ${said} was told ${requestId} and is recorded as ${record.requestId}`] : []
  }
  if (end === 'ok' || end === 'fail') {
    const may = calls.length === 0 && (status === 401 || status === 503)
    return may ? [] : [`one-record: ${said} has none: ${client.problem ?? requestId ?? ''}`]
  }
  if (calls.length === 0) return []
  const near = kills.some((at) => client.invokedAtMs <= at && at - client.invokedAtMs < unwrittenMs)
  return near ? [] : [`unknown: ${said} reached the vendor ${calls.length} times and has no record`]
}

function outcome({ end, mark, status }: ClientEntry, record: UsageRecord): readonly string[] {
  const fits =
    end === 'ok'
      ? record.outcome === 'ok'
      : end === 'fail'
        ? record.outcome !== 'ok' && record.outcome !== 'unknown'
        : true
  const told = end === 'ok' || end === 'fail' ? record.status === status : true
  return [
    ...(fits ? [] : [`outcome: ${mark} is ${end} for its client and ${record.outcome} in its record`]),
    ...(told ? [] : [`outcome: ${mark} was answered ${status} and is recorded with ${record.status}`]),
  ]
}

/** Errors of attempts that need not have reached the vendor. */
const unsent = new Set(['upstream_unreachable', 'upstream_timeout_connect', 'client_closed', 'provider_auth'])

function attempts(record: UsageRecord, calls: readonly VendorCall[]): readonly string[] {
  if (record.outcome === 'unknown') return []
  const { attempts: listed, requestId } = record
  const ids = new Set(calls.map((call) => call.requestId))
  const strange = listed.filter(
    ({ upstreamRequestId }) => upstreamRequestId !== null && !ids.has(upstreamRequestId),
  )
  const mustBe = listed.filter(({ error }) => error === null || !unsent.has(error.code))
  return [
    ...strange.map(
      (one) => `attempts: ${requestId} names a call ${one.upstreamRequestId} that the vendor does not know`,
    ),
    ...(calls.length > listed.length
      ? [`attempts: ${requestId} lists ${listed.length} and the vendor was called ${calls.length} times`]
      : []),
    ...(calls.length < mustBe.length
      ? [
          `attempts: ${requestId} lists ${mustBe.length} that were sent and the vendor was called ${calls.length} times`,
        ]
      : []),
  ]
}

/** The call behind an attempt: by the vendor's id, else by its place among as many. */
function callOf(
  record: UsageRecord,
  attempt: AttemptRecord,
  calls: readonly VendorCall[],
): VendorCall | null {
  if (attempt.upstreamRequestId !== null) {
    return calls.find(({ requestId }) => requestId === attempt.upstreamRequestId) ?? null
  }
  return calls.length === record.attempts.length ? (calls[record.attempts.indexOf(attempt)] ?? null) : null
}

/** 2 %, or one token where that is more. */
const isNear = (told: number, emitted: number): boolean =>
  Math.abs(told - emitted) <= Math.max(1, Math.ceil(emitted * 0.02))

function billed({ client, calls }: Joined, record: UsageRecord): readonly string[] {
  const attempt = record.attempts.at(-1)
  if (record.modelId === null || attempt === undefined || record.operation === 'count-tokens') return []
  const call = callOf(record, attempt, calls)
  if (call === null) return []
  const { outputTokens, inputTokens, cacheReadTokens, reasoningTokens } = record.usage
  const said = `billed: ${record.requestId} (${client.end}, ${record.outcome}) says`
  if (outputTokens === null) {
    // Nothing that emits tokens may be without them.
    return call.tokens === 0 ? [] : [`${said} nothing of ${call.tokens} tokens that were emitted`]
  }
  if (!record.usageEstimated) {
    if (call.usage === null) {
      return outputTokens === call.tokens
        ? []
        : [`${said} ${outputTokens} as told; the vendor told none of ${call.tokens}`]
    }
    const told = [call.usage.inputTokens, call.usage.cacheReadTokens, call.usage.outputTokens]
    const is = [inputTokens, cacheReadTokens ?? 0, outputTokens]
    return told.every((tokens, index) => is[index] === tokens)
      ? []
      : [`${said} ${is.join(', ')} and the vendor told ${told.join(', ')} (input, cached, output)`]
  }
  // Thought that a vendor tells of in the midst of a stream is billed; where it is not shown, it was not emitted.
  const shown = outputTokens - (reasoningTokens ?? 0)
  if (isNear(shown, call.tokens)) return []
  if (client.end === 'left' || client.end === 'unknown') {
    const seen = Math.ceil(client.text.length / 4)
    const within = outputTokens >= seen - 1 && (shown <= call.tokens || isNear(outputTokens, call.tokens))
    return within ? [] : [`${said} ${outputTokens}; its client had ${seen} and ${call.tokens} were emitted`]
  }
  return isNear(outputTokens, call.tokens)
    ? []
    : [`${said} ${outputTokens}, estimated; ${call.tokens} were emitted`]
}

function cost({ costNanoUsd, priceId, requestId, usage }: UsageRecord): readonly string[] {
  const tokens = (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)
  if (tokens > 0 && costNanoUsd === 0) return [`cost: ${requestId} used ${tokens} tokens for nothing`]
  const isKnown = priceId !== null && usage.inputTokens !== null && usage.outputTokens !== null
  return isKnown && costNanoUsd === null ? [`cost: ${requestId} has a price and no cost`] : []
}

function target({ client, calls }: Joined, record: UsageRecord, options: CheckOptions): readonly string[] {
  const problems: string[] = []
  const say = (problem: string): void => void problems.push(`target: ${client.mark} ${problem}`)
  if (client.revision !== null && client.revision !== record.revision.number)
    say(`names revision ${client.revision} and is recorded at ${record.revision.number}`)
  // A vendor's refusal comes from a model that did not serve; of one whose process died nobody knows who did.
  const spoke = record.modelId ?? record.attempts.at(-1)?.modelId ?? null
  if (client.model !== null && client.model !== spoke && record.outcome !== 'unknown')
    say(`names the model ${client.model} and is recorded with ${record.modelId}`)
  const attempt = record.attempts.at(-1)
  const call = attempt === undefined ? null : callOf(record, attempt, calls)
  if (record.modelId !== null && call?.model != null && !isCalledAs(record.modelId, call.model))
    say(`is recorded with ${record.modelId}, and ${call.model} was called`)
  const target = targetAt(client.requested, record.revision.number, options)
  if (target !== null && record.plan.target !== null && record.plan.target !== target)
    say(
      `was planned for ${record.plan.target} at revision ${record.revision.number}, whose target is ${target}`,
    )
  return problems
}

function targetAt(route: string, revision: number, { before, switches = [] }: CheckOptions): string | null {
  const first = before?.get(route)
  if (first === undefined) return null
  const last = switches
    .filter((one) => one.route === route && one.revision <= revision)
    .sort((a, b) => a.revision - b.revision)
    .at(-1)
  return last?.model ?? first
}

function totals({ records, totals: told }: Evidence): readonly string[] {
  if (told === undefined) return []
  const uses = records.filter(({ operation }) => operation !== 'count-tokens')
  const sum = (of: (record: UsageRecord) => number | null): number =>
    uses.reduce((total, record) => total + (of(record) ?? 0), 0)
  const is = [told.requests, told.inputTokens, told.outputTokens]
  const should = [uses.length, sum(({ usage }) => usage.inputTokens), sum(({ usage }) => usage.outputTokens)]
  return is.every((figure, index) => figure === should[index])
    ? []
    : [`totals: usage says ${is.join(', ')} and the records ${should.join(', ')} (requests, input, output)`]
}
