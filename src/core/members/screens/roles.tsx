/** The roles in words: what each of them sees and does. */
import { Checkbox } from '@mantine/core'
import type { ReactNode } from 'react'
import { type Role, roles as titles } from '#platform/contract.ts'
import { t } from '#ui/t.ts'

const says: readonly (readonly [Role, string])[] = [
  ['privacy-officer', t('Answers for patients’ information. Sees everything, and works on all of it.')],
  [
    'security-officer',
    t('Runs the programme day by day. Sees everything, works on all of it, and may sign members out.'),
  ],
  [
    'administrator',
    t('As the officers; and says who else may come in, what they may do, and which programs have tokens.'),
  ],
  ['manager', t('Sees the people who report to them, what was found about these people, and their own tasks.')],
  ['staff', t('Sees their own tasks, and nothing else. May sign in by a password alone.')],
  ['auditor', t('Reads everything until a last day, and changes nothing.')],
]

/** In the words and the order of the list above. */
export function sayRoles(roles: readonly Role[]): string {
  return says
    .filter(([role]) => roles.includes(role))
    .map(([role]) => titles[role])
    .join(', ')
}

export interface PickerProps {
  /** Where the form finds it, to put the focus there. */
  readonly 'data-path'?: string
  readonly value?: string[]
  readonly onChange: (chosen: string[]) => void
  readonly error?: ReactNode
}

/** Takes what `form.field('roles')` gives. */
export function RolePicker({ 'data-path': path, value = [], onChange, error }: PickerProps) {
  return (
    <Checkbox.Group label={t('Roles')} value={value} onChange={onChange} error={error}>
      <div className="picks">
        {says.map(([role, description], at) => (
          <Checkbox
            key={role}
            value={role}
            label={titles[role]}
            description={description}
            {...(at === 0 ? { 'data-path': path } : {})}
          />
        ))}
      </div>
    </Checkbox.Group>
  )
}
