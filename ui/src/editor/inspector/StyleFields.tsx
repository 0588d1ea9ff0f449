import { useTranslation } from 'react-i18next';
import { NumberInput, Select, Switch } from '~/components';
import { FONT_NAMES, type Settings } from '../model/settings';
import { ColorField } from './fields';
import classes from './Inspector.module.css';
import { Part } from './Part';

const COLORS = ['background', 'content_background', 'text_color', 'heading_color', 'link_color', 'button_background', 'button_color'] as const;
const NUMBERS = [
  ['width_px', 320, 900],
  ['padding_px', 0, 80],
  ['font_size_px', 10, 28],
  ['line_height_percent', 100, 250],
  ['radius_px', 0, 60],
] as const;

/** Colors, fonts and sizes of mails: of one, or of all that are new. */
export function StyleFields({ settings, onChange }: { settings: Settings; onChange: (change: Partial<Settings>) => void }) {
  const { t } = useTranslation();
  const fonts = Object.entries(FONT_NAMES).map(([value, label]) => ({ value, label }));
  return (
    <>
      <Part title={t('editor.colors')}>
        <div className={classes.pair}>
          {COLORS.map((key) => (
            <ColorField key={key} label={t(`setting.${key}`)} value={settings[key]} usual={settings[key]} onChange={(value) => value && onChange({ [key]: value })} />
          ))}
        </div>
        <Switch
          label={t('setting.dark_mode')}
          description={t('setting.dark_mode_hint')}
          checked={settings.dark_mode === 'auto'}
          onChange={(event) => onChange({ dark_mode: event.currentTarget.checked ? 'auto' : 'off' })}
        />
      </Part>
      <Part title={t('editor.type')}>
        <Select size="xs" label={t('setting.font')} data={fonts} value={settings.font} allowDeselect={false} onChange={(value) => onChange({ font: value as Settings['font'] })} />
        <Select
          size="xs"
          label={t('setting.heading_font')}
          placeholder={t('setting.same_font')}
          data={fonts}
          value={settings.heading_font ?? null}
          clearable
          clearButtonProps={{ 'aria-label': t('setting.same_font') }}
          onChange={(value) => onChange({ heading_font: value as Settings['heading_font'] })}
        />
        <div className={classes.pair}>
          {NUMBERS.map(([key, min, max]) => (
            <NumberInput
              key={key}
              size="xs"
              label={t(`setting.${key}`)}
              min={min}
              max={max}
              allowDecimal={false}
              clampBehavior="blur"
              suffix={key === 'line_height_percent' ? ' %' : ' px'}
              value={settings[key]}
              onChange={(value) => typeof value === 'number' && value >= min && value <= max && onChange({ [key]: value })}
            />
          ))}
        </div>
      </Part>
    </>
  );
}
