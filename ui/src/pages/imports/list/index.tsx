import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { importsQuery } from '~/api/imports';
import { Button, Card, EmptyState, ErrorState, LinkButton, Page, Skeleton, StatusBadge, Table, TextLink } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconFileImport } from '~/icons';
import classes from '../../named/NamedPage.module.css';
import { IMPORT_TONES } from '../tones';

/** What was brought in before. */
export default function Imports() {
  const { t } = useTranslation();
  const format = useFormats();
  const { can } = useFrame();
  const imports = useInfiniteQuery(importsQuery);
  const rows = (imports.data?.pages ?? []).flatMap((page) => page.data);
  const start = can('audience:write') && (
    <LinkButton to="/subscribers/import" leftSection={<IconFileImport size={15} />}>
      {t('import.title')}
    </LinkButton>
  );
  return (
    <Page title={t('import.history')} back={{ to: '/subscribers', label: t('nav.subscribers') }} actions={start}>
      {imports.isPending && <Skeleton h={200} />}
      {imports.isError && <ErrorState error={imports.error} retry={() => void imports.refetch()} />}
      {imports.isSuccess && rows.length === 0 && (
        <EmptyState icon={<IconFileImport size={22} />} title={t('import.none')}>
          {t('import.none_text')}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <Card flush>
          <Table className={classes.table}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('import.file_name')}</Table.Th>
                <Table.Th>{t('home.state')}</Table.Th>
                <Table.Th ta="end" className={classes.wide}>
                  {t('import.n_created')}
                </Table.Th>
                <Table.Th ta="end" className={classes.wide}>
                  {t('import.n_updated')}
                </Table.Th>
                <Table.Th>{t('named.created')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={row.id}>
                  <Table.Td>
                    <TextLink to="/subscribers/imports/$id" params={{ id: row.id }}>
                      {row.file_name}
                    </TextLink>
                    {row.options.dry_run && ` · ${t('import.trial_short')}`}
                  </Table.Td>
                  <Table.Td>
                    <StatusBadge tone={IMPORT_TONES[row.state]}>{t(`import_state.${row.state}`)}</StatusBadge>
                  </Table.Td>
                  <Table.Td ta="end" className={`tabular ${classes.wide}`}>
                    {format.number(row.created)}
                  </Table.Td>
                  <Table.Td ta="end" className={`tabular ${classes.wide}`}>
                    {format.number(row.updated)}
                  </Table.Td>
                  <Table.Td>{format.ago(row.created_at)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Card>
      )}
      {imports.hasNextPage && (
        <Button variant="default" mt="md" loading={imports.isFetchingNextPage} onClick={() => void imports.fetchNextPage()}>
          {t('action.more')}
        </Button>
      )}
    </Page>
  );
}
