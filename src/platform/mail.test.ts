import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import test from 'node:test'
import { mailProgram, startListener, startMailServer } from '../../test/support/mail-server.ts'
import { readConfig } from './config.ts'
import { type Mail, MailError, type MailServer, sendMail } from './mail.ts'

const signIn = { username: 'vigil', password: 'correct horse' }
const options = { skip: mailProgram.skip, timeout: 60_000 }

const mail: Mail = {
  from: 'vigil@clinic.example',
  to: { name: 'Zoë Ångström 🌷', address: 'zoe@clinic.example' },
  subject: '3 things are new in Vigil',
  text: 'Hello Zoë Ångström,\n\nThree things.\n',
  html: '<p>Hello Zoë Ångström</p>',
  messageId: '<mail.1.2.3@clinic.example>',
  unsubscribe: 'https://vigil.example/settings/notifications',
}

function serverOf(port: number, rest: Partial<MailServer> = {}): MailServer {
  return {
    host: 'localhost',
    addresses: ['127.0.0.1'],
    port,
    security: 'tls',
    signIn: undefined,
    ourName: 'vigil.example',
    ...rest,
  }
}

async function faultOf(server: MailServer, what: Mail = mail): Promise<Pick<MailError, 'fault' | 'answer'>> {
  const error = await sendMail(server, what).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof MailError, String(error))
  return { fault: error.fault, answer: error.answer }
}

for (const security of ['tls', 'starttls'] as const) {
  test(`a mail goes out by ${security}, signed in, and arrives as it was written`, options, async () => {
    const server = await startMailServer({ security, signIn })
    await sendMail(serverOf(server.port, { security, signIn, ca: server.ca }), mail)
    const [received] = server.mails
    assert.deepEqual(received?.to, ['zoe@clinic.example'])
    assert.equal(received.isEncrypted, true)
    assert.equal(received.username, 'vigil')
    const { parsed } = received
    assert.equal(parsed.subject, mail.subject)
    assert.equal(parsed.text, mail.text)
    assert.match(String(parsed.html), /Hello Zoë Ångström/)
    assert.equal(parsed.messageId, mail.messageId)
    assert.deepEqual([parsed.to].flat()[0]?.value, [mail.to])
    assert.deepEqual(parsed.from?.value, [{ name: 'Vigil', address: mail.from }])
    assert.match(received.raw, /^List-Unsubscribe: <https:\/\/vigil\.example\/settings\/notifications>\r?$/m)
    assert.match(received.raw, /^Auto-Submitted: auto-generated\r?$/m)
  })
}

test('no name and no subject brings a header or a reader of its own in', options, async () => {
  const server = await startMailServer({ security: 'tls' })
  const bad = 'Mallory\r\nBcc: all@clinic.example\r\n\r\nRead this\u2028X-More: 1'
  await sendMail(serverOf(server.port, { ca: server.ca }), {
    ...mail,
    to: { name: `${bad}" <other@clinic.example>`, address: 'zoe@clinic.example' },
    subject: `News${bad}`,
  })
  const [received] = server.mails
  assert.deepEqual(received?.to, ['zoe@clinic.example'])
  const { headers } = received.parsed
  assert.equal(headers.has('bcc'), false)
  assert.equal(headers.has('x-more'), false)
  assert.equal(received.parsed.text, mail.text)
  assert.deepEqual(
    [received.parsed.to].flat().flatMap((to) => to?.value.map(({ address }) => address)),
    ['zoe@clinic.example'],
  )
})

test('a server that does not prove who it is gets nothing', options, async () => {
  const server = await startMailServer({ security: 'tls', signIn })
  assert.equal((await faultOf(serverOf(server.port, { signIn }))).fault, 'certificate')
  const named = serverOf(server.port, { signIn, ca: server.ca, host: 'mail.clinic.example' })
  assert.equal((await faultOf(named)).fault, 'certificate')
  const begun = await startMailServer({ security: 'starttls', signIn })
  assert.equal((await faultOf(serverOf(begun.port, { security: 'starttls', signIn }))).fault, 'certificate')
  assert.deepEqual([...server.mails, ...begun.mails], [])
})

test('a server that offers no encryption gets neither password nor mail', options, async () => {
  const plain = await startMailServer({ security: 'none', signIn })
  assert.equal((await faultOf(serverOf(plain.port, { security: 'starttls', signIn }))).fault, 'no-encryption')
  assert.equal((await faultOf(serverOf(plain.port, { security: 'tls', signIn }))).fault, 'no-encryption')
  assert.equal(plain.mails.length, 0)
  await sendMail(serverOf(plain.port, { security: 'none', signIn }), mail)
  assert.equal(plain.mails[0]?.isEncrypted, false)
})

