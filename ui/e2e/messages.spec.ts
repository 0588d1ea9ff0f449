import { expect, expectGood, test } from './world';

test.use({ world: 'messages' });

interface Made {
  id: string;
}

const receipt = (to: string, tag: string | null) => ({ to, tag, sender_email: 'shop@example.com', content: { subject: 'Your receipt', body: { kind: 'html', html: '<p>Thank you.</p>' } } });

test('single messages are listed, filtered, and tell what became of them', async ({ signedIn: page, api }) => {
  await page.goto('/app/');
  await page.getByRole('link', { name: 'Single messages' }).click();
  await expect(page.getByText('No single messages yet')).toBeVisible();
  await expectGood(page);

  await api.call('POST', '/api/suppressions', { emails: ['gone@example.com'] });
  const sent = await api.call<Made>('POST', '/api/messages', receipt('ada@example.com', 'receipt'));
  await api.call('POST', '/api/messages', receipt('grace@example.com', 'password'));
  await api.call('POST', '/api/messages', receipt('gone@example.com', null));
  const status = async (id: string) => (await api.call<{ status: string }>('GET', `/api/messages/${id}`)).status;
  await expect.poll(() => status(sent.id), { timeout: 60_000 }).toBe('sent');

  // The list learns of it by itself.
  const row = (name: RegExp) => page.getByRole('row', { name });
  await expect(row(/ada@example\.com/).getByText('Sent', { exact: true })).toBeVisible({ timeout: 40_000 });
  await expect(row(/gone@example\.com/).getByText('Skipped')).toBeVisible({ timeout: 40_000 });
  await expectGood(page);

  await page.getByRole('radiogroup', { name: 'Filter by what became of it' }).getByText('Skipped').click();
  await expect(row(/ada@example\.com/)).toHaveCount(0);
  await expect(row(/gone@example\.com/)).toBeVisible();
  await page.getByRole('radiogroup', { name: 'Filter by what became of it' }).getByText('Bounced').click();
  await expect(page.getByText('No message fits the filter')).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'Show all messages' }).click();

  await page.getByRole('button', { name: 'Tag', exact: true }).click();
  await page.getByRole('textbox', { name: 'Tag' }).fill('password');
  await expectGood(page);
  await page.getByRole('button', { name: 'Show these' }).click();
  await expect(row(/grace@example\.com/)).toBeVisible();
  await expect(row(/ada@example\.com/)).toHaveCount(0);
  await page.getByRole('button', { name: 'Remove the filter Tag' }).click();

  await row(/ada@example\.com/).getByRole('link', { name: 'ada@example.com' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'ada@example.com' })).toBeVisible();
  await expect(page.getByText('The receiving server took it')).toBeVisible();
  await expect(page.getByText('shop@example.com')).toBeVisible();
  await expectGood(page);
});
