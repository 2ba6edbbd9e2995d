import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { csv } from '../formats/csv.ts'
import { inChunks, options } from '../formats/testing.ts'
import {
  type Access,
  actions,
  codedFields,
  maxFieldLength,
  noAccess,
  outcomes,
  readAccess,
  writeAccess,
} from '../model/access.ts'
import { readKnown, unknownPatient } from '../model/relation.ts'
import { Batch, type Gathered, leaveOut } from './batch.ts'
import { listTexts } from './column.ts'
import type { Told } from './told.ts'

const seed = Buffer.alloc(16, 7)
const text = fc.oneof(
  fc.constantFrom('', 'ahansen', 'a\tb', 'back\\slash', 'Zoë', '\u007f', '\ud800', '\0\r\n'),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const access: fc.Arbitrary<Access> = fc.record({
  at: fc.oneof(
    fc.integer({ min: 0, max: 2e12 }),
    fc.constantFrom(999_999_999_999, 1e12, 9_999_999_999_999, 1e13, -1, 0),
  ),
  patient: text,
  user: text,
  onBehalfOf: text,
  action: fc.constantFrom(...actions),
  outcome: fc.constantFrom(...outcomes),
  flags: fc.nat(15),
  purpose: text,
  object: text,
  workstation: text,
  application: text,
  department: text,
  reason: text,
  event: text,
  sequence: fc.constantFrom('', '', '17', '123456'),
})
const messages = fc.array(fc.tuple(fc.uint8Array({ maxLength: 30 }), fc.array(access, { maxLength: 3 })), {
  minLength: 1,
  maxLength: 40,
})

function textsOf(bytes: Buffer, ends: Uint32Array): string[] {
  return Array.from(ends, (end, at) => bytes.toString('utf8', ends[at - 1] ?? 0, end))
}

/** What columns tell, as rows. */
function rowsOf(told: Told) {
  const columns = codedFields.map((field) => {
    const texts = told.texts[field]
    return { texts: texts ? listTexts(texts) : [], places: texts?.places ?? [] }
  })
  return Array.from({ length: told.rows }, (_, row) => ({
    line: told.line[row],
    at: told.at[row],
    action: actions[told.action[row] ?? 0],
    outcome: outcomes[told.outcome[row] ?? 0],
    flags: told.flags[row],
    sequence: told.sequences?.[row] ?? '',
    texts: columns.map(({ texts, places }) => texts[places[row] ?? 0] ?? ''),
  }))
}

function rowOf(one: Access, source: string, line: number) {
  const { at, action, outcome, flags, sequence } = one
  // A lone half of a character has no bytes of its own.
  const texts = codedFields.map((field) => (field === 'source' ? source : one[field]).toWellFormed())
  return { line, at, action, outcome, flags, sequence, texts }
}

test('lines, raw messages and columns hold what was given, whatever the texts', () => {
  fc.assert(
    fc.property(messages, text, (given, source) => {
      const batch = new Batch(source, seed)
      for (const [raw, accesses] of given) batch.takeAccesses(raw, accesses)
      const { records, told, tells } = batch.done()
      const lines = given.flatMap(([, accesses]) =>
        accesses.length === 0 ? [`N\t${source}`] : accesses.map((one) => writeAccess(one, source)),
      )
      // What has no bytes of its own is written as what stands for it.
      assert.deepEqual(
        textsOf(records.lines, records.lineEnds),
        lines.map((line) => Buffer.from(line).toString()),
      )
      assert.deepEqual(Buffer.from(records.raw), Buffer.concat(given.map(([raw]) => raw)))
      const rawOf = given.flatMap(([, accesses], message) => new Array<number>(accesses.length || 1).fill(message))
      assert.deepEqual([...records.rawOf], rawOf)
      assert.deepEqual(
        [...tells],
        given.map(([, accesses]) => (accesses.length > 0 ? 1 : 0)),
      )
      let line = 0
      const rows = given.flatMap(([, accesses]) => {
        const first = line
        line += accesses.length || 1
        return accesses.map((one, at) => rowOf(one, source, first + at))
      })
      assert.deepEqual(rowsOf(told), rows)
    }),
    { numRuns: 200 },
  )
})

test('what is left when messages are left out is what the others alone would have given', () => {
  fc.assert(
    fc.property(messages, fc.infiniteStream(fc.boolean()), (given, choice) => {
      const isLeftOut = Uint8Array.from(given, () => (choice.next().value ? 1 : 0))
      const [all, rest] = [new Batch('EHR', seed), new Batch('EHR', seed)]
      for (const [at, [raw, accesses]] of given.entries()) {
        all.takeAccesses(raw, accesses)
        if (isLeftOut[at] === 0) rest.takeAccesses(raw, accesses)
      }
      const left = leaveOut(all.done(), isLeftOut)
      const expected = rest.done()
      assert.deepEqual(left.records, expected.records)
      assert.deepEqual(rowsOf(left.told), rowsOf(expected.told))
      assert.equal(left.told.lines, expected.told.lines)
    }),
    { numRuns: 200 },
  )
})

test('no text that is kept is longer than a field may be, and keys that begin alike stay apart', () => {
  const long = 'x'.repeat(1_100_000)
  const batch = new Batch('EHR', seed)
  batch.takeAccesses(Buffer.from(long), [{ ...noAccess, patient: 'P-1', department: long, event: 'E-1' }])
  const relation = { record: 'relation', kind: 'order', patient: 'P-1', user: 'ahansen', department: long } as const
  const days = { from: '2026-11-02', to: null, isVoid: false }
  const keys = ['a', 'b'].map((end) => long + end)
  batch.takeKnown(Buffer.from('R'), [
    ...keys.map((key) => ({ ...relation, ...days, key })),
    { record: 'patient', ...unknownPatient, patient: 'P-1', name: long },
  ])
  const { records, told } = batch.done()
  const [access = '', ...known] = textsOf(records.lines, records.lineEnds)
  const cut = 'x'.repeat(maxFieldLength)
  assert.equal(readAccess(access)?.department, cut)
  assert.deepEqual(rowsOf(told), [rowOf(readAccess(access) ?? noAccess, 'EHR', 0)])
  assert.deepEqual(
    known.map(readKnown),
    told.known.map((one) => one.known),
  )
  const [first, second, patient] = told.known.map((one) => one.known)
  assert.ok(first?.record === 'relation' && second?.record === 'relation' && patient?.record === 'patient')
  assert.deepEqual([first.department, patient.name], [cut, cut])
  assert.notEqual(first.key, second.key)
  assert.ok(first.key.length <= maxFieldLength)
  // The raw message stays whole.
  assert.equal(records.rawEnds[0], long.length)
})

test('a message is known again by what it says where it has an identifier, else by its bytes, within its feed', () => {
  const told = { ...noAccess, at: Date.UTC(2026, 10, 2), user: 'ahansen', patient: 'P-1' }
  const numbered = { ...told, event: 'E-1' }
  const one = (source: string, raw: string, access: Access) => {
    const batch = new Batch(source, seed)
    batch.takeAccesses(Buffer.from(raw), [access])
    return [...batch.done().hashes].join()
  }
  assert.equal(one('EHR', 'as written', numbered), one('EHR', 'as written elsewhere', numbered))
  assert.notEqual(one('EHR', 'x', numbered), one('EHR', 'x', { ...numbered, event: 'E-2' }))
  assert.notEqual(one('EHR', 'x', numbered), one('PACS', 'x', numbered))
  assert.notEqual(one('EHR', 'as written', told), one('EHR', 'as written elsewhere', told))
  assert.notEqual(one('EHR', 'x', told), one('PACS', 'x', told))
  // Also where both kinds stand in one batch, in any order.
  const mixed = new Batch('EHR', seed)
  for (const access of [numbered, told, { ...numbered, event: 'E-2' }]) mixed.takeAccesses(Buffer.from('x'), [access])
  const { hashes } = mixed.done()
  assert.deepEqual(
    [0, 1, 2].map((at) => [...hashes.subarray(at * 2, at * 2 + 2)].join()),
    [numbered, told, { ...numbered, event: 'E-2' }].map((access) => one('EHR', 'x', access)),
  )
})

const field = fc.oneof(
  fc.constantFrom(
    '',
    'U17',
    '0017',
    '000',
    '-',
    '--',
    'null',
    'NIL',
    'none',
    'nurse',
    'Patient/17',
    '17^^^HOSP',
    '="0017"',
  ),
  fc.constantFrom(
    'Chart Review',
    ' Chart Review',
    'a\\b',
    'Zoë',
    '"Ward, 3"',
    '"a ""b"" c"',
    '" "',
    'y',
    'x'.repeat(600),
  ),
  { weight: 6, arbitrary: fc.stringMatching(/^[A-Za-z0-9_.@-]{1,12}$/) },
)
const table = fc.record({
  headings: fc.shuffledSubarray(
    [
      'ACCESS_LOG_ID',
      'USER_ID',
      'PAT_ID',
      'ACTION',
      'OUTCOME',
      'PURPOSE',
      'BREAK_GLASS',
      'ON_BEHALF_OF',
      'REASON',
    ].concat(['OBJECT', 'WORKSTATION_ID', 'APPLICATION', 'DEPARTMENT_NAME']),
  ),
  rows: fc.array(
    fc.tuple(fc.constantFrom('2026-11-20 08:30:00', '2026-11-20T08:31:00Z', '2099-01-01 00:00:00'), field),
    {
      minLength: 1,
      maxLength: 20,
    },
  ),
  fields: fc.infiniteStream(field),
})

test('rows whose texts are kept as they stand come to the same lines, hashes and columns as by way of texts', async () => {
  const read = async (text: string, isPlain: boolean): Promise<[Gathered, number]> => {
    const batch = new Batch('ehr', seed)
    let plain = 0
    await csv.read(inChunks(Buffer.from(text), 65_536), options, {
      take: (raw, accesses) => batch.takeAccesses(raw, accesses),
      ...(isPlain && {
        takePlain: (one) => {
          plain += 1
          batch.takePlain(one)
        },
      }),
      reject: () => {},
      ready: async () => {},
    })
    return [batch.done(), plain]
  }
  let plainRows = 0
  await fc.assert(
    fc.asyncProperty(table, async ({ headings, rows, fields }) => {
      const text = [
        ['ACCESS_TIME', 'USER_ID', 'PAT_ID', ...headings.filter((one) => !['USER_ID', 'PAT_ID'].includes(one))].join(
          ',',
        ),
        ...rows.map(([at]) => {
          const more = headings.filter((one) => !['USER_ID', 'PAT_ID'].includes(one)).length + 2
          return [at, ...Array.from({ length: more }, () => fields.next().value)].join(',')
        }),
      ].join('\n')
      const [[quick, plain], [ordinary]] = [await read(text, true), await read(text, false)]
      plainRows += plain
      assert.deepEqual(rowsOf(quick.told), rowsOf(ordinary.told))
      assert.deepEqual({ ...quick, told: undefined }, { ...ordinary, told: undefined })
    }),
  )
  assert.ok(plainRows > 50, `${plainRows} rows were plain`)
})
