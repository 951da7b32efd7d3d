import type { BodyBytes } from '@pointsman/contract'

import type { ByteSpan, ScannedRequest } from './dialect.ts'

/** A piece of a body that is replaced by other text; an empty span is a place where text is put in. */
export interface Edit {
  readonly span: ByteSpan
  readonly text: string
}

const encoder = new TextEncoder()

const mostKept = 256

/** A holder: the few names of models that are put into bodies are made once. Nobody writes into what is made. */
function once<Made>(make: (text: string) => Made): (text: string) => Made {
  const kept = new Map<string, Made>()
  return (text) => {
    const known = kept.get(text)
    if (known !== undefined) return known
    const made = make(text)
    if (kept.size < mostKept) kept.set(text, made)
    return made
  }
}

const jsonOf = once((name) => JSON.stringify(name))
const bytesOf = once((text) => encoder.encode(text))
const openBrace = 0x7b

/**
 * The caller's own bytes with some pieces replaced, side by side and not copied: whoever sends them joins what is small.
 * Parsing and writing again would cost more and could change numbers, order and fields that we do not know. Spans must not
 * overlap.
 */
export function spliceBody(bytes: Uint8Array, edits: readonly Edit[]): BodyBytes {
  const pieces: Uint8Array[] = []
  let at = 0
  for (const { span, text } of inOrder(edits)) {
    pieces.push(bytes.subarray(at, span.start), bytesOf(text))
    at = span.end
  }
  pieces.push(bytes.subarray(at))
  return pieces
}

const inOrder = (edits: readonly Edit[]): readonly Edit[] =>
  edits.length === 1 ? edits : edits.toSorted((a, b) => a.span.start - b.span.start)

/** A member put first into the object whose text begins at `start` or after space. `isEmpty` = no comma may follow. */
export function firstMember(
  bytes: Uint8Array,
  member: string,
  { start = 0, isEmpty }: { readonly start?: number; readonly isEmpty: boolean },
): Edit {
  const place = bytes.indexOf(openBrace, start) + 1
  return { span: { start: place, end: place }, text: isEmpty ? member : `${member},` }
}

/** The model's name replaced, or put first where the caller left it out. */
export function modelEdit({ bytes, json, modelSpan }: ScannedRequest, upstreamId: string): Edit {
  const model = jsonOf(upstreamId)
  if (modelSpan !== null) return { span: modelSpan, text: model }
  return firstMember(bytes, `"model":${model}`, { isEmpty: Object.keys(json).length === 0 })
}
