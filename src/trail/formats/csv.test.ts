import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { flag } from '../model/access.ts'
import { csv, describeMapping, describePreset } from './csv.ts'
import { brief, gather, receivedAt } from './testing.ts'

const at = Date.UTC(2026, 10, 20, 8, 30)

test('published layouts are known by their headings', async () => {
  const cases: [string, string, Record<string, unknown>][] = [
    [
      'Altera TouchWorks AUDIT_LOG',
      'ID,UserID,RecordID,RecordType,TypeofAction,JustificationText,AccessedDTTM,AuditMode,DeviceUsed,PatientID\n9,77,4,Medication,S,,2026-11-20 08:30:00.000,B,W,123\n',
      { at, patient: '123', user: '77', action: 'update', outcome: 'unknown', object: 'Medication', event: '9' },
    ],
    [
      'Altera TouchWorks PatientAccessLog',
      'UserID,HostName,PatientID,OpenDTTM,CloseDTTM,ExposureTime,BreakGlassStartDTTM,BreakGlassExposure,BreakGlassReason,DeviceUsed,BreakType\n77,web1,123,2026-11-20 08:30:00,2026-11-20 08:31:00,60,2026-11-20 08:30:00,60,Security Over-ride: mother,W,BG\n',
      {
        at,
        patient: '123',
        user: '77',
        action: 'read',
        outcome: 'unknown',
        flags: flag.breakGlass,
        application: 'web1',
        reason: 'Security Over-ride: mother',
      },
    ],
    [
      'access log by metric',
      'ACCESS_INSTANT,ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME,WORKSTATION_ID\n1,11/20/2026 8:30:00 AM,U1,Z123,Chart Review,WS9\n',
      {
        at,
        patient: 'Z123',
        user: 'U1',
        action: 'read',
        outcome: 'unknown',
        object: 'Chart Review',
        workstation: 'WS9',
        event: '1',
      },
    ],
    [
      'OpenEMR log',
      'id,date,event,category,user,groupname,comments,user_notes,patient_id,success,checksum,crt_user,log_from\n4,2026-11-20 08:30:00,patient-record-select,Patient,ann,Default,x,,123,1,,,open-emr\n',
      {
        at,
        patient: '123',
        user: 'ann',
        action: 'read',
        outcome: 'success',
        object: 'Patient',
        application: 'open-emr',
        department: 'Default',
        event: '4',
      },
    ],
    [
      'OpenMRS audit log',
      'audit_log_id,uuid,type,identifier,action,user_id,date_created,patient_id\n4,u-1,org.openmrs.Obs,55,CREATED,3,2026-11-20 08:30:00,123\n',
      { at, patient: '123', user: '3', action: 'create', outcome: 'unknown', object: 'org.openmrs.Obs', event: 'u-1' },
    ],
  ]
  for (const [name, text, expected] of cases) {
    assert.equal(csv.recognise(Buffer.from(text)), 2, name)
    assert.equal(describePreset(Buffer.from(text)), name)
    const found = await gather(csv, text)
    assert.deepEqual(found.rejects, [], name)
    assert.deepEqual(brief(found.accesses[0]), expected, name)
  }
})

test('other layouts are understood by the words of their headings, and shown as they were understood', async () => {
  const cases: [string, Record<string, string>][] = [
    [
      'Event Date/Time;User Name;Patient Name;MRN;Event Type;Application;Workstation\n',
      {
        at: 'Event Date/Time',
        patient: 'MRN',
        user: 'User Name',
        action: 'Event Type',
        workstation: 'Workstation',
        application: 'Application',
      },
    ],
    [
      'Date\tTime\tLogin\tPatient ID\tActivity\tDepartment\tBreak the Glass\tReason\n',
      {
        at: 'Date',
        time: 'Time',
        patient: 'Patient ID',
        user: 'Login',
        action: 'Activity',
        department: 'Department',
        reason: 'Reason',
        breakGlass: 'Break the Glass',
      },
    ],
    [
      'recorded,action,outcome,agent.who.identifier.value,agent.network.address,source.observer,entity.what.reference,purposeOfEvent\n',
      {
        at: 'recorded',
        patient: 'entity.what.reference',
        user: 'agent.who.identifier.value',
        action: 'action',
        outcome: 'outcome',
        purpose: 'purposeOfEvent',
        workstation: 'agent.network.address',
        application: 'source.observer',
      },
    ],
  ]
  for (const [text, expected] of cases) assert.deepEqual(describeMapping(Buffer.from(text), {}), expected)
})

