import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldsQuery } from '~/api/audience';
import { previewImport, startImport, type Origin } from '~/api/imports';
import type { ImportPreview, Options } from '~/api/schema';
import { Alert, Button, Card, FormError, Group, LinkButton, Page, Stack, Stepper } from '~/components';
import { IconHistory } from '~/icons';
import { MappingStep } from './MappingStep';
import { PolicyStep } from './PolicyStep';
import { SourceStep } from './SourceStep';

const FRESH: Options = { mapping: {}, existing: 'update', new_people: 'create', status: 'active', groups: [], tags: [], consent_text: null };

/** Brings people in: a file, what its columns mean, what happens to whom; then a trial that changes nothing. */
export default function NewImport() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const fields = useQuery(fieldsQuery);
  const [step, setStep] = useState(0);
  const [origin, setOrigin] = useState<Origin | null>(null);
  const [options, setOptions] = useState<Options>(FRESH);
  const [preview, setPreview] = useState<ImportPreview | null>(null);

  const look = useMutation({
    mutationFn: (with_: { origin: Origin; options: Options }) => previewImport(with_.origin, with_.options),
    onSuccess: (seen, with_) => {
      setOrigin(with_.origin);
      setOptions(with_.options);
      setPreview(seen);
      setStep((now) => Math.max(now, 1));
    },
  });
  const start = useMutation({
    mutationFn: (dryRun: boolean) => startImport(origin!, { ...options, dry_run: dryRun }),
    onSuccess: (made) => navigate({ to: '/subscribers/imports/$id', params: { id: made.id } }),
  });
  const hasEmail = preview?.columns.some(({ target }) => target === 'email') ?? false;
  const faults = preview?.faults ?? [];

  return (
    <Page
      title={t('import.title')}
      back={{ to: '/subscribers', label: t('nav.subscribers') }}
      actions={
        <LinkButton to="/subscribers/imports" variant="default" leftSection={<IconHistory size={15} />}>
          {t('import.history')}
        </LinkButton>
      }
    >
      <Stack gap="md">
        <Stepper active={step} size="sm" iconSize={28} onStepClick={(to) => to < step && setStep(to)}>
          {[t('import.step_file'), t('import.step_columns'), t('import.step_policy')].map((label, index) => (
            <Stepper.Step key={label} label={label} allowStepSelect={index < step} />
          ))}
        </Stepper>
        <FormError error={look.error ?? start.error} />
        {step === 0 && (
          <Card>
            <SourceStep busy={look.isPending} onChosen={(chosen) => look.mutate({ origin: chosen, options: FRESH })} />
          </Card>
        )}
        {step === 1 && preview && origin && (
          <>
            <MappingStep
              preview={preview}
              options={options}
              fields={fields.data ?? []}
              busy={look.isPending}
              onChange={(changed) => look.mutate({ origin, options: changed })}
            />
            {faults.map((fault) => (
              <Alert key={fault.field + fault.code} color="orange" variant="light">
                {fault.message.charAt(0).toUpperCase() + fault.message.slice(1)}
              </Alert>
            ))}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={() => setStep(0)}>
                {t('action.back')}
              </Button>
              <Button disabled={!hasEmail || faults.length > 0 || look.isPending} onClick={() => setStep(2)}>
                {t('action.next')}
              </Button>
            </Group>
          </>
        )}
        {step === 2 && (
          <>
            <PolicyStep options={options} onChange={setOptions} />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={() => setStep(1)}>
                {t('action.back')}
              </Button>
              <Button variant="default" loading={start.isPending && start.variables === false} onClick={() => start.mutate(false)}>
                {t('import.start')}
              </Button>
              <Button loading={start.isPending && start.variables} onClick={() => start.mutate(true)}>
                {t('import.try')}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </Page>
  );
}
