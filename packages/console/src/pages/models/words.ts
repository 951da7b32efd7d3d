import type { LifecycleStatus } from '@pointsman/contract'
import type { ModelItem } from '@pointsman/sdk'
import type { Tone } from '../../parts/badge.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

export const lifecycleTones: { readonly [Status in LifecycleStatus]: Tone } = {
  active: 'good',
  preview: 'accent',
  legacy: 'warn',
  deprecated: 'warn',
  eol: 'bad',
}

const abilities: { readonly [ability: string]: string } = {
  tools: text.tools,
  toolsStreaming: text.toolsStreaming,
  images: text.images,
  documents: text.documents,
  streaming: text.streaming,
  jsonSchema: text.jsonSchema,
  promptCaching: text.promptCaching,
  reasoning: text.reasoning,
}

export const abilityWords = (names: readonly string[]): string =>
  names.map((name) => abilities[name] ?? name).join(', ')

/** The same in short: tools while streaming is what tools mean, unless a model has one without the other. */
export const abilityWordsInShort = (names: readonly string[]): string =>
  abilityWords(names.filter((name) => name !== 'toolsStreaming' || !names.includes('tools')))

/** In short: a few regions by name, many by their number. */
export function regionWords(runsIn: ModelItem['runsIn']): string {
  if (runsIn === null) return text.anywhere
  if (runsIn.length === 0) return text.noRegions
  return runsIn.length <= 2 ? runsIn.join(', ') : fill(text.regionsKnown, { count: runsIn.length })
}