test('what the organisation says of its columns goes before what is guessed', async () => {
  const text = 'When was it,MRN,Other number,Who,Note\n2026-11-20 08:30,1,2,ann,x\n'
  assert.equal(csv.recognise(Buffer.from(text)), 0)
  const columns = { at: 'when was it', patient: 'Other number', reason: 'Note' }
  assert.deepEqual(describeMapping(Buffer.from(text), { columns }), {
    at: 'When was it',
    patient: 'Other number',
    user: 'Who',
    reason: 'Note',
  })
  const found = await gather(csv, text, { columns })
  assert.deepEqual(brief(found.accesses[0]), {
    at,
    patient: '2',
    user: 'ann',
    action: 'read',
    outcome: 'unknown',
    reason: 'x',
  })
})

test('times are read in every form that exports use, in the zone of the source', async () => {
  const forms: [string, number][] = [
    ['2026-11-20 08:30', at],
    ['2026-11-20T08:30:00Z', at],
    ['2026-11-20T08:30:00.1234567', at + 123],
    ['2026-11-20T09:30:00+01:00', at],
    ['2026-11-20 03:30:00 EST', at],
    ['20261120083000', at],
    ['20261120033000.000-0500', at],
    ['2026/11/20 08:30:00', at],
    ['20-Nov-2026 08:30:00', at],
    ['20-NOV-26 08.30.00.000000 AM', at],
    ['Nov 20 2026  8:30AM', at],
    ['Nov 20, 2026, 8:30:00 AM', at],
    ['Friday, November 20, 2026 8:30 AM', at],
    ['Fri Nov 20 08:30:00 UTC 2026', at],
    ['11/20/2026 08:30:00', at],
    ['11/20/26 8:30 AM', at],
    [String(at / 1000), at],
    [String(at), at],
    ['46346.354166666664', at],
  ]
  for (const [text, expected] of forms) {
    const found = await gather(csv, `Event Time|User|MRN\n${text}|ann|1\n`)
    assert.deepEqual(found.rejects, [], text)
    assert.equal(found.accesses[0]?.at, expected, text)
  }
})

test('whether day or month comes first is decided by the file', async () => {
  const months = async (times: string[], zone = 'UTC') => {
    const rows = times.map((time) => `${time} 08:30,ann,1`).join('\n')
    const found = await gather(csv, `Event Time,User,MRN\n${rows}\n`, { zone })
    return found.accesses.map((access) => new Date(access.at).getUTCMonth() + 1)
  }
  assert.deepEqual(await months(['03/04/2026', '13/04/2026']), [4, 4])
  assert.deepEqual(await months(['03/04/2026', '03/14/2026']), [3, 3])
  assert.deepEqual(await months(['30.3.2026', '2.4.2026']), [3, 4])
  // None tells by itself: as days and months they would go back and forth.
  assert.deepEqual(
    await months(['10/03/2026', '11/03/2026', '01/04/2026', '02/04/2026', '01/05/2026']),
    [3, 3, 4, 4, 5],
  )
  assert.deepEqual(await months(['03/04/2026'], 'America/New_York'), [3])
  assert.deepEqual(await months(['03/04/2026'], 'Europe/Paris'), [4])
})

