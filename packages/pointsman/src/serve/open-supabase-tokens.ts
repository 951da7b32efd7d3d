import { checksTokens } from '../settings.ts'
import type { SupabaseTokens, SupabaseTokensParts } from './supabase-tokens.ts'

/** As `createSupabaseTokens`; what checks tokens is loaded where there is something to check them by. */
export async function openSupabaseTokens(parts: SupabaseTokensParts): Promise<SupabaseTokens | null> {
  if (!checksTokens(parts.settings)) return null
  const { createSupabaseTokens } = await import('./supabase-tokens.ts')
  return createSupabaseTokens(parts)
}
