import { scanJson } from '../json-scan.ts'

/** Deep enough to find a member of the root; the body was read before. */
const anyDepth = Infinity

/** Whether a body is for `batchEmbedContents`, whose path is another than that of `embedContent`. */
export const isEmbedBatch = (body: Uint8Array): boolean =>
  scanJson(body, anyDepth, ['requests']).members.length > 0
