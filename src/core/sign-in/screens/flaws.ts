/** What is wrong with a form, said beside the field that it is about. */
import { Problem, problemOf } from '#ui/call.ts'
import { t } from '#ui/t.ts'

/** Says what is missing before the server is asked: `demand({ name: name === '' && 'Give your name.' })`. */
export function demand(flaws: Readonly<Record<string, string | false>>): void {
  const errors = Object.entries(flaws).flatMap(([path, message]) => (message === false ? [] : [{ path, message }]))
  if (errors.length === 0) return
  throw new Problem({ status: 400, code: 'form-incomplete', message: t('Something is missing.'), errors })
}

/** Puts refusals beside their field, by how their code begins: `beside({ 'password-': 'password' }, () => change.run(…))`. */
export async function beside<T>(fields: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    const problem = problemOf(thrown)
    const [, path] = Object.entries(fields).find(([start]) => problem.code.startsWith(start)) ?? []
    if (path === undefined) throw problem
    const { status, code, message, hint } = problem
    const words = hint === undefined ? message : `${message} ${hint.charAt(0).toUpperCase()}${hint.slice(1)}.`
    throw new Problem({ status, code, message, errors: [{ path, message: words }] })
  }
}

export const isEmail = (text: string) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim())
