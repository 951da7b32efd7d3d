import { providerId, type Provider } from '@pointsman/contract'
import { anthropicAddress } from './address.ts'
import { authenticate, credentialHint } from './authenticate.ts'
import { readFailure, readStreamError } from './failures.ts'

/** Anthropic's own API: messages and their token count. */
export function createAnthropic(): Provider {
  return {
    id: providerId('anthropic'),
    dialects: [
      { name: 'anthropic-messages', operations: ['chat', 'chat-stream', 'count-tokens'], formats: null },
    ],
    credentialHint,
    // platform.claude.com, refusals and fallback: no output, no bill, on the Claude API alone; 2026-11.
    refusalsAreFree: true,
    buildRequest(input) {
      const { operation, credential, callerHeaders, baseUrl, body } = input
      const { origin, host, path } = anthropicAddress(input, baseUrl)
      const headers = authenticate({ credential, host, operation, callerHeaders })
      return { origin, method: 'POST', path, headers, body }
    },
    readFailure,
    readStreamError,
    upstreamRequestId: ({ headers }) => headers['request-id'] ?? null,
  }
}
