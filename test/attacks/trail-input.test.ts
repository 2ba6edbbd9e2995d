/** Hostile and broken input at the door of the trail: taken as it is or refused in plain words, and nothing around it is lost. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { OpenTrail } from '#trail/engine.ts'
import { verifyProof } from '#trail/proof/verify.ts'
import {
  accessesOf,
  ask,
  bytesOf,
  everythingOf,
  heading,
  now,
  openKeys,
  openWorld,
  patientCount,
  patientOf,
  plain,
  take,
  writeAtna,
  writeCsv,
  writeFhir,
} from '../faults/trail-world.ts'
import { isLong, makeFolder } from '../faults/vigil.ts'

const folder = makeFolder('vigil-trail-input-')
const keys = await openKeys(folder)
after(() => rmSync(folder, { recursive: true, force: true }))

let trails = 0
async function withTrail<T>(work: (trail: OpenTrail) => Promise<T>, clock?: () => Date): Promise<T> {
  const trail = await openWorld(join(folder, `t${++trails}`), keys, clock ? { clock } : {})
  try {
    return await work(trail)
  } finally {
    await trail.close()
  }
}

const codeOf = (error: unknown) => (error as { code?: string }).code ?? ''
const plainSentence = /^[A-Z].{10,200}\.$/s

/** A refusal in plain words, which holds nothing of what was sent. */
function assertPlain(error: unknown, code: string, secrets: readonly string[] = []): void {
  assert.equal(codeOf(error), code, everythingOf(error))
  assert.match((error as Error).message, plainSentence)
  for (const secret of secrets) assert.ok(!everythingOf(error).includes(secret), 'the refusal holds what was sent')
}

async function refusalOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  assert.fail('it was not refused')
}

const eventOf = (more: object) => writeFhir(accessesOf(0, 1), () => more)
const entityOf = (patient: string) => ({
  what: { identifier: { value: patient } },
  role: { code: '1' },
  type: { code: '1' },
})

test('one event of ten thousand patients is ten thousand accesses, each told of its patient', () =>
  withTrail(async (trail) => {
    const entity = Array.from({ length: 10_000 }, (_, number) => entityOf(`MANY-${number}`))
    const text = eventOf({ entity })
    const taken = await take(trail, text, 'FHIR')
    assert.deepEqual([taken.accepted, taken.rejected], [1, 0])
    assert.equal((await trail.state()).accesses, 10_000)
    for (const number of [0, 4_711, 9_999]) {
      const { total, accesses, proof } = await ask(trail, { by: 'patient', id: `MANY-${number}` })
      assert.equal(total, 1)
      assert.equal(accesses[0]?.patient, `MANY-${number}`)
      // Of an event that names others, the proof opens the patient's own lines alone.
      const opened = JSON.stringify((await proof(true))?.openings)
      assert.equal(opened.match(/MANY-/g)?.length, 1)
    }
    assert.deepEqual((await take(trail, text, 'FHIR')).duplicates, 1)
    assert.equal((await trail.verify()).isIntact, true)
  }))

test('messages of two megabytes are kept whole, and what is beside them too', () =>
  withTrail(async (trail) => {
    const long = 'x'.repeat(2 * 1024 * 1024)
    const fhir = writeFhir(accessesOf(0, 6), (place) => (place % 2 === 0 ? { text: { div: long + place } } : {}))
    assert.deepEqual((await take(trail, fhir, 'FHIR')).accepted, 6)
    const csv = `${heading}\n2026-11-02 09:00:00,ahansen,P-1,"${long}",WS-1,ICU\n2026-11-02 09:01:00,ahansen,P-2,Chart,WS-1,ICU\n`
    const taken = await take(trail, csv)
    assert.ok(taken.accepted + taken.rejected >= 2)
    assert.equal((await ask(trail, { by: 'patient', id: 'P-2' })).total, 1)
    const atna = writeAtna({ at: now.getTime(), user: 'dmoss', patient: 'P-3' }).toString().replace('WS-9', long)
    await trail.accept([{ bytes: Buffer.from(atna), receivedAt: now.getTime() }], 'PACS')
    const { accesses } = await ask(trail, { by: 'patient', id: 'P-3' })
    assert.equal(accesses.length, 1)
    assert.ok((accesses[0]?.workstation.length ?? 0) <= 500)
    assert.equal((await trail.verify()).isIntact, true)
  }))

