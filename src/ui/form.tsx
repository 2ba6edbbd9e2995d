/**
 * Forms. What the server finds wrong stands beside its field; the rest stands above the button.
 *
 *   const form = useFields({ name: '', email: '' }, async (values) => { await invite.run(values); close() })
 *   <Form of={form} does="Invite"><TextInput label="Name" {...form.field('name')} /></Form>
 */
import { Button } from '@mantine/core'
import { useForm } from '@mantine/form'
import { type FormEvent, type ReactNode, useState } from 'react'
import { type FieldError, Problem, problemOf } from './call.ts'
import { ProblemNote } from './say.tsx'
import { t } from './t.ts'

/** The fields of a form by their first values, and what to do with them; see the head of this file. */
export function useFields<T extends object>(first: T, send: (values: T) => Promise<unknown>) {
  const form = useForm<T>({ initialValues: first })
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (isBusy) return
    setBusy(true)
    setProblem(undefined)
    form.clearErrors()
    try {
      await send(form.getValues())
    } catch (thrown) {
      const refused = problemOf(thrown)
      const beside = refused.errors.filter(({ path }) => hasPlace(form.getValues(), dotted(path)))
      form.setErrors(Object.fromEntries(beside.map(({ path, message }) => [dotted(path), message])))
      setProblem(leaveOut(refused, beside))
      const wrong = beside.map(({ path }) => dotted(path))
      const [highest] = Object.keys(first).flatMap((name) => wrong.filter((path) => path.split('.')[0] === name))
      if (highest !== undefined) requestAnimationFrame(() => form.getInputNode(highest)?.focus())
    } finally {
      setBusy(false)
    }
  }

  return {
    /** What a field takes: `{...form.field('name')}`, or `{...form.field('isOn', 'checkbox')}`. */
    field: (name: keyof T & string, type: 'input' | 'checkbox' = 'input') => ({
      ...form.getInputProps(name, { type }),
      name,
    }),
    values: form.values,
    set: (values: Partial<T>) => form.setValues(values),
    reset: () => {
      form.reset()
      setProblem(undefined)
    },
    isChanged: form.isDirty(),
    isBusy,
    problem,
    onSubmit: (event: FormEvent) => void submit(event),
  }
}

/** A form with its one button (`does` says what it does), what went wrong, and a way out if there is one. */
export function Form({
  of,
  does,
  onCancel,
  children,
}: {
  of: {
    readonly isBusy: boolean
    readonly problem: Problem | undefined
    readonly onSubmit: (event: FormEvent) => void
  }
  does: string
  onCancel?: () => void
  children: ReactNode
}) {
  return (
    <form className="stack form" onSubmit={of.onSubmit} noValidate>
      {children}
      <ProblemNote problem={of.problem} />
      <div className="buttons">
        <Button type="submit" variant="filled" loading={of.isBusy}>
          {does}
        </Button>
        {onCancel === undefined ? undefined : <Button onClick={onCancel}>{t('Cancel')}</Button>}
      </div>
    </form>
  )
}

/** `/people/0/name` and `people[0].name` as `people.0.name`. */
function dotted(path: string): string {
  return path
    .replace(/^[/.]/, '')
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .replaceAll('/', '.')
}

function hasPlace(values: object, path: string): boolean {
  return (path.split('.')[0] ?? '') in values
}

/** What of a problem is to be said above the button: nothing when all of it stands beside fields. */
function leaveOut(problem: Problem, beside: readonly FieldError[]): Problem | undefined {
  if (beside.length === 0) {
    const [first] = problem.errors
    return first === undefined || problem.hint !== undefined
      ? problem
      : new Problem({ ...problem, message: problem.message, hint: `${first.path}: ${first.message}` })
  }
  return beside.length === problem.errors.length ? undefined : problem
}
