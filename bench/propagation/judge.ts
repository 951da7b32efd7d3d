import type { Switched } from './drive-switches.ts'
import type { Answered } from './load.ts'

/** What a vendor's ledger tells of a request. */
export interface Called {
  readonly bodySha256: string | null
  readonly model: string | null
}

export interface Evidence {
  readonly answers: readonly Answered[]
  /** In any order. */
  readonly switches: readonly Switched[]
  /** What each route resolved to before the first switch. */
  readonly before: ReadonlyMap<string, string>
  readonly called: readonly Called[]
}

/** What went against a promise of propagation, in words; empty = all were kept. */
export function judge(evidence: Evidence): readonly string[] {
  return [
    ...failedRequests(evidence),
    ...wrongModels(evidence),
    ...otherModelsCalled(evidence),
    ...backwardConnections(evidence),
  ]
}

function failedRequests({ answers }: Evidence): readonly string[] {
  return answers
    .filter(({ status }) => status !== 200)
    .map(({ problem, route, status }) => `a request for ${route} failed: ${problem ?? status}`)
}

/** Every answer's model is the target that its route had at the revision which the answer names. */
function wrongModels({ answers, before, switches }: Evidence): readonly string[] {
  const inOrder = [...switches].sort((a, b) => a.revision - b.revision)
  const targets = new Map<string, readonly Switched[]>(
    [...before.keys()].map((route) => [route, inOrder.filter((one) => one.route === route)]),
  )
  return answers.flatMap(({ model, revision, route, status }) => {
    if (status !== 200) return []
    if (revision === null || Number.isNaN(revision)) return [`an answer of ${route} names no revision`]
    const last = targets.get(route)?.findLast((one) => one.revision <= revision)
    const target = last?.model ?? before.get(route)
    return model === target
      ? []
      : [`an answer of ${route} at revision ${revision} came from ${model}; its target then was ${target}`]
  })
}

/** The model that a header names is the one that the vendor was asked for, once. */
function otherModelsCalled({ answers, called }: Evidence): readonly string[] {
  const byBody = Map.groupBy(called, ({ bodySha256 }) => bodySha256)
  return answers.flatMap(({ bodySha256, model, status }) => {
    if (status !== 200) return []
    const models = (byBody.get(bodySha256) ?? []).map((call) => call.model)
    return models.length === 1 && models[0] === model
      ? []
      : [`an answer says ${model}, and the vendor was asked for ${models.join(' and ') || 'nothing'}`]
  })
}

/** On one connection no answer names an older revision than the one before it; and it was one connection. */
function backwardConnections({ answers }: Evidence): readonly string[] {
  const problems: string[] = []
  for (const [connection, of] of Map.groupBy(answers, (answer) => answer.connection)) {
    const ports = new Set(of.filter(({ status }) => status === 200).map(({ localPort }) => localPort))
    if (ports.size > 1) problems.push(`connection ${connection} was made anew`)
    let newest = 0
    for (const { revision } of of) {
      if (revision === null) continue
      if (revision < newest) problems.push(`connection ${connection} went from ${newest} to ${revision}`)
      newest = Math.max(newest, revision)
    }
  }
  return problems
}
