import { useMutation } from '@tanstack/react-query'
import type { SwitchQuestion, SwitchRow } from '@pointsman/sdk'
import { useState } from 'react'
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { csvLines, csvTitles, type CsvColumn } from '../../format/csv.ts'
import { saveFile } from '../../format/save-file.ts'
import { Button } from '../../parts/button.tsx'
import { tellFailure } from '../../parts/toast.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/** Everything that fits the filters, page by page, into a file. */
export function ExportMenu({ question }: { readonly question: SwitchQuestion }) {
  const client = useClient()
  const [count, setCount] = useState(0)
  const exporting = useMutation({
    mutationFn: async (form: 'csv' | 'jsonl') => {
      const linesOf = (rows: readonly SwitchRow[]): string =>
        form === 'csv' ? csvLines(csvColumns, rows) : rows.map((row) => `${JSON.stringify(row)}\n`).join('')
      // In the browser's own store page by page: a long history takes no more of the page's memory than a short one.
      const parts: BlobPart[] = form === 'csv' ? [csvTitles(csvColumns)] : []
      let cursor: string | undefined
      do {
        const page = await client.switches.list({ ...question, limit: 1_000, cursor })
        parts.push(new Blob([linesOf(page.data)]))
        setCount((before) => before + page.data.length)
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined)
      const type = form === 'csv' ? 'text/csv' : 'application/jsonl'
      saveFile(`switches.${form}`, new Blob(parts, { type: `${type};charset=utf-8` }))
    },
    onError: (error) => tellFailure(error),
    onSettled: () => setCount(0),
  })
  return (
    <MenuTrigger>
      <Button icon="download" isPending={exporting.isPending}>
        {exporting.isPending ? fill(text.exporting, { count }) : text.export}
      </Button>
      <Popover className="popover">
        <Menu
          className="options"
          aria-label={text.export}
          onAction={(key) => exporting.mutate(key === 'csv' ? 'csv' : 'jsonl')}
        >
          <MenuItem id="csv" className="option">
            {text.exportCsv}
          </MenuItem>
          <MenuItem id="jsonl" className="option">
            {text.exportJson}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

const csvColumns: readonly CsvColumn<SwitchRow>[] = [
  ['sequence', (row) => row.sequence],
  ['id', (row) => row.id],
  ['recorded_at', (row) => row.recordedAt],
  ['state', (row) => row.state],
  ['action', (row) => row.action],
  ['scope', (row) => row.scopeText],
  ['from', (row) => row.fromId],
  ['to', (row) => row.toId],
  ['reason', (row) => row.reason],
  ['actor_kind', (row) => row.actor.kind],
  ['actor', (row) => row.actor.id],
  ['approved_by', (row) => row.approval?.by ?? null],
  ['approval_reference', (row) => row.approval?.reference ?? null],
  ['reverts', (row) => row.reverts],
  ['refusal', (row) => row.refusal?.message ?? null],
  ['saved_per_day_usd', (row) => row.costImpactEstimated],
  ['revision', (row) => row.revision?.number ?? null],
  ['hash', (row) => row.hash],
]
