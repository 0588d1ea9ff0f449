import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setupQuery } from '~/api/session';
import { Stepper } from '~/components';
import { Door } from '~/frame/Door';
import { OwnerStep } from './OwnerStep';
import { SandboxStep } from './SandboxStep';
import { SenderStep } from './SenderStep';

/** A new server: who owns it, who its mail is from, and why none leaves yet. */
export default function SetUp() {
  const { t } = useTranslation();
  const [step, setStep] = useState(0);
  const queries = useQueryClient();
  const navigate = useNavigate();

  const leave = async (to: '/' | '/subscribers/import') => {
    queries.setQueryData(setupQuery.queryKey, { needed: false });
    await navigate({ to });
  };

  const steps = [t('setup.owner'), t('setup.sender'), t('setup.sandbox')];
  return (
    <Door title={t('setup.title')} lead={t('setup.lead')} wide>
      <Stepper active={step} size="sm" iconSize={28} mb="lg" wrap={false}>
        {steps.map((label) => (
          <Stepper.Step key={label} label={label} allowStepSelect={false} />
        ))}
      </Stepper>
      {step === 0 && <OwnerStep onDone={() => setStep(1)} />}
      {step === 1 && <SenderStep onDone={() => setStep(2)} />}
      {step === 2 && <SandboxStep onHome={() => void leave('/')} onImport={() => void leave('/subscribers/import')} />}
    </Door>
  );
}
