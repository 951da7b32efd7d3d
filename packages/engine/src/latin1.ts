/**
 * Bytes as a text of as many characters, to stand within the text of a head: one write in place of two. What came from a
 * socket is a buffer already, and a view of a view is not made.
 */
export const latin1Of = (bytes: Uint8Array): string =>
  (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toString(
    'latin1',
  )
