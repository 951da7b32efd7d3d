import type { UseQueryResult } from '@tanstack/react-query'
import type { ModelDetail } from '@pointsman/sdk'
import { useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Facts } from '../../parts/page.tsx'
import { Loaded } from '../../parts/states.tsx'
import { SwitchDialog } from '../../parts/switching/switch-dialog.tsx'
import { useRefusal } from '../../session/session-context.tsx'
import { AvailabilityDialog } from './availability-dialog.tsx'
import { abilityFacts, identityFacts, limitFacts } from './model-facts.tsx'
import { PricesInForce } from './prices-in-force.tsx'
import { text } from './text.ts'
import { ValidateModel } from './validate-model.tsx'

export interface ModelDetailPaneProps {
  readonly id: string
  readonly query: UseQueryResult<ModelDetail>
  readonly onClose: () => void
}

type Step = 'shown' | 'availability' | 'default'

/** One entry whole, and what can be done with it. */
export function ModelDetailPane({ id, onClose, query }: ModelDetailPaneProps) {
  const [step, setStep] = useState<Step>('shown')
  const back = (): void => setStep('shown')
  const entry = query.data
  if (entry !== undefined && step === 'availability')
    return <AvailabilityDialog entry={entry} onClose={back} />
  // The default passes by a switch like any other: tried first, its cost told, taken back by one press.
  if (step === 'default')
    return <SwitchDialog isOpen onClose={back} scope={{}} label={text.switchDefault} suggested={id} />
  return (
    <Dialog
      title={entry?.name ?? id}
      place="side"
      isOpen
      onClose={onClose}
      actions={entry === undefined ? undefined : <Actions entry={entry} onStep={setStep} />}
    >
      <Loaded query={query} lines={10}>
        {(loaded) => (
          <>
            <Facts facts={[...identityFacts(loaded), ...abilityFacts(loaded), ...limitFacts(loaded)]} />
            <PricesInForce prices={loaded.prices} />
            <ValidateModel id={id} />
          </>
        )}
      </Loaded>
    </Dialog>
  )
}

function Actions({ entry, onStep }: { readonly entry: ModelDetail; readonly onStep: (step: Step) => void }) {
  const refusal = useRefusal('switch')
  return (
    <>
      <Button
        kind={entry.isAvailable ? 'danger' : 'plain'}
        refusedBecause={refusal}
        onPress={() => onStep('availability')}
      >
        {entry.isAvailable ? text.disable : text.enable}
      </Button>
      {entry.isDefault ? null : (
        <Button kind="primary" refusedBecause={refusal} onPress={() => onStep('default')}>
          {text.makeDefault}
        </Button>
      )}
    </>
  )
}