test('XML with entities or a document type is refused, and nothing that it names is fetched or read', () =>
  withTrail(async (trail) => {
    let connections = 0
    const listener = createServer((_, response) => response.end('fetched'))
    listener.on('connection', () => {
      connections += 1
    })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/x.dtd`
    const file = join(folder, 'read-me')
    writeFileSync(file, 'CONTENT-OF-A-FILE')
    const body = writeAtna({ at: now.getTime(), user: 'dmoss', patient: 'P-200' }).toString()
    const [frame = '', xml = ''] = body.split(/(?=<AuditMessage>)/)
    const doctypes = [
      `<!DOCTYPE AuditMessage SYSTEM "${url}">`,
      `<!DOCTYPE AuditMessage [<!ENTITY x SYSTEM "file://${file}">]>`,
      `<!DOCTYPE AuditMessage [<!ENTITY % x SYSTEM "${url}"> %x;]>`,
      `<!DOCTYPE AuditMessage [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 20 }, (_, n) => `<!ENTITY a${n} "${`&a${n === 0 ? '' : n - 1};`.repeat(10)}">`).join('')}]>`,
    ]
    const named = xml.replace('dmoss', '&x;')
    const messages = [
      ...doctypes.map((doctype) => `${frame}<?xml version="1.0"?>${doctype}${named}`),
      ...doctypes.map((doctype) => `${frame}${doctype}${xml}`),
      `${frame}${named}`,
      `${frame}${xml.replace('<AuditMessage>', `<?xml-stylesheet href="${url}"?><AuditMessage xsi:schemaLocation="a ${url}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`)}`,
    ]
    try {
      await trail.accept(
        messages.map((text) => ({ bytes: Buffer.from(text), receivedAt: now.getTime() })),
        'PACS',
      )
      for (const text of messages) {
        const taken = await take(trail, text.slice(frame.length), 'files', { format: 'atna' }).catch(
          (error: unknown) => error,
        )
        if (taken instanceof Error) assertPlain(taken, codeOf(taken), ['P-200'])
      }
    } finally {
      listener.close()
    }
    assert.equal(connections, 0)
    const [state] = await trail.sources()
    // The last is plain XML with an address in it, which is nobody's business.
    assert.equal(state?.rejected, messages.length - 1)
    const { accesses } = await ask(trail, { by: 'user', id: 'dmoss' })
    assert.ok(accesses.length <= 2)
    assert.ok(!JSON.stringify(accesses).includes('CONTENT-OF-A-FILE'))
    assert.equal((await ask(trail, { by: 'user', id: 'CONTENT-OF-A-FILE' })).total, 0)
  }))

test('JSON a thousand deep and JSON that never ends are rejected one by one, and the rest is taken', () =>
  withTrail(async (trail) => {
    const deep = `{"resourceType":"AuditEvent","id":"deep","extension":${'[{"extension":'.repeat(1_000)}1${'}]'.repeat(1_000)}}`
    const deeper = `{"resourceType":"AuditEvent","id":"d","x":${'['.repeat(200_000)}`
    const lines = [
      eventOf({}).trim(),
      deep,
      deeper,
      `{"resourceType":"AuditEvent","__proto__":{"recorded":"2026-11-02T09:00:00Z"},"entity":{"length":1e9}}`,
      eventOf({ id: 'last' }).trim(),
    ]
    const taken = await take(trail, lines.join('\n'), 'FHIR')
    assert.deepEqual([taken.accepted, taken.rejected], [2, 3])
    for (const { reason } of taken.rejects) assert.match(reason, plainSentence)
    // A whole document, rather than lines.
    const bundle = `{"resourceType":"Bundle","entry":[{"resource":${deep}},{"resource":${eventOf({ id: 'in' }).trim()}}]}`
    const second = await take(trail, bundle, 'FHIR').catch((error: unknown) => error)
    if (second instanceof Error) assertPlain(second, codeOf(second))
    else assert.equal(second instanceof Object && 'accepted' in second && second.accepted, 1)
    const known = `{"record":"relation","kind":"appointment","key":${'['.repeat(100_000)}\n`
    const third = await take(trail, known, 'scheduling')
    assert.equal(third.rejected, 1)
  }))

/** A field holds no control characters: a NUL goes, the others are blanks. The message itself is kept as it came. */
const kept = (text: string) => text.replaceAll('\0', '').replace(/[\t\n\r]/g, ' ')

const odd = [
  `O'Neil"; drop table access; --`,
  'a\0b',
  'tab\tnew\nline\rend',
  'back\\slash\\0',
  '%27 or 1=1',
  '🏥-naïve-ß',
  '\u202eright to left',
  '$1 $patient {patient}',
  '__proto__',
  'constructor',
  '<script>alert(1)</script>',
  '0',
  '-1',
  '١٢٣',
]

test('identifiers with NULs, quotes and signs come back as they were, and are asked for as they are', () =>
  withTrail(async (trail) => {
    const events = odd.map((text, place) =>
      writeFhir(accessesOf(place, 1), () => ({
        id: `odd-${place}`,
        agent: [{ who: { identifier: { value: `user ${text}` } }, requestor: true }],
        entity: [entityOf(text)],
      })).trim(),
    )
    assert.equal((await take(trail, events.join('\n'), 'FHIR')).accepted, odd.length)
    for (const text of odd) {
      const wanted = kept(text)
      const byPatient = await ask(trail, { by: 'patient', id: text })
      assert.deepEqual(
        byPatient.accesses.map(({ patient }) => patient),
        [wanted],
        JSON.stringify(text),
      )
      const byUser = await ask(trail, { by: 'user', id: `user ${text}` })
      assert.deepEqual(
        byUser.accesses.map(({ patient }) => patient),
        [wanted],
        JSON.stringify(text),
      )
    }
    await trail.rebuild()
    for (const text of odd) {
      const { total, proof } = await ask(trail, { by: 'patient', id: text })
      const checked = verifyProof(await proof(true), (await trail.state()).key)
      assert.deepEqual([checked.isValid, checked.isValid && checked.accesses], [true, total])
      assert.equal(total, 1)
    }
    assert.equal((await trail.verify()).isIntact, true)
  }))

test('a source that claims another century is kept at the time of receipt, and the source is told of', () =>
  withTrail(async (trail) => {
    const csv = `${heading}\n2099-11-02 09:00:00,ahansen,P-1,Chart,WS-1,ICU\n1971-01-01 09:00:00,ahansen,P-2,Chart,WS-1,ICU\n2026-11-19 09:00:00,ahansen,P-3,Chart,WS-1,ICU\n`
    assert.deepEqual((await take(trail, csv)).accepted, 3)
    await take(trail, eventOf({ recorded: '2099-01-01T00:00:00Z', entity: [entityOf('P-4')] }), 'FHIR')
    await trail.accept(
      [{ bytes: writeAtna({ at: Date.UTC(2099, 1, 1), user: 'x', patient: 'P-5' }), receivedAt: now.getTime() }],
      'PACS',
    )
    for (const id of ['P-1', 'P-2', 'P-4', 'P-5']) {
      const { accesses } = await ask(trail, { by: 'patient', id })
      assert.deepEqual(
        accesses.map(({ at }) => at.toISOString()),
        [now.toISOString()],
        id,
      )
    }
    const sources = await trail.sources()
    const wrong = Object.fromEntries(sources.map(({ source, recent }) => [source, recent?.clockWrong]))
    assert.deepEqual(wrong, { EHR: 2, FHIR: 1, PACS: 1 })
    // What it said is in the log, and the same is known again, at whatever time it comes.
    assert.deepEqual((await take(trail, csv)).duplicates, 3)
  }))

test('packed bombs and torn packed files are refused in plain words; what came before stays', () =>
  withTrail(async (trail) => {
    const bomb = gzipSync(
      Buffer.concat([Buffer.from(writeCsv(accessesOf(0, 5))), Buffer.alloc(24 * 1024 * 1024, '\n')]),
    )
    assertPlain(await refusalOf(take(trail, bomb, 'bomb', { format: 'csv' })), 'packed-bomb')
    const twice = gzipSync(gzipSync(writeCsv(accessesOf(0, 10))))
    assertPlain(await refusalOf(take(trail, twice)), 'trail-import-unrecognised')
    const whole = gzipSync(writeCsv(accessesOf(0, 12_000)))
    const torn = whole.subarray(0, Math.floor(whole.length * 0.8))
    assertPlain(await refusalOf(take(trail, torn)), 'packed-broken', ['MRN-'])
    const flipped = Buffer.from(whole)
    flipped[Math.floor(whole.length / 2)] = (flipped[Math.floor(whole.length / 2)] ?? 0) ^ 0xff
    assertPlain(await refusalOf(take(trail, flipped)), 'packed-broken', ['MRN-'])
    const before = (await trail.state()).accesses
    const again = await take(trail, whole)
    // A line that the tear cut in two is no line of the file.
    assert.ok(again.accepted + again.duplicates === 12_000 && again.duplicates >= Math.min(before, 1))
    const sum = await sumOf(trail)
    assert.equal(sum, (await trail.state()).accesses)
  }))

async function sumOf(trail: OpenTrail): Promise<number> {
  let sum = 0
  for (let number = 0; number < patientCount; number += 1) {
    sum += (await ask(trail, { by: 'patient', id: patientOf(number), limit: 1 })).total
  }
  return sum
}

test('a table of a million columns is read or refused in bounded time', { timeout: 60_000 }, () =>
  withTrail(async (trail) => {
    const wide = `${heading},${Array.from({ length: 1_000_000 }, (_, number) => `c${number}`).join(',')}\n`
    const row = `2026-11-02 09:00:00,ahansen,P-1,Chart,WS-1,ICU${','.repeat(1_000_000)}\n`
    const cpu = process.cpuUsage()
    for (const text of [wide + row, `${heading}\n${row}`, ','.repeat(1_000_000), `${'"'.repeat(1_000_001)}\n`]) {
      const taken = await take(trail, text).catch((error: unknown) => error)
      if (taken instanceof Error) assertPlain(taken, codeOf(taken), ['P-1'])
    }
    const { user, system } = process.cpuUsage(cpu)
    assert.ok((user + system) / 1e6 < 20, `${(user + system) / 1e6} s`)
    assert.equal((await take(trail, writeCsv(accessesOf(0, 5)))).accepted, 5)
  }),
)

class Broken extends Error {}

test('an import whose stream breaks keeps what it took, lets go of the stream, and is brought again without doubles', () =>
  withTrail(async (trail) => {
    const text = writeCsv(accessesOf(0, 60_000))
    for (const part of [0.01, 0.4, 0.97]) {
      let isLetGo = false
      async function* breaking() {
        let sent = 0
        try {
          for await (const piece of bytesOf(text, 64 * 1024)) {
            sent += piece.length
            if (sent > text.length * part) throw new Broken('the line went dead')
            yield piece
          }
        } finally {
          isLetGo = true
        }
      }
      await assert.rejects(trail.import(breaking(), { source: 'EHR' }), Broken)
      assert.ok(isLetGo)
    }
    const { accepted, duplicates } = await take(trail, text)
    assert.ok(duplicates > 0 && accepted > 0, `${accepted} new, ${duplicates} known`)
    assert.equal(accepted + duplicates, 60_000)
    assert.equal(await sumOf(trail), 60_000)
  }))

test('a stream that is refused is let go of', () =>
  withTrail(async (trail) => {
    let isLetGo = false
    async function* stream() {
      try {
        for (let piece = 0; piece < 10_000; piece += 1) yield Buffer.alloc(10_000, '%PDF-1.7 ')
      } finally {
        isLetGo = true
      }
    }
    assertPlain(await refusalOf(trail.import(stream(), { source: 'x' })), 'trail-import-unrecognised')
    assert.ok(isLetGo)
  }))

test('duplicated, reordered and cut deliveries by several feeds at once give the answer of the plain set', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          feed: fc.constantFrom('north', 'south'),
          way: fc.constantFrom('csv', 'fhir', 'atna'),
          from: fc.nat({ max: 60 }),
          numbers: fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 30 }),
          isBeside: fc.boolean(),
        }),
        { minLength: 1, maxLength: 12 },
      ),
      (deliveries) =>
        withTrail(async (trail) => {
          const wanted = new Set<string>()
          let beside: Promise<unknown>[] = []
          for (const { feed, way, from, numbers, isBeside } of deliveries) {
            const accesses = numbers.flatMap((number) => accessesOf(from + number, 1))
            const source = `${feed} ${way}`
            for (const { at, user, patient } of accesses) wanted.add(JSON.stringify([source, at, user, patient]))
            const sent =
              way === 'atna'
                ? trail.accept(
                    accesses.map((access) => ({ bytes: writeAtna(access), receivedAt: now.getTime() })),
                    source,
                  )
                : // An event's own identifier stays the same in whatever batch it comes.
                  take(
                    trail,
                    way === 'csv' ? writeCsv(accesses) : accesses.map((access) => writeFhir([access])).join(''),
                    source,
                  )
            beside.push(sent)
            if (isBeside) continue
            await Promise.all(beside)
            beside = []
          }
          await Promise.all(beside)
          const found: string[] = []
          for (let number = 0; number < patientCount; number += 1) {
            const { accesses } = await ask(trail, { by: 'patient', id: patientOf(number) })
            for (const access of accesses) {
              const { at, user, patient } = plain(access)
              found.push(JSON.stringify([access.source, at, user, patient]))
            }
          }
          assert.deepEqual(found.sort(), [...wanted].sort())
          for (const { source, accepted } of await trail.sources()) {
            assert.equal(accepted, [...wanted].filter((one) => one.startsWith(`["${source}",`)).length, source)
          }
        }),
    ),
    { numRuns: isLong ? 200 : 4, seed: 20_261_122 },
  ))

