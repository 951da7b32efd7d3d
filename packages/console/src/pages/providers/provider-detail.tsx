import type { ProviderItem } from '@pointsman/sdk'
import { useState, type ReactNode } from 'react'
import { ago, instant } from '../../format/instants.ts'
import { span } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Facts } from '../../parts/page.tsx'
import { useRefusal } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { ProviderKeys } from './provider-keys.tsx'
import { circuitWords, keyWords, stateOfProvider } from './provider-words.ts'
import { RemoveKeyDialog } from './remove-key-dialog.tsx'
import { SetKeyDialog } from './set-key-dialog.tsx'
import { text } from './text.ts'
import { TrialOfKey } from './trial-of-key.tsx'

type Step = 'shown' | 'set' | 'remove'

/** One provider: its credential, where it is called, what is held back; its key can be stored, tried and taken away. */
export function ProviderDetail({
  item,
  onClose,
}: {
  readonly item: ProviderItem
  readonly onClose: () => void
}) {
  const [step, setStep] = useState<Step>('shown')
  const refusal = useRefusal('admin')
  const back = (): void => setStep('shown')
  if (step === 'set') return <SetKeyDialog item={item} onClose={back} />
  if (step === 'remove') return <RemoveKeyDialog item={item} onClose={back} />
  return (
    <Dialog
      title={item.id}
      place="side"
      isOpen
      onClose={onClose}
      actions={
        <>
          {item.keySource === 'registry' ? (
            <Button kind="danger" refusedBecause={refusal} onPress={() => setStep('remove')}>
              {text.removeKey}
            </Button>
          ) : null}
          <Button kind="primary" refusedBecause={refusal} onPress={() => setStep('set')}>
            {text.updateKey}
          </Button>
        </>
      }
    >
      <Facts facts={factsOf(item)} />
      <TrialOfKey item={item} />
      {item.circuits.length === 0 ? null : <Circuits item={item} />}
      <ProviderKeys id={item.id} />
    </Dialog>
  )
}

type Fact = readonly [name: string, value: ReactNode]

function factsOf(item: ProviderItem): readonly Fact[] {
  const { tone, words } = stateOfProvider(item)
  return [
    [
      text.state,
      <Badge key="state" tone={tone}>
        {words}
      </Badge>,
    ],
    ...(item.missing === null ? [] : [[text.whatIsMissing, item.missing] as const]),
    [text.key, keyWords(item)],
    ...credentialFacts(item),
    [text.address, item.baseUrl ?? <span className="soft">{text.vendorAddress}</span>],
    [text.regions, item.regions.join(', ') || <span className="soft">{text.noCircuits}</span>],
    [text.models, fill(text.modelsEnabled, { enabled: item.enabledModels, all: item.models })],
    ...(item.lastTest === null
      ? []
      : [[text.lastTest, <LastTest key="test" test={item.lastTest} />] as const]),
  ]
}

const credentialFacts = ({ keyExpiresAt, keyFrom, keyProblem, keySince }: ProviderItem): readonly Fact[] => [
  ...(keyFrom === null ? [] : [[text.keyComesFrom, keyFrom] as const]),
  ...(keySince === null ? [] : [[text.keySince, instant(keySince)] as const]),
  ...(keyExpiresAt === null ? [] : [[text.expires, instant(keyExpiresAt)] as const]),
  ...(keyProblem === null
    ? []
    : [
        [
          text.keyProblemIs,
          <span key="problem" className="bad-text">
            {keyProblem}
          </span>,
        ] as const,
      ]),
]

const LastTest = ({ test }: { readonly test: NonNullable<ProviderItem['lastTest']> }) => (
  <span className={test.ok ? 'good-text' : 'bad-text'}>
    {fill(test.ok ? text.lastTestOk : text.lastTestBad, {
      when: ago(test.at),
      model: test.modelId,
      span: span(test.latencyMs),
      problem: test.problem ?? '',
    })}
  </span>
)

const Circuits = ({ item: { circuits } }: { readonly item: ProviderItem }) => (
  <section>
    <h3>{text.circuits}</h3>
    <p className="soft small">{text.circuitsHint}</p>
    <ul role="list" className="circuit-list">
      {circuits.map((circuit) => (
        <li key={`${circuit.modelId} ${circuit.region}`}>
          <strong>{fill(text.circuitOf, { model: circuit.modelId, region: circuit.region })}</strong>
          <p className="soft small">{circuitWords(circuit)}</p>
        </li>
      ))}
    </ul>
  </section>
)