test('a time without a zone follows the clock of the source through both changes of the year', async () => {
  const text = [
    'Event Time,User,MRN',
    '2026-03-08 01:59:59,a,1',
    '2026-03-08 03:00:00,a,1',
    '2026-03-08 02:30:00,a,1',
    '2026-11-01 01:30:00,a,1',
    '2026-11-01 02:00:00,a,1',
  ]
  const found = await gather(csv, text.join('\n'), { zone: 'America/New_York' })
  assert.deepEqual(
    found.accesses.map((access) => new Date(access.at).toISOString().slice(5, 16)),
    ['03-08T06:59', '03-08T07:00', '03-08T07:30', '11-01T05:30', '11-01T07:00'],
  )
})

test('words and letters say what was done', async () => {
  const words: Record<string, string> = {
    R: 'read',
    Q: 'query',
    U: 'update',
    W: 'update',
    D: 'delete',
    'Chart Review': 'read',
    'Patient Search': 'query',
    Login: 'sign-in',
    'User logged out': 'sign-out',
    'Document authenticated': 'update',
    'Log Off': 'sign-out',
    'Printed report': 'print',
    'Export to file': 'export',
    'Release of Information': 'disclose',
    'Result viewed': 'read',
    'Note signed': 'update',
    'patient-record-insert': 'create',
    Deleted: 'delete',
    '': 'read',
  }
  const rows = Object.keys(words).map((word) => `2026-11-20 08:30:00,ann,1,${word}`)
  const found = await gather(csv, `Event Time,User,MRN,Action\n${rows.join('\n')}\n`)
  assert.deepEqual(
    Object.fromEntries(Object.keys(words).map((word, row) => [word, found.accesses[row]?.action])),
    words,
  )
})

test('what spreadsheets and databases do to a table is undone', async () => {
  const header = 'Event Time,User,MRN,Reason'
  const rows = [
    '2026-11-20 08:30:00,ann,="0012",plain',
    '"2026-11-20 08:30:00","ann","=""0013""","said ""no"", then\nyes"',
    '2026-11-20 08:30:00,DOM\\ann,77^^^H&1.2&ISO,5" pipe',
    '2026-11-20 08:30:00,\0a\0nn ,Patient/9,',
    '2026-11-20 08:30:00,ann,NULL,',
  ]
  for (const ending of ['\n', '\r\n']) {
    const found = await gather(csv, `\ufeff${[header, ...rows].join(ending)}${ending}${ending}`, { chunk: 5 })
    assert.deepEqual(found.rejects, [])
    assert.deepEqual(
      found.accesses.map((one) => [one.user, one.patient, one.reason]),
      [
        ['ann', '0012', 'plain'],
        ['ann', '0013', 'said "no", then yes'],
        ['DOM\\ann', '77', '5" pipe'],
        ['ann', '9', ''],
        ['ann', '', ''],
      ],
    )
    assert.equal(found.raws[1], rows[0])
  }
})

test('encodings, delimiters and titles above the headings are found out', async () => {
  const text = 'Report of accesses\n\nBenutzer;MRN;Zeitpunkt\nMüller;7;20.11.2026 08:30:00\n'
  const inputs = [
    Buffer.from(text),
    Buffer.from(`\ufeff${text}`),
    Buffer.from(text, 'latin1'),
    Buffer.from(`\ufeff${text}`, 'utf16le'),
    Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
    Buffer.from(text.replaceAll(';', '\t')),
    Buffer.from(`sep=;\n${text}`),
    Buffer.from(text.replaceAll('\n', '\r')),
  ]
  for (const [place, input] of inputs.entries()) {
    for (const chunk of [3, 65_536]) {
      const found = await gather(csv, input, { chunk })
      assert.deepEqual(
        found.accesses.map(brief),
        [{ at, patient: '7', user: 'Müller', action: 'read', outcome: 'unknown' }],
        `input ${place}`,
      )
    }
  }
})

