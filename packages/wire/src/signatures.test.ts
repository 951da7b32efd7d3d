import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Signer } from '@pointsman/contract'
import { isMarked, readSignature, writeSignature } from './signatures.ts'

const signers: readonly Signer[] = ['anthropic', 'bedrock', 'openai', 'google']

test('a signature comes back as it was, with its signer, through any vendor’s form', () => {
  const signature = fc.record({ signer: fc.constantFrom(...signers), value: fc.string({ unit: 'grapheme' }) })
  fc.assert(
    fc.property(signature, fc.constantFrom(...signers), (given, own) => {
      fc.pre(!isMarked(given.value))
      const written = writeSignature(given, own)
      expect(isMarked(written)).toBe(given.signer !== own)
      expect(readSignature(written, own)).toEqual(given)
    }),
  )
})

test('a marked one is base64, whose length is right', () => {
  const written = writeSignature({ signer: 'google', value: 'AbC+/=' }, 'anthropic')
  expect(written).toMatch(/^[A-Za-z0-9+/]+=*$/)
  expect(written.length % 4).toBe(0)
})

test.each(['cG9pbnRzbWFu', 'cG9pbnRzbWFu!!', 'cG9pbnRzbWFubm9ib2R5OnY='])(
  'a damaged mark is the own vendor’s to judge: %s',
  (text) => {
    expect(readSignature(text, 'anthropic')).toEqual({ signer: 'anthropic', value: text })
  },
)
