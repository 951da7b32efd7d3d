export interface Called {
  /** Of a response without one it is empty. */
  readonly id: string
  readonly name: string
}

/**
 * What a response may share with its call, from the surest on. Gemini counts responses and compares no names, and Semantic
 * Kernel (1.x for Python, 2026-11) writes a call as `plugin-function`, its response as `plugin__function`, and responses to
 * parallel calls as their functions end.
 */
const shared: readonly ((one: Called) => string)[] = [
  ({ id }) => id,
  ({ name }) => name,
  ({ name }) => name.replaceAll(/[^\p{L}\p{N}]/gu, ''),
]

/**
 * The id of the call that each response of a turn answers; of one that answers none, nothing. Each way is tried with all
 * responses before the next: a later one may be surer of a call than the first. Where nothing is shared the order decides,
 * but for a response with an id, which says that it answers another call.
 */
export function pairResponses<Response extends Called>(
  calls: readonly Called[],
  responses: readonly Response[],
): ReadonlyMap<Response, string> {
  const open = new Set(calls)
  const callIds = new Map<Response, string>()
  const pair = (response: Response, call: Called | undefined): void => {
    if (call === undefined) return
    open.delete(call)
    callIds.set(response, call.id)
  }
  const unpaired = (): readonly Response[] => responses.filter((response) => !callIds.has(response))
  for (const keyOf of shared) {
    const waiting = Map.groupBy(open, keyOf)
    for (const response of unpaired()) pair(response, waiting.get(keyOf(response))?.shift())
  }
  const rest = [...open]
  for (const response of unpaired()) if (response.id === '') pair(response, rest.shift())
  return callIds
}
