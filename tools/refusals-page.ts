/**
 * The page of every refusal, made from the tables in the code: `node tools/refusals-page.ts` writes it to
 * docs/refusals.md, and a test holds the two equal.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RefusalKind, refusalKinds, refusalRegister } from '#platform/refusal.ts'

const root = join(import.meta.dirname, '..')
export const refusalsPage = join(root, 'docs', 'refusals.md')

const kindWords = {
  invalid: 'what was given cannot be used',
  unauthenticated: 'nobody is signed in',
  forbidden: 'whoever asks may not',
  missing: 'there is no such thing',
  slow: 'the request did not come in time',
  conflict: 'it does not fit how things stand',
  large: 'more was sent than is taken',
  unsupported: 'it was sent in a form that is not taken',
  busy: 'try again in a while',
  unavailable: 'something that is needed is not there',
} as const satisfies Record<RefusalKind, string>

/** Reads every table of refusals and writes the page. */
export async function writeRefusalsPage(): Promise<string> {
  for (const name of globSync('src/**/*.ts', { cwd: root }).sort()) {
    const isTable = !name.endsWith('.test.ts') && readFileSync(join(root, name), 'utf8').includes('= refusals(')
    if (isTable) await import(join(root, name))
  }
  const kinds = Object.entries(refusalKinds).map(
    ([kind, status]) => `| \`${kind}\` | ${status} | ${kindWords[kind as RefusalKind]} |`,
  )
  const rows = [...refusalRegister]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([code, { kind, sentence, hint }]) =>
        `| <a id="${code}"></a>\`${code}\` | \`${kind}\` | ${cell(sentence)} | ${hint === undefined ? '' : cell(hint)} |`,
    )
  return `# Refusals

What Vigil refuses, it refuses with a stable code, a sentence that says what is wrong, and where there is something to do
about it, what. On the command line the sentence stands after \`vigil:\` and what to do after \`hint:\`; the exit code is 1.
Words in braces are filled in. Anything else that goes wrong is a defect of Vigil (exit code 70): please report it.

This page is made from the code: \`node tools/refusals-page.ts\`.

| kind | status | meaning |
| --- | --- | --- |
${kinds.join('\n')}

| code | kind | what it says | what to do |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}

function cell(text: string): string {
  return text.replace(/[|<>]/g, (character) => `\\${character}`)
}

if (import.meta.main) writeFileSync(refusalsPage, await writeRefusalsPage())
