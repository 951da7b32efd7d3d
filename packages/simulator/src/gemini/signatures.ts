import { hash } from 'node:crypto'
import { invalid } from './failure.ts'

/*
 * Thought signatures. The vendor's are sealed and only it can check them; ours begin with a mark, so that one which
 * another vendor made, or which was damaged on the way, is refused here as it is there.
 */
const MARK = Buffer.from([0x12, 0x34, 0x0a, 0x32, 0x01])

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/**
 * Values that the vendor documents as "do not check", for calls that it did not make (thought-signatures page, 2026-10). A
 * signature is bytes: SDKs write those of the word in base64 (pydantic/pydantic-ai issue 3881, 2025-12).
 */
const DUMMIES: ReadonlySet<string> = new Set(
  ['context_engineering_is_the_way_to_go', 'skip_thought_signature_validator'].flatMap((word) => [
    word,
    base64(word),
  ]),
)

/** The signature of a part; equal for equal answers. */
export function thoughtSignature(seedHex: string, part: number): string {
  const sealed = Buffer.from(hash('sha256', `${seedHex} signature ${part}`), 'hex')
  return Buffer.concat([MARK, sealed]).toString('base64')
}

/** Throws for a signature that the vendor did not make. Takes base64 in both alphabets, as protobuf's JSON does. */
export function checkSignature(signature: string): void {
  if (DUMMIES.has(signature)) return
  const bytes = Buffer.from(signature, 'base64')
  if (bytes.length <= MARK.length) throw invalid('Invalid thought signature.')
  if (!bytes.subarray(0, MARK.length).equals(MARK)) throw invalid('Corrupted thought signature.')
}
