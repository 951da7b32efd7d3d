/**
 * The bytes of a body as they come. By a reader: Safari's streams are not iterable. Whoever stops early ends the request, as
 * iterating would; so does a silence that is longer than it may be, and the bytes end with it.
 */
export async function* bytesOf(
  body: ReadableStream<Uint8Array> | null,
  longestSilenceMs: number | null = null,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === null) return
  const reader = body.getReader()
  // One that cannot be ended is over all the same: as an error it would end a Node process, or keep a loop from being left.
  const end = () => reader.cancel().catch(() => null)
  let leftEarly = true
  let silence: ReturnType<typeof setTimeout> | undefined
  try {
    for (;;) {
      if (longestSilenceMs !== null) silence = setTimeout(() => void end(), longestSilenceMs)
      const { done, value } = await reader.read().catch((error: unknown) => {
        leftEarly = false
        throw error
      })
      clearTimeout(silence)
      leftEarly = !done
      if (done) return
      yield value
    }
  } finally {
    clearTimeout(silence)
    if (leftEarly) await end()
  }
}
