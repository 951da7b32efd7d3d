import { providerId, wholeBody, type Provider } from '@pointsman/contract'
import { withCallers } from '../with-callers.ts'
import { googleAddress } from './address.ts'
import { authenticate, keyVariable } from './authenticate.ts'
import { readFailure, readStreamError } from './failures.ts'

/** The Gemini API of Google AI: content whole and streamed, token counts, embeddings. */
export function createGoogle(): Provider {
  return {
    id: providerId('google'),
    dialects: [
      { name: 'gemini', operations: ['chat', 'chat-stream', 'count-tokens', 'embed'], formats: null },
    ],
    credentialHint: keyVariable,
    buildRequest(input) {
      const { operation, credential, body, callerHeaders } = input
      const { origin, host, path } = googleAddress({ ...input, body: wholeBody(body) })
      const headers = authenticate({ credential, host, operation })
      return { origin, method: 'POST', path, headers: withCallers(headers, callerHeaders), body }
    },
    readFailure,
    readStreamError,
    // Google gives its calls no id that its support would ask for.
    upstreamRequestId: () => null,
  }
}
