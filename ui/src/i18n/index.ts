import type en from '@i18n/en.json';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import first from 'virtual:texts/first';

declare module 'i18next' {
  interface CustomTypeOptions {
    keySeparator: false;
    nsSeparator: false;
    resources: { translation: typeof en };
  }
}

/** Each in its own words. English is in the first load, the others come when they are wanted. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

const LOADERS: Record<Exclude<Language, 'en'>, () => Promise<{ default: Record<string, string> }>> = {
  de: () => import('@i18n/de.json'),
};
const KEPT = 'sendero.language';

function isLanguage(text: string | null | undefined): text is Language {
  return text != null && text in LANGUAGES;
}

function preferred(): Language {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // Storage may be blocked.
  }
  if (isLanguage(kept)) return kept;
  return navigator.languages.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en';
}

export async function setLanguage(language: Language, keep = true): Promise<void> {
  if (language !== 'en' && !i18next.hasResourceBundle(language, 'translation')) {
    const texts = await LOADERS[language]();
    i18next.addResourceBundle(language, 'translation', texts.default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  document.documentElement.dir = i18next.dir(language);
  if (keep) {
    try {
      localStorage.setItem(KEPT, language);
    } catch {
      // Then only until the page is left.
    }
  }
}

let later: Promise<void> | undefined;

/** The texts of the pages behind the sign-in, once. Other languages have all of theirs at once, and English stands in for them. */
export function loadTexts(): Promise<void> {
  later ??= import('virtual:texts/later').then(
    (texts) => void i18next.addResourceBundle('en', 'translation', texts.default, true),
    (error: unknown) => {
      // With the next page it may be there.
      later = undefined;
      throw error;
    },
  );
  return later;
}

export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    keySeparator: false,
    nsSeparator: false,
    resources: { en: { translation: first } },
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await setLanguage(preferred(), false);
}
