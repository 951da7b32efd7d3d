import type { JsonObject } from '@pointsman/contract'

import type { ScannedRequest, WriteTarget } from '../dialect.ts'
import { isJsonObject } from '../json-fields.ts'
import { listIn, member } from './quirk-spelling.ts'
import { quirksOf } from './quirks.ts'

/** Of parallel calls the first one is signed (ai.google.dev: Gemini 3 guide, thought signatures, 2026-10). */
function lacksSignature(content: JsonObject): boolean {
  const first = listIn(content, 'parts').find(
    (part) => isJsonObject(part) && isJsonObject(member(part, 'functionCall')),
  )
  return isJsonObject(first) && typeof member(first, 'thoughtSignature') !== 'string'
}

/**
 * Whether the model takes the body as it is: a conversation that moved here from another vendor's model holds calls that
 * nobody signed, and those that need signatures refuse it.
 */
export const takesBytes = ({ json }: ScannedRequest, { model }: WriteTarget): boolean =>
  !quirksOf(model).needsSignatures ||
  !listIn(json, 'contents').some((content) => isJsonObject(content) && lacksSignature(content))
