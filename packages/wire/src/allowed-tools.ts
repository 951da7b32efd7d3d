import type { ChatCall } from '@pointsman/contract'

/**
 * The call for an API that cannot be told which of the declared tools may be called: the others are not declared, since a
 * model may call what is. Thoughts that a model binds to its tools are given up with them: nobody knows which they were
 * thought with.
 */
export function withAllowedAlone(call: ChatCall): ChatCall {
  const { toolChoice, tools, messages } = call
  if (toolChoice?.kind !== 'auto' && toolChoice?.kind !== 'any') return call
  const { kind, among } = toolChoice
  if (among === undefined) return call
  const allowed = tools.filter(({ name }) => among.includes(name))
  const whole = { ...call, toolChoice: { kind } }
  return allowed.length === tools.length
    ? whole
    : { ...whole, tools: allowed, frontChangedAt: messages.length }
}
