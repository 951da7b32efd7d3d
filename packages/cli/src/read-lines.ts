import { UsageError } from './command.ts'

/** What standard input gives: pieces of text or of UTF-8. */
export type Input = AsyncIterable<string | Uint8Array>

async function* texts(input: Input): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  for await (const piece of input)
    yield typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true })
  yield decoder.decode()
}

/** Lines without their ends; what stands after the last end is a line, too. */
export async function* readLines(input: Input): AsyncGenerator<string, void, undefined> {
  let rest = ''
  for await (const text of texts(input)) {
    const [first = '', ...others] = text.split('\n')
    rest += first
    for (const next of others) {
      yield rest.replace(/\r$/, '')
      rest = next
    }
  }
  if (rest !== '') yield rest
}

const strictDecoder = (): TextDecoder => new TextDecoder('utf-8', { fatal: true })

/** Read as UTF-8 all the same, another text would be stored than the one that stands there. */
const notUtf8 = (of: string): UsageError =>
  new UsageError(`${of} is not UTF-8 text. Save it as UTF-8, which PowerShell's ">" does not.`)

/** All that standard input gives. Throws UsageError where it is not UTF-8. */
export async function readAll(input: Input): Promise<string> {
  const decoder = strictDecoder()
  let all = ''
  try {
    for await (const piece of input)
      all += typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true })
    return all + decoder.decode()
  } catch (thrown) {
    throw thrown instanceof TypeError ? notUtf8('Standard input') : thrown
  }
}

/** A file's text. Throws UsageError where it is not UTF-8. */
export function utf8Text(bytes: Uint8Array, path: string): string {
  try {
    return strictDecoder().decode(bytes)
  } catch {
    throw notUtf8(path)
  }
}
