/** A query as people read it, folded until somebody asks for it. */
import { t } from '#ui/t.ts'

export function QueryText({ query }: { query: string }) {
  return (
    <details className="query">
      <summary>{t('Show the query')}</summary>
      <pre>{dedent(query)}</pre>
    </details>
  )
}

/** Without the indentation that all lines but the first have. */
function dedent(text: string): string {
  const [first = '', ...rest] = text.trim().split('\n')
  const indents = rest.flatMap((line) => (line.trim() === '' ? [] : [line.search(/\S/)]))
  const common = Math.min(...indents)
  return [first, ...rest.map((line) => line.slice(common))].join('\n')
}
