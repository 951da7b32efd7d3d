import { failureWords } from '@pointsman/contract'
import { ok, problem, unknown, warning, type Finding } from './finding.ts'

/** A vendor as the doctor asks it: which models this key may use costs nothing to ask. */
export interface VendorLook {
  readonly id: string
  /** What to set; null = a credential is there. */
  readonly missing: string | null
  /** GET, with these headers. */
  readonly list: { readonly url: string; readonly headers: { readonly [name: string]: string } }
  /** Reads the ids out of its answer. */
  readonly ids: (body: unknown) => readonly string[]
  /** Ids, as the vendor has them, of the models that the catalogue's routes lead to. */
  readonly wanted: readonly string[]
  /** Where its quotas are to be seen. */
  readonly quotas: string
}

const withinMs = 8_000
/** AWS refuses a signature whose time differs by more than five minutes. */
const skewProblemMs = 240_000
const skewWarnMs = 5_000

export async function checkVendor(look: VendorLook, nowMs: () => number): Promise<readonly Finding[]> {
  const name = `${look.id} credentials`
  if (look.missing !== null)
    return [warning(name, 'none', `Set ${look.missing}, if its models are to be called.`)]
  const quotas = unknown(`${look.id} quotas`, 'not told to a key', look.quotas)
  const answer = await fetch(look.list.url, {
    headers: look.list.headers,
    redirect: 'error',
    signal: AbortSignal.timeout(withinMs),
  }).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
  if (answer instanceof Error) {
    const { host } = new URL(look.list.url)
    return [
      problem(
        name,
        `${host} cannot be reached (${failureWords(answer)})`,
        'Look at the network and the address that is set for it.',
      ),
    ]
  }
  const skew = clockFinding(look.id, answer.headers.get('date'), nowMs())
  if (answer.status === 401 || answer.status === 403)
    return [
      problem(
        name,
        `refused with ${answer.status}`,
        'Make a new key at the vendor and set it, or give it the right to list models.',
      ),
      ...skew,
    ]
  if (!answer.ok)
    return [
      unknown(name, `its list of models answered ${answer.status}`, 'Try again; the vendor may be down.'),
      ...skew,
    ]
  return [ok(name, 'taken'), modelsFinding(look, look.ids(await answer.json())), quotas, ...skew]
}

function modelsFinding({ id, wanted }: VendorLook, listed: readonly string[]): Finding {
  const check = `${id} models`
  const missing = wanted.filter((model) => !listed.includes(model))
  if (missing.length === 0) return ok(check, `${listed.length} listed, all that routes lead to among them`)
  return warning(
    check,
    `not listed: ${missing.join(', ')}`,
    'Ask the vendor for access to them, or lead the routes to others.',
  )
}

/** How far this machine's clock is from a vendor's. */
export function clockFinding(vendor: string, date: string | null, nowMs: number): readonly Finding[] {
  const theirs = Date.parse(date ?? '')
  if (Number.isNaN(theirs)) return []
  // The header has whole seconds.
  const skewMs = Math.round(nowMs - theirs - 500)
  const found = `${Math.round(skewMs / 1_000)} s from ${vendor}'s`
  const mend = 'Let this machine follow a time server (chrony, systemd-timesyncd).'
  if (Math.abs(skewMs) > skewProblemMs) return [problem('clock', found, mend)]
  return [Math.abs(skewMs) > skewWarnMs ? warning('clock', found, mend) : ok('clock', found)]
}
