import type { CallOptions } from './connection.ts'

/** One page of a list; ask again with `cursor: nextCursor` until it is null. */
export interface Page<Item> {
  readonly data: readonly Item[]
  readonly nextCursor: string | null
}

export interface Paging {
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

/** A list of the server: page by page, or all of it in turn (`for await (const item of models.each())`). */
export interface Listing<Item, Question = unknown> {
  list(question?: Question & Paging, options?: CallOptions): Promise<Page<Item>>
  each(question?: Question & Paging, options?: CallOptions): AsyncGenerator<Item, void, undefined>
}

export function listing<Item, Question>(
  list: Listing<Item, Question>['list'],
): Pick<Listing<Item, Question>, 'list' | 'each'> {
  return {
    list,
    async *each(question, options) {
      let page = await list(question, options)
      for (;;) {
        yield* page.data
        if (page.nextCursor === null) return
        page = await list({ ...(question as Question & Paging), cursor: page.nextCursor }, options)
      }
    },
  }
}
