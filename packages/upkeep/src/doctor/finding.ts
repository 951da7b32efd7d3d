import { failureWords } from '@pointsman/contract'

/** What one look found. `unknown`: it could not be looked at, which is not the same as fine. */
export interface Finding {
  readonly check: string
  readonly state: 'ok' | 'warning' | 'problem' | 'unknown'
  readonly found: string
  /** The next step; null where nothing is to be done. */
  readonly mend: string | null
}

export const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found, mend: null })
export const warning = (check: string, found: string, mend: string): Finding => ({
  ...{ check, found, mend },
  state: 'warning',
})
export const problem = (check: string, found: string, mend: string): Finding => ({
  ...{ check, found, mend },
  state: 'problem',
})
export const unknown = (check: string, found: string, mend: string): Finding => ({
  ...{ check, found, mend },
  state: 'unknown',
})

/** A look that fails is a finding, not the end of the others. */
export async function looked(
  check: string,
  look: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await look()
  } catch (error) {
    return [problem(check, failureWords(error), 'See what it says, and try again.')]
  }
}
