/**
 * Removes rows a piece at a time, until one is not full: what waits behind such a statement waits for a piece of it. Returns how
 * many went.
 */
export async function inPieces(
  rowsAtOnce: number,
  remove: (rowsAtOnce: number) => Promise<{ readonly rowCount: number }>,
): Promise<number> {
  let removed = 0
  for (let piece = rowsAtOnce; piece === rowsAtOnce; removed += piece) {
    piece = (await remove(rowsAtOnce)).rowCount
  }
  return removed
}
