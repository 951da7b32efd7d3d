import { z } from 'zod'

const nanoUsd = 1e-9

/** US dollars as they are kept, in whole nano-dollars: what is less than one would be kept as nothing. */
export const dollarsUpTo = (most: number) =>
  z
    .number()
    .min(0)
    .max(most)
    .refine((usd) => usd === 0 || usd >= nanoUsd, 'should be 0, or a billionth of a dollar or more')
