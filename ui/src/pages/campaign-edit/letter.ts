import type { TFunction } from 'i18next';

/** A plain letter to begin with. */
export function letter(t: TFunction, language: string): string {
  const lang = /^[a-zA-Z-]+$/.test(language) ? language : 'en';
  return `<!doctype html>
<html lang="${lang}">
<body style="margin:0;background:#f4f4f6">
  <div style="max-width:560px;margin:0 auto;padding:32px 24px;background:#ffffff;color:#17171d;font:16px/1.6 Helvetica,Arial,sans-serif">
    <p style="margin:0 0 24px;font-weight:bold">{{ account.name }}</p>
    <h1 style="margin:0 0 16px;font-size:24px;line-height:1.3">${t('letter.heading')}</h1>
    <p>${t('letter.hello')} {{ first_name | default("${t('merge.there')}") }},</p>
    <p>${t('letter.body')}</p>
    <p style="margin:32px 0 0;font-size:13px;color:#5f5f6c">
      {{ account.address }}<br>
      <a href="{{ unsubscribe_url }}" style="color:#5f5f6c">${t('letter.unsubscribe')}</a>
    </p>
  </div>
</body>
</html>
`;
}
