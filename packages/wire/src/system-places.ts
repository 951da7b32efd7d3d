import type { ChatCall, ChatMessage, SystemPart } from '@pointsman/contract'

export interface Stretch {
  readonly system: readonly SystemPart[]
  /** What follows it, up to the next system text. */
  readonly messages: readonly ChatMessage[]
}

const answersCall = (message: ChatMessage | undefined): boolean =>
  message?.parts.some(({ kind }) => kind === 'tool-result') === true

/** The system's parts as they stand `at` a place of the conversation. */
export const placed = (parts: readonly SystemPart[], at: number): readonly SystemPart[] =>
  at === 0 ? parts : parts.map((part) => ({ ...part, at }))

/** A conversation in stretches. OpenAI wants nothing between calls and their results: a text there stands behind them. */
export function stretchesOf({ system, messages }: ChatCall): readonly Stretch[] {
  const byPlace = new Map<number, SystemPart[]>([[0, []]])
  for (const part of system) {
    let place = part.at ?? 0
    while (place > 0 && answersCall(messages[place])) place += 1
    const there = byPlace.get(place)
    if (there === undefined) byPlace.set(place, [part])
    else there.push(part)
  }
  const places = [...byPlace].sort(([a], [b]) => a - b)
  return places.map(([place, parts], index) => ({
    system: parts,
    messages: messages.slice(place, places[index + 1]?.[0]),
  }))
}
