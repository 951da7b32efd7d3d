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

export async function readAll(input: Input): Promise<string> {
  let all = ''
  for await (const text of texts(input)) all += text
  return all
}
