/** One step of a cycle: the file, and the line on which it imports the next. */
export type Step = { readonly path: string; readonly line: number }
type Edges = ReadonlyMap<string, readonly { readonly to: string; readonly line: number }[]>

/**
 * One shortest cycle for every knot of files that import each other, type-only imports included. Files are
 * taken in order of their names, so the same tree gives the same words.
 */
export function cyclesOf(edges: Edges): readonly (readonly Step[])[] {
  const cycles: (readonly Step[])[] = []
  const reported = new Set<string>()
  for (const start of [...edges.keys()].sort()) {
    if (reported.has(start)) continue
    const cycle = shortestWayBack(edges, start)
    if (cycle === null || cycle.some((step) => reported.has(step.path))) continue
    for (const step of cycle) reported.add(step.path)
    cycles.push(cycle)
  }
  return cycles
}

function shortestWayBack(edges: Edges, start: string): readonly Step[] | null {
  const ways: (readonly Step[])[] = [[{ path: start, line: 0 }]]
  const seen = new Set<string>()
  for (const way of ways) {
    const last = way.at(-1)
    if (last === undefined) continue
    for (const { to, line } of edges.get(last.path) ?? []) {
      const walked = [...way.slice(0, -1), { path: last.path, line }]
      if (to === start) return walked
      if (seen.has(to) || !edges.has(to)) continue
      seen.add(to)
      ways.push([...walked, { path: to, line: 0 }])
    }
  }
  return null
}
