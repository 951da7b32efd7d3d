/** A page that is open for weeks shall not grow. */
const mostRemembered = 500

/** Ids that were met, the latest of them. */
export class RecentIds {
  readonly #ids = new Set<string>()

  /** True the first time. */
  isNew(id: string): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    const [oldest] = this.#ids
    if (this.#ids.size > mostRemembered && oldest !== undefined) this.#ids.delete(oldest)
    return true
  }
}