test('a clock of the machine that steps back, by hours or weeks, loses and repeats nothing', async () => {
  let time = now.getTime()
  const name = `t${trails + 1}`
  const steps = [0, -3_600_000, 86_400_000 * 40, -86_400_000 * 41, -86_400_000 * 10]
  await withTrail(
    async (trail) => {
      for (const [step, by] of steps.entries()) {
        time += by
        assert.equal((await take(trail, writeCsv(accessesOf(step * 50, 50)))).accepted, 50)
        assert.equal((await take(trail, writeCsv(accessesOf(0, 50)))).duplicates, 50)
      }
      assert.equal(await sumOf(trail), steps.length * 50)
      assert.deepEqual((await trail.verify()).problem, undefined)
    },
    () => new Date(time),
  )
  const reopened = await openWorld(join(folder, name), keys, { clock: () => new Date(time - 3_600_000) })
  try {
    assert.equal(await sumOf(reopened), steps.length * 50)
    assert.equal((await take(reopened, writeCsv(accessesOf(0, steps.length * 50)))).accepted, 0)
    await reopened.rebuild()
    assert.equal(await sumOf(reopened), steps.length * 50)
  } finally {
    await reopened.close()
  }
})

test('what comes again is known again also where the machine’s clock was a year behind the first time', async () => {
  let time = now.getTime() - 86_400_000 * 400
  await withTrail(
    async (trail) => {
      await take(trail, writeCsv(accessesOf(0, 50)))
      time = now.getTime()
      assert.equal((await take(trail, writeCsv(accessesOf(0, 50)))).duplicates, 50)
    },
    () => new Date(time),
  )
})
