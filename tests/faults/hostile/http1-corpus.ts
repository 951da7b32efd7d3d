import { readFileSync } from 'node:fs'
import { chatBody } from './ask.ts'

/** One hostile connection: what is sent, and which lists of statuses it may be answered by. */
export interface Http1Case {
  readonly name: string
  readonly send: readonly string[]
  readonly answers: readonly (readonly number[])[]
}

export const http1Corpus = (
  JSON.parse(readFileSync(new URL('../corpus/http1.json', import.meta.url), 'utf8')) as {
    readonly http1: readonly Http1Case[]
  }
).http1

/** Puts a key, a good body and long texts in the places that the corpus leaves for them. */
export function spelled(text: string, key: string): string {
  const authorization = `authorization: Bearer ${key}`
  const inner = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n${authorization}\r\ncontent-length: ${chatBody.length}\r\n\r\n${chatBody}`
  const values: { readonly [place: string]: string } = {
    auth: `${authorization}\r\n`,
    authlf: `${authorization}\n`,
    body: chatBody,
    length: String(chatBody.length),
    hex: chatBody.length.toString(16),
    innerlength: String(inner.length),
    '1k': 'a'.repeat(1_024),
    '20k': 'a'.repeat(20_480),
    '64k': 'a'.repeat(65_536),
    manyheaders: Array.from({ length: 1_000 }, (_, at) => `x-${at}: ${'a'.repeat(60)}\r\n`).join(''),
  }
  return text.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place)
}
