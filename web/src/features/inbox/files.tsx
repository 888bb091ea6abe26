/** Files of messages: saved, never opened as a page of ours; pictures of the plain kinds are shown. */
import { useQuery } from '@tanstack/react-query';
import { Paperclip } from 'lucide-react';
import { useEffect, useState } from 'react';
import { call } from '../../api/call.ts';
import { sayRefused } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { bytes, t } from '../../messages/messages.ts';
import type { WholeTicket } from './changes.ts';

type File = WholeTicket['messages'][number]['attachments'][number];

/** What a picture may be; a drawing (SVG) is a program. */
const pictures: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const maxPictureBytes = 5_000_000;

const blobOf = (base64: string, type: string): Blob =>
  new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type });

/** Whatever its sender says that it is, to the browser it is bytes to be kept. */
async function save(slug: string, { attachmentId, name }: File): Promise<void> {
  try {
    const { contentBase64 } = await call(slug, 'get_attachment', { attachmentId });
    const url = URL.createObjectURL(blobOf(contentBase64, 'application/octet-stream'));
    const anchor = document.createElement('a');
    anchor.href = url;
    anchor.download = name;
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    sayRefused(error);
  }
}

export function Files({ files }: { files: readonly File[] }) {
  const { slug } = useWorkspace();
  if (files.length === 0) return null;
  return (
    <ul aria-label={t('files.title')} className="mt-2 flex flex-wrap gap-2">
      {files.map((file) => (
        <li key={file.attachmentId}>
          <button
            type="button"
            onClick={() => void save(slug, file)}
            title={t('files.save', { name: file.name })}
            className="flex max-w-64 items-center gap-1.5 rounded-md border border-line bg-panel px-2 py-1 text-xs hover:bg-sunken"
          >
            <Paperclip size={12} aria-hidden className="shrink-0" />
            <span className="truncate">{file.name}</span>
            <span className="shrink-0 text-muted">{bytes(file.size)}</span>
          </button>
          {pictures.has(file.mediaType) && file.size <= maxPictureBytes && <Picture file={file} />}
        </li>
      ))}
    </ul>
  );
}

function Picture({ file: { attachmentId, name, mediaType } }: { file: File }) {
  const { slug } = useWorkspace();
  const { data } = useQuery({
    queryKey: [slug, 'picture', attachmentId],
    queryFn: async ({ signal }) =>
      blobOf((await call(slug, 'get_attachment', { attachmentId }, signal)).contentBase64, mediaType),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [url, setUrl] = useState<string>();
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    if (!data) return;
    const made = URL.createObjectURL(data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [data]);
  if (!url || broken) return null;
  return (
    <img
      src={url}
      alt={name}
      onError={() => setBroken(true)}
      className="mt-1 max-h-60 max-w-full rounded-md border border-line"
    />
  );
}
