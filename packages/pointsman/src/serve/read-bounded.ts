/** An answer, counted as it comes: whatever answers at `address` must not fill our memory. */
export async function readBoundedBytes(
  { body }: Response,
  address: string,
  mostBytes: number,
): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  // Leaving the loop early cancels the rest.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > mostBytes) throw new Error(`${address} answered more than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The text of an answer. */
export const readBounded = async (answer: Response, address: string, mostBytes: number): Promise<string> =>
  (await readBoundedBytes(answer, address, mostBytes)).toString('utf8')
