import { cite } from '#core/requirements/model.ts'
import type { Posture, Severity } from '#core/safeguards/model.ts'

/** The documented shape of a posture as JSON. */
export function postureToJson(posture: Posture) {
  return {
    organisation: posture.organisation,
    asOf: posture.asOf,
    practices: posture.practices.map((practice) => ({
      name: practice.name,
      title: practice.title,
      status: practice.status,
      safeguards: practice.safeguards.map((safeguard) => ({
        name: safeguard.name,
        title: safeguard.title,
        status: safeguard.status,
        severity: safeguard.severity,
        citations: safeguard.citations.map(cite),
        subjects: {
          pass: safeguard.subjects.proved + safeguard.subjects.attested,
          fail: safeguard.subjects.failed,
          unknown: safeguard.subjects.unknown,
          proved: safeguard.subjects.proved,
          attested: safeguard.subjects.attested,
        },
        ...(safeguard.whyUnknown === undefined ? {} : { whyUnknown: safeguard.whyUnknown }),
      })),
    })),
    findings: posture.findings.map((finding) => ({
      safeguard: finding.safeguard,
      severity: finding.severity satisfies Severity,
      subject: finding.subject,
      citations: finding.citations.map(cite),
      detail: finding.detail,
      remedy: finding.remedy,
      dueOn: finding.dueOn,
    })),
    wanted: posture.wanted,
    openQuestions: posture.openQuestions,
  }
}
