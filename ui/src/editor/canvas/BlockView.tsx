import { Fragment, type CSSProperties, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { BlockAlign, BlockLineStyle, BlockMenuItem, BlockSocialLink, BlockSocialNetwork, BlockVerticalAlign } from '~/api/schema';
import { shownAt } from '~/files/address';
import { IconFilter, IconPhoto, IconPlayerPlay } from '~/icons';
import { useMergeLabel } from '../merge';
import { splitMerge } from '../model/merge';
import { paddingOf } from '../model/settings';
import { columnsOf } from '../model/tree';
import type { Block } from '../model/types';
import { InlineText } from '../text/InlineText';
import textClasses from '../text/Text.module.css';
import { BlockList } from './BlockList';
import classes from './Canvas.module.css';
import { HtmlPieces } from './HtmlPieces';
import { FLEX, headingStyle, LookContext, textStyle, useLook } from './look';

interface ViewProps {
  block: Block;
}

/** Which text of a block is written in place. */
export const TEXT_FIELD: Record<string, string> = { text: 'html', heading: 'text', button: 'label', booking: 'label', quote: 'text', product: 'title', footer: 'text', logo: 'name' };

/** A block about as it will be in the mail; the preview shows what the server makes of it. */
export function BlockView({ block }: ViewProps) {
  const View = VIEWS[block.type] ?? UnknownView;
  return <View block={block} />;
}

const VIEWS: Record<string, (props: ViewProps) => ReactNode> = {
  section: SectionView,
  columns: ColumnsView,
  text: TextView,
  heading: HeadingView,
  image: ImageView,
  button: ButtonView,
  booking: ButtonView,
  divider: DividerView,
  spacer: SpacerView,
  social: SocialView,
  menu: MenuView,
  logo: LogoView,
  footer: FooterView,
  video: VideoView,
  table: TableView,
  product: ProductView,
  quote: QuoteView,
  html: HtmlView,
};

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function align(props: Record<string, unknown>, usual: BlockAlign = 'left'): BlockAlign {
  return (text(props.align) as BlockAlign | undefined) ?? usual;
}

function box(props: Record<string, unknown>): CSSProperties {
  return { padding: paddingOf(props.padding) };
}

function Words({ children }: { children: string }) {
  const label = useMergeLabel();
  return splitMerge(children).map((part, index) => (
    // oxlint-disable-next-line react/no-array-index-key
    <Fragment key={index}>{typeof part === 'string' ? part : <span className={textClasses.chip}>{label(part)}</span>}</Fragment>
  ));
}

function Picture({ src, alt, style, empty }: { src: unknown; alt: string; style?: CSSProperties; empty: string }) {
  const { t } = useTranslation();
  const address = shownAt(src);
  if (address) return <img src={address} alt={alt} className={classes.picture} style={style} draggable={false} />;
  return (
    <div className={classes.noPicture}>
      <IconPhoto size={26} stroke={1.5} aria-hidden />
      <span>{text(src) ?? empty}</span>
      {text(src) && <span>{t('editor.picture_elsewhere')}</span>}
    </div>
  );
}

function SectionView({ block }: ViewProps) {
  const look = useLook();
  const { settings } = look;
  const { props } = block;
  const beside = settings.padding_px;
  const background = text(props.background) ?? settings.content_background;
  return (
    <LookContext value={{ ...look, text_color: text(props.text_color) ?? look.text_color }}>
      <div
        className={classes.section}
        style={{
          background,
          backgroundImage: shownAt(props.background_image) ? `url(${JSON.stringify(shownAt(props.background_image))})` : undefined,
          borderRadius: number(props.radius_px),
          padding: paddingOf(props.padding, { top_px: 10, right_px: beside, bottom_px: 10, left_px: beside }),
        }}
      >
        <BlockList list={block.id} blocks={(props.blocks as Block[] | undefined) ?? []} />
      </div>
    </LookContext>
  );
}

const VERTICAL: Record<BlockVerticalAlign, string> = { top: 'flex-start', middle: 'center', bottom: 'flex-end' };

function ColumnsView({ block }: ViewProps) {
  const { t } = useTranslation();
  const look = useLook();
  const { props } = block;
  const columns = columnsOf(block);
  const ratios = (props.ratios as number[] | undefined) ?? [];
  const stacked = look.narrow && props.stack_on_mobile !== false;
  return (
    <div
      className={classes.columns}
      style={{
        gap: number(props.gap_px) ?? 24,
        flexDirection: stacked ? 'column' : 'row',
        alignItems: stacked ? 'stretch' : VERTICAL[(text(props.vertical_align) as BlockVerticalAlign | undefined) ?? 'top'],
      }}
    >
      {columns.map((column, index) => (
        <div
          key={column.id}
          className={classes.column}
          style={{
            flex: stacked ? 'none' : `${ratios[index] ?? 1} 1 0`,
            background: text(column.background),
            borderRadius: number(column.radius_px),
            padding: paddingOf(column.padding, { top_px: 0, right_px: 0, bottom_px: 0, left_px: 0 }),
          }}
        >
          {column.visibility && (
            <span className={classes.condition}>
              <IconFilter size={12} aria-hidden /> {t('editor.conditional')}
            </span>
          )}
          <BlockList list={column.id} blocks={column.blocks} inColumn />
        </div>
      ))}
    </div>
  );
}

function TextView({ block }: ViewProps) {
  const { t } = useTranslation();
  const look = useLook();
  const { props } = block;
  return (
    <div style={box(props)}>
      <InlineText
        block={block}
        field="html"
        mode="rich"
        label={t('block.text')}
        placeholder={t('editor.type_here')}
        style={{ ...textStyle(look), ...own(props), textAlign: align(props) }}
      />
    </div>
  );
}

/** Color and size where a block has its own. */
function own(props: Record<string, unknown>): CSSProperties {
  const style: CSSProperties = {};
  if (text(props.color)) style.color = text(props.color);
  if (number(props.font_size_px)) style.fontSize = number(props.font_size_px);
  return style;
}

function HeadingView({ block }: ViewProps) {
  const { t } = useTranslation();
  const look = useLook();
  const { props } = block;
  return (
    <div style={box(props)}>
      <InlineText
        block={block}
        field="text"
        mode="lines"
        label={t('block.heading')}
        placeholder={t('editor.new_heading')}
        style={{ ...headingStyle(look, number(props.level) ?? 2), ...own(props), textAlign: align(props) }}
      />
    </div>
  );
}

function ImageView({ block }: ViewProps) {
  const { t } = useTranslation();
  const { settings } = useLook();
  const { props } = block;
  return (
    <div style={{ ...box(props), display: 'flex', justifyContent: FLEX[align(props, 'center')] }}>
      <Picture
        src={props.src}
        alt={text(props.alt) ?? ''}
        empty={t('editor.no_picture')}
        style={{ width: number(props.width_px), borderRadius: number(props.radius_px) ?? settings.radius_px }}
      />
    </div>
  );
}

function buttonStyle(settings: ReturnType<typeof useLook>['settings'], props: Record<string, unknown>): CSSProperties {
  return {
    display: 'inline-block',
    minWidth: 40,
    padding: '13px 26px',
    borderRadius: number(props.radius_px) ?? settings.radius_px,
    background: text(props.background) ?? settings.button_background,
    color: text(props.color) ?? settings.button_color,
    fontSize: number(props.font_size_px) ?? settings.font_size_px,
    fontWeight: 600,
    lineHeight: 1.25,
    textAlign: 'center',
  };
}

function ButtonView({ block }: ViewProps) {
  const { t } = useTranslation();
  const look = useLook();
  const { props } = block;
  const full = props.full_width === true;
  return (
    <div style={{ ...box(props), ...textStyle(look), display: 'flex', justifyContent: FLEX[align(props)] }}>
      <div style={{ ...buttonStyle(look.settings, props), width: full ? '100%' : undefined }}>
        <InlineText block={block} field="label" mode="line" label={t('prop.label')} placeholder={t(block.type === 'booking' ? 'editor.new_booking' : 'editor.new_button')} />
      </div>
    </div>
  );
}

function DividerView({ block: { props } }: ViewProps) {
  const style = (text(props.style) as BlockLineStyle | undefined) ?? 'solid';
  return (
    <div style={{ ...box(props), display: 'flex', justifyContent: FLEX[align(props, 'center')] }}>
      <div style={{ width: `${number(props.width_percent) ?? 100}%`, borderTop: `${number(props.thickness_px) ?? 1}px ${style} ${text(props.color) ?? '#e4e4e7'}` }} />
    </div>
  );
}

function SpacerView({ block: { props } }: ViewProps) {
  return <div className={classes.spacer} style={{ height: number(props.height_px) ?? 24 }} />;
}

const NETWORKS: Record<BlockSocialNetwork, [string, string, string]> = {
  facebook: ['f', '#1877f2', 'Facebook'],
  instagram: ['ig', '#c13584', 'Instagram'],
  x: ['X', '#000000', 'X'],
  linkedin: ['in', '#0a66c2', 'LinkedIn'],
  youtube: ['▶', '#cc0000', 'YouTube'],
  tiktok: ['t', '#000000', 'TikTok'],
  threads: ['@', '#000000', 'Threads'],
  bluesky: ['b', '#0069d9', 'Bluesky'],
  mastodon: ['m', '#563acc', 'Mastodon'],
  pinterest: ['P', '#bd081c', 'Pinterest'],
  whatsapp: ['w', '#0f7a3d', 'WhatsApp'],
  telegram: ['t', '#0a6fa8', 'Telegram'],
  discord: ['d', '#4752c4', 'Discord'],
  github: ['gh', '#24292f', 'GitHub'],
  spotify: ['s', '#0f7a3d', 'Spotify'],
  website: ['w', '#52525b', 'Website'],
  email: ['@', '#52525b', 'Email'],
  phone: ['☎', '#52525b', 'Phone'],
};

export const NETWORK_NAMES = Object.fromEntries(Object.entries(NETWORKS).map(([key, [, , name]]) => [key, name]));

function SocialView({ block: { props } }: ViewProps) {
  const look = useLook();
  const links = (props.links as BlockSocialLink[] | undefined) ?? [];
  const style = text(props.style) ?? 'badges';
  const color = text(props.color) ?? look.settings.link_color;
  return (
    <div className={classes.row} style={{ ...box(props), ...textStyle(look), justifyContent: FLEX[align(props, 'center')] }}>
      {links.map(({ network }, index) => {
        const [letter, tint, name] = NETWORKS[network] ?? ['?', '#52525b', network];
        return style === 'names' ? (
          // oxlint-disable-next-line react/no-array-index-key
          <span key={index} style={{ color, textDecoration: 'underline' }}>
            {name}
          </span>
        ) : (
          // oxlint-disable-next-line react/no-array-index-key
          <span key={index} className={classes.badge} style={{ background: style === 'plain' ? color : tint }}>
            {letter}
          </span>
        );
      })}
    </div>
  );
}

function MenuView({ block: { props } }: ViewProps) {
  const look = useLook();
  const items = (props.items as BlockMenuItem[] | undefined) ?? [];
  return (
    <div className={classes.row} style={{ ...box(props), ...textStyle(look), columnGap: 20, justifyContent: FLEX[align(props, 'center')] }}>
      {items.map(({ label }, index) => (
        // oxlint-disable-next-line react/no-array-index-key
        <span key={index} style={{ color: look.settings.link_color, ...own(props), textDecoration: 'none', fontWeight: 500 }}>
          <Words>{label}</Words>
        </span>
      ))}
    </div>
  );
}

function LogoView({ block: { props } }: ViewProps) {
  const look = useLook();
  const name = text(props.name) ?? '{{ account.name }}';
  return (
    <div style={{ ...box(props), ...headingStyle(look, 3), ...own(props), textAlign: align(props) }}>
      {shownAt(props.src) ? (
        <img src={shownAt(props.src)!} alt={name} style={{ width: number(props.width_px) ?? 140, maxWidth: '100%' }} draggable={false} />
      ) : (
        <Words>{name}</Words>
      )}
    </div>
  );
}

function FooterView({ block }: ViewProps) {
  const { t } = useTranslation();
  const look = useLook();
  const { props } = block;
  const links = [
    props.unsubscribe !== false && (text(props.unsubscribe_label) ?? t('editor.footer_unsubscribe')),
    props.preferences === true && (text(props.preferences_label) ?? t('editor.footer_preferences')),
    props.web_version === true && (text(props.web_version_label) ?? t('editor.footer_web_version')),
  ].filter((label) => label !== false);
  const color = text(props.color) ?? look.text_color ?? '#63636e';
  const style = { ...textStyle(look), color, fontSize: number(props.font_size_px) ?? 13, textAlign: align(props, 'center') };
  return (
    <div style={{ ...box(props), ...style }}>
      <InlineText block={block} field="text" mode="rich" label={t('block.footer')} placeholder={t('editor.footer_text')} />
      {props.address !== false && (
        <div>
          <Words>{'{{ account.name }} {{ account.address }}'}</Words>
        </div>
      )}
      <div>
        {links.map((label, index) => (
          <Fragment key={label}>
            {index > 0 && ' · '}
            <span style={{ textDecoration: 'underline' }}>{label}</span>
          </Fragment>
        ))}
      </div>
    </div>
  );
}

function VideoView({ block: { props } }: ViewProps) {
  const { t } = useTranslation();
  const look = useLook();
  const label = typeof props.label === 'string' ? props.label : t('editor.watch');
  return (
    <div style={{ ...box(props), ...textStyle(look), textAlign: 'center' }}>
      <Picture src={props.thumbnail} alt={text(props.alt) ?? ''} empty={t('editor.no_still')} style={{ borderRadius: look.settings.radius_px }} />
      {label && (
        <div style={{ color: look.settings.link_color, paddingTop: 8 }}>
          <IconPlayerPlay size={15} aria-hidden /> <Words>{label}</Words>
        </div>
      )}
    </div>
  );
}

function TableView({ block: { props } }: ViewProps) {
  const look = useLook();
  const rows = (props.rows as string[][] | undefined) ?? [];
  const aligns = (props.aligns as BlockAlign[] | undefined) ?? [];
  const border = `1px solid ${text(props.border_color) ?? '#e4e4e7'}`;
  return (
    <div style={box(props)}>
      <table className={classes.table} style={{ ...textStyle(look), ...own(props) }}>
        <tbody>
          {rows.map((cells, row) => {
            const bold = (row === 0 && props.header === true) || (row === rows.length - 1 && props.footer === true);
            return (
              // oxlint-disable-next-line react/no-array-index-key
              <tr key={row} style={{ background: props.striped === true && row % 2 === 1 ? '#fafafa' : undefined }}>
                {cells.map((cell, column) => (
                  // oxlint-disable-next-line react/no-array-index-key
                  <td key={column} style={{ borderBottom: border, textAlign: aligns[column] ?? 'left', fontWeight: bold ? 600 : undefined }}>
                    {cell ? <Words>{cell}</Words> : '\u00a0'}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function ProductView({ block }: ViewProps) {
  const { t } = useTranslation();
  const look = useLook();
  const { props } = block;
  const side = align(props);
  return (
    <div style={{ ...box(props), ...textStyle(look), textAlign: side }}>
      {text(props.image) && <Picture src={props.image} alt={text(props.alt) ?? ''} empty="" style={{ borderRadius: look.settings.radius_px }} />}
      <InlineText
        block={block}
        field="title"
        mode="line"
        label={t('prop.title')}
        placeholder={t('editor.new_product')}
        style={{ ...headingStyle(look, 3), paddingTop: 12 }}
      />
      {text(props.text) !== undefined && <InlineText block={block} field="text" mode="rich" label={t('prop.text')} placeholder={t('editor.type_here')} />}
      {(text(props.price) ?? text(props.old_price)) && (
        <div style={{ fontWeight: 600 }}>
          {text(props.old_price) && <s style={{ fontWeight: 400, opacity: 0.8, marginInlineEnd: 8 }}>{text(props.old_price)}</s>}
          {text(props.price)}
        </div>
      )}
      {text(props.button_label) && (
        <div style={{ display: 'flex', justifyContent: FLEX[side], paddingTop: 12 }}>
          <div style={buttonStyle(look.settings, {})}>
            <Words>{text(props.button_label)!}</Words>
          </div>
        </div>
      )}
    </div>
  );
}

function QuoteView({ block }: ViewProps) {
  const { t } = useTranslation();
  const look = useLook();
  const { props } = block;
  const author = [text(props.author), text(props.role)].filter(Boolean).join(', ');
  return (
    <div style={{ ...box(props), ...textStyle(look), textAlign: align(props) }}>
      <div style={{ borderInlineStart: `4px solid ${text(props.color) ?? look.settings.link_color}`, paddingInlineStart: 18 }}>
        <InlineText block={block} field="text" mode="rich" label={t('block.quote')} placeholder={t('editor.new_quote')} style={{ fontSize: '1.125em', fontStyle: 'italic' }} />
        {author && (
          <div style={{ fontSize: '0.875em', paddingTop: 6 }}>
            <Words>{author}</Words>
          </div>
        )}
      </div>
    </div>
  );
}

function HtmlView({ block: { props } }: ViewProps) {
  const { t } = useTranslation();
  const look = useLook();
  const html = text(props.html);
  return (
    <div style={{ ...box(props), ...textStyle(look) }} className={classes.markup}>
      {html ? <HtmlPieces html={html} /> : <pre className={classes.html}>{t('editor.no_html')}</pre>}
    </div>
  );
}

function UnknownView({ block }: ViewProps) {
  const { t } = useTranslation();
  return <pre className={classes.html}>{t('editor.unknown_block', { type: block.type })}</pre>;
}
