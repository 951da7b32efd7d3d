import type { SupabaseTokens, SupabaseTokensParts } from './supabase-tokens.ts'

/**
 * Null where neither a secret nor a URL of keys is set: users' tokens are then unknown keys like any other, and what checks
 * them is not loaded.
 */
export async function openSupabaseTokens(parts: SupabaseTokensParts): Promise<SupabaseTokens | null> {
  const { jwksUrl, secret } = parts.settings
  if (secret === null && jwksUrl === null) return null
  const { createSupabaseTokens } = await import('./supabase-tokens.ts')
  return createSupabaseTokens(parts)
}
