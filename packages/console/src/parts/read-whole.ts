/**
 * A list that is shown whole, from all its pages: a row behind the first thousand would be told as one that is not there. For
 * what is bounded by its nature (models, routes, keys), not for a history.
 */
export async function readWhole<Item>(
  items: AsyncIterable<Item>,
): Promise<{ readonly data: readonly Item[] }> {
  const data: Item[] = []
  for await (const item of items) data.push(item)
  return { data }
}
