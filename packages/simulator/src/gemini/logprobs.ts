import { Chance } from '../answer/chance.ts'
import { cutAt } from '../answer/prose.ts'
import { charactersOf } from '../answer/token-estimate.ts'
import type { JsonObject } from '../json.ts'

/**
 * `avgLogprobs` and `logprobsResult` of a text, in tokens of the simulator's own size. Invented, and the same for the
 * same answer; alternatives are always less likely than what was chosen.
 */
export function logprobsOf(text: string, alternatives: number, seedHex: string): JsonObject {
  const chance = new Chance(seedHex)
  const chosen = tokensOf(text).map((token) => candidate(token, -chance.fraction() / 2, chance))
  const average = chosen.reduce((sum, one) => sum + one.logProbability, 0) / Math.max(1, chosen.length)
  const topCandidates = chosen.map((one) => ({
    candidates: [
      one,
      ...Array.from({ length: Math.max(0, alternatives - 1) }, (_none, index) =>
        candidate(chance.word(4), one.logProbability - 1 - index, chance),
      ),
    ].slice(0, alternatives),
  }))
  return {
    avgLogprobs: average,
    logprobsResult: {
      ...(alternatives === 0 ? {} : { topCandidates }),
      chosenCandidates: chosen,
      logProbabilitySum: average * chosen.length,
    },
  }
}

function candidate(
  token: string,
  logProbability: number,
  chance: Chance,
): { readonly token: string; readonly tokenId: number; readonly logProbability: number } {
  return { token, tokenId: chance.between(1, 250_000), logProbability }
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = []
  let rest = text
  while (rest !== '') {
    const cut = cutAt(rest, charactersOf(1))
    const token = cut === '' ? rest.slice(0, 2) : cut
    tokens.push(token)
    rest = rest.slice(token.length)
  }
  return tokens
}
