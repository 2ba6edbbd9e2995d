/**
 * Gathers every text of the web app into `src/web/public/languages/en.json`, from which it is translated. With `--check` it
 * changes nothing and fails when that file is old, or when a text could not be translated:
 *  - the first argument of `t` and `rich` is a plain text, so that it can be gathered;
 *  - it is a message in ICU's format, whose placeholders are the values handed in;
 *  - no text that a person sees stands outside of them: between tags, in what is said by an attribute or a property of a
 *    name that holds words (`title`, `label` …), or anywhere else as several words. What is no language of people (names of
 *    products, a command) stands below a comment that says `not translated`.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { IntlMessageFormat } from 'intl-messageformat'
import ts from 'typescript'

const root = join(import.meta.dirname, '..')
const file = join(root, 'src/web/public/languages/en.json')

/** Attributes and properties that hold words for people. */
const spoken = new Set(
  [
    'title',
    'label',
    'head',
    'says',
    'does',
    'word',
    'placeholder',
    'description',
    'hint',
    'message',
    'detail',
    'empty',
  ].concat(['aria-label', 'aria-description', 'alt', 'nothingFoundMessage', 'confirm', 'legend', 'caption']),
)
/** Attributes and properties whose texts are for the machine, also where there are spaces in them. */
const unspoken = new Set(
  [
    'className',
    'classNames',
    'style',
    'd',
    'viewBox',
    'points',
    'transform',
    'sizes',
    'accept',
    'rel',
    'media',
    'key',
    'w',
  ]
    .concat([
      'id',
      'keys',
      'autoComplete',
      'width',
      'height',
      'gridTemplateColumns',
      'fontFamily',
      'boxShadow',
      'background',
    ])
    .concat([
      'strokeDasharray',
      'aria-keyshortcuts',
      'color',
      'border',
      'size',
      'cols',
      'pattern',
      'shadow',
      'aria-labelledby',
    ])
    .concat(['aria-describedby', 'aria-controls', 'role', 'type', 'name', 'value', 'to', 'href']),
)

/** As the parser numbers the parts of a message. */
const part = { literal: 0, select: 5, plural: 6, pound: 7, tag: 8 } as const

const { values } = parseArgs({ options: { check: { type: 'boolean' } } })
const faults: string[] = []
const messages = new Set<string>()

for (const name of listFiles()) look(name)
const text = `${JSON.stringify(Object.fromEntries([...messages].sort().map((message) => [message, message])), null, 2)}\n`
if (!values.check) writeFileSync(file, text)
else if (readCatalogue() !== text) faults.unshift(`${relative(root, file)} is old: node tools/catalogue.ts`)
for (const fault of faults) process.stderr.write(`${fault}\n`)
process.stdout.write(`${messages.size} messages, ${faults.length} faults\n`)
process.exitCode = faults.length > 0 ? 1 : 0

function listFiles(): readonly string[] {
  const found = globSync(['src/{ui,web}/**/*.{ts,tsx}', 'src/**/screens/**/*.{ts,tsx}'], { cwd: root })
  return [...new Set(found)].filter((name) => !name.endsWith('.test.ts')).sort()
}

function readCatalogue(): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function look(name: string): void {
  const source = ts.createSourceFile(name, readFileSync(join(root, name), 'utf8'), ts.ScriptTarget.Latest, true)
  const fault = (node: ts.Node, what: string) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
    faults.push(`${name}:${line + 1}: ${what}`)
  }

  const visit = (node: ts.Node): void => {
    if (isLeftOut(node, source)) return
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && /^(t|rich)$/.test(node.expression.text)) {
      const [message, ...rest] = node.arguments
      gather(node, message, rest[0])
      for (const each of rest) visit(each)
      return
    }
    if (ts.isJsxText(node)) {
      if (/\p{L}/u.test(node.text) && node.text.trim() !== 'Vigil')
        fault(node, `"${short(node.text)}" stands between tags outside of t`)
      return
    }
    const said = textOf(node)
    if (said !== undefined && isForPeople(node, said)) fault(node, `"${short(said)}" stands outside of t`)
    ts.forEachChild(node, visit)
  }

  const gather = (call: ts.Node, message: ts.Expression | undefined, handed: ts.Expression | undefined): void => {
    if (!message || !(ts.isStringLiteral(message) || ts.isNoSubstitutionTemplateLiteral(message))) {
      fault(call, 'the message is no plain text')
      return
    }
    messages.add(message.text)
    let wanted: ReadonlySet<string>
    try {
      wanted = placeholdersOf(new IntlMessageFormat(message.text, 'en').getAst())
    } catch (error) {
      fault(
        message,
        `"${short(message.text)}" is no message: ${error instanceof Error ? error.message : String(error)}`,
      )
      return
    }
    const given = keysOf(handed)
    if (given === undefined) return
    for (const key of wanted) if (!given.names.has(key) && !given.isOpen) fault(message, `{${key}} is not handed in`)
    for (const key of given.names) if (!wanted.has(key)) fault(message, `${key} is handed in, and said nowhere`)
  }

  visit(source)
}

