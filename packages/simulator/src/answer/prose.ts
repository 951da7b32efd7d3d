import type { Chance } from './chance.ts'
import { charactersOf, estimateTokens } from './token-estimate.ts'

/** What a text is about and how long it wants to be. */
export interface ProseTask {
  readonly opening: string
  readonly topics: readonly string[]
  /** How many tokens the whole text should have, about. */
  readonly tokens: number
}

/** A text that begins with the opening and goes on in whole sentences until it is about as long as asked. */
export function writeProse(task: ProseTask, chance: Chance): string {
  const pieces = [task.opening]
  let length = task.opening.length
  const wanted = charactersOf(task.tokens)
  for (let count = 0; length < wanted; count += 1) {
    const topic = task.topics[count % Math.max(1, task.topics.length)] ?? 'this'
    const sentence = chance.pick(SENTENCES, FALLBACK_SENTENCE).replaceAll('{topic}', () => topic)
    pieces.push(sentence)
    length += sentence.length + 1
  }
  return pieces.join(' ')
}

const FALLBACK_SENTENCE = 'There is more to say about {topic}.'

const SENTENCES: readonly string[] = [
  'On {topic}, it helps to begin with what is already known.',
  'A good next step for {topic} is to write down what would count as done.',
  'The part of {topic} that most people ask about is where it goes wrong.',
  'In practice, {topic} depends on the circumstances more than on any rule.',
  'If you compare two ways of handling {topic}, take the one that is easier to undo.',
  'Nothing about {topic} has to be decided in a hurry.',
  'With {topic}, small and regular checks beat a large one at the end.',
  'One detail of {topic} is often overlooked: who is told when it changes.',
  'It is worth asking who else is concerned with {topic} before you go on.',
  'The short version for {topic} is to measure first and to change second.',
  'For {topic} there are sources that you can look up and need not guess.',
  'Should {topic} look different tomorrow, the same steps still apply.',
]

const COMMON_WORDS = new Set(
  (
    'about after again answer because before being below between could doing during every explain first ' +
    'following from further given having hello large least might please reply should sentence short since ' +
    'something still tell than thank thanks that their them then there these they thing this those through under ' +
    'until using very want what when where which while with without words would write your'
  ).split(' '),
)

/** Up to six words that the text turns around, in their order; empty when it has none of five letters or more. */
export function topicsOf(text: string): readonly string[] {
  const words = text.slice(0, 4_000).match(/\p{L}[\p{L}\p{M}’'-]{4,30}/gu) ?? []
  const found = new Set<string>()
  for (const word of words) {
    if (!COMMON_WORDS.has(word.toLowerCase())) found.add(word)
    if (found.size === 6) break
  }
  return [...found]
}

/**
 * How many tokens an answer to this message should have: what it asks for (`in 200 words`, `two sentences`,
 * `briefly`, `an essay`), else more for a longer message, with some chance.
 */
export function wantedTokens(text: string, chance: Chance): number {
  const asked = text.slice(0, 20_000)
  const words = /(\d{1,5})[ -]words?\b/i.exec(asked)
  if (words !== null) return Math.min(12_000, Math.ceil(Number(words[1]) * 1.4))
  const sentences = /(\d{1,2}|one|two|three|a) (?:short )?sentences?\b/i.exec(asked)
  if (sentences !== null) return 18 * (COUNTS[String(sentences[1]).toLowerCase()] ?? Number(sentences[1]))
  if (/\b(one word|yes or no|just say|only say)\b/i.test(asked)) return 1
  if (/\b(brief|briefly|short|shortly|concise)\b/i.test(asked)) return 24
  if (/\b(essay|detailed|in detail|long|story|article)\b/i.test(asked)) return chance.between(380, 620)
  return chance.between(40, 80) + Math.min(240, Math.ceil(estimateTokens(asked) / 2))
}

const COUNTS: Readonly<Record<string, number>> = { a: 1, one: 1, two: 2, three: 3 }

/** The text on one line, cut with an ellipsis when longer than so many characters; never inside a character. */
export function excerpt(text: string, characters: number): string {
  const line = cutAt(text, characters * 4)
    .replaceAll(/\s+/g, ' ')
    .trim()
  if (line.length <= characters) return line
  return `${cutAt(line, characters).trimEnd()}…`
}

/** The first so many UTF-16 units, one fewer where the cut would fall inside a surrogate pair. */
export function cutAt(text: string, length: number): string {
  if (length >= text.length) return text
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)
}
