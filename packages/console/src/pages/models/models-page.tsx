import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useBelow } from '../../app/use-filters.ts'
import { Button } from '../../parts/button.tsx'
import { PageFrame } from '../../parts/page.tsx'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { AddModelDialog } from './add-model-dialog.tsx'
import { Catalogue } from './catalogue.tsx'
import { ModelDetailPane } from './model-detail-pane.tsx'
import { path } from './path.ts'
import { Radar } from './radar.tsx'
import { SyncDialog } from './sync-dialog.tsx'
import { text } from './text.ts'
import '../../parts/switching/switching.css'
import './models.css'

export default function ModelsPage() {
  const navigate = useNavigate()
  const refusal = useRefusal('admin')
  const openedId = useBelow()
  const [step, setStep] = useState<'shown' | 'add' | 'sync'>('shown')
  const back = (): void => setStep('shown')
  const open = (id: string): void =>
    void navigate({
      to: id === '' ? path : `${path}/${encodeURIComponent(id)}`,
      search: (kept: object) => kept,
    })
  return (
    <PageFrame
      title={text.title}
      hint={text.hint}
      actions={
        <>
          <Button refusedBecause={refusal} onPress={() => setStep('sync')}>
            {text.sync}
          </Button>
          <Button kind="primary" icon="plus" refusedBecause={refusal} onPress={() => setStep('add')}>
            {text.add}
          </Button>
        </>
      }
    >
      <Radar onOpen={open} />
      <Catalogue onOpen={open} />
      {openedId === '' ? null : <Opened id={openedId} onClose={() => open('')} />}
      {step === 'add' ? <AddModelDialog onClose={back} onAdded={open} /> : null}
      {step === 'sync' ? <SyncDialog onClose={back} /> : null}
    </PageFrame>
  )
}

function Opened({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const client = useClient()
  const query = useQuery({
    queryKey: ['models', 'one', id],
    queryFn: ({ signal }) => client.models.show(id, { signal }),
  })
  return <ModelDetailPane id={id} query={query} onClose={onClose} />
}
