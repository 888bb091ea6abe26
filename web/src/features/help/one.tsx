/** One article, issue or entry: as it is opened, begun, and shown with what can be done with it. */
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { OperationName } from '../../api/call.ts';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Loading } from '../../components/page.tsx';
import { Trouble } from '../../components/trouble.tsx';
import { type MessageKey, t } from '../../messages/messages.ts';
import { Bar, type Deed } from './bar.tsx';
import type { Open } from './frame.tsx';
import { isComplete, isSame, TextEditor, type Written } from './text-editor.tsx';
import { type Draft, useChanging, useKept } from './use-draft.ts';

/** What was read, once it was. */
export function Opened<Whole>(props: { read: UseQueryResult<Whole>; children(whole: Whole): ReactNode }) {
  const { data, error, refetch } = props.read;
  return (
    <>
      {error && <Trouble error={error} again={refetch} />}
      {data !== undefined ? props.children(data) : !error && <Loading />}
    </>
  );
}

/** A way to add what was written. */
interface Way extends Omit<Deed, 'disabled' | 'run'> {
  done: string;
  /** `added`: it is there, whatever becomes of the rest. */
  add(written: Written, added: () => void): Promise<void>;
}

/** Saved as a draft, or published at once. */
export function draftOrPublish<Seen extends { id: string }>(of: {
  create(written: Written): Promise<Seen>;
  publish(seen: Seen): Promise<unknown>;
  onOpen: Open;
}): readonly Way[] {
  const { create, publish, onOpen } = of;
  return [
    {
      id: 'save',
      title: t('help.saveDraft'),
      keys: 'mod+s',
      done: t('help.saved'),
      async add(written, added) {
        const { id } = await create(written);
        added();
        onOpen(id);
      },
    },
    {
      id: 'publish',
      title: t('help.publish'),
      look: 'primary',
      done: t('help.nowPublished'),
      async add(written, added) {
        const seen = await create(written);
        added();
        try {
          await publish(seen);
        } finally {
          // It is there whatever became of its publishing.
          onOpen(seen.id);
        }
      },
    },
  ];
}

const nothing: Written = { title: '', body: '' };

export function Blank(props: {
  title: MessageKey;
  hint?: MessageKey;
  ways: readonly Way[];
  touches: readonly OperationName[];
}) {
  const { title, hint, ways, touches } = props;
  const kept = useKept<Written>(`new ${title}`);
  const [written, setText] = useState<Written>(kept.left ?? nothing);
  const setWritten = (next: Written) => {
    setText(next);
    if (isSame(next, nothing)) kept.forget();
    else kept.keep(next);
  };
  const { busy, change } = useChanging();
  const disabled = busy || !isComplete(written);
  return (
    <>
      <div className="p-4">
        <div className="mb-3">
          <h2 className="text-base font-semibold">{t(title)}</h2>
          {hint && <p className="text-muted">{t(hint)}</p>}
        </div>
        <TextEditor value={written} onChange={setWritten} readOnly={false} />
      </div>
      <Bar
        back={kept.left !== undefined}
        onTake={() => setWritten(nothing)}
        deeds={ways.map(({ add, done, ...way }) => ({
          ...way,
          disabled,
          run: () => void change(() => add(written, kept.forget), done, touches),
        }))}
      />
    </>
  );
}

export function Detail(props: {
  about: ReactNode;
  draft: Omit<Draft, 'settle'>;
  /** Who only reads is offered none. */
  deeds: readonly (Deed | false)[];
  /** Stands above the preview. */
  aboutPreview?: ReactNode;
  above?: ReactNode;
  below?: ReactNode;
}) {
  const { about, draft, deeds, aboutPreview, above, below } = props;
  const writes = isAtLeast(useWorkspace().role, 'operator');
  return (
    <>
      <div className="p-4">
        <div className="mb-3 flex flex-wrap items-center gap-2 text-xs text-muted">{about}</div>
        {above}
        <TextEditor
          value={draft.written}
          onChange={draft.setWritten}
          readOnly={!writes}
          about={aboutPreview}
        />
        {below}
      </div>
      <Bar deeds={writes ? deeds : []} moved={draft.moved} back={draft.isBack} onTake={draft.take} />
    </>
  );
}
