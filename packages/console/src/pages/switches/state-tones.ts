import type { Tone } from '../../parts/badge.tsx'

/** By a switch's state; what is over is neutral. */
export const stateTones: { readonly [state: string]: Tone } = {
  active: 'good',
  published: 'accent',
  recorded: 'accent',
  refused: 'bad',
  rejected: 'bad',
  reverted: 'warn',
}
