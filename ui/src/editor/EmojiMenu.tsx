import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ActionIcon, Popover, Tooltip } from '~/components';
import { IconMoodSmile } from '~/icons';
import classes from './EmojiMenu.module.css';

/** Those that subject lines use; screen readers name them in the language of their user. */
const EMOJIS = [
  '😀 😊 😍 🤩 😎 🤔 😉 🙌 👏 👍 👋 🙏 💪 👀 ❤️ 💙',
  '🎉 🎁 🎂 🎄 🎃 🐣 🎓 🏆 🥇 ⭐ ✨ 🔥 💡 🚀 ⏰ ⏳',
  '📅 📣 📬 📦 📚 🎧 🎬 📷 🛒 💳 💰 🏷️ 🔔 🔑 🔒 🆕',
  '☀️ 🌧️ ❄️ 🌈 🌱 🌸 🍂 🌍 ☕ 🍵 🍰 🍷 🏡 ✈️ 🚲 🐾',
  '✅ ❗ ❓ 💯 ➡️ ⬇️',
].flatMap((row) => row.split(' '));

/** Puts an emoji where the cursor of a field is. */
export function EmojiMenu({ field, onPick }: { field: string; onPick: (emoji: string) => void }) {
  const { t } = useTranslation();
  const [opened, open] = useState(false);
  return (
    <Popover opened={opened} onChange={open} position="bottom-end" shadow="md" radius="md" trapFocus returnFocus={false}>
      {/* The other way round, what is told of the button would be told of the tooltip. */}
      <Tooltip label={t('emoji.insert')}>
        <Popover.Target>
          <ActionIcon aria-label={t('emoji.insert_into', { field })} onClick={() => open(!opened)}>
            <IconMoodSmile size={17} />
          </ActionIcon>
        </Popover.Target>
      </Tooltip>
      <Popover.Dropdown p="xs" aria-label={t('emoji.insert')}>
        <div className={classes.emojis}>
          {EMOJIS.map((emoji) => (
            <button
              key={emoji}
              type="button"
              onClick={() => {
                open(false);
                onPick(emoji);
              }}
            >
              {emoji}
            </button>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
