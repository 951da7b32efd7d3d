/**
 * The bytes of a body as they come. By a reader: Safari's streams are not iterable. Whoever stops early ends the request, as
 * iterating would.
 */
export async function* bytesOf(
  body: ReadableStream<Uint8Array> | null,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === null) return
  const reader = body.getReader()
  let leftEarly = true
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        leftEarly = false
        throw error
      })
      leftEarly = !done
      if (done) return
      yield value
    }
  } finally {
    if (leftEarly) await reader.cancel()
  }
}