test('rows that cannot be understood are rejected by the number of their line, and repeated headings are not', async () => {
  const rows = [
    'Event Time,User,MRN,Note',
    '2026-11-20 08:30:00,ann,1,"two',
    'lines"',
    'yesterday,ann,1,',
    '2026-11-20 08:30:00,,,nobody',
    'Event Time,User,MRN,Note',
    '"2026"x,ann,1,',
    '2026-11-20 08:30:00,ann,1,a,b',
    '2026-11-20 08:30:00,ann',
    '2099-11-20 08:30:00,ann,1,future',
    '(7 rows)',
    '2026-11-20 08:30:00,ann,1,"never closed',
  ]
  const found = await gather(csv, rows.join('\n'))
  assert.deepEqual(found.rejects, [
    '4: The time of this row cannot be read.',
    '5: The row names neither a user nor a patient.',
    '7: The quotes of this row are not in order.',
    '8: The row has more fields than there are headings.',
    '11: The time of this row cannot be read.',
    '12: The quotes of this row are not in order.',
  ])
  assert.deepEqual(
    found.accesses.map((one) => [one.at, one.flags]),
    [
      [at, 0],
      [at, 0],
      [receivedAt, flag.clock],
    ],
  )
})

test('a file without headings that are understood says what is missing, once', async () => {
  const found = await gather(csv, 'a,b\n1,2\n3,4\n')
  assert.deepEqual(found.rejects, [
    '1: No row of headings was recognised: name the columns of the time, and of the user or the patient.',
  ])
})

test('a quote that is never closed costs its own row only', async () => {
  const rows = ['Event Time,User,MRN', '"2026-11-20 08:30:00,ann,1']
  for (let row = 0; row < 40_000; row += 1) rows.push('2026-11-20 08:30:00,ann,1,,,,,,,,')
  const found = await gather(csv, rows.join('\n'))
  assert.deepEqual([found.accesses.length, found.rejects.length], [40_000, 1])
})

test('rows with quotes and without, in chunks of any size, give the same accesses', async () => {
  const text = fc.stringMatching(/^[a-zA-Z0-9 .:/|^-]{0,12}$/).map((one) => one.trim())
  const time = fc.date({ min: new Date('2001-01-01'), max: new Date('2026-01-01'), noInvalidDate: true })
  const rowsOf = fc.array(fc.tuple(time, text, text, text), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(
      rowsOf,
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom('UTC', 'Europe/Zurich'),
      async (rows, chunk, zone) => {
        const header = ['Event Time', 'User', 'MRN', 'Action']
        const table = rows.map(([when, ...rest]) => [when.toISOString().slice(0, 19).replace('T', ' '), ...rest])
        const plain = [header, ...table].map((row) => row.join(','))
        const quoted = [header, ...table].map((row) => row.map((one) => `"${one}"`).join(','))
        const one = await gather(csv, plain.join('\n'), { zone })
        const other = await gather(csv, quoted.join('\r\n'), { zone, chunk })
        assert.deepEqual(other.accesses, one.accesses)
        assert.deepEqual(other.rejects, one.rejects)
        assert.equal(one.accesses.length + one.rejects.length, rows.length)
      },
    ),
    { numRuns: 150 },
  )
})

test('no bytes make it throw, and each chunking gives the same', async () => {
  const start = Buffer.from(
    'Event Time,User,MRN,Action\n2026-11-20 08:30:00,ann,1,View\n"2026-11-20 08:30:00","b""c",2,\n',
  )
  const change = fc.tuple(
    fc.nat(start.length - 1),
    fc.oneof(fc.constantFrom(0x22, 0x0a, 0x0d, 0x2c, 0, 0xff), fc.nat(255)),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 6 }), fc.integer({ min: 1, max: 50 }), async (changes, chunk) => {
      const bytes = Buffer.concat([start, start.subarray(27), start.subarray(27)])
      for (const [place, byte] of changes) bytes[place] = byte
      assert.deepEqual(await gather(csv, bytes, { chunk }), await gather(csv, bytes))
    }),
    { numRuns: 300 },
  )
})
