import { TextField } from '../../parts/field.tsx'
import { limitProblem, limitTitles, spendLimits, wholeLimits, type LimitFields } from './key-limits.ts'
import { text } from './text.ts'

export interface LimitFieldsProps {
  readonly fields: LimitFields
  readonly onChange: (changed: Partial<LimitFields>) => void
}

/** What a key may call, how often, and for how much. */
export const KeyLimits = ({ fields, onChange }: LimitFieldsProps) => (
  <>
    <div className="key-names">
      {(['routes', 'models'] as const).map((name) => (
        <TextField
          key={name}
          label={limitTitles[name]}
          hint={name === 'routes' ? text.routesHint : text.modelsHint}
          isMultiline
          value={fields[name]}
          onChange={(value) => onChange({ [name]: value })}
        />
      ))}
    </div>
    <div className="key-numbers">
      {[...wholeLimits, ...spendLimits].map((name) => (
        <TextField
          key={name}
          label={limitTitles[name]}
          value={fields[name]}
          error={limitProblem(name, fields[name])}
          onChange={(value) => onChange({ [name]: value })}
        />
      ))}
    </div>
    <p className="soft small">{text.noLimitHint}</p>
  </>
)

export const hasProblem = (fields: LimitFields): boolean =>
  [...wholeLimits, ...spendLimits].some((name) => limitProblem(name, fields[name]) !== null)
