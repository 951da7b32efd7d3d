import type { Answer, AnswerBlock, AnswerPart } from './answer.ts'
import { blockTokens } from './compose.ts'
import { cutAt } from './prose.ts'
import { tokensOfLength } from './token-estimate.ts'

/**
 * The answer as a stream tells it. Text is cut into pieces of a word or a few, or into exactly `pieces` of them when a
 * script asks for a number; tool arguments come as pieces of their JSON text. The pieces' tokens add up to what the
 * answer costs.
 */
export function answerParts(answer: Answer, pieces: number | null): readonly AnswerPart[] {
  const parts: AnswerPart[] = [{ kind: 'start' }]
  answer.blocks.forEach((block, index) => {
    parts.push({ kind: 'blockStart', index, block }, ...contentParts(block, index, pieces), {
      kind: 'blockStop',
      index,
    })
  })
  parts.push({ kind: 'stop' }, { kind: 'usage' })
  return parts
}

/** True for the parts that carry content: the chunks that pacing and faults count. */
export function isContent(part: AnswerPart): part is Extract<AnswerPart, { tokens: number }> {
  return part.kind === 'textDelta' || part.kind === 'reasoningDelta' || part.kind === 'toolDelta'
}

function contentParts(block: AnswerBlock, index: number, pieces: number | null): readonly AnswerPart[] {
  if (block.kind === 'toolUse') {
    const json = JSON.stringify(block.input)
    const costs = blockTokens(block)
    return withTokens(equalPieces(json, Math.ceil(json.length / 16)), costs).map(([piece, tokens]) => {
      return { kind: 'toolDelta', index, json: piece, tokens }
    })
  }
  const texts = pieces === null ? wordPieces(block.text) : equalPieces(block.text, pieces)
  const counted = withTokens(texts, blockTokens(block))
  if (block.kind === 'text')
    return counted.map(([text, tokens]) => ({ kind: 'textDelta', index, text, tokens }))
  return [
    ...counted.map(([text, tokens]): AnswerPart => ({ kind: 'reasoningDelta', index, text, tokens })),
    { kind: 'signature', index, signature: block.signature },
  ]
}

/** Pieces of eight characters and on to the next space: a word or three, as the vendors send them. */
function wordPieces(text: string): readonly string[] {
  return text.match(/[\s\S]{8}\S{0,24}|[\s\S]+$/gu) ?? []
}

function equalPieces(text: string, count: number): readonly string[] {
  const pieces: string[] = []
  let rest = text
  for (let left = Math.max(1, count); left > 0 && rest !== ''; left -= 1) {
    const piece = cutAt(rest, Math.max(1, Math.ceil(rest.length / left)))
    const whole = piece === '' ? rest.slice(0, 2) : piece
    pieces.push(whole)
    rest = rest.slice(whole.length)
  }
  return pieces
}

/** Gives each piece the tokens by which it raises the running count; the last takes what is left. */
function withTokens(pieces: readonly string[], allTokens: number): readonly (readonly [string, number])[] {
  let length = 0
  let counted = 0
  return pieces.map((piece, position) => {
    length += piece.length
    const upTo = position === pieces.length - 1 ? allTokens : Math.min(allTokens, tokensOfLength(length))
    const tokens = upTo - counted
    counted = upTo
    return [piece, tokens]
  })
}
