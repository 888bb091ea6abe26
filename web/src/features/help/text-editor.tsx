/** A title and a text, and beside them what everyone would see. */
import { Changed } from '../../components/changed.tsx';
import { TextArea, TextField } from '../../components/field.tsx';
import { t } from '../../messages/messages.ts';
import { Text } from '../inbox/text.tsx';

export interface Written {
  title: string;
  body: string;
}

export const isComplete = ({ title, body }: Written): boolean => title.trim() !== '' && body.trim() !== '';
export const isSame = (a: Written, b: Written): boolean => a.title === b.title && a.body === b.body;

export function TextEditor(props: {
  value: Written;
  onChange(value: Written): void;
  /** Who only reads sees only the preview. */
  readOnly: boolean;
  /** Stands above the preview: the state of an issue, the day of an entry. */
  about?: React.ReactNode;
}) {
  const { value, onChange, readOnly, about } = props;
  return (
    <div className={readOnly ? '' : 'grid gap-4 xl:grid-cols-2'}>
      {!readOnly && (
        <div>
          <TextField
            label={t('help.title')}
            value={value.title}
            maxLength={200}
            required
            onChange={({ target }) => onChange({ ...value, title: target.value })}
          />
          <TextArea
            label={t('help.text')}
            hint={t('help.textHint')}
            value={value.body}
            maxLength={50_000}
            required
            rows={16}
            onChange={({ target }) => onChange({ ...value, body: target.value })}
          />
        </div>
      )}
      <Preview value={value} about={about} />
    </div>
  );
}

function Preview({ value: { title, body }, about }: { value: Written; about?: React.ReactNode }) {
  const paragraphs = body.split(/\n[ \t]*\n+/).filter((paragraph) => paragraph.trim() !== '');
  return (
    <section aria-label={t('help.preview')}>
      <h2 className="mb-1 font-medium">{t('help.preview')}</h2>
      <article className="rounded-lg border border-line bg-panel p-4">
        <h3 className={`text-lg font-semibold break-words ${title.trim() ? '' : 'text-muted'}`}>
          {title.trim() || t('help.untitled')}
        </h3>
        {about && <div className="mt-1 flex flex-wrap gap-2 text-xs text-muted">{about}</div>}
        <div className="mt-3 flex max-w-prose flex-col gap-3 leading-relaxed">
          {paragraphs.length === 0 && <p className="text-muted">{t('help.previewEmpty')}</p>}
          {paragraphs.map((paragraph, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: paragraphs have no other name
            <Text key={at}>{paragraph.trim()}</Text>
          ))}
        </div>
      </article>
    </section>
  );
}

/** What was taken out of a text, and what was put in. */
export function Differences({ before, after }: { before: Written; after: Written }) {
  return (
    <section aria-label={t('help.differences')}>
      <h3 className="mb-1 text-xs text-muted">{t('help.differences')}</h3>
      <p className="mb-2 font-semibold break-words">
        <Changed before={before.title} after={after.title} />
      </p>
      <p
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it
        tabIndex={0}
        className="max-h-96 overflow-auto break-words whitespace-pre-wrap"
      >
        <Changed before={before.body} after={after.body} />
      </p>
    </section>
  );
}
