import { chanceOf } from '../../chance.ts'
import type { Http1Case } from './http1-corpus.ts'

const splices = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  '\r\n\r\n',
  ';',
  '0\r\n\r\n',
  'transfer-encoding: chunked\r\n',
  'content-length: 0\r\n',
  '\u00ff',
  'HTTP/1.1',
]

/** Cuts the corpus' connections anywhere, joins halves of two, and drops separators into them. */
export function mutated(seed: number, corpus: readonly Http1Case[]): () => string {
  const random = chanceOf(seed)
  const pick = <Value>(list: readonly Value[]): Value => list[Math.floor(random() * list.length)] as Value
  const one = (): string => pick(corpus).send.join('')
  const at = (text: string): number => Math.floor(random() * (text.length + 1))
  return () => {
    let text = one()
    for (let steps = 1 + Math.floor(random() * 3); steps > 0; steps -= 1) {
      const place = at(text)
      const kind = random()
      if (kind < 0.4) text = text.slice(0, place) + pick(splices) + text.slice(place)
      else if (kind < 0.6) text = text.slice(0, place) + text.slice(place + 1 + Math.floor(random() * 8))
      else if (kind < 0.8) {
        const other = one()
        text = text.slice(0, place) + other.slice(at(other))
      } else text = text.slice(0, place) + text.slice(Math.max(0, place - 20))
    }
    return text
  }
}
