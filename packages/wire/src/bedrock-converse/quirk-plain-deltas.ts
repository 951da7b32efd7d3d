/** As Bedrock writes it (2026-11): members in this order, without spaces, and padding of letters and digits. */
const textDelta =
  /^\{"contentBlockIndex":(0|[1-9]\d{0,8}),"delta":\{"text":"([^"\\\0-\x1f]+)"\}(?:,"p":"[A-Za-z0-9]*")?\}$/
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export interface PlainTextDelta {
  readonly source: number
  readonly text: string
}

/**
 * Nearly all events of an answer bring a word in this form, in which it can be cut out: to look over the JSON of such an event,
 * to parse it and to search it cost twice as much. Null = any other event, and any word with an escape: for the parser, which
 * gives the same.
 */
export function readPlainTextDelta(payload: Uint8Array): PlainTextDelta | null {
  let event: string
  try {
    event = decoder.decode(payload)
  } catch {
    // Not UTF-8: for the parser to refuse.
    return null
  }
  const found = textDelta.exec(event)
  return found === null ? null : { source: Number(found[1]), text: found[2] ?? '' }
}
