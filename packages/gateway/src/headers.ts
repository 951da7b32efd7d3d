import type { DialectName } from '@pointsman/contract'
import type { ServedFacts } from '@pointsman/engine'

const plainText = /^[\x20-\x7e]*$/

/** Characters that an HTTP header value may not hold are percent-encoded, so that no name or warning can break the answer. */
export const headerText = (text: string): string =>
  // Most names are plain: to look is a third of the price of replacing nothing.
  plainText.test(text)
    ? text
    : // Half a surrogate pair cannot be encoded at all.
      text.toWellFormed().replace(/[^\x20-\x7e]/gu, (character) => encodeURIComponent(character))

/** Many short texts in one header; a comma inside a text would split it, so they are joined by `; `. */
const listText = (texts: readonly string[]): string =>
  headerText(
    texts
      .map((text) => text.replaceAll(';', ','))
      .join('; ')
      .slice(0, 2_000),
  )

const requestIdHeaders: { readonly [Face in DialectName]?: string } = {
  'openai-chat': 'x-request-id',
  'openai-responses': 'x-request-id',
  'anthropic-messages': 'request-id',
  'bedrock-converse': 'x-amzn-requestid',
  'bedrock-invoke-claude': 'x-amzn-requestid',
  'bedrock-invoke-nova': 'x-amzn-requestid',
  'bedrock-invoke-titan': 'x-amzn-requestid',
  'bedrock-invoke-cohere': 'x-amzn-requestid',
}

/** The seeds' endpoints are called by apps in browsers (contract section 4). */
export const crossOriginHeaders = (face: DialectName): readonly string[] =>
  face === 'native-chat' ? ['access-control-allow-origin', '*', 'access-control-expose-headers', '*'] : []

export interface AnswerFacts {
  readonly requestId: string
  readonly face: DialectName
  readonly requested: string
  readonly revision: number
  readonly sandbox: boolean
  /** How the caller's key stands against its limits, in the face's form. */
  readonly limits: readonly string[]
  /** The drill that the request was drawn into; null = none. */
  readonly drillId: string | null
  /** Told on a conversation's first answer after a switch. */
  readonly switchId: string | null
}

/** The headers of contract section 2, flat. */
export function answerHeaders(facts: AnswerFacts, served: ServedFacts | null): string[] {
  const revision = String(facts.revision)
  const headers = ['x-pointsman-request-id', facts.requestId, 'x-pointsman-revision', revision]
  if (facts.face === 'native-chat') headers.push(...crossOriginHeaders(facts.face))
  // Empty before the body was read, as on a 401.
  if (facts.requested !== '') headers.push('x-pointsman-requested', headerText(facts.requested.slice(0, 256)))
  if (served !== null) {
    // Where the vendor's own SDK looks for the id of a call; an error's own headers have it already.
    const vendorHeader = served.modelId === null ? undefined : requestIdHeaders[facts.face]
    if (vendorHeader !== undefined) headers.push(vendorHeader, facts.requestId)
    if (served.modelId !== null) headers.push('x-pointsman-model', headerText(served.modelId))
    if (served.provider !== null) headers.push('x-pointsman-provider', headerText(served.provider))
    if (served.region !== null) headers.push('x-pointsman-region', headerText(served.region))
    if (served.reason !== null) headers.push('x-pointsman-reason', served.reason)
    headers.push(
      'x-pointsman-attempts',
      String(served.attempts),
      'x-pointsman-overhead-us',
      String(served.overheadUs),
    )
    if (served.warnings.length > 0) headers.push('x-pointsman-warnings', listText(served.warnings))
  }
  if (facts.switchId !== null) headers.push('x-pointsman-switch', facts.switchId)
  if (facts.drillId !== null) headers.push('x-pointsman-drill', facts.drillId)
  if (facts.limits.length > 0) headers.push(...facts.limits)
  if (facts.sandbox) headers.push('x-pointsman-sandbox', 'true')
  return headers
}
