/** Files that go with what is being written: kept by the server at once, for a day. */
import { Paperclip, X } from 'lucide-react';
import { useRef } from 'react';
import { call } from '../../api/call.ts';
import { say } from '../../app/toasts.tsx';
import { IconButton } from '../../components/button.tsx';
import { bytes, t } from '../../messages/messages.ts';

export interface Upload {
  attachmentId: string;
  name: string;
  size: number;
}

const maxBytes = 10_000_000;

const base64Of = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });

/** What the server takes for a name: one line, no path. */
const nameOf = ({ name, type }: File): string =>
  name.replace(/[\p{Cc}/\\]/gu, '_').slice(0, 200) || `picture.${type.split('/')[1] ?? 'png'}`;

/** Keeps a file on the server. @returns nothing where it is too large, which is said. @throws {Refusal} */
export async function upload(slug: string, file: File): Promise<Upload | undefined> {
  if (file.size > maxBytes || file.size === 0) {
    say(t('files.size', { name: file.name, max: bytes(maxBytes) }), { bad: true });
    return undefined;
  }
  const name = nameOf(file);
  const { attachmentId, size } = await call(slug, 'add_attachment', {
    name,
    mediaType: file.type.split(';')[0] || 'application/octet-stream',
    contentBase64: await base64Of(file),
  });
  return { attachmentId, name, size };
}

export function UploadList(props: { files: readonly Upload[]; pending: number; onRemove(id: string): void }) {
  const { files, pending, onRemove } = props;
  if (files.length + pending === 0) return null;
  return (
    <ul aria-label={t('files.title')} className="mt-2 flex flex-wrap gap-1.5">
      {files.map(({ attachmentId, name, size }) => (
        <li
          key={attachmentId}
          className="flex max-w-64 items-center gap-1.5 rounded-md border border-line bg-panel px-2 py-0.5 text-xs"
        >
          <span className="truncate">{name}</span>
          <span className="shrink-0 text-muted">{bytes(size)}</span>
          <button
            type="button"
            aria-label={t('files.remove', { name })}
            onClick={() => onRemove(attachmentId)}
          >
            <X size={12} aria-hidden />
          </button>
        </li>
      ))}
      {pending > 0 && (
        <li className="px-2 py-0.5 text-xs text-muted" role="status">
          {t('files.uploading')}
        </li>
      )}
    </ul>
  );
}

export function AttachButton({ onFiles }: { onFiles(files: readonly File[]): void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton label={t('files.attach')} onClick={() => input.current?.click()}>
        <Paperclip size={16} aria-hidden />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={t('files.attach')}
        onChange={({ target }) => {
          onFiles([...(target.files ?? [])]);
          target.value = '';
        }}
      />
    </>
  );
}
