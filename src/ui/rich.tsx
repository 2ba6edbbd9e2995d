/**
 * A message with more than words in it: `rich('See <link>the findings</link> of {name}.', { name, link: (words) =>
 * <PageLink to="/findings">{words}</PageLink> })`.
 */
import { Children, type ReactNode } from 'react'
import { formatOf, type Values } from './t.ts'

type Piece = (words: ReactNode) => ReactNode

export function rich(
  message: string,
  values: Values | Readonly<Record<string, Values[string] | ReactNode | Piece>>,
): ReactNode {
  const said = formatOf(message).format<ReactNode>(
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        typeof value === 'function' ? (parts: ReactNode[]) => value(keyed(parts)) : value,
      ]),
    ),
  )
  return Array.isArray(said) ? keyed(said) : said
}

function keyed(parts: readonly ReactNode[]): ReactNode {
  // Each piece gets a key of its own.
  return Children.toArray([...parts])
}
