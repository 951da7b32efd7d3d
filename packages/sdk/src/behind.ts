/** Who does not serve what was changed yet. */
export interface Behind {
  /** Leased replicas that did not serve it within a second. */
  readonly pending: readonly string[]
  /**
   * Not heard of since then (ISO 8601), and they never left: killed, or cut off from the database and serving an older
   * revision, for a day at most. Nobody waits for them.
   */
  readonly unheard: readonly { readonly id: string; readonly since: string }[]
}
