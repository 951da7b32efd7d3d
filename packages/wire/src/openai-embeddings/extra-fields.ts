import type { ExtraRule } from '../warning-list.ts'

/** What this form does with fields that the neutral form has no place for (openai SDK 6.49). */
export const extraRules: ReadonlyMap<string, ExtraRule> = new Map([['user', { kind: 'take' }]])
