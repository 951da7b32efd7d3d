import type { ChatResult } from '@pointsman/contract'

import type { AnswerAbout } from '../dialect.ts'
import { answerEnvelope } from './quirk-envelope.ts'

const encoder = new TextEncoder()

/** A whole answer. Reasoning is not told: nobody can ask for it in this form. */
export function writeResult(result: ChatResult, about: AnswerAbout): Uint8Array {
  const text = result.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
  const { finish, serviceTier, usage } = result
  return encoder.encode(JSON.stringify(answerEnvelope({ text, finish, usage, serviceTier }, about)))
}