type Parsed = ReturnType<IntlMessageFormat['getAst']>
/** The names in braces and in tags of a message. */
function placeholdersOf(parts: Parsed): ReadonlySet<string> {
  const names = new Set<string>()
  const add = (inner: Parsed) => {
    for (const each of inner) {
      if (each.type === part.literal || each.type === part.pound) continue
      names.add(each.value)
      if (each.type === part.tag) add(each.children)
      if (each.type === part.select || each.type === part.plural) {
        for (const { value } of Object.values(each.options)) add(value)
      }
    }
  }
  add(parts)
  return names
}

/** The keys of an object that is handed in; undefined where it is not written out here. */
function keysOf(handed: ts.Expression | undefined) {
  if (handed === undefined) return { names: new Set<string>(), isOpen: false }
  if (!ts.isObjectLiteralExpression(handed)) return undefined
  const names = new Set<string>()
  let isOpen = false
  for (const property of handed.properties) {
    if (property.name && (ts.isIdentifier(property.name) || ts.isStringLiteral(property.name))) {
      names.add(property.name.text)
    } else isOpen = true
  }
  return { names, isOpen }
}

/** What a literal says; of a template what stands around its values. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…')
}

/** Whether a comment right before a statement, a function or a property says that it is not translated. */
function isLeftOut(node: ts.Node, source: ts.SourceFile): boolean {
  if (!(ts.isStatement(node) || ts.isPropertyAssignment(node))) return false
  const comments = ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? []
  return comments.some(({ pos, end }) => source.text.slice(pos, end).includes('not translated'))
}

function isForPeople(node: ts.Node, said: string): boolean {
  const place = placeOf(node)
  if (place.isMachine || !/\p{L}/u.test(said)) return false
  // An address, or the number of a thing, as an example in a field.
  if (/^[^\s]*[:@/][^\s]*$/.test(said)) return false
  // A plain word of the machine's (a state, an endpoint) may stand in an attribute of a name that also holds words.
  if (place.name !== undefined && spoken.has(place.name)) return /\p{L}{2}/u.test(said)
  if (place.name !== undefined && unspoken.has(place.name)) return false
  if (place.isChild) return /\p{L}{2}/u.test(said.replaceAll(/…/g, ''))
  // Addresses, selectors and media queries hold no space between two words.
  return /[\p{L}’,;:)] (?:[\p{L}“(…]|\d)/u.test(said) && !/^[@#.[/]|^\(|=|^\w+\(/.test(said)
}

/** Where a literal stands: under which name, as a child of a tag, or where only the machine reads it. */
function placeOf(node: ts.Node): { readonly name?: string; readonly isChild?: boolean; readonly isMachine?: boolean } {
  for (let inner = node, outer = node.parent; ; inner = outer, outer = outer.parent) {
    if (outer === undefined || ts.isSourceFile(outer)) return {}
    if (ts.isJsxElement(outer) && outer.openingElement.tagName.getText() === 'kbd') return { isMachine: true }
    if (ts.isJsxAttribute(outer)) return { name: nameOf(outer.name) }
    if (ts.isPropertyAssignment(outer)) {
      // A key is for the machine.
      if (outer.name === inner) return { isMachine: true }
      return { name: nameOf(outer.name) }
    }
    if (ts.isJsxExpression(outer)) {
      if (ts.isJsxElement(outer.parent) && outer.parent.openingElement.tagName.getText() === 'kbd')
        return { isMachine: true }
      return ts.isJsxElement(outer.parent) || ts.isJsxFragment(outer.parent) ? { isChild: true } : continueAt(outer)
    }
    // What is compared, looked up, thrown or handed to a function is not said here.
    if (ts.isBinaryExpression(outer) && /^[!=<>]=*$/.test(outer.operatorToken.getText())) return { isMachine: true }
    if (ts.isElementAccessExpression(outer) || ts.isCaseClause(outer) || ts.isLiteralTypeNode(outer)) {
      return { isMachine: true }
    }
    if (ts.isNewExpression(outer) && /(Error|Exception)$/.test(outer.expression.getText())) return { isMachine: true }
    if (ts.isCallExpression(outer)) return isForMachine(outer) ? { isMachine: true } : {}
    if (ts.isBlock(outer) || ts.isVariableDeclaration(outer) || ts.isReturnStatement(outer)) return {}
  }
}

function continueAt(expression: ts.JsxExpression) {
  return ts.isJsxAttribute(expression.parent) ? { name: nameOf(expression.parent.name) } : {}
}

function nameOf(name: ts.PropertyName | ts.JsxAttributeName): string {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : name.getText()
}

/** Functions that take selectors, patterns, formats and the like. */
function isForMachine(call: ts.CallExpression): boolean {
  const called = call.expression.getText().split('.').at(-1) ?? ''
  return /^(querySelector|querySelectorAll|closest|matches|matchMedia|useMediaQuery|split|join|replace|replaceAll|test|startsWith|endsWith|includes|exec|addEventListener|set|append|Error)$/.test(
    called,
  )
}

function short(words: string): string {
  const plain = words.replaceAll(/\s+/g, ' ').trim()
  return plain.length > 60 ? `${plain.slice(0, 60)} …` : plain
}
