import type { ProviderFacts } from '@pointsman/control'
// Not from the control plane's index: a data plane has to start without what that loads.
import { refusedKeyStep } from '@pointsman/control/mending-step'
import type { CredentialRefusal } from '@pointsman/engine'

/** The credential's problem where its vendor refuses it, beside what is wrong with it by itself. */
export function withRefusals(facts: ProviderFacts, refusals: readonly CredentialRefusal[]): ProviderFacts {
  if (refusals.length === 0) return facts
  const { credential, id } = facts
  const said = refusals.map(({ region, status, vendorName }) => {
    const answer = [status, vendorName].filter((word) => word !== null).join(' ')
    return answer === '' ? region : `${region} (${answer})`
  })
  const refused = `The provider ${id} refuses the credential of this server in ${said.join(', ')}. ${refusedKeyStep(facts)}.`
  const problem = credential.problem === null ? refused : `${credential.problem} ${refused}`
  return { ...facts, credential: { ...credential, problem } }
}
