import type { Reason } from '@pointsman/contract'

/** What the answer headers say of who served a request (`x-pointsman-…`). Null = the header was not there. */
export interface Served {
  readonly requestId: string | null
  /** What was asked for, as the caller wrote it. */
  readonly requested: string | null
  /** The model that serves. */
  readonly model: string | null
  readonly provider: string | null
  readonly region: string | null
  readonly revision: number | null
  /** Why this model: `use-case`, `conversation`, `fallback`, … */
  readonly reason: Reason | null
  readonly attempts: number | null
  /** The gateway's own share of the time, up to the headers. */
  readonly overheadUs: number | null
  readonly warnings: readonly string[]
  /** The switch that moved this conversation; told at its first answer after it. */
  readonly switchId: string | null
  /** A sandbox answered: by its simulator, or by a compatible server of the operator's own. */
  readonly sandbox: boolean
}

export function readServed(headers: Headers): Served {
  const text = (name: string): string | null => decoded(headers.get(`x-pointsman-${name}`))
  const number = (name: string): number | null => {
    const value = Number(headers.get(`x-pointsman-${name}`) ?? Number.NaN)
    return Number.isFinite(value) ? value : null
  }
  return {
    requestId: text('request-id'),
    requested: text('requested'),
    model: text('model'),
    provider: text('provider'),
    region: text('region'),
    revision: number('revision'),
    reason: text('reason') as Reason | null,
    attempts: number('attempts'),
    overheadUs: number('overhead-us'),
    warnings: (text('warnings') ?? '')
      .split(';')
      .map((warning) => warning.trim())
      .filter((warning) => warning !== ''),
    switchId: text('switch'),
    sandbox: headers.get('x-pointsman-sandbox') === 'true',
  }
}

/** The server percent-encodes what a header cannot hold; a lone % of the text itself stays as it is. */
function decoded(text: string | null): string | null {
  if (text === null) return null
  return text.replace(/(?:%[89A-F][0-9A-F])+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded)
    } catch {
      return encoded
    }
  })
}
