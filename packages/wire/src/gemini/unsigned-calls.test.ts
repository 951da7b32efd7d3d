import { expect, it } from 'vitest'

import { decodeJson, dialects, encodeJson, target } from '../testing/dialects-for-tests.ts'

const { gemini } = dialects
const model = (generation: number) =>
  target({ upstreamId: `gemini-${generation}`, family: 'gemini', format: 'gemini', generation })

const ask = (...calls: readonly object[]) =>
  gemini.scanRequest(
    encodeJson({
      contents: [
        { role: 'user', parts: [{ text: 'a' }] },
        { role: 'model', parts: calls },
        { role: 'user', parts: calls.map(() => ({ functionResponse: { name: 'f', response: {} } })) },
      ],
    }),
    false,
  )
const call = { functionCall: { name: 'f', args: {} } }
const signedCall = { ...call, thoughtSignature: 'c2ln' }

it('passes calls that nobody signed only to models that do not ask for signatures', () => {
  const passes = (scanned: ReturnType<typeof ask>) =>
    [model(2.5), model(3)].map((one) => gemini.takesBytes?.(scanned, one))
  expect(passes(ask(signedCall, call))).toEqual([true, true])
  expect(passes(ask({ functionCall: call.functionCall, thought_signature: 'c2ln' }))).toEqual([true, true])
  expect(passes(ask(call, signedCall))).toEqual([true, false])
})

it('writes the word for "not signed" onto the first of them', () => {
  const { body } = gemini.writeRequest(gemini.readRequest(ask(call, call)), model(3))
  expect(decodeJson(body)).toMatchObject({
    contents: [{}, { parts: [{ thoughtSignature: 'skip_thought_signature_validator' }, {}] }, {}],
  })
})
