import type { Model, Signature, Signer } from '@pointsman/contract'

import { readSignature, writeSignature } from '../signatures.ts'

/*
 * Bedrock serves models of many makers, and what one of them signed another refuses: the maker is the signer, not Bedrock.
 */

/**
 * Claude's signatures are one kind wherever it runs (Anthropic's documentation, extended thinking, 2026-11). What a model
 * of another maker sealed goes back to that maker's models on Bedrock alone: the maker's own API seals otherwise.
 */
export const signerOnBedrock = ({ format, vendor }: Pick<Model, 'format' | 'vendor'>): Signer =>
  format === 'claude' ? 'anthropic' : `bedrock/${vendor}`

/** `rsn_` in base64: so GPT's sealed thoughts begin (vercel/ai pull 18979, UKGovernmentBEIS/inspect_ai pull 5299, 2026-09). */
const gptSeal = 'cnNuX'
export const isGptSeal = (value: string): boolean => value.startsWith(gptSeal)

/** Of those on Bedrock that sign at all the rest are Claude: who answered a turn that passed as bytes, its history does not tell. */
const signerOfBare = (value: string): Signer => (isGptSeal(value) ? 'bedrock/openai' : 'anthropic')

/** A signature in a caller's history. */
export const readGivenSignature = (text: string): Signature => readSignature(text, signerOfBare(text))

/** Without a mark where it is read back as its signer's all the same. */
export const writeAnswerSignature = (signature: Signature): string =>
  writeSignature(signature, signature.signer === 'bedrock' ? 'bedrock' : signerOfBare(signature.value))
