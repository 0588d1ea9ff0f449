import { Alert } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { isProblem } from '~/api/problem';
import { IconAlertTriangle } from '~/icons';
import { describeError } from './toast';

/** Above a form: what is wrong with it as a whole. Faults of fields stand at the fields. */
export function FormError({ error, fields = [] }: { error: unknown; fields?: string[] }) {
  const { t } = useTranslation();
  if (!error) return null;
  const elsewhere = isProblem(error) && Object.keys(error.faults).some((field) => !fields.includes(field));
  const atFields = isProblem(error) && (error.problem.errors?.length ?? 0) > 0 && !elsewhere;
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} role="alert">
      {atFields ? t('error.see_fields') : describeError(error, t)}
    </Alert>
  );
}
