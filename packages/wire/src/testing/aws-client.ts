import { Readable } from 'node:stream'

import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'

export interface CannedAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly pieces: readonly Uint8Array[]
}

/**
 * The official client with no network: it sends to this process and gets the canned answer. Its own serialiser
 * and parser are the judges. `sent` tells the body of each request.
 */
export function awsClient(answer: CannedAnswer, sent: (path: string, body: Uint8Array) => void = () => {}) {
  return new BedrockRuntimeClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
    requestHandler: {
      handle: (request: { path: string; body?: unknown }) => {
        const { body } = request
        sent(request.path, typeof body === 'string' ? new TextEncoder().encode(body) : (body as Uint8Array))
        const response = {
          statusCode: answer.status,
          headers: { ...answer.headers },
          body: Readable.from(answer.pieces.map((piece) => Buffer.from(piece))),
        }
        return Promise.resolve({ response })
      },
    },
  })
}
