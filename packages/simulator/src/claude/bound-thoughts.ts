import { createHash } from 'node:crypto'
import type { CachePoint, PromptBlock, PromptTool, TextBlock } from '../answer/prompt.ts'
import { problemAt } from './problem.ts'
import { BINDING_BYTES, readSeal } from './thought-seal.ts'

/*
 * Claude 5.1 and later take a thought back only behind what it was thought with: system text, tools and messages, in which
 * marks of the cache and other thoughts do not count. Thoughts may be missing from the oldest on, not from the middle.
 * Those of another account, so of another platform, are overlooked without a word
 * (platform.claude.com, preserved thinking, prefix checks; AWS Bedrock user guide, claude-messages-thinking-block-binding;
 * pydantic/pydantic-ai issue 7984, run, for tools whose loading is put off; all read 2026-11).
 */

const HALF = (BINDING_BYTES - 1) / 2
const NO_THOUGHT = Buffer.alloc(HALF)

export type ClaudePlatform = 'anthropic' | 'bedrock'
const ACCOUNTS: Readonly<Record<ClaudePlatform, number>> = { anthropic: 1, bedrock: 2 }

/** A conversation as the vendor compares it. Messages of the system stand in their place where the face has them there. */
export interface Bound {
  readonly platform: ClaudePlatform
  readonly system: readonly (TextBlock | CachePoint)[]
  readonly tools: readonly (PromptTool | CachePoint)[]
  readonly messages: readonly { readonly role: string; readonly blocks: readonly PromptBlock[] }[]
}

/** What the next thought of this conversation is bound to. Throws for a thought that stands behind something else. */
export function bindThoughts({ platform, system, tools, messages }: Bound, takesAny: boolean): Buffer {
  const account = ACCOUNTS[platform]
  const said = createHash('sha256').update(JSON.stringify([system.filter(isSaid), comparable(tools)]))
  let previous: Buffer = NO_THOUGHT
  messages.forEach(({ role, blocks }, index) => {
    blocks.filter(isSaid).forEach((block, at) => {
      if (block.kind !== 'reasoning') {
        said.update(JSON.stringify([role, block]))
        return
      }
      const seal = readSeal(block.seal ?? '')
      if (seal === null || (seal.binding.length > 0 && seal.binding[0] !== account)) return
      const isBehind = bindingOf(account, said.copy().digest(), previous)
      if (!takesAny && !fits(seal.binding, isBehind)) throw boundElsewhere(`messages.${index}.content.${at}`)
      previous = seal.nonce
    })
  })
  return bindingOf(account, said.digest(), previous)
}

const bindingOf = (account: number, said: Buffer, previous: Buffer): Buffer =>
  Buffer.concat([Buffer.of(account), said.subarray(0, HALF), previous])

/** The oldest thought that is left may have had others before it. */
function fits(bound: Buffer, isBehind: Buffer): boolean {
  if (bound.length === 0) return true
  const saidFits = bound.subarray(0, -HALF).equals(isBehind.subarray(0, -HALF))
  const previous = isBehind.subarray(-HALF)
  return saidFits && (previous.equals(NO_THOUGHT) || previous.equals(bound.subarray(-HALF)))
}

const isSaid = (block: { readonly kind: string }): boolean => block.kind !== 'cachePoint'

/** Their order is not compared, nor those that the model does not see yet. */
function comparable(tools: readonly (PromptTool | CachePoint)[]): readonly PromptTool[] {
  const seen = tools.flatMap((tool) => (tool.kind === 'tool' && tool.isDeferred !== true ? [tool] : []))
  return seen.toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

const boundElsewhere = (where: string): Error =>
  problemAt(
    where,
    'Invalid `signature` in `thinking` block. The block is bound to a different conversation. Remove the block, or set ' +
      '`thinking.block_binding.prefix_mismatch_behavior` to "drop_block". That setting requires the ' +
      '`thinking-binding-controls-2026-08-01` value in the `anthropic-beta` header.',
  )
