import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { saveFile } from '../../format/save-file.ts'
import { Button } from '../../parts/button.tsx'
import { tellFailure } from '../../parts/toast.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'
import { usageCsv, type UsageFile } from './usage-csv.ts'

/** Takes every group away, also those that the table has no place for. */
export function CsvButton(asked: Pick<UsageFile, 'groupBy' | 'range' | 'isCompared' | 'nameOf'>) {
  const client = useClient()
  const [count, setCount] = useState(0)
  const leaving = useRef<AbortController | null>(null)
  useEffect(() => () => leaving.current?.abort(), [])
  const saving = useMutation({
    mutationFn: async () => {
      const abort = new AbortController()
      leaving.current = abort
      setCount(0)
      const file = await usageCsv({ ...asked, client, onCount: setCount, signal: abort.signal })
      saveFile(`usage-${asked.groupBy}-${asked.range.id}.csv`, file)
    },
    onError: (error) => {
      if (leaving.current?.signal.aborted !== true) tellFailure(error)
    },
  })
  return (
    <Button size="small" icon="download" isPending={saving.isPending} onPress={() => saving.mutate()}>
      {saving.isPending ? fill(text.csvPending, { count }) : text.csv}
    </Button>
  )
}
