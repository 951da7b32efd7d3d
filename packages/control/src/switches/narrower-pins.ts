import type { Principal, SwitchScope } from '@pointsman/contract'
import {
  checkPermitted,
  proposalProblems,
  type CompiledSnapshot,
  type ProposalContext,
} from '@pointsman/core'
import type { Choice } from './order.ts'
import type { NarrowerPin, Present } from './present.ts'

/** A conversation's pins of single use cases that a revert sets again, but for those that no switch could set now. */
export function restored(
  snapshot: CompiledSnapshot,
  pins: readonly NarrowerPin[],
  at: {
    readonly scope: SwitchScope & { readonly kind: 'conversation' }
    readonly principal: Principal
    readonly context: ProposalContext
  },
): Required<Pick<Choice, 'narrower' | 'warnings'>> {
  const judged = pins.map((pin) => ({ pin, problem: problemOf(snapshot, pin, at) }))
  return {
    narrower: judged.flatMap(({ pin, problem }) => (problem === null ? [pin] : [])),
    warnings: judged.flatMap(({ pin, problem }) =>
      problem === null ? [] : [`${pin.useCase} had ${pin.modelId}, which it does not get back: ${problem}`],
    ),
  }
}

function problemOf(
  snapshot: CompiledSnapshot,
  { useCase, modelId }: NarrowerPin,
  { scope, principal, context }: Parameters<typeof restored>[2],
): string | null {
  // An agent's conversations are pinned under its key.
  const agent = snapshot.agents.get(useCase.replace(/^agent\//, ''))
  const isAgent = agent?.key === useCase
  const asked: SwitchScope = isAgent ? { kind: 'agent', name: agent.name } : { ...scope, useCase }
  const [problem] = proposalProblems(snapshot, asked, modelId, context).problems
  if (problem !== undefined) return problem.message
  const model = snapshot.models.get(modelId)
  const routeKey = isAgent ? agent.key : (snapshot.useCases.get(useCase)?.key ?? 'default')
  const refused =
    model === undefined ? null : checkPermitted(model, { principal, routeKey, namedId: modelId })
  return refused?.reason ?? null
}

/** Whether a revert finds the pins of single use cases that it would set. */
export const areSet = ({ narrower }: Present, wanted: readonly NarrowerPin[]): boolean =>
  narrower.length === wanted.length &&
  wanted.every((pin) =>
    narrower.some(({ useCase, modelId }) => useCase === pin.useCase && modelId === pin.modelId),
  )
