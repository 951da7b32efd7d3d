import type { ChatCall, ContentPart, SystemPart } from '@pointsman/contract'

import type { WarningList } from '../warning-list.ts'

/*
 * OpenAI, and servers that follow it, refuse JSON mode where the word does not stand in what is said: "'messages' must
 * contain the word 'json' in some form, to use 'response_format' of type 'json_object'"
 * (ultimatejimmy/xray.koplugin issue 33, 2026-05). Gemini has such a mode without a condition.
 */
const askForJson = 'Answer in JSON.'

const saysJson = (part: SystemPart | ContentPart): boolean => part.kind === 'text' && /json/i.test(part.text)

/** The sentence that a request for JSON mode lacks; null where it lacks none. `said` is where the vendor looks for it. */
export function missingWord(
  { responseFormat }: ChatCall,
  said: readonly (SystemPart | ContentPart)[],
  warnings: WarningList,
): string | null {
  if (responseFormat?.kind !== 'json-object' || said.some(saysJson)) return null
  warnings.add(
    'response_format',
    'this model takes JSON mode only where the messages speak of JSON; a sentence that asks for it was added',
  )
  return askForJson
}

/** Chat Completions looks at the messages of every role. */
export function withJsonWord(call: ChatCall, warnings: WarningList): ChatCall {
  const said = [...call.system, ...call.messages.flatMap(({ parts }) => parts)]
  const text = missingWord(call, said, warnings)
  return text === null ? call : { ...call, system: [...call.system, { kind: 'text', text }] }
}
