import type { AnswerPart, ChatResult, ContentPart } from '@pointsman/contract'

import { readArguments } from './tool-arguments.ts'

/** By the names that readers give them. */
const media: ReadonlySet<string> = new Set(['image', 'document', 'inlineData', 'fileData', 'audio'])
export const isMedia = (name: string): boolean => media.has(name)
const noPlace = (name: string): string =>
  `the model answered with media (${name}), for which this API has no place; they were left out`

const nameOf = (part: ContentPart): string => (part.kind === 'foreign' ? part.name : part.kind)

/** What a model may answer with, and answers without a place for media leave out. */
export const leftOutMedia = ({ parts }: ChatResult): readonly string[] => [
  ...new Set(parts.map(nameOf).flatMap((name) => (media.has(name) ? [noPlace(name)] : []))),
]

/** As `leftOutMedia`; media have no pieces, so that readers of streams name them as what they do not know. */
export function leftOutPart(part: AnswerPart): string | null {
  if (part.type !== 'unrecognised') return null
  // Of `contentBlockStart.image`, `contentBlockDelta.image`, `delta.audio`: one warning, however many events an image has.
  const name = part.name.slice(part.name.lastIndexOf('.') + 1)
  return media.has(name) ? noPlace(name) : null
}

const isHalf = (part: ChatResult['parts'][number]): boolean =>
  part.kind === 'tool-call' && readArguments(part.argumentsJson) === null

/** Forms whose arguments are an object have no place for half of one either. */
export const leftOutOfObjects = (result: ChatResult): readonly string[] => [
  ...leftOutMedia(result),
  ...(result.parts.some(isHalf)
    ? ['a tool call that the end of the answer cut off was left out; this API holds whole ones only']
    : []),
]
