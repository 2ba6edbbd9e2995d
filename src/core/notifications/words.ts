/**
 * What mails say. They go through servers of others and lie in mailboxes for years: so they hold counts, kinds and links, and
 * no name but the reader's own.
 */
import { onOneLine } from '#platform/mail.ts'
import { type NewsCounts, type NewsKind, newsKinds } from './model.ts'

const lines: Readonly<Record<NewsKind, { readonly one: string; readonly more: string; readonly path: string }>> = {
  'task-given': { one: 'You were given a task.', more: 'You were given {count} tasks.', path: '/tasks' },
  'task-overdue': { one: 'A task of yours is overdue.', more: '{count} tasks of yours are overdue.', path: '/tasks' },
  mentioned: {
    one: 'You were mentioned in a comment.',
    more: 'You were mentioned in {count} comments.',
    path: '/notifications',
  },
  'finding-given': { one: 'You were given a finding.', more: 'You were given {count} findings.', path: '/findings' },
  'findings-opened': { one: 'A finding opened.', more: '{count} findings opened.', path: '/findings?sort=-opened' },
  'cases-opened': {
    one: 'A case of the access trail opened.',
    more: '{count} cases of the access trail opened.',
    path: '/cases',
  },
  'rule-set': {
    one: 'The figures of a rule of the access trail were changed.',
    more: 'The figures of rules of the access trail were changed {count} times.',
    path: '/cases/rules',
  },
  'source-silent': {
    one: 'What a source said has lapsed.',
    more: 'What {count} sources said has lapsed.',
    path: '/sources',
  },
  'job-failed': { one: 'A job failed.', more: '{count} jobs failed.', path: '/sources' },
  'evidence-ends': {
    one: 'Evidence reaches its last day soon.',
    more: '{count} pieces of evidence reach their last day soon.',
    path: '/evidence',
  },
  'exception-ends': { one: 'An exception ends soon.', more: '{count} exceptions end soon.', path: '/findings' },
  'attestation-ends': {
    one: 'An attestation ends soon.',
    more: '{count} attestations end soon.',
    path: '/posture',
  },
  'invitation-used': {
    one: 'Somebody whom you invited has joined.',
    more: '{count} people whom you invited have joined.',
    path: '/settings/members',
  },
}

export interface MailWords {
  readonly subject: string
  readonly text: string
  readonly html: string
}

interface Addressed {
  readonly name: string
  readonly organisation: string
  /** Where people reach this Vigil. */
  readonly publicUrl: URL
}

/** A digest, or the mail that does not wait for it. */
export function sayNews(to: Addressed, counts: NewsCounts, isDigest: boolean): MailWords {
  const told = newsKinds.flatMap((kind) => {
    const count = counts[kind] ?? 0
    if (count < 1) return []
    const { one, more, path } = lines[kind]
    return [{ sentence: count === 1 ? one : more.replace('{count}', sayCount(count)), href: hrefOf(to, path) }]
  })
  const total = Object.values(counts).reduce((sum, count) => sum + (count ?? 0), 0)
  const [first] = told
  const subject =
    told.length === 1 && first !== undefined
      ? first.sentence.replace(/\.$/, '')
      : `${sayCount(total)} things are new in Vigil`
  const opening = isDigest
    ? `This is what is new at ${onOneLine(to.organisation)} since the last digest, and not read yet.`
    : `This is new at ${onOneLine(to.organisation)}.`
  return compose(to, subject, opening, told, {
    sentence: 'You choose when Vigil writes to you, and of what:',
    href: hrefOf(to, '/settings/notifications'),
  })
}

/** The link by which somebody joins. */
export function sayInvitation(to: Addressed, link: string, expiresOn: string): MailWords {
  const organisation = onOneLine(to.organisation)
  return compose(
    to,
    `You are invited to Vigil at ${organisation}`,
    `${organisation} runs its cybersecurity programme with Vigil, and you are invited to join. ` +
      `The link works once, until ${expiresOn}.`,
    [{ sentence: 'Set up your sign-in:', href: link }],
    { sentence: 'If you expected no invitation, you need do nothing.', href: undefined },
  )
}

/** The link by which a member sets their sign-in up anew. */
export function sayRecovery(to: Addressed, link: string, expiresOn: string): MailWords {
  return compose(
    to,
    'Set up your sign-in to Vigil anew',
    `An administrator of ${onOneLine(to.organisation)} made this link for you. It works once, until ${expiresOn}.`,
    [{ sentence: 'Set up your sign-in anew:', href: link }],
    { sentence: 'If you did not ask for it, tell your administrator, and do not open the link.', href: undefined },
  )
}

/** The mail by which an administrator tries the settings. */
export function sayTrial(to: Addressed): MailWords {
  return compose(
    to,
    'Mail from Vigil works',
    `This is the test mail that you asked for at ${onOneLine(to.organisation)}.`,
    [{ sentence: 'The settings of mail:', href: hrefOf(to, '/settings/mail') }],
    undefined,
  )
}

interface Line {
  readonly sentence: string
  readonly href: string | undefined
}

function compose(
  to: Addressed,
  subject: string,
  opening: string,
  told: readonly Line[],
  closing: Line | undefined,
): MailWords {
  const greeting = `Hello ${onOneLine(to.name)},`
  const asText = ({ sentence, href }: Line) => (href === undefined ? sentence : `${sentence}\n${href}`)
  const asHtml = ({ sentence, href }: Line) =>
    href === undefined
      ? escapeHtml(sentence)
      : `<a href="${escapeHtml(href)}" style="color:#0b5c63">${escapeHtml(sentence.replace(/[.:]$/, ''))}</a>`
  const text = [greeting, opening, ...told.map(asText), ...(closing ? ['--', asText(closing)] : [])].join('\n\n')
  const paragraph = (content: string, style = '') => `<p style="margin:0 0 16px;${style}">${content}</p>`
  const html = [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>`,
    '<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;color:#1c2321;background:#ffffff">',
    '<div style="max-width:560px;margin:0 auto">',
    paragraph(escapeHtml(greeting)),
    paragraph(escapeHtml(opening)),
    ...told.map((line) => paragraph(asHtml(line))),
    closing ? paragraph(asHtml(closing), 'padding-top:16px;border-top:1px solid #d8d5ce;font-size:14px') : '',
    '</div></body></html>',
  ].join('\n')
  return { subject, text: `${text}\n`, html }
}

const hrefOf = (to: Addressed, path: string) => new URL(path, to.publicUrl).href

const sayCount = (count: number) => new Intl.NumberFormat('en-GB').format(count)

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
