/** What the organisation is called, and by which zone its days begin. */
import { TextInput } from '@mantine/core'
import { ZoneField } from '#core/sign-in/screens/fields.tsx'
import { beside, demand } from '#core/sign-in/screens/flaws.ts'
import type { WireOutputOf } from '#platform/contract.ts'
import { useChange, useRead } from '#ui/data.ts'
import { Fact, FactList } from '#ui/facts.tsx'
import { Form, useFields } from '#ui/form.tsx'
import { Page, PageHead } from '#ui/page.tsx'
import { Loading, tell } from '#ui/say.tsx'
import { t } from '#ui/t.ts'
import { useMay } from '#ui/viewer.tsx'
import { changeOrganisation, showOrganisation } from '../contract.ts'

type Organisation = WireOutputOf<typeof showOrganisation>

export function OrganisationScreen() {
  const read = useRead(showOrganisation, {})
  const may = useMay()
  return (
    <Page width="reading">
      <PageHead
        title={t('Organisation')}
        says={t('How it is called on every page and report, and when its days begin.')}
      />
      <Loading of={read}>
        {(organisation) =>
          may(changeOrganisation) ? (
            <OrganisationForm key={organisation.id} organisation={organisation} />
          ) : (
            <FactList>
              <Fact label={t('Name')}>{organisation.name}</Fact>
              <Fact label={t('Time zone')}>{organisation.timeZone}</Fact>
            </FactList>
          )
        }
      </Loading>
    </Page>
  )
}

function OrganisationForm({ organisation: { name, timeZone } }: { organisation: Organisation }) {
  const change = useChange(changeOrganisation, { refreshes: ['me'] })
  const form = useFields({ name, timeZone }, async (values) => {
    demand({ name: values.name.trim() === '' && 'Give the name of your organisation.' })
    await beside({ 'member-no-zone': 'timeZone' }, () => change.run(values))
    tell(t('The organisation is changed.'))
  })
  return (
    <Form of={form} does={t('Save')}>
      <TextInput label={t('Name')} autoComplete="organization" maxLength={200} {...form.field('name')} />
      <ZoneField {...form.field('timeZone')} />
    </Form>
  )
}
