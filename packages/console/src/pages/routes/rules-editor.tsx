import { SelectField, TextField, Tick } from '../../parts/field.tsx'
import { Card } from '../../parts/page.tsx'
import { text } from './text.ts'
import { isHeartbeat, type RouteDraft, type RouteEditing } from './use-route-draft.ts'

/** What may be chosen, in the order of its catalogue. */
const choicesOf = (words: { readonly [id: string]: string }) =>
  Object.entries(words).map(([id, label]) => ({ id, label }))

/** The rules of a route: what is chosen by words, and what is typed. */
export function RulesEditor({ editing: { draft, refusal, set } }: { readonly editing: RouteEditing }) {
  const isReadOnly = refusal !== null
  return (
    <Card title={text.rules}>
      <div className="routes-rules">
        <Choice
          name="strategy"
          label={text.strategy}
          words={text.strategies}
          {...{ draft, set, isReadOnly }}
        />
        <Choice
          name="objective"
          label={text.objective}
          words={text.objectives}
          {...{ draft, set, isReadOnly }}
        />
        <Choice
          name="autoSwitch"
          label={text.autoSwitch}
          words={text.autoSwitches}
          {...{ draft, set, isReadOnly }}
        />
        <Choice
          name="lifecycleRule"
          label={text.lifecycle}
          words={text.lifecycles}
          {...{ draft, set, isReadOnly }}
        />
        <TextField
          label={text.regions}
          hint={text.regionsHint}
          value={draft.residency}
          isReadOnly={isReadOnly}
          onChange={(residency) => set({ residency })}
        />
        <TextField
          label={text.heartbeat}
          hint={text.heartbeatHint}
          value={draft.heartbeat}
          isReadOnly={isReadOnly}
          error={isHeartbeat(draft.heartbeat) ? null : text.heartbeatWrong}
          onChange={(heartbeat) => set({ heartbeat })}
        />
        <div>
          <Tick isSelected={draft.capture} isReadOnly={isReadOnly} onChange={(capture) => set({ capture })}>
            {text.capture}
          </Tick>
          <p className="soft small">{text.captureHint}</p>
        </div>
      </div>
    </Card>
  )
}

function Choice<Name extends 'strategy' | 'objective' | 'autoSwitch' | 'lifecycleRule'>({
  draft,
  isReadOnly,
  label,
  name,
  set,
  words,
}: {
  readonly name: Name
  readonly label: string
  readonly words: { readonly [Word in RouteDraft[Name]]: string }
  readonly draft: RouteDraft
  readonly set: RouteEditing['set']
  readonly isReadOnly: boolean
}) {
  return (
    <SelectField
      label={label}
      value={draft[name]}
      choices={choicesOf(words)}
      isReadOnly={isReadOnly}
      onChange={(id) => {
        if (id in words) set({ [name]: id })
      }}
    />
  )
}
