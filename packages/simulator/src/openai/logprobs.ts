import { Chance } from '../answer/chance.ts'
import { cutAt } from '../answer/prose.ts'
import { charactersOf } from '../answer/token-estimate.ts'

/** Log probabilities of a text, in tokens of the simulator's own size: invented, and the same for the same answer. */
export function logprobsOf(text: string, alternatives: number, seedHex: string) {
  const chance = new Chance(seedHex)
  return tokensOf(text).map((token) => {
    const chosen = entry(token, -chance.fraction() / 2)
    const others = Array.from({ length: Math.max(0, alternatives - 1) }, (_none, index) =>
      entry(chance.word(4), chosen.logprob - 1 - index),
    )
    return { ...chosen, top_logprobs: alternatives === 0 ? [] : [chosen, ...others] }
  })
}

const entry = (token: string, logprob: number) => ({ token, logprob, bytes: [...Buffer.from(token, 'utf8')] })

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
