import type { CachePoint, Prompt, PromptBlock } from '../answer/prompt.ts'
import { ClaudeProblem, problemAt } from './problem.ts'

const MOST_MARKS = 4

type Marked = Pick<Prompt, 'tools' | 'system' | 'messages'>

/** At most four marks; one hour never after five minutes, in the vendor's order of tools, system and messages. */
export function checkCacheMarks(prompt: Marked): void {
  const marks = [
    ...marksOf(prompt.tools, 'tools'),
    ...marksOf(prompt.system, 'system'),
    ...prompt.messages.flatMap((message, index) => marksOf(message.blocks, `messages.${index}.content`)),
  ]
  if (marks.length > MOST_MARKS) {
    throw new ClaudeProblem(
      `A maximum of ${MOST_MARKS} blocks with cache_control may be provided. Found ${marks.length}.`,
    )
  }
  const firstShort = marks.findIndex((mark) => mark.point.timeToLive === '5m')
  const late = firstShort === -1 ? undefined : marks.slice(firstShort).find(isLong)
  if (late === undefined) return
  throw problemAt(
    `${late.where}.cache_control.ttl`,
    "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. " +
      'Note that blocks are processed in the following order: `tools`, `system`, `messages`.',
  )
}

interface Mark {
  readonly point: CachePoint
  readonly where: string
}

function isLong(mark: Mark): boolean {
  return mark.point.timeToLive === '1h'
}

function marksOf(items: readonly { readonly kind: string }[], where: string): readonly Mark[] {
  let position = -1
  return items.flatMap((item) => {
    if (!isPoint(item)) {
      position += 1
      return []
    }
    return [{ point: item, where: `${where}.${position}` }]
  })
}

function isPoint(item: { readonly kind: string }): item is CachePoint {
  return item.kind === 'cachePoint'
}

/** The prompt with the mark of the whole request at its end, unless a mark stands there already. */
export function withRequestMark<Given extends Marked>(prompt: Given, points: readonly CachePoint[]): Given {
  const [point] = points
  const last = prompt.messages.at(-1)
  if (point === undefined || last === undefined || last.blocks.at(-1)?.kind === 'cachePoint') return prompt
  const blocks: readonly PromptBlock[] = [...last.blocks, point]
  return { ...prompt, messages: [...prompt.messages.slice(0, -1), { ...last, blocks }] }
}