test('what a mail server answers is told, without the addresses in it', options, async () => {
  const server = await startMailServer({ security: 'tls', signIn })
  const right = serverOf(server.port, { signIn, ca: server.ca })
  const wrong = { ...right, signIn: { ...signIn, password: 'wrong' } }
  assert.deepEqual(await faultOf(wrong), { fault: 'sign-in', answer: '535 Authentication credentials invalid' })
  server.refuse('sign-in', 454, 'Try later')
  assert.deepEqual(await faultOf(right), { fault: 'refused-now', answer: '454 Try later' })
  server.refuse('recipient', 550, 'No mailbox <zoe@clinic.example> here')
  assert.deepEqual(await faultOf(right), { fault: 'refused', answer: '550 No mailbox … here' })
  server.refuse('recipient', 451, 'Greylisted')
  assert.deepEqual(await faultOf(right), { fault: 'refused-now', answer: '451 Greylisted' })
  server.refuse('message', 552, 'Too big')
  assert.deepEqual(await faultOf(right), { fault: 'refused', answer: '552 Too big' })
  server.refuse('message', 421, 'Closing')
  assert.equal((await faultOf(right)).fault, 'refused-now')
  assert.deepEqual(server.mails, [])
})

test('what is no mail server is given up, and not quoted', options, async () => {
  const secret = await startListener('HTTP/1.1 200 OK\r\n\r\nroot:secret\r\n')
  const plainly = (port: number) => serverOf(port, { security: 'none', timeoutMs: 2_000 })
  assert.deepEqual(await faultOf(plainly(secret.port)), { fault: 'strange', answer: undefined })
  const silent = await startListener('')
  assert.deepEqual(await faultOf(plainly(silent.port)), { fault: 'no-answer', answer: undefined })
  assert.deepEqual(await faultOf({ ...plainly(silent.port), security: 'tls' }), {
    fault: 'no-answer',
    answer: undefined,
  })
})

test('the next address is tried where nothing answers at one', options, async () => {
  const server = await startMailServer({ security: 'tls' })
  const both = serverOf(server.port, { ca: server.ca, addresses: ['127.0.0.9', '127.0.0.1'] })
  await sendMail(both, mail)
  assert.equal(server.mails.length, 1)
  assert.equal((await faultOf({ ...both, port: await freePort() })).fault, 'unreachable')
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

test('the installation’s server is said as one address, and refused where it says too little or too much', () => {
  const read = (url: string | undefined, from: string | undefined = 'vigil@clinic.example') =>
    readConfig({ VIGIL_SMTP_URL: url, VIGIL_MAIL_FROM: from }, []).server.mail
  const { password, ...tls } = read('smtps://vigil%40clinic:p%3Ass@smtp.clinic.example') ?? {}
  assert.deepEqual(tls, {
    host: 'smtp.clinic.example',
    port: 465,
    security: 'tls',
    username: 'vigil@clinic',
    from: 'vigil@clinic.example',
  })
  assert.equal(password?.reveal(), 'p:ss')
  assert.doesNotMatch(JSON.stringify(read('smtps://a:secret@smtp.clinic.example')), /secret/)
  const ways = [
    'smtp://smtp.clinic.example',
    'smtp://127.0.0.1:2525',
    'smtp://[::1]',
    'smtp://127.0.0.1.clinic.example',
  ]
  assert.deepEqual(
    ways.map((url) => [read(url)?.security, read(url)?.port]),
    [
      ['starttls', 587],
      ['none', 2525],
      ['none', 25],
      ['starttls', 587],
    ],
  )
  assert.equal(readConfig({}, []).server.mail, undefined)
  for (const [url, from] of [
    ['smtp.clinic.example', undefined],
    ['https://smtp.clinic.example', undefined],
    ['smtps://vigil@smtp.clinic.example', undefined],
    ['smtps://smtp.clinic.example/path', undefined],
    ['smtps://smtp.clinic.example?x=1', undefined],
    ['smtps://smtp.clinic.example', 'no address'],
    ['smtps://smtp.clinic.example', 'a@b.example\r\nBcc: c@d.example'],
    [undefined, 'vigil@clinic.example'],
    ['smtps://smtp.clinic.example', ''],
  ] as const) {
    assert.throws(() => read(url, from), { code: 'settings-invalid' }, `${url} ${from}`)
  }
})
