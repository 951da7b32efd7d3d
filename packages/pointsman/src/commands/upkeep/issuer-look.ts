import { oidcCallbackPath, oidcSignedOutPath } from '@pointsman/control'
import { ok, problem, type Finding } from '@pointsman/upkeep'
import { createOidc } from '../../serve/oidc/create-oidc.ts'
import type { Settings } from '../../settings.ts'

const check = 'OpenID Connect'
/** Begins a sign-in as a person would, and goes no further: nobody finishes it. */
const unused = { state: 'doctor', nonce: 'doctor', verifier: 'd'.repeat(43) }

/** Whether people could begin to sign in to the console, and what only the issuer knows: which addresses it takes. */
export async function lookAtIssuer({
  oidc,
  privateHosts,
}: Pick<Settings, 'oidc' | 'privateHosts'>): Promise<readonly Finding[]> {
  if (oidc === null) return []
  let cause = 'it could not be asked'
  const issuer = createOidc({
    ...{ settings: oidc, privateHosts },
    log: (_level, _event, facts) => {
      const said = facts?.['cause']
      if (typeof said === 'string') cause = said
    },
  })
  const begun = await issuer.begin(unused)
  if ('problem' in begun)
    return [
      problem(
        check,
        `${oidc.issuer}: ${cause}`,
        'Look at the network and POINTSMAN_OIDC_ISSUER; "Signing in with OpenID Connect" in docs/troubleshooting.md.',
      ),
    ]
  const addresses = `${oidc.publicUrl}${oidcCallbackPath} to come back to, ${oidc.publicUrl}${oidcSignedOutPath} after signing out`
  return [ok(check, `${oidc.issuer} answers; it must have registered ${addresses}`)]
}
